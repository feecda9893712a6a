/** Accounts between their shape and the wire. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RpcPop3Account, RpcSmtpAccount } from '../../../src/greyhound/index.js';
import { applyIncoming, incomingFromWire } from '../../../src/bridge/accounts/incoming-wire.js';
import {
  applySmtp,
  sendersFromWire,
  smtpFromWire,
} from '../../../src/bridge/accounts/smtp-wire.js';
import { entityTag, type AccountFacts } from '../../../src/bridge/accounts/wire.js';

const units = { IntervalSeconds: 60, TimeoutSeconds: 1, DeleteAgeDays: 1 };
const nothing = { status: null, record: null, readAt: new Date(0) };
const facts: AccountFacts = { units, managedExternally: false, ...nothing };

const wirePop3 = fc
  .record({
    ID: fc.nat(),
    Name: fc.string(),
    Delete: fc.nat(5),
    Encrypt: fc.nat(5),
    Authenticate: fc.nat(5),
    Protocol: fc.nat(3),
    DeleteSync: fc.nat(3),
    DeleteAge: fc.nat(100),
    Flags: fc.nat(1024),
    Interval: fc.nat(100),
    Timeout: fc.nat(600),
    Password: fc.string(),
    Unknown: fc.string(),
  })
  .map((given) => ({ ...RpcPop3Account.make(), ...given }));

describe('incoming accounts', () => {
  it('a change of nothing writes what was read, unknown values and members included', () => {
    fc.assert(
      fc.property(wirePop3, (account) => {
        expect(applyIncoming(account, {}, units)).toEqual(account);
      }),
    );
  });

  it('whatever the archive holds can be shown, and the password never is', () => {
    fc.assert(
      fc.property(wirePop3, (account) => {
        const view = incomingFromWire({ ...account, Password: 'geheim' }, facts);
        expect(JSON.stringify(view)).not.toContain('geheim');
      }),
    );
  });

  it('Delete is on the wire whatever its value', () => {
    for (const policy of ['never', 'immediately'] as const) {
      const account = applyIncoming(RpcPop3Account.make(), { deletion: { policy } }, units);
      expect(RpcPop3Account.encode(account)).toHaveProperty('Delete', policy === 'never' ? 1 : 0);
    }
  });

  it.each([
    [{ pollIntervalMinutes: 5 }, { Interval: 5 }],
    [{ pollIntervalMinutes: null }, { Interval: 0 }],
    [{ timeoutSeconds: 90 }, { Timeout: 90 }],
    [{ deletion: { policy: 'afterDays', days: 30 } } as const, { Delete: 2, DeleteAge: 30 }],
    [{ security: 'starttls' } as const, { Encrypt: 2 }],
    [{ security: 'tls' } as const, { Encrypt: 1 }],
    [{ authentication: 'apop' } as const, { Authenticate: 1 }],
  ])('SAL-43 SAL-44 SAL-49 %j is %j on the wire', (changes, members) => {
    expect(applyIncoming(RpcPop3Account.make(), changes, units)).toMatchObject(members);
  });

  it('the tag follows what is saved and not the last error', () => {
    const account = RpcPop3Account.make({ ID: 1, Name: 'a' });
    const tag = entityTag(incomingFromWire(account, facts));
    expect(entityTag(incomingFromWire({ ...account, Message: 'x', ErrorCount: 2 }, facts))).toBe(
      tag,
    );
    expect(entityTag(incomingFromWire({ ...account, Name: 'b' }, facts))).not.toBe(tag);
  });
});

describe('SMTP accounts', () => {
  it.each([
    ['*', ['*']],
    ['a@example.com\r\n\r\n  b@example.com ', ['a@example.com', 'b@example.com']],
    ['a@example.com; b@example.com', ['a@example.com', 'b@example.com']],
    ['', []],
  ])('SAL-115 SAL-116 senders of %j', (filter, senders) => {
    expect(sendersFromWire(filter)).toEqual(senders);
  });

  it('the overridden sender is a flag and a text; other flags stay', () => {
    const account = RpcSmtpAccount.make({ Flags: 2 });
    const on = applySmtp(account, { fromOverride: 'a@example.com' }, units);
    expect(on).toMatchObject({ Flags: 3, FromOverwrite: 'a@example.com' });
    expect(smtpFromWire(on, facts).fromOverride).toBe('a@example.com');
    const off = applySmtp(on, { fromOverride: null }, units);
    expect(off.Flags).toBe(2);
    expect(smtpFromWire(off, facts).fromOverride).toBeNull();
  });

  it('senders that do not change keep the form in which they are stored', () => {
    const account = RpcSmtpAccount.make({ Filter: 'a@example.com;b@example.com' });
    const same = applySmtp(account, { senders: ['a@example.com', 'b@example.com'] }, units);
    expect(same.Filter).toBe('a@example.com;b@example.com');
  });
});
