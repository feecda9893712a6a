/** What is on a real server, compared with what is stored; what a policy would delete there, and then does. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import {
  Pop3Authenticate,
  Pop3Delete,
  Pop3Protocol,
  Pop3State,
} from '../../../src/greyhound/index.js';
import { RunningArchive } from './running-archive.js';
import { ScriptedPop3 } from './scripted-pop3.js';

const DAY_MS = 86_400_000;
const password = 'geheim';
const users = ['outage', 'lost', 'large', 'gone', 'damaged', 'apop', 'days', 'sync'] as const;
type User = (typeof users)[number];
const protocols = [
  ['POP3', Pop3Protocol.ppPop3],
  ['IMAP', Pop3Protocol.ppImap4],
] as const;
/** Each test has a mailbox of its own by each protocol. */
let protocol: number = Pop3Protocol.ppPop3;
const addressOf = (user: User, by = protocol) => `${user}-${by}@example.test`;
const mail = (subject: string, bytes = 0) =>
  Buffer.from(`From: k@example.test\r\nSubject: ${subject}\r\n\r\n${'x'.repeat(bytes)}\r\n`);
const NOTHING = { OnServer: 0, Stored: 0, Missing: 0, Quarantined: 0, Unidentified: 0, Damaged: 0 };

let dovecot: Dovecot;
let archive: RunningArchive;
beforeAll(async () => {
  dovecot = await startDovecot({
    users: protocols.flatMap(([, by]) =>
      users.map((user) => ({ address: addressOf(user, by), password })),
    ),
  });
}, 60_000);
afterAll(() => dovecot.stop());
beforeEach(async () => {
  archive = await RunningArchive.open();
});
afterEach(() => archive.close());

const last = async (AccountRef: number) => {
  const list = await archive.client.mailBridge.GetCompletenessList();
  return list.find((one) => one.AccountRef === AccountRef);
};
const check = (ID: number) => archive.client.mailBridge.CheckCompleteness({ ID });
const preview = (ID: number, given: { Delete: number; DeleteAge?: number; DeleteSync?: number }) =>
  archive.client.mailBridge.GetDeletionPreview({
    ID,
    DeleteAge: 0,
    DeleteSync: 0,
    Limit: 100,
    ...given,
  });

async function connect(user: User, count: number, given: object = {}): Promise<number> {
  const Username = addressOf(user);
  for (let number = 1; number <= count; number += 1)
    await dovecot.deliver(Username, mail(`${user} ${String(number)}`));
  return archive.addPop3({
    Username,
    Password: password,
    Protocol: protocol,
    Port: protocol === Pop3Protocol.ppPop3 ? dovecot.pop3Port : dovecot.imapPort,
    ...given,
  });
}

/** Works on a database of the archive while it does not run. */
async function offline(file: string, work: (database: Database.Database) => void): Promise<void> {
  await archive.stop();
  const database = new Database(join(archive.dataDir, file));
  work(database);
  database.close();
  await archive.start();
}

describe.each(protocols)('proof of completeness by %s', (_name, by) => {
  beforeEach(() => {
    protocol = by;
  });

  it('finds what arrived while the archive was away, and fills the gap by itself', async () => {
    const id = await connect('outage', 2);
    await archive.fetchNow(id);
    expect(await last(id)).toMatchObject({ ...NOTHING, OnServer: 2, Stored: 2 });
    await archive.changePop3(id, { State: Pop3State.psInactive });
    await archive.stop();
    for (const number of [3, 4, 5])
      await dovecot.deliver(addressOf('outage'), mail(`outage ${String(number)}`));
    await archive.start();
    // an inactive account is not fetched, but it can be asked about
    expect(await check(id)).toMatchObject({ ...NOTHING, OnServer: 5, Stored: 2, Missing: 3 });
    expect(await last(id)).toMatchObject({ OnServer: 5, Missing: 3 });
    expect(await archive.list()).toHaveLength(2);
    await archive.changePop3(id, { State: Pop3State.psActive });
    await archive.waitForItems(5);
    await archive.fetchNow(id);
    expect(await last(id)).toMatchObject({ ...NOTHING, OnServer: 5, Stored: 5 });
    expect((await last(id))?.CheckedAt).toBeInstanceOf(Date);
  });

  it('finds a mail whose rows were lost, and fetches it again byte for byte', async () => {
    const id = await connect('lost', 3, { Interval: 0, State: Pop3State.psInactive });
    expect(await last(id)).toMatchObject({ ...NOTHING, CheckedAt: null });
    await archive.changePop3(id, { State: Pop3State.psActive });
    await archive.fetchNow(id);
    const [, second] = await archive.list();
    const bytes = await archive.original(second!.ID);
    await offline('archive.db', (database) => {
      database.prepare('delete from uidls where item_id = ?').run(second!.ID);
      database.prepare('delete from items where id = ?').run(second!.ID);
    });
    expect(await check(id)).toMatchObject({ ...NOTHING, OnServer: 3, Stored: 2, Missing: 1 });
    await archive.fetchNow(id);
    expect(await last(id)).toMatchObject({ ...NOTHING, OnServer: 3, Stored: 3 });
    const again = (await archive.list()).filter(({ Subject }) => Subject === second!.Subject);
    expect(again).toHaveLength(1);
    expect(await archive.original(again[0]!.ID)).toEqual(bytes);
  });

  it('counts what is in quarantine as such', async () => {
    await dovecot.deliver(addressOf('large'), mail('too large', 5000));
    const id = await connect('large', 1, { MaxSize: 2000 });
    await archive.fetchNow(id);
    const expected = { ...NOTHING, OnServer: 2, Stored: 1, Quarantined: 1 };
    expect(await last(id)).toMatchObject(expected);
    expect(await check(id)).toMatchObject(expected);
  });

  it('counts what it deleted in the same session as no longer on the server', async () => {
    const id = await connect('gone', 3, { Delete: Pop3Delete.pdYes });
    await archive.fetchNow(id);
    expect(await archive.list()).toHaveLength(3);
    expect(await last(id)).toMatchObject(NOTHING);
    expect(await check(id)).toMatchObject(NOTHING);
  });

  it('reads stored bytes back: damaged ones are told and not offered for deletion', async () => {
    const id = await connect('damaged', 3);
    await archive.fetchNow(id);
    const [first, second] = await archive.list();
    const hashes = new Map<number, string>();
    await offline('archive.db', (database) => {
      for (const { id: itemId, raw_hash } of database
        .prepare('select id, raw_hash from items')
        .all() as { id: number; raw_hash: string }[])
        hashes.set(itemId, raw_hash);
    });
    await offline('raw.db', (database) => {
      const ofHash = '(select id from raw_mails where hash = ?)';
      database
        .prepare(`update raw_chunks set bytes = x'00' where mail_id = ${ofHash}`)
        .run(hashes.get(first!.ID));
      database.prepare('delete from raw_mails where hash = ?').run(hashes.get(second!.ID));
    });
    expect(await check(id)).toMatchObject({ ...NOTHING, OnServer: 3, Stored: 3, Damaged: 2 });
    expect(await preview(id, { Delete: Pop3Delete.pdYes })).toMatchObject({
      Completeness: { Damaged: 2 },
      Count: 1,
    });
  });
});

describe('proof of completeness', () => {
  beforeEach(() => {
    protocol = Pop3Protocol.ppPop3;
  });

  it('signs in by APOP too, and tells why a server cannot be asked', async () => {
    const id = await connect('apop', 1, { Authenticate: Pop3Authenticate.paAPop });
    await archive.fetchNow(id);
    expect(await check(id)).toMatchObject({ OnServer: 1, Stored: 1 });
    await archive.changePop3(id, { Authenticate: Pop3Authenticate.paOAuth2 });
    await expect(check(id)).rejects.toMatchObject({
      params: {
        rawCode: 9008,
        serverText: expect.stringMatching(/^\[notLinked\] /),
      },
    });
    await archive.changePop3(id, { Authenticate: Pop3Authenticate.paLogin, Password: 'falsch' });
    await expect(check(id)).rejects.toMatchObject({
      params: { rawCode: 9008, serverText: expect.stringMatching(/^\[authenticationFailed\] /) },
    });
    await expect(check(id + 1)).rejects.toMatchObject({ params: { rawCode: 9003 } });
    // what was known stays known
    expect(await last(id)).toMatchObject({ OnServer: 1, Stored: 1 });
  });

  it('opens one session at a time, however many ask', async () => {
    const server = await ScriptedPop3.start([{ uidl: 'a', bytes: mail('a') }]);
    const id = await archive.addPop3({ Username: 'u', Password: 'p', Port: server.port });
    await archive.fetchNow(id);
    const asked = Array.from({ length: 6 }, async (_, index) => {
      if (index % 2 === 0) return (await check(id)).OnServer;
      await archive.client.info.SendAndReceiveNow();
      return 1;
    });
    expect(await Promise.all(asked)).toEqual([1, 1, 1, 1, 1, 1]);
    await archive.fetchNow(id);
    const framed = server.commands.filter((line) => line === 'CAPA' || line === 'QUIT');
    expect(framed.length).toBeGreaterThanOrEqual(2 * (1 + 3 + 1));
    expect(framed).toEqual(framed.map((_, index) => (index % 2 === 0 ? 'CAPA' : 'QUIT')));
    await server.stop();
  });

  it('cannot tell mails without unique-ids apart unless it reads them', async () => {
    const server = await ScriptedPop3.start([
      { uidl: 'a', bytes: mail('a') },
      { uidl: 'b', bytes: mail('b') },
    ]);
    server.faults = { withoutUidl: true };
    const id = await archive.addPop3({ Username: 'u', Password: 'p', Port: server.port });
    await archive.fetchNow(id);
    expect(await last(id)).toMatchObject({ ...NOTHING, OnServer: 2, Stored: 2 });
    expect(await check(id)).toMatchObject({ ...NOTHING, OnServer: 2, Unidentified: 2 });
    // as many as could be due: a person is rather asked once too often
    expect(await preview(id, { Delete: Pop3Delete.pdYes })).toMatchObject({ Count: 2 });
    server.mails = server.mails.slice(0, 1);
    expect(await preview(id, { Delete: Pop3Delete.pdYes })).toMatchObject({ Count: 1 });
    await server.stop();
  });
});

describe.each(protocols)('preview of deletion by %s', (_name, by) => {
  beforeEach(() => {
    protocol = by;
  });

  it('names the mails that are then deleted, the oldest first, and no other', async () => {
    const id = await connect('days', 2);
    await archive.fetchNow(id);
    archive.clock.advance(3 * DAY_MS);
    await dovecot.deliver(addressOf('days'), mail('days 3'));
    await archive.fetchNow(id);
    await dovecot.deliver(addressOf('days'), mail('not stored yet'));
    expect(await preview(id, { Delete: Pop3Delete.pdNo })).toMatchObject({ Count: 0, Mails: [] });
    const threeDays = { Delete: Pop3Delete.pdDelayed, DeleteAge: 3 };
    expect(await preview(id, { ...threeDays, DeleteAge: 4 })).toMatchObject({ Count: 0 });
    const found = await preview(id, threeDays);
    expect(found.Completeness).toMatchObject({ OnServer: 4, Stored: 3, Missing: 1 });
    const stored = await archive.list();
    expect(found.Mails).toEqual(
      stored.slice(0, 2).map(({ ID, Subject, Size }) => ({
        ItemRef: ID,
        Subject,
        Size,
        StoredAt: expect.any(Date),
      })),
    );
    expect(found).toMatchObject({ Count: 2, Size: stored[0]!.Size + stored[1]!.Size });
    const short = archive.client.mailBridge.GetDeletionPreview({
      ID: id,
      Delete: Pop3Delete.pdYes,
      DeleteAge: 0,
      DeleteSync: 0,
      Limit: 1,
    });
    expect(await short).toMatchObject({ Count: 3, Mails: [{ Subject: 'days 1' }] });
    expect(await dovecot.readMaildir(addressOf('days'))).toHaveLength(4);
    await archive.changePop3(id, threeDays);
    await archive.fetchNow(id);
    const left = await dovecot.readMaildir(addressOf('days'));
    expect(left.map(({ bytes }) => /Subject: (.*)\r/.exec(bytes.toString())?.[1])).toEqual([
      'days 3',
      'not stored yet',
    ]);
  });

  it('counts what was deleted in the archive when deletion is synchronized', async () => {
    const id = await connect('sync', 3);
    await archive.fetchNow(id);
    const [first, second] = await archive.list();
    await archive.client.items.SetTrash({ ID: first!.ID, Value: true });
    await archive.client.items.Lock({ ID: second!.ID });
    await archive.client.items.Delete({ ID: second!.ID });
    const found = await preview(id, { Delete: Pop3Delete.pdNo, DeleteSync: 1 });
    expect(found.Completeness).toMatchObject({ OnServer: 3, Stored: 3, Missing: 0, Damaged: 0 });
    expect(found.Mails.map(({ ItemRef, Subject }) => [ItemRef, Subject])).toEqual([
      [first!.ID, first!.Subject],
      [0, ''],
    ]);
  });
});

describe('preview of deletion', () => {
  it('needs the server only when something that is stored could be deleted', async () => {
    const server = await ScriptedPop3.start([{ uidl: 'a', bytes: mail('a') }]);
    const given = { Username: 'u', Password: 'p', Port: server.port };
    const id = await archive.addPop3({ ...given, State: Pop3State.psInactive });
    const stored = await archive.addPop3({ ...given, Name: 'fetched' });
    await archive.fetchNow(stored);
    await server.stop();
    expect(await preview(id, { Delete: Pop3Delete.pdYes })).toMatchObject({
      Count: 0,
      Completeness: { CheckedAt: null },
    });
    const days = { Delete: Pop3Delete.pdDelayed, DeleteAge: 1 };
    expect(await preview(stored, days)).toMatchObject({ Count: 0, Completeness: { Stored: 1 } });
    await expect(preview(stored, { Delete: Pop3Delete.pdYes })).rejects.toMatchObject({
      params: { rawCode: 9008, serverText: expect.stringMatching(/^\[connectionRefused\] /) },
    });
    await expect(
      archive.client.mailBridge.GetDeletionPreview({
        ID: stored,
        Delete: 0,
        DeleteAge: 0,
        DeleteSync: 0,
        Limit: 1001,
      }),
    ).rejects.toMatchObject({ params: { rawCode: 9006 } });
  });
});
