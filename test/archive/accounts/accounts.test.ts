import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  RpcAccountOptions,
  Pop3Delete,
  RpcPop3Account,
  RpcSmtpAccount,
  type Pop3Account,
  type SmtpAccount,
} from '../../../src/greyhound/index.js';
import {
  fault,
  faultOf,
  locked,
  openArchiveUnderTest,
  type ArchiveUnderTest,
} from '../archive-under-test.js';

const pop3 = (given: Partial<Pop3Account> = {}): Pop3Account =>
  RpcPop3Account.make({
    Name: 'Shop',
    Host: 'pop.example.org',
    Port: 995,
    Username: 'shop@example.org',
    Password: 'mailbox secret',
    Encrypt: 1,
    Delete: Pop3Delete.pdNo,
    ...given,
  });

const smtp = (given: Partial<SmtpAccount> = {}): SmtpAccount =>
  RpcSmtpAccount.make({
    Name: 'Shop',
    Host: 'smtp.example.org',
    Port: 587,
    Username: 'shop@example.org',
    Password: 'submission secret',
    Authenticate: 1,
    Encrypt: 2,
    Filter: 'shop@example.org',
    ...given,
  });

describe('accounts', () => {
  let archive: ArchiveUnderTest;
  beforeEach(async () => {
    archive = await openArchiveUnderTest();
  });
  afterEach(() => archive.close());

  it('keeps every member, also those it does not know, and never answers the password', async () => {
    const { pop3Accounts } = archive.client();
    const unknown = { NewerMember: { Deep: [1, 'two'] } };
    const given = pop3({ Flags: 2 ** 20 + 1, Ocr: 77, EditorData: Buffer.from([0, 255]) });
    const ID = await pop3Accounts.New({ Pop3Account: { ...given, ...unknown } });
    const stored = await pop3Accounts.Get({ ID });
    const now = archive.clock.now();
    const maintained = { ID, Password: '', Created: now, Modified: now };
    expect(stored).toEqual({ ...given, ...unknown, ...maintained });
    expect(await pop3Accounts.GetList()).toEqual([stored]);
  });

  it('replaces the settings as a whole but keeps a password that is not sent', async () => {
    const { smtpAccounts } = archive.client();
    const ID = await smtpAccounts.New({ SmtpAccount: smtp({ ToOverwrite: 'x@example.org' }) });
    archive.clock.advance(5000);
    const put = smtp({ ID, Host: 'mail.example.org', Password: '' });
    await locked(smtpAccounts, ID, () => smtpAccounts.Put({ SmtpAccount: put }));
    expect(await smtpAccounts.Get({ ID })).toMatchObject({
      Host: 'mail.example.org',
      ToOverwrite: '',
      Modified: archive.clock.now(),
    });
    const stored = await archive.accounts.smtp(archive.realmId, ID);
    expect(stored?.account.Password).toBe('submission secret');
    await locked(smtpAccounts, ID, () =>
      smtpAccounts.Put({ SmtpAccount: { ...put, Password: 'another' } }),
    );
    expect((await archive.accounts.smtp(archive.realmId, ID))?.account.Password).toBe('another');
  });

  it('does not believe errors and dates that a client writes', async () => {
    const { pop3Accounts } = archive.client();
    const Created = new Date(Date.UTC(2001, 1, 1));
    const ID = await pop3Accounts.New({
      Pop3Account: pop3({ ErrorCount: 9, Message: 'invented', Created, Modified: Created }),
    });
    expect(await pop3Accounts.Get({ ID })).toMatchObject({
      ErrorCount: 0,
      Message: '',
      Created: archive.clock.now(),
      Modified: archive.clock.now(),
    });
  });

  it('never gives an id twice', async () => {
    const { pop3Accounts } = archive.client();
    const first = await pop3Accounts.New({ Pop3Account: pop3() });
    await locked(pop3Accounts, first, () => pop3Accounts.Delete({ ID: first }));
    expect(await pop3Accounts.New({ Pop3Account: pop3() })).toBeGreaterThan(first);
    expect((await faultOf(pop3Accounts.Get({ ID: first }))).code).toBe(fault.notFound);
  });

  const refused: [member: string, given: Partial<Pop3Account>][] = [
    ['Name', { Name: ' ' }],
    ['Host', { Host: 'pop.example.org\r\nDELE 1' }],
    ['Host', { Host: '' }],
    ['Username', { Username: 'a\nb' }],
    ['Password', { Password: 'a\0b' }],
    ['Port', { Port: 0 }],
    ['Port', { Port: 65536 }],
    ['State', { State: 2 }],
    ['Encrypt', { Encrypt: 3 }],
    ['Authenticate', { Authenticate: 9 }],
    ['Delete', { Delete: 3 }],
    ['Delete', { Delete: -1 }],
    ['DeleteAge', { DeleteAge: -1 }],
    ['Interval', { Interval: -5 }],
  ];
  it.each(refused)('refuses a wrong %s: %j', async (member, given) => {
    const { pop3Accounts } = archive.client();
    const { code, text } = await faultOf(pop3Accounts.New({ Pop3Account: pop3(given) }));
    expect(code).toBe(fault.invalidValue);
    expect(text.startsWith(`${member}:`)).toBe(true);
    expect(await pop3Accounts.GetList()).toEqual([]);
  });

  it('changes nothing without a lock', async () => {
    const { pop3Accounts, mailBridge } = archive.client();
    const ID = await pop3Accounts.New({ Pop3Account: pop3() });
    const Options = RpcAccountOptions.make({ AllowClearTextLogin: true });
    for (const change of [
      pop3Accounts.Put({ Pop3Account: pop3({ ID, Host: 'other.example.org' }) }),
      pop3Accounts.Delete({ ID }),
      pop3Accounts.ResetUIDL({ ID }),
      mailBridge.PutOptions({ Kind: 0, ID, Options }),
    ]) {
      expect((await faultOf(change)).code).toBe(fault.notLocked);
    }
    expect((await pop3Accounts.Get({ ID })).Host).toBe('pop.example.org');
  });

  it('hides the accounts of another realm', async () => {
    const { pop3Accounts } = archive.client();
    const ID = await pop3Accounts.New({ Pop3Account: pop3() });
    const other = (await archive.stranger()).pop3Accounts;
    expect(await other.GetList()).toEqual([]);
    for (const call of [
      other.Get({ ID }),
      other.Lock({ ID }),
      other.Delete({ ID }),
      other.Put({ Pop3Account: pop3({ ID }) }),
      other.GetLockData({ ID }),
    ]) {
      expect((await faultOf(call)).code).toBe(fault.notFound);
    }
  });

  it('reports changes after they are committed, and a reset apart', async () => {
    const { pop3Accounts, smtpAccounts, mailBridge } = archive.client();
    const seen: string[] = [];
    const stop = archive.accounts.onChange(({ kind, realmId, id }) =>
      seen.push(`${kind}/${String(realmId)}/${String(id)}`),
    );
    archive.accounts.onResetUidl(({ id }) => seen.push(`reset/${String(id)}`));
    const ID = await pop3Accounts.New({ Pop3Account: pop3() });
    const change = `pop3/${String(archive.realmId)}/${String(ID)}`;
    await locked(pop3Accounts, ID, async () => {
      await pop3Accounts.Put({ Pop3Account: pop3({ ID }) });
      await mailBridge.PutOptions({
        Kind: 0,
        ID,
        Options: RpcAccountOptions.make({ AllowClearTextLogin: true }),
      });
      await pop3Accounts.ResetUIDL({ ID });
      await pop3Accounts.Delete({ ID });
    });
    expect(seen).toEqual([change, change, change, `reset/${String(ID)}`, change, change]);
    stop();
    await smtpAccounts.New({ SmtpAccount: smtp() });
    expect(seen).toHaveLength(6);
  });

  describe('traffic', () => {
    it('records errors, sign-ins and successes without touching the settings', async () => {
      const client = archive.client();
      const { accounts, realmId, clock } = archive;
      const ID = await client.pop3Accounts.New({ Pop3Account: pop3() });
      const before = await client.pop3Accounts.Get({ ID });
      const ref = { kind: 'pop3', realmId, id: ID } as const;
      const error = { code: 'authenticationFailed', message: 'wrong password', at: clock.now() };
      const failure = { ...error, kind: 'signIn' } as const;
      clock.advance(60_000);
      const at = clock.now();
      await accounts.traffic.recordFailure(ref, failure);
      await accounts.traffic.recordFailure(ref, failure);
      const failed = { ...before, ErrorCount: 2, Message: 'wrong password' };
      expect(await client.pop3Accounts.Get({ ID })).toEqual(failed);
      await accounts.traffic.recordSignIn(ref, at);
      await accounts.traffic.recordSuccess(ref, at);
      expect(await client.pop3Accounts.Get({ ID })).toEqual({ ...failed, ErrorCount: 0 });
      archive.waiting.push({ kind: 'pop3', id: ID, count: 3, oldest: failure.at });
      expect(await client.mailBridge.GetStatusList()).toEqual([
        expect.objectContaining({
          Kind: 0,
          AccountRef: ID,
          LastSignIn: at,
          LastSuccess: at,
          LastErrorAt: failure.at,
          LastErrorCode: 'authenticationFailed',
          Waiting: 3,
          OldestWaiting: failure.at,
        }),
      ]);
    });

    it('gives active accounts with their passwords and options', async () => {
      const client = archive.client();
      await client.pop3Accounts.New({ Pop3Account: pop3({ Name: 'off' }) });
      const ID = await client.pop3Accounts.New({ Pop3Account: pop3({ Name: 'on', State: 1 }) });
      const Options = RpcAccountOptions.make({
        AllowClearTextLogin: true,
        TlsFingerprint: Array(32).fill('AB').join(':'),
        TlsReason: 'test',
      });
      await locked(client.pop3Accounts, ID, () =>
        client.mailBridge.PutOptions({ Kind: 0, ID, Options }),
      );
      const active = await archive.accounts.activePop3();
      expect(active).toHaveLength(1);
      expect(active[0]).toMatchObject({
        realmId: archive.realmId,
        account: { ID, Name: 'on', Password: 'mailbox secret' },
        options: Options,
      });
      expect(await archive.accounts.activeSmtp(archive.realmId)).toEqual([]);
    });

    it('refuses a fingerprint that is none', async () => {
      const client = archive.client();
      const ID = await client.pop3Accounts.New({ Pop3Account: pop3() });
      const Options = RpcAccountOptions.make({ TlsFingerprint: 'AB:CD' });
      const put = locked(client.pop3Accounts, ID, () =>
        client.mailBridge.PutOptions({ Kind: 0, ID, Options }),
      );
      expect((await faultOf(put)).text).toMatch(/^TlsFingerprint:/);
    });
  });
});
