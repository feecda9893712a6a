/** Staged saves and single changes against an archive that holds real state. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isReading } from '../../../fixtures/scripted-archive.js';
import { changesetRequest, type ChangesetRequest } from '../../../src/bridge/changesets/index.js';
import { codeOf, INSTALLATION, openStand, wanted, type Stand } from '../provisioning/stand.js';

let stand: Stand;
beforeEach(async () => {
  stand = await openStand();
});
afterEach(() => stand.close());

const incoming = () => stand.management.incomingAccounts;
const smtp = () => stand.management.smtpAccounts;
const create = (name: string, more: Record<string, unknown> = {}) =>
  incoming().create(INSTALLATION, wanted(name, more));

const names = (service: string) =>
  stand.archive.entries(service).map((entry) => entry['Name'] as string);

const versions = async (): Promise<ChangesetRequest['baseVersion']> => ({
  incomingAccounts: (await incoming().list()).version,
  smtpAccounts: (await smtp().list()).version,
  groups: (await stand.management.groups.list()).version,
});

function apply(request: unknown) {
  const { baseVersion, ...changes } = changesetRequest.parse(request);
  return stand.management.saving.save({
    installationId: INSTALLATION,
    changes,
    guard: { baseVersion },
  });
}

describe('deleting', () => {
  it('SAL-31 SAL-36 SAL-37 takes the SMTP account of the same name along; the rest stays', async () => {
    await create('Verkauf');
    stand.archive.insert('RpcSmtpAccounts', { Name: ' VERKAUF ', Kind: 0 });
    stand.archive.insert('RpcSmtpAccounts', { Name: 'Service', Kind: 0 });
    const { tag } = await incoming().get(1);
    const plan = await incoming().planDelete(INSTALLATION, 1, tag);
    expect(plan.elements.map(({ element, name }) => [element, name])).toEqual([
      ['incomingAccount', 'Verkauf'],
      ['smtpAccount', 'Verkauf'],
      ['smtpAccount', ' VERKAUF '],
    ]);
    expect(names('RpcPop3Accounts')).toEqual(['Verkauf']);
    await incoming().delete(INSTALLATION, 1, tag);
    expect(names('RpcPop3Accounts')).toEqual([]);
    expect(names('RpcSmtpAccounts')).toEqual(['Service']);
    expect([names('RpcGroups'), names('RpcSignatures'), names('RpcRules')].flat()).toHaveLength(3);
    expect(names('RpcFilters')).toHaveLength(11);
    expect(stand.archive.lockCount).toBe(0);
  });

  it('SAL-36 after a rename nothing is paired', async () => {
    await create('Verkauf');
    const renamed = await incoming().update(INSTALLATION, 1, { name: 'Vertrieb' }, null);
    await incoming().delete(INSTALLATION, 1, renamed.tag);
    expect(names('RpcSmtpAccounts')).toEqual(['Verkauf']);
  });

  it('SAL-38 an SMTP account goes alone', async () => {
    await create('Verkauf');
    await smtp().delete(INSTALLATION, 1, (await smtp().get(1)).tag);
    expect(names('RpcSmtpAccounts')).toEqual([]);
    expect(names('RpcPop3Accounts')).toEqual(['Verkauf']);
  });

  it('SAL-35 deleted and added again under its name in one save it exists once', async () => {
    await create('Verkauf');
    const { elements } = await apply({
      baseVersion: await versions(),
      incomingAccounts: { delete: [1], create: [wanted('Verkauf')] },
    });
    expect(names('RpcPop3Accounts')).toEqual(['Verkauf']);
    expect(names('RpcSmtpAccounts')).toEqual(['Verkauf']);
    expect(stand.archive.objectCount).toBe(16);
    expect(elements.find(({ element }) => element === 'inboundRule')?.outcome).toBe('updated');
    const [account] = stand.archive.entries('RpcPop3Accounts');
    const [rule] = stand.archive.entries('RpcRules');
    expect(rule?.['SourceCode']).toContain(`ACCOUNT_REF = ${String(account?.ID)};`);
  });

  it('SAL-23 a deletion frees its place in the same save', async () => {
    for (let index = 1; index <= 10; index += 1) await create(`K${String(index)}`);
    expect(await codeOf(create('Neu'))).toBe('accountLimitReached');
    await apply({
      baseVersion: await versions(),
      incomingAccounts: { delete: [3], create: [wanted('Neu')] },
    });
    expect(names('RpcPop3Accounts')).toHaveLength(10);
    expect(names('RpcPop3Accounts')).toContain('Neu');
  }, 60_000);

  it('a refused addition keeps what the same save would have deleted', async () => {
    await create('Verkauf');
    stand.archive.insert('RpcGroups', { Name: 'Neu', Email: 'fremd@example.com' });
    const save = apply({
      baseVersion: await versions(),
      incomingAccounts: { delete: [1], create: [wanted('Neu')] },
    });
    expect(await codeOf(save)).toBe('elementExists');
    expect(names('RpcPop3Accounts')).toEqual(['Verkauf']);
  });
});

describe('changing', () => {
  it('SAL-59 SAL-42 SAL-78 a saved account changes alone', async () => {
    await create('Verkauf');
    const before = stand.archive.objectCount;
    const changed = await incoming().update(
      INSTALLATION,
      1,
      { name: 'Vertrieb', username: 'anders01' },
      null,
    );
    expect(changed.account).toMatchObject({ name: 'Vertrieb', username: 'anders01' });
    expect(stand.archive.objectCount).toBe(before);
    expect(stand.archive.entries('RpcGroups')[0]).toMatchObject({
      Name: 'Verkauf',
      Email: 'verkauf@example.com',
    });
    expect(names('RpcSmtpAccounts')).toEqual(['Verkauf']);
  });

  it('SAL-27 SAL-82 activation and deactivation touch one account and keep its settings', async () => {
    await create('Verkauf');
    const on = await incoming().update(INSTALLATION, 1, { active: true }, null);
    expect(on.account.active).toBe(true);
    expect(stand.archive.entries('RpcSmtpAccounts')[0]?.['State']).toBe(0);
    const off = await incoming().update(INSTALLATION, 1, { active: false }, null);
    expect(off.account).toEqual({ ...on.account, active: false });
  });

  it('BRG-12 ****** and a missing password keep the stored one', async () => {
    await create('Verkauf');
    await incoming().update(INSTALLATION, 1, { password: '******', port: 1995 }, null);
    expect(stand.archive.entries('RpcPop3Accounts')[0]).toMatchObject({
      Password: 'geheim',
      Port: 1995,
    });
    await incoming().update(INSTALLATION, 1, { password: 'neu' }, null);
    expect(stand.archive.entries('RpcPop3Accounts')[0]?.['Password']).toBe('neu');
  });

  it('members that are not edited travel along', async () => {
    const id = stand.archive.insert('RpcPop3Accounts', {
      Name: 'Alt',
      Kind: 0,
      Flags: 64,
      Delete: 1,
      Encrypt: 1,
      FutureMember: { a: 1 },
    });
    await incoming().update(INSTALLATION, id, { host: 'neu.example.com' }, null);
    expect(stand.archive.entries('RpcPop3Accounts')[0]).toMatchObject({
      Host: 'neu.example.com',
      Flags: 64,
      FutureMember: { a: 1 },
    });
  });

  it('SAL-24 beyond ten the highest ids are shown and never changed', async () => {
    for (let index = 1; index <= 11; index += 1) {
      stand.archive.insert('RpcPop3Accounts', { Name: `K${String(index)}`, Kind: 0 });
    }
    const { items } = await incoming().list();
    const external = items.filter(({ managedExternally }) => managedExternally);
    expect(external.map(({ id }) => id)).toEqual([11]);
    const change = incoming().update(INSTALLATION, 11, { host: 'x.example.com' }, null);
    expect(await codeOf(change)).toBe('managedExternally');
  });

  it('BRG-08 a lost race is refused, also when it is lost under the lock', async () => {
    await create('Verkauf');
    const { tag } = await incoming().get(1);
    await incoming().update(INSTALLATION, 1, { port: 1110 }, tag);
    const late = incoming().update(INSTALLATION, 1, { port: 2110 }, tag);
    expect(await codeOf(late)).toBe('preconditionFailed');
    const fresh = await incoming().get(1);
    stand.archive.onCall = ({ method }) => {
      const [account] = stand.archive.entries('RpcPop3Accounts');
      if (method === 'RpcPop3Accounts.Lock' && account) account['Host'] = 'anders.example.com';
      return undefined;
    };
    const raced = incoming().update(INSTALLATION, 1, { port: 2110 }, fresh.tag);
    expect(await codeOf(raced)).toBe('preconditionFailed');
    expect(stand.archive.entries('RpcPop3Accounts')[0]?.['Port']).toBe(1110);
    expect(stand.archive.lockCount).toBe(0);
  });

  it('BRG-08 a stale changeset names the accounts that changed', async () => {
    await create('Verkauf');
    await create('Service');
    const baseVersion = await versions();
    await incoming().update(INSTALLATION, 2, { port: 1110 }, null);
    const save = apply({ baseVersion, incomingAccounts: { update: [{ id: 1, port: 2110 }] } });
    const failure: unknown = await save.catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'preconditionFailed', params: { changed: 'Service' } });
    expect(stand.archive.entries('RpcPop3Accounts')[0]?.['Port']).toBe(995);
  });

  it('BRG-07 one changeset changes both kinds and a group, as one operation', async () => {
    await create('Verkauf');
    const { operationId, elements } = await apply({
      baseVersion: await versions(),
      incomingAccounts: { update: [{ id: 1, port: 2110 }] },
      smtpAccounts: {
        create: [{ name: 'Zentral', host: 'smtp.example.com', senders: ['*'], password: 'p' }],
        update: [{ id: 1, senders: ['a@example.com', 'b@example.com'] }],
      },
      groups: { update: [{ id: 1, email: 'neu@example.com' }] },
    });
    expect(elements.map(({ element, outcome }) => `${element} ${outcome}`).sort()).toEqual([
      'group updated',
      'incomingAccount updated',
      'smtpAccount created',
      'smtpAccount updated',
    ]);
    expect(stand.archive.entries('RpcGroups')[0]?.['Email']).toBe('neu@example.com');
    expect(stand.archive.entries('RpcSmtpAccounts')[0]?.['Filter']).toBe(
      'a@example.com\nb@example.com',
    );
    const operation = await stand.management.operations.get(INSTALLATION, operationId);
    expect(operation.state).toBe('succeeded');
  });

  it('SAL-106 an SMTP account alone creates nothing else', async () => {
    const settings = { name: 'Zentral', host: 'smtp.example.com', senders: ['*'] };
    const changes = changesetRequest.parse({ smtpAccounts: { create: [settings] } });
    const [only] = changes.smtpAccounts.create;
    if (only === undefined) throw new Error('parsed');
    await smtp().create(INSTALLATION, only);
    expect(stand.archive.objectCount).toBe(1);
  });

  it('a plain-text sign-in needs the explicit word', async () => {
    expect(await codeOf(create('Verkauf', { security: 'none' }))).toBe('clearTextLoginNotAllowed');
    const { account } = await create('Verkauf', { security: 'none', allowClearTextLogin: true });
    expect(account).toMatchObject({ security: 'none', port: 110, allowClearTextLogin: true });
    expect((await incoming().get(account.id)).account.allowClearTextLogin).toBe(true);
  });

  it('a dry run of a changeset only reads', async () => {
    await create('Verkauf');
    const { baseVersion, ...changes } = changesetRequest.parse({
      baseVersion: await versions(),
      incomingAccounts: { delete: [1], create: [wanted('Neu')] },
    });
    const from = stand.archive.calls.length;
    const plan = await stand.management.saving.dryRun({
      installationId: INSTALLATION,
      changes,
      guard: { baseVersion },
    });
    expect(plan.elements.some(({ action }) => action === 'delete')).toBe(true);
    const later = stand.archive.calls.slice(from).map(({ method }) => method);
    expect(later.filter((method) => !isReading(method))).toEqual([]);
  });
});

describe('the list', () => {
  it('SAL-18 BRG-18 is the archive itself: a reinstalled bridge sees the same accounts', async () => {
    await create('Verkauf');
    const seen = await incoming().list();
    expect(await stand.restart().incomingAccounts.list()).toEqual(seen);
  });

  it('SAL-55 SAL-57 SAL-119 BRG-15 last errors are read through, null when there was none', async () => {
    await create('Verkauf');
    expect(await incoming().lastError(1)).toBeNull();
    const [account] = stand.archive.entries('RpcPop3Accounts');
    if (account) Object.assign(account, { Message: 'sign-in refused', ErrorCount: 3 });
    expect(await incoming().lastError(1)).toEqual({
      message: 'sign-in refused',
      count: 3,
      at: null,
      code: null,
    });
    expect(await smtp().lastError(1)).toBeNull();
  });

  it('SAL-122 the address of a group can be changed', async () => {
    await create('Verkauf');
    const { tag } = await stand.management.groups.get(1);
    await stand.management.groups.update(INSTALLATION, 1, { email: 'neu@example.com' }, tag);
    expect((await stand.management.groups.get(1)).group).toMatchObject({
      name: 'Verkauf',
      email: 'neu@example.com',
    });
  });
});

describe('an archive without RpcMailBridge', () => {
  it('shows durations raw, refuses to write them, and provisions all the same', async () => {
    const plain = await openStand({ hasMailBridge: false });
    try {
      const accounts = plain.management.incomingAccounts;
      await accounts.create(INSTALLATION, wanted('Verkauf'));
      expect(plain.archive.objectCount).toBe(16);
      expect((await accounts.get(1)).account).toMatchObject({
        timeoutSeconds: null,
        raw: { Interval: 0, Timeout: 0, DeleteAge: 0 },
      });
      const change = accounts.update(INSTALLATION, 1, { timeoutSeconds: 30 }, null);
      expect(await codeOf(change)).toBe('notSupportedByArchive');
    } finally {
      await plain.close();
    }
  });
});
