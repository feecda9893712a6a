import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Realms } from '../../../src/archive/rpc/realms.js';
import { openArchiveDatabase } from '../../../src/archive/store/database.js';
import { MailStore } from '../../../src/archive/store/mail-store.js';
import { RawMailStore, type StagedRaw } from '../../../src/archive/store/raw-mail-store.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';

const clock = { now: () => new Date() };

let directory: TemporaryDirectory;
let store: MailStore;
let realmId: number;

async function open(): Promise<void> {
  const database = await openArchiveDatabase(directory.path);
  const raw = await RawMailStore.open(`${directory.path}/raw.db`);
  store = new MailStore(database, raw, clock);
}

async function close(): Promise<void> {
  await store.raw.close();
  await store.database.destroy();
}

beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  await open();
  const realms = new Realms(store.database, clock);
  ({ realmId } = await realms.ensureRealmUser({ username: 'bridge', password: 'geheim' }));
});
afterEach(async () => {
  await close();
  await directory.remove();
});

async function stage(text: string): Promise<StagedRaw> {
  const writer = store.raw.writer();
  await writer.write(Buffer.from(text));
  return writer.finish();
}

async function insertItem({ hash, sizeBytes }: StagedRaw): Promise<number> {
  const now = clock.now().toISOString();
  const [id = 0] = await store.items.insert([
    {
      realm_id: realmId,
      kind: 0,
      state: 0,
      flags: 0,
      priority: 0,
      from_text: '',
      recipients_text: '',
      subject: '',
      size: sizeBytes,
      start_date: now,
      end_date: null,
      remind: null,
      created: now,
      modified: now,
      message_id: '',
      thread_id: '',
      raw_hash: hash,
      parse_state: 1,
      detail: '{}',
    },
  ]);
  return id;
}

/** An item with its bytes, as a fetch stores it. */
const storedItem = (staged: StagedRaw): Promise<number> =>
  store.exclusive(async () => {
    await store.raw.commit([staged]);
    return insertItem(staged);
  });

async function restart(): Promise<void> {
  await close();
  await open();
  await store.sweep();
}

const isStored = async ({ hash }: StagedRaw) => (await store.raw.stored([hash])).size === 1;

describe('bytes that nothing refers to', () => {
  it('are removed at the next start when their rows were never committed', async () => {
    const kept = await stage('kept');
    await storedItem(kept);
    const [orphan, late] = [await stage('orphan'), await stage('came twice')];
    await storedItem(late);
    await store.raw.commit([orphan, late]);
    expect(await isStored(orphan)).toBe(true);
    await restart();
    expect(await Promise.all([kept, orphan, late].map(isStored))).toEqual([true, false, true]);
  });

  it('are removed at the next start when their item was deleted just before the end', async () => {
    const [kept, gone] = [await stage('kept'), await stage('gone')];
    await storedItem(kept);
    const id = await storedItem(gone);
    // the steps of deleteItems, up to the one that did not happen any more
    await store.raw.doubt(await store.items.rawHashes(realmId, [id]));
    await store.items.transaction((items) => items.delete(realmId, [id]));
    await restart();
    expect(await Promise.all([kept, gone].map(isStored))).toEqual([true, false]);
  });

  it('are kept when the deletion of their item did not happen any more', async () => {
    const staged = await stage('kept');
    const id = await storedItem(staged);
    await store.raw.doubt(await store.items.rawHashes(realmId, [id]));
    await restart();
    expect(await isStored(staged)).toBe(true);
  });

  it('are removed at once when the commit of their rows fails', async () => {
    const [staged, next] = [await stage('refused'), await stage('next')];
    const failing = store.exclusive(async () => {
      await store.raw.commit([staged]);
      throw new Error('no row');
    });
    await expect(failing).rejects.toThrow('no row');
    expect(await isStored(staged)).toBe(false);
    await storedItem(next);
    expect(await isStored(next)).toBe(true);
  });

  it('are not journalled without end', async () => {
    for (const text of ['a', 'b', 'c']) await storedItem(await stage(text));
    await close();
    await open();
    expect(await store.raw.undecided()).toHaveLength(1);
  });
});
