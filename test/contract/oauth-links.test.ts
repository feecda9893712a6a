/** How a link reaches an account, by the wire alone: the embedded archive and the scripted one that tests stand on. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScriptedArchive } from '../../fixtures/scripted-archive.js';
import {
  AccountKind,
  ArchiveFailure,
  GreyhoundClient,
  newClientId,
  OAuth2State,
  Pop3Authenticate,
  Pop3Delete,
  Pop3Encrypt,
  RpcOAuth2Request,
  RpcPop3Account,
  RpcSmtpAccount,
  SmtpAuthenticate,
  SmtpEncrypt,
  withLock,
  type OAuth2Link,
  type Pop3Account,
} from '../../src/greyhound/index.js';
import { OAuthStand, sales } from '../archive/oauth/oauth-stand.js';

interface LinkingArchive {
  readonly client: GreyhoundClient;
  /** Signs in as the mailbox. @returns the reference */
  reference(): Promise<string>;
  close(): Promise<void>;
}

async function embedded(): Promise<LinkingArchive> {
  const stand = await OAuthStand.open();
  return {
    client: stand.archive.client,
    reference: () => stand.reference(sales),
    close: () => stand.close(),
  };
}

async function scripted(): Promise<LinkingArchive> {
  const archive = await ScriptedArchive.start();
  const clientId = newClientId();
  const client = new GreyhoundClient({
    url: archive.url,
    username: 'bridge',
    password: 'secret',
    clientId,
  });
  return {
    client,
    reference: async () => {
      const { Identifier, Kind } = await client.mailBridge.StartOAuth2({
        Request: RpcOAuth2Request.make({ Host: 'localhost', Address: sales.address }),
      });
      archive.oauth.finish();
      return (await client.mailBridge.GetOAuth2Progress({ Identifier, Kind })).Password;
    },
    close: async () => {
      client.close();
      await archive.close();
    },
  };
}

const archives: [name: string, open: () => Promise<LinkingArchive>][] = [
  ['the embedded archive', embedded],
  ['the scripted archive', scripted],
];

describe.each(archives)('%s', (_name, open) => {
  let archive: LinkingArchive;
  let names = 0;
  beforeAll(async () => {
    archive = await open();
  }, 60_000);
  afterAll(() => archive.close(), 30_000);

  const account = (more: Partial<Pop3Account> = {}): Pop3Account =>
    RpcPop3Account.make({
      Name: `Konto ${String((names += 1))}`,
      Host: 'localhost',
      Port: 995,
      Encrypt: Pop3Encrypt.peSSL,
      Username: sales.address,
      Delete: Pop3Delete.pdNo,
      Authenticate: Pop3Authenticate.paOAuth2,
      ...more,
    });
  const add = (more: Partial<Pop3Account> = {}): Promise<number> =>
    archive.client.pop3Accounts.New({ Pop3Account: account(more) });
  const change = (ID: number, more: Partial<Pop3Account>) =>
    withLock(archive.client.pop3Accounts, ID, (Pop3Account) =>
      archive.client.pop3Accounts.Put({ Pop3Account: { ...Pop3Account, ...more } }),
    );
  const unlink = (ID: number) =>
    withLock(archive.client.pop3Accounts, ID, () =>
      archive.client.mailBridge.UnlinkOAuth2({ Kind: AccountKind.akPop3, ID }),
    );
  async function linkOf(id: number, kind = AccountKind.akPop3 as number): Promise<OAuth2Link> {
    const all = await archive.client.mailBridge.GetStatusList();
    const status = all.find(({ Kind, AccountRef }) => Kind === kind && AccountRef === id);
    if (status === undefined) throw new Error(`no status of ${String(id)}`);
    return status.OAuth2;
  }
  const isLinked = async (id: number) => (await linkOf(id)).Linked;
  const refusal = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'accepted',
      (error: unknown) =>
        error instanceof ArchiveFailure ? String(error.params['serverText']) : String(error),
    );

  it('takes a reference in Password, and answers none', async () => {
    const ID = await add({ Password: await archive.reference() });
    expect((await archive.client.pop3Accounts.Get({ ID })).Password).toBe('');
    expect(await linkOf(ID)).toMatchObject({
      Linked: true,
      Identity: sales.address,
      ViaAccountRef: 0,
      EndedAt: null,
    });
  });

  it('gives a reference to one account, as often as it is written there', async () => {
    const Password = await archive.reference();
    const ID = await add({ Password });
    await change(ID, { Password });
    expect(await isLinked(ID)).toBe(true);
    expect(await refusal(add({ Password }))).toMatch(/^\[linkUsed\]/);
  });

  it('gives it back with an account that is deleted', async () => {
    const Password = await archive.reference();
    const ID = await add({ Password });
    await withLock(archive.client.pop3Accounts, ID, () =>
      archive.client.pop3Accounts.Delete({ ID }),
    );
    expect(await isLinked(await add({ Password }))).toBe(true);
  });

  it('keeps the link with an empty Password, and drops it with another way to sign in', async () => {
    const ID = await add({ Password: await archive.reference() });
    await change(ID, { Password: '', Port: 1995 });
    expect(await isLinked(ID)).toBe(true);
    await change(ID, { Authenticate: Pop3Authenticate.paLogin, Password: 'geheim' });
    expect(await isLinked(ID)).toBe(false);
    await change(ID, { Authenticate: Pop3Authenticate.paOAuth2, Password: '' });
    expect(await isLinked(ID)).toBe(false);
  });

  it('unlinks, twice without harm, and the old reference is of no use any more', async () => {
    const Password = await archive.reference();
    const ID = await add({ Password });
    await unlink(ID);
    expect(await linkOf(ID)).toMatchObject({ Linked: false, EndedAt: null });
    await unlink(ID);
    expect(await refusal(change(ID, { Password }))).toMatch(/^\[linkExpired\]/);
  });

  it('refuses the link of another mailbox, also when the account becomes one', async () => {
    const Password = await archive.reference();
    const other = { Username: 'anderer@example.test' };
    expect(await refusal(add({ Password, ...other }))).toMatch(/^\[wrongAccount\]/);
    const ID = await add({ Password });
    expect(await refusal(change(ID, other))).toMatch(/^\[wrongAccount\]/);
    expect((await archive.client.pop3Accounts.Get({ ID })).Username).toBe(sales.address);
  });

  it('SAL-112 lets the SMTP account of the name sign in by the same link', async () => {
    const incoming = account({ Password: await archive.reference() });
    const viaRef = await archive.client.pop3Accounts.New({ Pop3Account: incoming });
    const ID = await archive.client.smtpAccounts.New({
      SmtpAccount: RpcSmtpAccount.make({
        Name: incoming.Name,
        Host: 'localhost',
        Port: 587,
        Encrypt: SmtpEncrypt.seSTARTTLS,
        Username: sales.address,
        Filter: sales.address,
        Authenticate: SmtpAuthenticate.saOAuth2,
      }),
    });
    expect(await linkOf(ID, AccountKind.akSmtp)).toMatchObject({
      Linked: true,
      ViaAccountRef: viaRef,
    });
  });

  it('forgets a sign-in that is dropped', async () => {
    const { mailBridge } = archive.client;
    const Request = RpcOAuth2Request.make({ Host: 'localhost', Address: sales.address });
    const { Identifier, Kind } = await mailBridge.StartOAuth2({ Request });
    const state = async () => (await mailBridge.GetOAuth2Progress({ Identifier, Kind })).State;
    expect(await state()).toBe(OAuth2State.oasPending);
    await mailBridge.DropOAuth2({ Identifier, Kind });
    await mailBridge.DropOAuth2({ Identifier, Kind });
    expect(await state()).toBe(OAuth2State.oasFailed);
  });
});
