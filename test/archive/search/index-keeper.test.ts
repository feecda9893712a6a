import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { oauthMigrations } from '../../../src/archive/oauth/schema.js';
import { Realms } from '../../../src/archive/rpc/realms.js';
import { indexFile } from '../../../src/archive/search/index-file.js';
import {
  IndexWriter,
  type IndexFiles,
  type IndexWork,
} from '../../../src/archive/search/index-writer.js';
import { adminMigrations } from '../../../src/archive/store/admin-schema.js';
import { archiveFile, type ArchiveSchema } from '../../../src/archive/store/database.js';
import { flowMigrations } from '../../../src/archive/store/flow-schema.js';
import { mailMigrations } from '../../../src/archive/store/mail-schema.js';
import { RawMailStore } from '../../../src/archive/store/raw-mail-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openSqlite } from '../../../src/platform/database.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { waitFor } from '../../support/wait-for.js';
import { breakIndex, Searchable } from './searchable.js';

let folder: TemporaryDirectory;
let store: Searchable;
beforeEach(async () => {
  folder = await makeTemporaryDirectory();
});
afterEach(async () => {
  await store.close();
  await folder.remove();
});

async function open(openWork?: (files: IndexFiles) => IndexWork): Promise<void> {
  store = await Searchable.open(folder.path, openWork);
}

async function reopen(): Promise<void> {
  await store.close();
  await open();
}

/** Copies a database that nobody has open, with what still stands in its log. */
async function copyDatabaseFile(from: string, to: string): Promise<void> {
  for (const file of [from, to]) {
    const database = new Database(file);
    database.pragma('journal_mode = DELETE');
    database.close();
  }
  await copyFile(from, to);
}

/** What the index itself says, without what is noted. */
function indexedIds(word: string): number[] {
  const index = new Database(indexFile(folder.path), { readonly: true });
  try {
    return index
      .prepare<[string], number>('select rowid from item_search where item_search match ?')
      .pluck()
      .all(`"${word}"`);
  } finally {
    index.close();
  }
}

const message = `Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Anbei
--b
Content-Type: text/csv; name=Liste.csv
Content-Disposition: attachment; filename=Liste.csv

Palettenschein
--b--
`;

/** The folder of an archive that knew no index, with mails in it. @returns their ids */
async function folderWithoutIndex(count: number): Promise<number[]> {
  const raw = await RawMailStore.open(`${folder.path}/raw.db`);
  const writer = raw.writer();
  await writer.write(Buffer.from(message));
  const staged = await writer.finish();
  await raw.commit([staged]);
  raw.settle();
  await raw.close();
  const database = await openSqlite<ArchiveSchema>(archiveFile(folder.path), {
    ...adminMigrations,
    ...mailMigrations,
    ...flowMigrations,
    ...oauthMigrations,
  });
  const { realmId } = await new Realms(database, systemClock).ensureRealmUser({
    username: 'bridge',
    password: 'x',
  });
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const { id } = await database
      .insertInto('items')
      .values({
        realm_id: realmId,
        kind: 0,
        state: 0,
        flags: 0,
        priority: 2,
        from_text: 'Jörg <joerg@huber.example>',
        recipients_text: '',
        subject: `Vorgang V-${String(index)}`,
        size: staged.sizeBytes,
        start_date: null,
        end_date: null,
        remind: null,
        created: '',
        modified: '',
        message_id: '',
        thread_id: '',
        raw_hash: staged.hash,
        parse_state: 1,
        detail: '{}',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    ids.push(id);
    const body = { item_id: id, realm_id: realmId, text: 'Anbei die Aufstellung', html: '' };
    await database.insertInto('item_bodies').values(body).execute();
    await database
      .insertInto('attachments')
      .values({
        realm_id: realmId,
        item_id: id,
        part_index: 0,
        raw_hash: null,
        name: 'Liste.csv',
        content_type: 'text/csv',
        content_id: '',
        size: 14,
        user_ref: 0,
        created: '',
      })
      .execute();
  }
  await database.destroy();
  return ids;
}

describe('the index of an archive that had none', () => {
  it('is built beside the work, with the text of attachments', async () => {
    const newest = (await folderWithoutIndex(50)).reverse();
    await open();
    store.start();
    await waitFor(async () => (await store.search('palettenschein')).length === 50, {
      timeoutMs: 30_000,
    });
    expect(await store.search('palettenschein')).toEqual(newest);
    expect(await store.search('aufstellung joerg')).toEqual(newest);
    expect(await store.search('V-7')).toEqual([newest.at(-8)]);
  });

  it('is finished by the next start when the process ends before', async () => {
    const ids = await folderWithoutIndex(400);
    await open();
    store.start();
    await waitFor(async () => {
      const { length } = await store.noted();
      return length > 0 && length < 400;
    });
    await reopen();
    expect((await store.noted()).length).toBeGreaterThan(0);
    const before = await store.search('aufstellung');
    expect(before.length).toBeGreaterThan(0);
    store.start();
    await waitFor(async () => (await store.search('palettenschein')).length === 400, {
      timeoutMs: 30_000,
    });
    expect(await store.search('palettenschein')).toEqual([...ids].reverse());
  });
});

describe('the index', () => {
  it('forgets what is deleted for good', async () => {
    await open();
    const id = await store.add({ body: 'vergänglich', attachment: ['a.txt', 'x'] });
    await store.indexed();
    expect(indexedIds('verganglich')).toEqual([id]);
    await store.items.delete(store.realmId, [id]);
    expect(await store.search('verganglich')).toEqual([id]);
    await store.indexed();
    expect(indexedIds('verganglich')).toEqual([]);
  });

  it('notes every change, and finds what is noted by its row', async () => {
    await open();
    const id = await store.add({ subject: 'vorher', attachment: ['a.txt', 'Palettenschein'] });
    await store.indexed();
    await store.items.update(store.realmId, [id], { state: 4, modified: 'x' });
    expect(await store.noted()).toEqual([]);
    await store.items.update(store.realmId, [id], { remarks: 'nachträglich' });
    expect(await store.noted()).toEqual([{ item_id: id }]);
    expect(await store.search('nachtraeglich')).toEqual([id]);
    await store.indexed();
    expect(await store.search('nachtraeglich vorher palettenschein')).toEqual([id]);
    const [attachment] = await store.items.attachments([id]);
    await store.items.renameAttachment(store.realmId, attachment!.id, 'Lieferliste.txt');
    expect(await store.noted()).toEqual([{ item_id: id }]);
    await store.items.putBody({ item_id: id, realm_id: store.realmId, text: 'neu', html: '' });
    await store.indexed();
    expect(await store.search('lieferliste neu')).toEqual([id]);
    await store.items.deleteAttachment(store.realmId, attachment!.id);
    await store.indexed();
    expect(await store.search('lieferliste')).toEqual([]);
  });

  it('finds what is changed while it is being written', async () => {
    let meanwhile = (): Promise<void> => Promise.resolve();
    await open((files) => {
      const writer = new IndexWriter(files);
      return {
        step: async (number) => {
          const step = await writer.step(number);
          const change = meanwhile;
          meanwhile = () => Promise.resolve();
          await change();
          return step;
        },
        close: () => writer.close(),
      };
    });
    const id = await store.add({ subject: 'alt' });
    meanwhile = () => store.items.update(store.realmId, [id], { subject: 'anders' });
    await store.indexed();
    expect(indexedIds('anders')).toEqual([id]);
  });

  it('is not kept from the others by an item whose text cannot be read', async () => {
    await open();
    const ids = [await store.add({ subject: 'zuerst' }), await store.add({ subject: 'kaputt' })];
    ids.push(await store.add({ subject: 'zuletzt' }));
    await store.indexed();
    const archive = new Database(archiveFile(folder.path));
    archive.prepare(`update items set subject = x'00', remarks = 'alle'`).run();
    archive.prepare(`update items set subject = 'lesbar' where id <> ?`).run(ids[1]);
    archive.close();
    await store.indexed();
    expect(indexedIds('lesbar').sort()).toEqual([ids[0], ids[2]]);
  });

  it('is tried again when it could not be written', async () => {
    let failures = 1;
    await open((files) => {
      const writer = new IndexWriter(files);
      return {
        step: (number) => {
          const error = Object.assign(new Error('database or disk is full'), {
            code: 'SQLITE_FULL',
          });
          return (failures -= 1) >= 0 ? Promise.reject(error) : writer.step(number);
        },
        close: () => writer.close(),
      };
    });
    const id = await store.add({ subject: 'voll', body: 'danach' });
    store.start();
    await waitFor(() => failures === 0);
    expect(await store.noted()).toEqual([{ item_id: id }]);
    expect(await store.search('voll')).toEqual([id]);
    // not with every change: the disk may be full for hours
    await store.items.update(store.realmId, [id], { remarks: 'x' });
    await sleep(1000);
    expect(failures).toBe(0);
    await store.indexed();
    expect(await store.search('danach')).toEqual([id]);
  }, 30_000);
});

describe('an index that cannot be used', () => {
  let ids: number[];
  const addSome = async (): Promise<void> => {
    for (let count = 0; count < 3; count += 1) ids.push(await store.add({ body: 'Lieferung' }));
    await store.indexed();
  };
  beforeEach(async () => {
    ids = [];
    await open();
    await addSome();
  });

  const isBuiltAnew = async (): Promise<void> => {
    await waitFor(async () => (await store.search('lieferung')).length === ids.length, {
      timeoutMs: 30_000,
    });
    expect(await store.search('lieferung')).toEqual([...ids].reverse());
  };

  it.each(['all', 'segments'] as const)(
    'stops nothing else, and is built anew when it is written (damaged: %s)',
    async (what) => {
      await store.close();
      breakIndex(folder.path, what);
      await open();
      // enough for FTS5 to merge what it has written before
      for (let count = 0; count < 20; count += 1) {
        const id = await store.add({ subject: 'trotzdem da', body: 'Lieferung' });
        ids.push(id);
        expect(await store.items.find(store.realmId, id)).toMatchObject({
          subject: 'trotzdem da',
        });
        await waitFor(() => store.noted());
      }
      await store.search('lieferung').catch(() => undefined);
      await isBuiltAnew();
    },
  );

  it('is built anew when a search meets the damage', async () => {
    await store.close();
    breakIndex(folder.path);
    await open();
    // by its code: an error of the native module may come from another of Jest's realms
    const code = expect.stringMatching(/^SQLITE_CORRUPT/);
    await expect(store.search('lieferung')).rejects.toMatchObject({ code });
    await isBuiltAnew();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is missing', () => rm(indexFile(folder.path))],
    ['is no database', () => writeFile(indexFile(folder.path), 'nothing of the kind'.repeat(100))],
    ['is empty', () => writeFile(indexFile(folder.path), '')],
    [
      'has another format',
      () => {
        const database = new Database(indexFile(folder.path));
        database.pragma('user_version = 99');
        database.close();
        return Promise.resolve();
      },
    ],
    [
      'belongs to another archive',
      async () => {
        const other = await makeTemporaryDirectory();
        const stranger = await Searchable.open(other.path);
        await stranger.add({ body: 'Lieferung' });
        await stranger.indexed();
        await stranger.close();
        await copyDatabaseFile(indexFile(other.path), indexFile(folder.path));
        await other.remove();
      },
    ],
  ])('is built anew: one that %s', async (_, spoil) => {
    await store.close();
    await spoil();
    await open();
    expect(await store.search('lieferung')).toEqual([]);
    store.start();
    await isBuiltAnew();
  });

  it('is built anew: one from before', async () => {
    await store.close();
    const kept = `${folder.path}/kept`;
    await copyDatabaseFile(indexFile(folder.path), kept);
    await open();
    await addSome();
    await store.close();
    await copyDatabaseFile(kept, indexFile(folder.path));
    await open();
    store.start();
    await isBuiltAnew();
  });

  it('is built anew: one that knows more than the archive', async () => {
    await store.close();
    const kept = `${folder.path}/kept`;
    await copyDatabaseFile(archiveFile(folder.path), kept);
    const before = [...ids];
    await open();
    await addSome();
    await addSome();
    await store.close();
    await copyDatabaseFile(kept, archiveFile(folder.path));
    ids = before;
    await open();
    store.start();
    await isBuiltAnew();
    expect(indexedIds('lieferung').sort()).toEqual(ids);
  });

  it('is the same one where a step was not confirmed before the process ended', async () => {
    await store.close();
    const files = { archive: archiveFile(folder.path), index: indexFile(folder.path) };
    const archive = new Database(files.archive);
    archive.prepare('update search_notes set last_note = last_note + 1').run();
    archive.prepare('insert into search_pending values (?, 99)').run(ids[0]);
    const step = archive.prepare<[], number>('select step from search_notes').pluck().get() ?? 0;
    archive.close();
    const writer = new IndexWriter(files);
    expect(await writer.step(step + 1)).toMatchObject({ ids: [ids[0]] });
    await writer.close();
    await open();
    expect(await store.search('lieferung')).toEqual([...ids].reverse());
  });
});
