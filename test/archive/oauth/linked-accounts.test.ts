/** Accounts that sign in by OAuth, with real mail servers and a real authorization server. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import {
  Pop3Authenticate,
  RpcAccountOptions,
  RpcPop3AccountItem,
  RpcSmtpAccountItem,
  SmtpAuthenticate,
  Pop3Encrypt,
  SmtpEncrypt,
} from '../../../src/greyhound/index.js';
import { SettableArming } from '../../support/settable-arming.js';
import { waitFor } from '../../support/wait-for.js';
import { faultOf } from '../archive-under-test.js';
import { clerk, OAuthStand, sales, shared } from './oauth-stand.js';

let stand: OAuthStand;
const open = async (options: Parameters<typeof OAuthStand.open>[0] = {}) => {
  stand = await OAuthStand.open(options);
  return stand;
};
afterEach(() => stand.close(), 30_000);

const HOUR_MS = 3_600_000;

async function linkOf(accountId: number, kind = 0) {
  return (await stand.archive.status(accountId, kind))!.OAuth2;
}

/** Delivers, fetches, and waits for the mail in the archive. */
async function expectFetched(accountId: number, address: string, subject: string): Promise<void> {
  await stand.deliver(address, subject);
  await stand.archive.fetchNow(accountId);
  await waitFor(
    async () => (await stand.archive.list()).some(({ Subject }) => Subject === subject),
    {
      timeoutMs: 10_000,
      what: `the mail ${subject}`,
    },
  );
}

/** The account's last error, once its fetch has failed. */
async function failedFetch(accountId: number): Promise<string> {
  const before = (await stand.archive.status(accountId))!.LastErrorAt?.getTime() ?? 0;
  stand.archive.clock.advance(2000);
  await stand.archive.client.info.SendAndReceiveNow();
  const status = await waitFor(
    async () => {
      const now = await stand.archive.status(accountId);
      return (now?.LastErrorAt?.getTime() ?? 0) > before ? now : undefined;
    },
    { timeoutMs: 15_000, what: 'a failed fetch' },
  );
  return status.LastErrorCode;
}

/** A count once it has stopped to grow: activating an account makes a session of its own. */
async function settled(count: () => number): Promise<number> {
  for (;;) {
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (count() === before) return before;
  }
}

function send(from: string, subject: string): Promise<number> {
  const item = stand.archive.draft({ from, to: clerk.address, subject });
  return stand.archive.client.items.New({ Item: item, CreateLocked: false });
}

const arrived = (subject: string) =>
  waitFor(
    async () => {
      const mails = await stand.sandbox.readMaildir(clerk.address);
      return mails.find(({ bytes }) => bytes.includes(`Subject: ${subject}`));
    },
    { timeoutMs: 15_000, what: `the mail ${subject}` },
  );

describe('a linked account', () => {
  it('SAL-89 SAL-92 fetches without a password, and is told as linked', async () => {
    await open();
    const id = await stand.addPop3(sales.address, await stand.reference());
    await expectFetched(id, sales.address, 'erste');
    expect(await linkOf(id)).toMatchObject({
      Linked: true,
      ProviderRef: 'firma',
      Identity: sales.address,
      EndedCode: '',
    });
    expect(await stand.archive.status(id)).toMatchObject({ PasswordSet: false });
    expect((await stand.archive.client.pop3Accounts.Get({ ID: id })).Password).toBe('');
  }, 30_000);

  it('fetches by IMAP, is watched, and signs in for copies of what it sends', async () => {
    await open();
    const id = await stand.addImap(sales.address, await stand.reference(), 'Verkauf');
    await stand.addSmtp(sales.address, '', 'Verkauf');
    await waitFor(() => stand.archive.said(id).includes('mailbox watched'));
    // nobody asks for a fetch
    await stand.deliver(sales.address, 'von selbst');
    await stand.archive.waitForItems(1);
    await send(sales.address, 'mit Kopie');
    await waitFor(() => stand.archive.log.some((line) => line.includes('sent mails not copied')));
    // an hour later the token is over: the next session signs in with another one
    stand.archive.clock.advance(2 * HOUR_MS);
    await expectFetched(id, sales.address, 'danach');
    expect(stand.provider.countOf('refresh')).toBe(1);
  }, 60_000);

  it('ends, by IMAP as by POP3, when the access was revoked', async () => {
    await open();
    const id = await stand.addImap(sales.address, await stand.reference());
    await expectFetched(id, sales.address, 'vorher');
    stand.provider.revokeAllGrantsOf(sales.address);
    expect(await failedFetch(id)).toBe('linkEnded');
    expect(await linkOf(id)).toMatchObject({ Linked: false, EndedCode: 'revoked' });
  }, 60_000);

  it('asks for a token once, however often and however many at a time it fetches and sends', async () => {
    await open();
    const id = await stand.addPop3(sales.address, await stand.reference(), 'Verkauf');
    await stand.addSmtp(sales.address, '', 'Verkauf');
    for (const round of ['a', 'b', 'c']) await expectFetched(id, sales.address, round);
    await Promise.all(['x', 'y', 'z'].map((subject) => send(sales.address, subject)));
    await Promise.all(['x', 'y', 'z'].map(arrived));
    expect(stand.provider.countOf('refresh')).toBe(0);
    // an hour later the first one is over
    stand.archive.clock.advance(0.9 * HOUR_MS);
    await Promise.all([send(sales.address, 'u'), expectFetched(id, sales.address, 'd')]);
    await arrived('u');
    expect(stand.provider.countOf('refresh')).toBe(1);
  }, 60_000);

  it('SAL-112 sends with the link of the incoming account of its name, and tells so', async () => {
    await open();
    const pop3 = await stand.addPop3(sales.address, await stand.reference(), 'Verkauf');
    const smtp = await stand.addSmtp(sales.address, '', ' verkauf ');
    const other = await stand.addSmtp(clerk.address, '', 'Anderes');
    expect(await linkOf(smtp, 1)).toMatchObject({ Linked: true, ViaAccountRef: pop3 });
    expect(await linkOf(other, 1)).toMatchObject({ Linked: false, ViaAccountRef: 0 });
    await send(sales.address, 'mit Verknuepfung');
    await arrived('mit Verknuepfung');
  }, 30_000);

  it('sends what waits as soon as the incoming account of its name is linked', async () => {
    await open();
    const pop3 = await stand.addPop3(sales.address, '', 'Verkauf');
    const smtp = await stand.addSmtp(sales.address, '', 'Verkauf');
    await send(sales.address, 'wartet auf die Verknuepfung');
    await waitFor(
      async () => (await stand.archive.status(smtp, 1))?.LastErrorCode === 'notLinked',
      { timeoutMs: 10_000 },
    );
    await stand.archive.changePop3(pop3, { Password: await stand.reference() });
    await arrived('wartet auf die Verknuepfung');
  }, 30_000);

  it('keeps a rotated refresh token across a stop, and goes on with it', async () => {
    await open({ refreshAnswers: 'new' });
    const id = await stand.addPop3(sales.address, await stand.reference());
    for (const round of ['1', '2', '3']) {
      stand.archive.clock.advance(2 * HOUR_MS);
      await expectFetched(id, sales.address, `runde ${round}`);
      await stand.archive.stop();
      await stand.archive.start();
    }
    expect(stand.provider.countOf('refresh')).toBe(3);
    expect(await linkOf(id)).toMatchObject({ Linked: true });
  }, 60_000);

  it('uses no token that could not be stored first', async () => {
    await open({ style: 'microsoft' });
    const id = await stand.addPop3(sales.address, await stand.reference());
    await expectFetched(id, sales.address, 'vorher');
    const database = new Database(join(stand.archive.dataDir, 'archive.db'));
    database.exec(
      "CREATE TRIGGER full BEFORE UPDATE ON oauth_grants BEGIN SELECT RAISE(FAIL, 'full'); END",
    );
    stand.archive.clock.advance(2 * HOUR_MS);
    const asked = await settled(() => stand.provider.countOf('introspect'));
    expect(await failedFetch(id)).toBe('storageFailed');
    expect(stand.provider.countOf('refresh')).toBeGreaterThanOrEqual(1);
    // the mail server has seen nothing of it
    expect(stand.provider.countOf('introspect')).toBe(asked);
    expect(await linkOf(id)).toMatchObject({ Linked: true });
    database.exec('DROP TRIGGER full');
    database.close();
    await expectFetched(id, sales.address, 'danach');
  }, 60_000);

  it('goes on with the first refresh token where a provider gives no other', async () => {
    await open({ style: 'google', refreshAnswers: 'none' });
    const id = await stand.addPop3(sales.address, await stand.reference());
    for (const round of ['1', '2']) {
      stand.archive.clock.advance(2 * HOUR_MS);
      await expectFetched(id, sales.address, `runde ${round}`);
    }
    expect(stand.provider.countOf('refresh')).toBe(2);
  }, 60_000);

  it('signs in with tokens of more than 4 KB to every kind of server', async () => {
    await open({ accessTokenOctets: 4200 });
    const id = await stand.addPop3(sales.address, await stand.reference(), 'Verkauf');
    const smtp = await stand.addSmtp(sales.address, '', 'Verkauf');
    await expectFetched(id, sales.address, 'lang');
    await send(sales.address, 'lang gesendet');
    await arrived('lang gesendet');
    const Options = RpcAccountOptions.make();
    const item = { Host: 'localhost', Username: sales.address, Timeout: 5 };
    const Item = RpcPop3AccountItem.make({
      ...item,
      Port: stand.sandbox.imapsPort,
      Encrypt: Pop3Encrypt.peSSL,
      Authenticate: Pop3Authenticate.paOAuth2,
    });
    await expect(
      stand.mailBridge.CheckImap({ ID: id, Item, Options, Mailbox: '' }),
    ).resolves.toBeGreaterThan(0);
    const Smtp = RpcSmtpAccountItem.make({
      ...item,
      Port: stand.sandbox.submissionPort,
      Encrypt: SmtpEncrypt.seSTARTTLS,
      Authenticate: SmtpAuthenticate.saOAuth2,
    });
    await stand.mailBridge.CheckSmtp({ ID: smtp, Item: Smtp, Options });
  }, 60_000);
});

describe('a link that ends', () => {
  it('is noticed with the next fetch when the access was revoked in between, told, and not held against the account', async () => {
    await open();
    const id = await stand.addPop3(sales.address, await stand.reference());
    await expectFetched(id, sales.address, 'vorher');
    stand.provider.revokeAllGrantsOf(sales.address);
    await stand.deliver(sales.address, 'nachher');
    expect(await failedFetch(id)).toBe('linkEnded');
    expect(await linkOf(id)).toMatchObject({ Linked: false, EndedCode: 'revoked' });
    expect((await linkOf(id)).EndedAt).not.toBeNull();
    for (let tries = 0; tries < 6; tries += 1) await failedFetch(id);
    const status = await stand.archive.status(id);
    expect(status).toMatchObject({ FailedTries: 0, SwitchedOffAt: null });
    // linked again, what had come meanwhile is fetched at once
    await stand.archive.changePop3(id, { Password: await stand.reference() });
    await waitFor(
      async () => (await stand.archive.list()).some(({ Subject }) => Subject === 'nachher'),
      { timeoutMs: 10_000 },
    );
  }, 90_000);

  it('holds mail that waits to be sent until the account is linked again, however long', async () => {
    await open();
    const reference = await stand.reference();
    const smtp = await stand.addSmtp(sales.address, reference, 'Versand');
    stand.provider.revokeAllGrantsOf(sales.address);
    stand.archive.clock.advance(2 * HOUR_MS);
    await send(sales.address, 'wartet');
    await waitFor(async () => (await linkOf(smtp, 1)).EndedCode === 'revoked', {
      timeoutMs: 10_000,
    });
    stand.archive.clock.advance(72 * HOUR_MS);
    await stand.archive.client.info.SendAndReceiveNow();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await stand.archive.status(smtp, 1)).toMatchObject({ Waiting: 1 });
    const { smtpAccounts } = stand.archive.client;
    await smtpAccounts.Lock({ ID: smtp });
    const account = await smtpAccounts.Get({ ID: smtp });
    await smtpAccounts.Put({ SmtpAccount: { ...account, Password: await stand.reference() } });
    await smtpAccounts.Unlock({ ID: smtp });
    await arrived('wartet');
  }, 60_000);

  it.each(['down', 'error500', 'invalidClient'] as const)(
    'is not taken for ended while the provider is %s',
    async (fault) => {
      await open();
      const id = await stand.addPop3(sales.address, await stand.reference());
      await expectFetched(id, sales.address, 'vorher');
      stand.archive.clock.advance(2 * HOUR_MS);
      stand.provider.setFault(fault);
      const code = await failedFetch(id);
      expect(code).toBe(fault === 'invalidClient' ? 'oauthClientRefused' : 'oauthUnavailable');
      expect(await linkOf(id)).toMatchObject({ Linked: true, EndedAt: null });
      expect(await stand.archive.status(id)).toMatchObject({ FailedTries: 0 });
      stand.provider.setFault('none');
      await expectFetched(id, sales.address, 'danach');
    },
    60_000,
  );

  it('goes on with a token that is still good while the provider is away', async () => {
    await open();
    const id = await stand.addPop3(sales.address, await stand.reference());
    await expectFetched(id, sales.address, 'vorher');
    // in the last ten minutes of its hour, when it is renewed ahead of time
    stand.archive.clock.advance(53 * 60_000);
    stand.provider.setFault('down');
    await expectFetched(id, sales.address, 'trotzdem');
    expect(stand.provider.countOf('refresh')).toBe(1);
    await expectFetched(id, sales.address, 'und noch einmal');
    // it is not asked with every fetch
    expect(stand.provider.countOf('refresh')).toBe(1);
  }, 60_000);

  it('is known before where the provider tells, and with the client secret', async () => {
    await open({ refreshTokenExpiresInSeconds: 7 * 86_400 });
    const now = stand.archive.clock.now().getTime();
    const id = await stand.addPop3(sales.address, await stand.reference());
    const link = await linkOf(id);
    expect(link.ExpiresBy).toBe('lifetime');
    expect(Math.abs(link.Expires!.getTime() - now - 7 * 86_400_000)).toBeLessThan(60_000);
    const ClientSecretExpires = new Date(now + 3 * 86_400_000);
    await stand.putProvider({ ClientSecretExpires, ClientSecret: '' });
    expect(await linkOf(id)).toMatchObject({ ExpiresBy: 'clientSecret' });
  }, 30_000);
});

describe('unlinking', () => {
  it('SAL-98 keeps everything else, revokes at the provider, and is harmless a second time', async () => {
    await open();
    const reference = await stand.reference();
    const id = await stand.addPop3(sales.address, reference);
    await expectFetched(id, sales.address, 'vorher');
    const before = await stand.archive.client.pop3Accounts.Get({ ID: id });
    await stand.unlink(id);
    await waitFor(() => stand.provider.countOf('revoke') === 1, { what: 'the revocation' });
    const { Modified, ...after } = await stand.archive.client.pop3Accounts.Get({ ID: id });
    expect(after).toEqual({
      ...before,
      Modified: undefined,
      ErrorCount: after.ErrorCount,
      Message: after.Message,
    });
    expect(Modified).not.toBeNull();
    expect(await linkOf(id)).toMatchObject({ Linked: false, Identity: '' });
    await stand.unlink(id);
    expect(await failedFetch(id)).toBe('notLinked');
    // the reference of old is of no use any more
    const { text } = await faultOf(stand.archive.changePop3(id, { Password: reference }));
    expect(text).toContain('[linkExpired]');
    await stand.archive.client.pop3Accounts.Unlock({ ID: id });
    await stand.archive.changePop3(id, { Password: await stand.reference() });
    await expectFetched(id, sales.address, 'wieder');
  }, 60_000);

  it('SAL-100 happens with another way to sign in: no hidden token stays', async () => {
    await open();
    const id = await stand.addPop3(sales.address, await stand.reference());
    await stand.archive.changePop3(id, {
      Authenticate: Pop3Authenticate.paLogin,
      Password: sales.password,
    });
    expect(await linkOf(id)).toMatchObject({ Linked: false });
    await expectFetched(id, sales.address, 'mit Kennwort');
    await stand.archive.changePop3(id, { Authenticate: Pop3Authenticate.paOAuth2, Password: '' });
    // neither the password of before nor the link of before
    expect(await stand.archive.status(id)).toMatchObject({ PasswordSet: false });
    expect(await linkOf(id)).toMatchObject({ Linked: false });
    expect(await failedFetch(id)).toBe('notLinked');
  }, 60_000);

  it('happens with the account, and revokes what nobody else uses', async () => {
    await open();
    const id = await stand.addPop3(sales.address, await stand.reference());
    const { pop3Accounts } = stand.archive.client;
    // the sign-in is still good for half an hour: a save that was taken back can be repeated
    const remove = async (ID: number) => {
      await pop3Accounts.Lock({ ID });
      await pop3Accounts.Delete({ ID });
    };
    await remove(id);
    expect(stand.provider.countOf('revoke')).toBe(0);
    stand.archive.clock.advance(31 * 60_000);
    const other = await stand.archive.addPop3({ Username: 'x', Port: 1, State: 0 });
    await remove(other);
    await waitFor(() => stand.provider.countOf('revoke') === 1, { what: 'the revocation' });
  }, 30_000);
});

describe('a copy of the data', () => {
  it('neither renews nor revokes: the original goes on with what it has', async () => {
    const arming = new SettableArming();
    await open({ arming });
    const id = await stand.addPop3(sales.address, await stand.reference());
    await expectFetched(id, sales.address, 'vorher');
    arming.disarmed = 'copied';
    // with the token that it has, it may look
    await expectFetched(id, sales.address, 'angesehen');
    stand.archive.clock.advance(2 * HOUR_MS);
    expect(await failedFetch(id)).toBe('oauthUnavailable');
    await stand.unlink(id);
    stand.archive.clock.advance(2 * HOUR_MS);
    expect([stand.provider.countOf('refresh'), stand.provider.countOf('revoke')]).toEqual([0, 0]);
    await arming.arm();
    await waitFor(() => stand.provider.countOf('revoke') === 1, { what: 'the revocation' });
  }, 60_000);
});

describe('one sign-in for several mailboxes', () => {
  it('fetches as the mailbox, sends as the delegate, and needs no second sign-in', async () => {
    await open();
    const delegate = { Address: shared.address, Delegate: clerk.address };
    const session = await stand.start(delegate);
    await stand.signIn(session, clerk);
    const first = (await stand.progress(session)).Password;
    const id = await stand.addPop3(shared.address, first, 'Info');
    await stand.addSmtp(shared.address, '', 'Info');
    await expectFetched(id, shared.address, 'an alle');
    await send(shared.address, 'von allen');
    await arrived('von allen');
    // the delegate has signed in already
    const second = await stand.start({ Address: sales.address, Delegate: clerk.address });
    expect(second.Url).toBe('');
    expect(await stand.progress(second)).toMatchObject({ Identity: clerk.address });
    const codes = stand.provider.countOf('code');
    const own = await stand.addPop3(
      clerk.address,
      (await stand.progress(await stand.start({ Address: clerk.address, Delegate: clerk.address })))
        .Password,
      'Eigenes',
    );
    await expectFetched(own, clerk.address, 'an mich');
    expect(stand.provider.countOf('code')).toBe(codes);
    // unlinking one leaves the others
    await stand.unlink(own);
    await expectFetched(id, shared.address, 'noch einmal');
    expect(stand.provider.countOf('revoke')).toBe(0);
  }, 60_000);
});

describe('one sign-in for several mailboxes, one of them unlinked', () => {
  it('leaves the sign-in that another mailbox has not used yet', async () => {
    await open();
    const session = await stand.start({ Address: shared.address, Delegate: clerk.address });
    await stand.signIn(session, clerk);
    const { Password: used } = await stand.progress(session);
    const id = await stand.addPop3(shared.address, used, 'Info');
    const other = await stand.start({ Address: sales.address, Delegate: clerk.address });
    const { Password: unused } = await stand.progress(other);
    await stand.unlink(id);
    const { text } = await faultOf(stand.archive.changePop3(id, { Password: used }));
    expect(text).toContain('[linkExpired]');
    const saved = await stand.addPop3(sales.address, unused, 'Verkauf');
    expect(await linkOf(saved)).toMatchObject({ Linked: true, Identity: clerk.address });
  }, 30_000);
});

describe('a reference', () => {
  it('SAL-99 is good for one account', async () => {
    await open();
    const reference = await stand.reference();
    await stand.addPop3(sales.address, reference, 'Erstes');
    const { text } = await faultOf(stand.addSmtp(sales.address, reference, 'Zweites'));
    expect(text).toContain('[linkUsed]');
    expect(await stand.archive.client.smtpAccounts.GetList()).toEqual([]);
  }, 30_000);

  it('TEC-68 is not good for another mailbox, nor for another server', async () => {
    await open();
    const reference = await stand.reference();
    expect((await faultOf(stand.addPop3(clerk.address, reference))).text).toContain(
      '[wrongAccount]',
    );
    const elsewhere = stand.archive.addPop3({
      Name: 'x',
      Host: '127.0.0.1',
      Port: stand.sandbox.pop3sPort,
      Username: sales.address,
      Authenticate: Pop3Authenticate.paOAuth2,
      Password: reference,
    });
    expect((await faultOf(elsewhere)).text).toContain('[hostNotServed]');
    // and a linked account cannot be led there afterwards
    const id = await stand.addPop3(sales.address, reference);
    const change = (given: object) => faultOf(stand.archive.changePop3(id, given));
    expect((await change({ Host: '127.0.0.1' })).text).toContain('[hostNotServed]');
    expect((await change({ Username: clerk.address })).text).toContain('[wrongAccount]');
    expect((await change({ Password: 'a password' })).text).toContain('Password:');
  }, 30_000);

  it('is good for a check of settings that are not saved yet', async () => {
    await open();
    const Item = RpcPop3AccountItem.make({
      Host: 'localhost',
      Port: stand.sandbox.pop3sPort,
      Encrypt: Pop3Encrypt.peSSL,
      Username: sales.address,
      Authenticate: Pop3Authenticate.paOAuth2,
      Password: await stand.reference(),
      Timeout: 5,
    });
    const Options = RpcAccountOptions.make();
    await stand.deliver(sales.address, 'eine');
    expect(await stand.mailBridge.CheckPop3({ ID: 0, Item, Options })).toBe(1);
    const unlinked = stand.mailBridge.CheckPop3({
      ID: 0,
      Item: { ...Item, Password: '' },
      Options,
    });
    expect((await faultOf(unlinked)).text).toContain('[notLinked]');
  }, 30_000);
});
