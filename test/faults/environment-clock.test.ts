/** The clock of the machine is set back, or forward, by hours and days: nothing waits for ever, nothing goes early. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CompiledQuery } from 'kysely';
import { startDovecot, type Dovecot } from '../../fixtures/servers/dovecot.js';
import { MailOutbox } from '../../src/archive/store/mail-outbox.js';
import { openArchiveDatabase } from '../../src/archive/store/database.js';
import { idempotencyEntries } from '../../src/bridge/idempotency/index.js';
import { openBridgeDatabase, tablesOf } from '../../src/bridge/store/database.js';
import { GreyhoundClient, newClientId, Pop3Delete } from '../../src/greyhound/index.js';
import { RunningArchive, ShiftedClock } from '../archive/retrieval/running-archive.js';
import { isFull } from './extent.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const USER = { address: 'uhr@example.test', password: 'geheim' };

let dovecot: Dovecot;
let archive: RunningArchive;
beforeAll(async () => {
  dovecot = await startDovecot({ users: [USER] });
  archive = await RunningArchive.open({ caCertificate: dovecot.caCertificate });
}, 60_000);
afterAll(async () => {
  await archive.close();
  await dovecot.stop();
});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function otherClient(password: string): GreyhoundClient {
  const url = `http://127.0.0.1:${archive.port}`;
  const client = new GreyhoundClient({
    url,
    username: 'bridge',
    password,
    clientId: newClientId(),
  });
  closing.push(() => {
    client.close();
  });
  return client;
}

const codeOf = (task: Promise<unknown>): Promise<string> =>
  task.then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );

describe('the clock is set', () => {
  it('nothing is deleted early: days count from storage, and the past is no age', async () => {
    const bytes = Buffer.from('From: k@example.test\r\nSubject: Alt\r\n\r\nInhalt');
    await dovecot.deliver(USER.address, bytes);
    const id = await archive.addPop3({
      Port: dovecot.pop3Port,
      Username: USER.address,
      Password: USER.password,
      Delete: Pop3Delete.pdDelayed,
      DeleteAge: 2,
    });
    await archive.waitForItems(1);
    const onServer = async () => (await dovecot.readMaildir(USER.address)).length;
    for (const shift of [-10 * DAY_MS, 10 * DAY_MS + DAY_MS]) {
      archive.clock.advance(shift);
      await archive.client.info.SendAndReceiveNow();
      await sleep(1500);
      expect(await onServer()).toBe(1);
    }
    archive.clock.advance(DAY_MS + HOUR_MS);
    await archive.fetchNow(id);
    expect(await onServer()).toBe(0);
  }, 60_000);

  it('a lock lasts for a minute of silence, whatever the clock says', async () => {
    const first = otherClient('geheim');
    const second = otherClient('geheim');
    const ID = await archive.addGroupWithRule('sperre@example.test', 1);
    await first.groups.Lock({ ID });
    archive.clock.advance(5 * HOUR_MS);
    expect(await codeOf(second.groups.Lock({ ID }))).toBe('archiveFault');
    archive.clock.advance(-10 * HOUR_MS);
    expect(await codeOf(second.groups.Lock({ ID }))).toBe('archiveFault');
    if (!isFull) return;
    await sleep(61_000);
    expect(await codeOf(second.groups.Lock({ ID }))).toBe('done');
  }, 120_000);

  it('whoever tried too many passwords waits for a minute, not for the clock to come back', async () => {
    let refused = '';
    for (let number = 0; number < 200 && refused !== 'archiveHttp'; number += 1)
      refused = await codeOf(
        otherClient(`falsch ${number}`).info.GetServerInfo({ AdvancedFields: false }),
      );
    expect(refused).not.toBe('archiveLogin');
    archive.clock.advance(-5 * HOUR_MS);
    const after = otherClient('noch einmal falsch').info.GetServerInfo({ AdvancedFields: false });
    expect(await codeOf(after)).toBe('archiveLogin');
  }, 120_000);

  it('a mail that was put off before the clock was set back is tried all the same', async () => {
    const clock = new ShiftedClock();
    const database = await openArchiveDatabase(':memory:');
    closing.push(() => database.destroy());
    await database.executeQuery(CompiledQuery.raw('pragma foreign_keys = off'));
    const outbox = new MailOutbox(database, clock);
    clock.advance(30 * DAY_MS);
    await outbox.add(1, 7, 1);
    const [row] = await outbox.due(10);
    if (row === undefined) throw new Error('nothing is due');
    const at = new Date(clock.now().getTime() + 60_000);
    await outbox.postpone(row, { at, attempts: 1, error: 'later' });
    expect(await outbox.due(10)).toEqual([]);
    clock.advance(-30 * DAY_MS);
    expect((await outbox.due(10)).map(({ item_id }) => item_id)).toEqual([7]);
  });

  it('the answer to an Idempotency-Key is kept through both', async () => {
    const clock = new ShiftedClock();
    const database = await openBridgeDatabase(':memory:');
    closing.push(() => database.destroy());
    const store = idempotencyEntries(tablesOf(database), 'default', clock);
    await store.set('key', 'answer', DAY_MS);
    for (const shift of [-3 * DAY_MS, 3 * DAY_MS + 23 * HOUR_MS]) {
      clock.advance(shift);
      expect(await store.get('key')).toBe('answer');
    }
    clock.advance(2 * HOUR_MS);
    expect(await store.get('key')).toBeUndefined();
  });
});
