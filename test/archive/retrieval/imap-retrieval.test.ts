import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { makeMessage } from '../../../fixtures/messages/index.js';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import { fillMaildir } from '../../../fixtures/servers/maildir.js';
import { openMailbox } from '../../../src/archive/retrieval/open-mailbox.js';
import {
  ImportMode,
  includes,
  ItemFlag,
  ItemState,
  Pop3Delete,
  Pop3Encrypt,
  Pop3Protocol,
  RpcAccountOptions,
  RpcPop3Account,
  withLock,
  type AccountOptions,
  type Pop3Account,
} from '../../../src/greyhound/index.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from './running-archive.js';

let serial = 0;
const nextUser = () => ({ address: `imap-${(serial += 1)}@example.test`, password: 'geheim' });
const USERS = Array.from({ length: 40 }, nextUser);
serial = 0;

let dovecot: Dovecot;
let archive: RunningArchive;
let user: (typeof USERS)[number];
beforeAll(async () => {
  dovecot = await startDovecot({ users: USERS });
  archive = await RunningArchive.open({ caCertificate: dovecot.caCertificate });
}, 60_000);
afterAll(async () => {
  await archive.close();
  await dovecot.stop();
});
beforeEach(() => {
  user = nextUser();
});

const account = (given: Partial<Pop3Account> = {}): Partial<Pop3Account> => ({
  Username: user.address,
  Password: user.password,
  Protocol: Pop3Protocol.ppImap4,
  Host: 'localhost',
  Port: dovecot.imapsPort,
  Encrypt: Pop3Encrypt.peSSL,
  ...given,
});
/** Of this test; another one for every number. */
const mailOf = (index: number, sizeBytes = 2000): Buffer =>
  makeMessage({ index: serial * 10_000_000 + index, sizeBytes });
const connected = (given?: Partial<Pop3Account>) => archive.addPop3(account(given));

/** As another program with the same mailbox would. */
async function asOtherClient<T>(
  work: (client: ImapFlow) => Promise<T>,
  path = 'INBOX',
): Promise<T> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: dovecot.imapPort,
    secure: false,
    tls: { ca: dovecot.caCertificate, servername: 'localhost' },
    auth: { user: user.address, pass: user.password },
    logger: false,
  });
  await client.connect();
  try {
    await client.mailboxOpen(path);
    return await work(client);
  } finally {
    await client.logout();
  }
}

const NUMBERING = [
  'dovecot-uidlist',
  'dovecot-uidvalidity',
  'dovecot.index',
  'dovecot.index.log',
  'dovecot.index.cache',
];
const validity = () =>
  asOtherClient((client) =>
    Promise.resolve(client.mailbox === false ? 0n : client.mailbox.uidValidity),
  );
/** The server forgets its numbering; Dovecot counts UIDVALIDITY in seconds. */
async function renumber(): Promise<void> {
  const before = await validity();
  do
    for (const name of NUMBERING)
      await rm(join(dovecot.maildirOf(user.address), name), { force: true });
  while ((await validity()) === before);
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const itemsOf = async (accountId: number) =>
  (await archive.list()).filter(({ Pop3Ref }) => Pop3Ref === accountId);
async function hashesOf(accountId: number): Promise<string[]> {
  const hashes: string[] = [];
  for (const { ID } of await itemsOf(accountId)) hashes.push(hashOf(await archive.original(ID)));
  return hashes.sort();
}
/** Dovecot gives CRLF whatever lies on the disk. */
const onWire = (bytes: Uint8Array) =>
  Buffer.from(Buffer.from(bytes).toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');

describe('an IMAP account', () => {
  it('stores every mail once, byte for byte, small and large', async () => {
    const mails = [600, 12_000, 524_287, 524_288, 524_289, 1_572_864, 3_000_001].map((sizeBytes) =>
      mailOf(sizeBytes, sizeBytes),
    );
    await fillMaildir(dovecot.maildirOf(user.address), mails);
    const id = await connected();
    await archive.fetchNow(id);
    await archive.fetchNow(id);
    expect(await hashesOf(id)).toEqual(mails.map((mail) => hashOf(onWire(mail))).sort());
    expect(await archive.client.mailBridge.CheckCompleteness({ ID: id })).toMatchObject({
      OnServer: 7,
      Stored: 7,
      Missing: 0,
      Damaged: 0,
    });
  });

  it('leaves read and unread on the server as it is, and takes it over', async () => {
    const mails = [1, 2].map((index) => mailOf(index));
    await fillMaildir(dovecot.maildirOf(user.address), mails);
    await asOtherClient((client) => client.messageFlagsAdd('1', ['\\Seen']));
    const id = await connected();
    await archive.fetchNow(id);
    const flags = await asOtherClient((client) => client.fetchAll('1:*', { flags: true }));
    expect(flags.map((one) => one.flags?.has('\\Seen'))).toEqual([true, false]);
    const read = (await itemsOf(id)).map(({ Flags }) => includes(Flags, ItemFlag.ifRead));
    expect(read).toEqual([true, false]);
  });

  it('fetches the folder that it names, whatever its letters', async () => {
    await asOtherClient((client) => client.mailboxCreate('Aufträge, Größe & mehr'));
    const mail = mailOf(1);
    await asOtherClient((client) => client.append('Aufträge, Größe & mehr', mail));
    await fillMaildir(dovecot.maildirOf(user.address), [mailOf(2)]);
    const id = await connected({ Mailbox: 'Aufträge, Größe & mehr' });
    await archive.fetchNow(id);
    expect(await hashesOf(id)).toEqual([hashOf(onWire(mail))]);
  });

  it('signs in on another connection when the first sign-in was refused', async () => {
    const stored = {
      realmId: 1,
      account: RpcPop3Account.make(account({ Timeout: 10 })),
      options: RpcAccountOptions.make(),
    };
    const trust = { ca: [dovecot.caCertificate] };
    const mailbox = await openMailbox(
      stored,
      {
        connect: { egress: EgressPolicy.parse('127.0.0.0/8,::1/128'), trust },
        credentials: {
          // as with a token that the server does not take any more
          pop3: async (_realmId, { Username: username, Password: password }, login) => {
            const refused = login({ method: 'password', username, password: 'alt' });
            await expect(refused).rejects.toMatchObject({ code: 'authenticationFailed' });
            await login({ method: 'password', username, password });
          },
        },
      },
      { signal: new AbortController().signal, isReadOnly: true },
    );
    await expect(mailbox.list()).resolves.toMatchObject({ mails: [] });
    await mailbox.quit();
  });

  it('a folder that is not there is the account’s last error', async () => {
    const id = await connected({ Mailbox: 'Gibt es nicht' });
    await archive.client.info.SendAndReceiveNow();
    const { Message } = await archive.waitForError(id);
    expect(Message).toMatch(/^The folder does not exist \(Gibt es nicht\)/);
    expect((await archive.status(id))?.LastErrorCode).toBe('folderMissing');
  });

  describe('that deletes', () => {
    it('SAL-20 removes what is stored, and nothing else', async () => {
      const mails = [1, 2, 3].map((index) => mailOf(index));
      await fillMaildir(dovecot.maildirOf(user.address), mails);
      const id = await connected({ Delete: Pop3Delete.pdYes });
      await archive.fetchNow(id);
      expect(await itemsOf(id)).toHaveLength(3);
      expect(await dovecot.readMaildir(user.address)).toHaveLength(0);
    });

    it('leaves what another program has marked as deleted and not removed', async () => {
      const mails = [1, 2].map((index) => mailOf(index));
      await fillMaildir(dovecot.maildirOf(user.address), mails);
      const id = await connected({ Delete: Pop3Delete.pdDelayed, DeleteAge: 1 });
      await archive.fetchNow(id);
      archive.clock.advance(86_400_001);
      const late = mailOf(3);
      await fillMaildir(dovecot.maildirOf(user.address), [late]);
      await asOtherClient((client) => client.messageFlagsAdd('3', ['\\Deleted']));
      await archive.fetchNow(id);
      expect(await itemsOf(id)).toHaveLength(3);
      const [left, ...others] = await dovecot.readMaildir(user.address);
      expect(others).toEqual([]);
      expect(hashOf(left!.bytes)).toBe(hashOf(late));
    });

    it('deletes there what is deleted here, when it says so', async () => {
      const mails = [1, 2].map((index) => mailOf(index));
      await fillMaildir(dovecot.maildirOf(user.address), mails);
      const id = await connected({ DeleteSync: 1 });
      await archive.fetchNow(id);
      const [first] = await itemsOf(id);
      await archive.client.items.Lock({ ID: first!.ID });
      await archive.client.items.Delete({ ID: first!.ID });
      await archive.fetchNow(id);
      expect(await dovecot.readMaildir(user.address)).toHaveLength(1);
    });
  });

  describe('whose UIDVALIDITY changes', () => {
    it.each([
      ['keeps them', Pop3Delete.pdNo],
      ['deletes them later', Pop3Delete.pdDelayed],
    ])('neither doubles nor skips mails (%s)', async (_how, Delete) => {
      const mails = [1, 2, 3].map((index) => mailOf(index));
      await fillMaildir(dovecot.maildirOf(user.address), mails);
      const id = await connected({ Delete, DeleteAge: 30 });
      await archive.fetchNow(id);
      const before = (await itemsOf(id)).map(({ ID }) => ID);
      const late = mailOf(4);
      await fillMaildir(dovecot.maildirOf(user.address), [late]);
      await renumber();
      await archive.fetchNow(id);
      const after = await itemsOf(id);
      expect(after.map(({ ID }) => ID).slice(0, 3)).toEqual(before);
      expect(after).toHaveLength(4);
      await archive.fetchNow(id);
      expect(await itemsOf(id)).toHaveLength(4);
      expect(await archive.client.mailBridge.CheckCompleteness({ ID: id })).toMatchObject({
        OnServer: 4,
        Stored: 4,
        Missing: 0,
      });
    });
  });

  describe('proves its completeness', () => {
    const check = (ID: number) => archive.client.mailBridge.CheckCompleteness({ ID });
    const preview = (ID: number) =>
      archive.client.mailBridge.GetDeletionPreview({
        ID,
        Delete: Pop3Delete.pdYes,
        DeleteAge: 0,
        DeleteSync: 0,
        Limit: 100,
      });

    it('after a change of UIDVALIDITY, also before it was fetched again', async () => {
      await fillMaildir(
        dovecot.maildirOf(user.address),
        [1, 2, 3].map((index) => mailOf(index)),
      );
      const id = await connected();
      await archive.fetchNow(id);
      await renumber();
      expect(await check(id)).toMatchObject({ OnServer: 3, Stored: 0, Missing: 3, Damaged: 0 });
      // all could be stored ones, and would be deleted once they are read
      expect(await preview(id)).toMatchObject({ Count: 3 });
      await archive.fetchNow(id);
      expect(await check(id)).toMatchObject({ OnServer: 3, Stored: 3, Missing: 0, Damaged: 0 });
      expect(await preview(id)).toMatchObject({ Count: 3 });
      expect(await itemsOf(id)).toHaveLength(3);
    });

    it('after another program has removed and moved mails', async () => {
      const mails = [1, 2, 3, 4].map((index) => mailOf(index));
      await fillMaildir(dovecot.maildirOf(user.address), mails);
      const id = await connected();
      await archive.fetchNow(id);
      await asOtherClient(async (client) => {
        await client.mailboxCreate('Erledigt');
        await client.messageDelete('1');
        await client.messageMove('1', 'Erledigt');
      });
      expect(await check(id)).toMatchObject({ OnServer: 2, Stored: 2, Missing: 0 });
      const found = await preview(id);
      expect(found).toMatchObject({ Count: 2 });
      const items = await itemsOf(id);
      expect(found.Mails.map(({ ItemRef }) => ItemRef)).toEqual(items.slice(2).map(({ ID }) => ID));
      // and what is moved back is no other mail
      await asOtherClient((client) => client.messageMove('1', 'INBOX'), 'Erledigt');
      await archive.fetchNow(id);
      expect(await check(id)).toMatchObject({ OnServer: 3, Stored: 3, Missing: 0 });
      await archive.changePop3(id, { Delete: Pop3Delete.pdYes });
      await archive.fetchNow(id);
      expect(await itemsOf(id)).toHaveLength(4);
      expect(await dovecot.readMaildir(user.address)).toHaveLength(0);
      expect(await check(id)).toMatchObject({ OnServer: 0, Stored: 0, Missing: 0 });
    });
  });

  it('becomes one from POP3 without fetching a mail twice', async () => {
    const mails = [1, 2].map((index) => mailOf(index));
    await fillMaildir(dovecot.maildirOf(user.address), mails);
    const pop3 = { Protocol: Pop3Protocol.ppPop3, Port: dovecot.pop3sPort };
    const id = await connected(pop3);
    await archive.fetchNow(id);
    await archive.changePop3(id, account());
    await archive.fetchNow(id);
    expect(await itemsOf(id)).toHaveLength(2);
    await archive.changePop3(id, pop3);
    await archive.fetchNow(id);
    expect(await itemsOf(id)).toHaveLength(2);
  });

  it('tells its folders and what they are for', async () => {
    await asOtherClient(async (client) => {
      for (const name of ['Gesendete Elemente', 'Entwürfe', 'Papierkorb', 'Spam', 'Kunden'])
        await client.mailboxCreate(name);
    });
    const id = await connected();
    const folders = await archive.client.mailBridge.GetFolders({ ID: id });
    const roles = Object.fromEntries(folders.map(({ Path, Role }) => [Path, Role]));
    expect(roles).toEqual({
      INBOX: 'inbox',
      'Gesendete Elemente': 'sent',
      Entwürfe: 'drafts',
      Papierkorb: 'trash',
      Spam: 'spam',
      Kunden: '',
    });
  });

  describe('that is watched', () => {
    it('has new mail at once, again and again', async () => {
      const id = await connected();
      const isWatched = () =>
        waitFor(() => archive.said(id).includes('mailbox watched'), { what: 'a watch' });
      await isWatched();
      for (const index of [1, 2, 3]) {
        await fillMaildir(dovecot.maildirOf(user.address), [mailOf(index)]);
        await waitFor(async () => (await itemsOf(id)).length === index, {
          timeoutMs: 30_000,
          what: `mail ${index}`,
        });
      }
    }, 60_000);

    it('has what came while nobody looked', async () => {
      // more lies there than the session before has seen
      const id = await connected();
      await waitFor(() => archive.said(id).includes('mailbox watched'));
      await archive.stop();
      await fillMaildir(dovecot.maildirOf(user.address), [mailOf(1)]);
      await archive.start();
      await waitFor(async () => (await itemsOf(id)).length === 1);
    }, 30_000);

    it('is not, when it is fetched only on demand or by POP3', async () => {
      const ids = [
        await connected({ Interval: 0 }),
        await archive.addPop3({
          ...account({ Protocol: Pop3Protocol.ppPop3, Port: dovecot.pop3sPort }),
          Username: nextUser().address,
        }),
      ];
      for (const id of ids) await archive.fetchNow(id);
      for (const id of ids) expect(archive.said(id)).not.toContain('mailbox watched');
    });
  });
});

describe('mail that lay there before', () => {
  const DAY_MS = 86_400_000;
  const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
  /** Written and arrived so many days ago. POP3 tells only when it was written. */
  const mailFrom = (days: number, index: number) =>
    Buffer.from(
      mailOf(index)
        .toString('latin1')
        .replace(/^Date: .*$/m, `Date: ${daysAgo(days).toUTCString()}`),
      'latin1',
    );
  const arrived = (days: number, index: number) =>
    asOtherClient((client) => client.append('INBOX', mailFrom(days, index), [], daysAgo(days)));
  const options = (given: Partial<AccountOptions>) => RpcAccountOptions.make(given);
  async function connectedWith(
    given: Partial<AccountOptions>,
    changes: Partial<Pop3Account> = {},
  ): Promise<number> {
    const ID = await connected({ State: 0, ...changes });
    await withLock(archive.client.pop3Accounts, ID, () =>
      archive.client.mailBridge.PutOptions({ Kind: 0, ID, Options: options(given) }),
    );
    await archive.changePop3(ID, { State: 1 });
    await archive.fetchNow(ID);
    return ID;
  }
  const byPop3 = { Protocol: Pop3Protocol.ppPop3 };
  const both = [
    ['IMAP', {}],
    ['POP3', byPop3],
  ] as const;
  const ofProtocol = (changes: Partial<Pop3Account>) => ({
    ...changes,
    Port: changes === byPop3 ? dovecot.pop3sPort : dovecot.imapsPort,
  });
  const earlierAmong = async (id: number) => {
    const IDs = (await itemsOf(id)).map(({ ID }) => ID);
    const earlier = await archive.client.mailBridge.GetEarlierItems({ IDs });
    return IDs.map((one) => earlier.includes(one));
  };

  it.each(both)('is known as such when it is stored (%s)', async (_name, changes) => {
    await arrived(3, 1);
    await arrived(1, 2);
    const id = await connectedWith({}, ofProtocol(changes));
    await arrived(0, 3);
    await archive.fetchNow(id);
    expect(await earlierAmong(id)).toEqual([true, true, false]);
  });

  it('is done when somebody had read it', async () => {
    await arrived(3, 1);
    await arrived(3, 2);
    await asOtherClient((client) => client.messageFlagsAdd('1', ['\\Seen']));
    const id = await connectedWith({});
    expect((await itemsOf(id)).map(({ State }) => State)).toEqual([
      ItemState.isDone,
      ItemState.isOpen,
    ]);
  });

  it.each(both)('is passed over when nothing of it is wanted (%s)', async (_name, changes) => {
    await arrived(3, 1);
    await arrived(1, 2);
    const id = await connectedWith(
      { Import: ImportMode.imNone },
      { ...ofProtocol(changes), Delete: Pop3Delete.pdYes },
    );
    await arrived(40, 3);
    await archive.fetchNow(id);
    // it came later, whatever its date says
    expect((await itemsOf(id)).map(({ Subject }) => Subject.slice(-1))).toEqual(['3']);
    expect(await earlierAmong(id)).toEqual([false]);
    // what is not stored is never deleted, and counted as what it is
    expect(await dovecot.readMaildir(user.address)).toHaveLength(2);
    expect(await archive.client.mailBridge.CheckCompleteness({ ID: id })).toMatchObject({
      OnServer: 2,
      Stored: 0,
      Missing: 0,
      PassedOver: 2,
    });
  });

  it.each(both)('is stored from a day on (%s)', async (_name, changes) => {
    await arrived(30, 1);
    await arrived(10, 2);
    await arrived(1, 3);
    const id = await connectedWith(
      { Import: ImportMode.imSince, ImportSince: daysAgo(20) },
      ofProtocol(changes),
    );
    const subjects = (await itemsOf(id)).map(({ Subject }) => Subject);
    expect(subjects.map((subject) => subject.slice(-1))).toEqual(['2', '3']);
  });

  it('stays passed over when UIDVALIDITY changes, and comes in after a reset', async () => {
    await arrived(3, 1);
    await arrived(1, 2);
    const id = await connectedWith({ Import: ImportMode.imNone });
    await renumber();
    await arrived(0, 3);
    await archive.fetchNow(id);
    expect((await itemsOf(id)).map(({ Subject }) => Subject.slice(-1))).toEqual(['3']);
    await withLock(archive.client.pop3Accounts, id, () =>
      archive.client.pop3Accounts.ResetUIDL({ ID: id }),
    );
    await archive.fetchNow(id);
    expect(await earlierAmong(id)).toEqual([false, true, true]);
  });
});
