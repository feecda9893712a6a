import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { makeMessage } from '../../../fixtures/messages/index.js';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import { fillMaildir } from '../../../fixtures/servers/maildir.js';
import {
  includes,
  ItemFlag,
  Pop3Delete,
  Pop3Encrypt,
  Pop3Protocol,
  type Pop3Account,
} from '../../../src/greyhound/index.js';
import { RunningArchive } from './running-archive.js';

let serial = 0;
const nextUser = () => ({ address: `imap-${(serial += 1)}@example.test`, password: 'geheim' });
const USERS = Array.from({ length: 20 }, nextUser);
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
    /** The server forgets its numbering. */
    const renumber = () =>
      Promise.all(
        ['dovecot-uidlist', 'dovecot-uidvalidity', 'dovecot.index', 'dovecot.index.log'].map(
          (name) => rm(join(dovecot.maildirOf(user.address), name), { force: true }),
        ),
      );
    const validity = () =>
      asOtherClient((client) =>
        Promise.resolve(client.mailbox === false ? 0n : client.mailbox.uidValidity),
      );

    it.each([
      ['keeps them', Pop3Delete.pdNo],
      ['deletes them later', Pop3Delete.pdDelayed],
    ])('neither doubles nor skips mails (%s)', async (_how, Delete) => {
      const mails = [1, 2, 3].map((index) => mailOf(index));
      await fillMaildir(dovecot.maildirOf(user.address), mails);
      const id = await connected({ Delete, DeleteAge: 30 });
      await archive.fetchNow(id);
      const before = (await itemsOf(id)).map(({ ID }) => ID);
      const validityBefore = await validity();
      const late = mailOf(4);
      await fillMaildir(dovecot.maildirOf(user.address), [late]);
      // Dovecot counts UIDVALIDITY in seconds
      do await renumber();
      while ((await validity()) === validityBefore);
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
});
