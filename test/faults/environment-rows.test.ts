/** Rows that were damaged between two starts: they are named, and stop nothing else. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDovecot, type Dovecot } from '../../fixtures/servers/dovecot.js';
import { Pop3State, RpcPop3Account } from '../../src/greyhound/index.js';
import { RunningArchive } from '../archive/retrieval/running-archive.js';
import { waitFor } from '../support/wait-for.js';

const USER = { address: 'zeilen@example.test', password: 'geheim' };

let dovecot: Dovecot;
let archive: RunningArchive;
let accountId: number;

beforeAll(async () => {
  dovecot = await startDovecot({ users: [USER] });
  archive = await RunningArchive.open({ caCertificate: dovecot.caCertificate });
  for (const number of [1, 2, 3]) await deliver(number);
  accountId = await archive.addPop3({
    Port: dovecot.pop3Port,
    Username: USER.address,
    Password: USER.password,
  });
  await archive.waitForItems(3);
}, 60_000);
afterAll(async () => {
  await archive.close();
  await dovecot.stop();
});

async function deliver(number: number): Promise<void> {
  const header = `From: k@example.test\r\nTo: ${USER.address}\r\nSubject: Mail ${number}`;
  const id = `Message-ID: <${number}@rows.test>`;
  await dovecot.deliver(USER.address, Buffer.from(`${header}\r\n${id}\r\n\r\nInhalt ${number}`));
}

/** Changes a file of the archive while it does not run. */
async function whileStopped(file: string, change: (database: Database.Database) => void) {
  await archive.stop();
  const database = new Database(join(archive.dataDir, file));
  database.pragma('foreign_keys = OFF');
  try {
    change(database);
  } finally {
    database.close();
  }
  archive.log.length = 0;
  await archive.start();
}

/** What the log says about damage, and whether the flow tells it. */
async function expectNamed(table: string, id: number): Promise<void> {
  await waitFor(
    () =>
      archive.log
        .map((line) => JSON.parse(line) as { table?: string; ids?: number[] })
        .some((line) => line.table === table && line.ids?.includes(id)),
    { what: `the damage of ${table} ${id} in the log` },
  );
  expect((await archive.client.mailBridge.GetMailFlow()).StorageFault).toBe('damaged');
}

const subjects = async () => (await archive.list()).map(({ Subject }) => Subject).sort();

describe('a damaged row', () => {
  it('an account without readable settings: the others are fetched, it is named and can be saved anew', async () => {
    const { pop3Accounts } = archive.client;
    const other = RpcPop3Account.make({
      Name: 'Beschädigt',
      Host: 'pop3.example.com',
      Port: 995,
      Username: 'x',
      State: Pop3State.psActive,
    });
    const ID = await pop3Accounts.New({ Pop3Account: other });
    await whileStopped('archive.db', (database) => {
      database.prepare('update accounts set struct = \'{"Name":\' where id = ?').run(ID);
      database.prepare("update accounts set options = 'x' where id = ?").run(ID);
    });
    await expectNamed('accounts', ID);
    const accounts = await archive.client.pop3Accounts.GetList();
    expect(accounts.map(({ Name }) => Name)).toEqual([USER.address, `Damaged account ${ID}`]);
    expect(accounts[1]).toMatchObject({ State: Pop3State.psInactive, ErrorCount: 1 });
    expect(accounts[1]?.Message).toMatch(/cannot be read/);
    expect((await archive.status(ID))?.LastErrorCode).toBe('settingsUnreadable');
    await deliver(4);
    await archive.fetchNow(accountId);
    expect(await subjects()).toEqual(['Mail 1', 'Mail 2', 'Mail 3', 'Mail 4']);
    await archive.changePop3(ID, { ...other, ID, State: Pop3State.psInactive });
    expect((await archive.client.pop3Accounts.Get({ ID })).Name).toBe('Beschädigt');
  }, 60_000);

  it('an item without readable detail: it is listed and opened, its bytes are whole', async () => {
    const [first] = await archive.list();
    const id = first?.ID ?? 0;
    const before = await archive.original(id);
    await whileStopped('archive.db', (database) => {
      database.prepare("update items set detail = '{' where id = ?").run(id);
    });
    await expectNamed('items', id);
    expect(await subjects()).toEqual(['Mail 1', 'Mail 2', 'Mail 3', 'Mail 4']);
    const opened = await archive.client.items.Get({ ID: id, MarkAsReading: false });
    expect(opened.Subject).toBe('Mail 1');
    expect((await archive.original(id)).equals(before)).toBe(true);
  }, 60_000);

  it('a group without readable settings: the other groups are listed', async () => {
    const groupId = await archive.addGroupWithRule(USER.address, accountId);
    const whole = await archive.addGroupWithRule('ganz@example.test', accountId, 1);
    await whileStopped('archive.db', (database) => {
      database.prepare("update objects set struct = 'x' where id = ?").run(groupId);
    });
    await expectNamed('objects', groupId);
    const groups = await archive.client.groups.GetCompleteList({ AdvancedFields: true });
    const names = groups.map(({ ID, Name }) => [ID, Name]);
    expect(names).toContainEqual([whole, 'ganz@example.test']);
    expect(names).toContainEqual([groupId, `Damaged group ${groupId}`]);
  }, 60_000);

  it('an outbox row without its item: it is named and leaves, and the archive does not spin', async () => {
    await whileStopped('archive.db', (database) => {
      const columns = database.pragma('table_info(outbox)') as { name: string }[];
      const now = new Date().toISOString();
      const known: Record<string, unknown> = {
        item_id: 987_654,
        realm_id: 1,
        account_id: 1,
        state: 'queued',
        attempts: 0,
        next_try_at: now,
        last_error: '',
        created: now,
        is_composed: 0,
      };
      const names = columns.map(({ name }) => name).filter((name) => name in known);
      const values = names.map(() => '?').join(', ');
      database
        .prepare(`insert into outbox (${names.join(', ')}) values (${values})`)
        .run(names.map((name) => known[name]));
    });
    await waitFor(async () => (await archive.client.mailBridge.GetMailFlow()).Outbox === 0, {
      what: 'the end of the row',
    });
    expect(archive.log.some((line) => line.includes('987654'))).toBe(true);
  }, 60_000);

  it('bytes that do not agree with their hash: the comparison names them, the others are read', async () => {
    await whileStopped('raw.db', (database) => {
      database.exec(
        `update raw_chunks set bytes = cast(replace(cast(bytes as text), 'Inhalt 2', 'Unfug! 2') as blob)`,
      );
    });
    const items = await archive.list();
    const third = items.find(({ Subject }) => Subject === 'Mail 3');
    expect((await archive.original(third?.ID ?? 0)).toString()).toContain('Inhalt 3');
    const result = await archive.client.mailBridge.CheckCompleteness({ ID: accountId });
    expect({ stored: result.Stored, damaged: result.Damaged }).toEqual({ stored: 4, damaged: 1 });
  }, 60_000);
});
