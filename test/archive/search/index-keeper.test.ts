import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InProcessMailParser } from '../../../src/archive/items/mime/mail-parsers.js';
import { oauthMigrations } from '../../../src/archive/oauth/schema.js';
import { Realms } from '../../../src/archive/rpc/realms.js';
import { IndexKeeper } from '../../../src/archive/search/index-keeper.js';
import { newestHits } from '../../../src/archive/search/item-search.js';
import { searchQuery } from '../../../src/archive/search/search-query.js';
import { adminMigrations } from '../../../src/archive/store/admin-schema.js';
import {
  archiveFile,
  openArchiveDatabase,
  type ArchiveSchema,
} from '../../../src/archive/store/database.js';
import { flowMigrations } from '../../../src/archive/store/flow-schema.js';
import { mailMigrations } from '../../../src/archive/store/mail-schema.js';
import { MailStore } from '../../../src/archive/store/mail-store.js';
import { RawMailStore } from '../../../src/archive/store/raw-mail-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openSqlite } from '../../../src/platform/database.js';
import { createLogger } from '../../../src/platform/log.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { waitFor } from '../../support/wait-for.js';
import { breakIndex } from './searchable.js';

let folder: TemporaryDirectory;
let store: MailStore;
let keeper: IndexKeeper;
beforeEach(async () => {
  folder = await makeTemporaryDirectory();
});
afterEach(async () => {
  await close();
  await folder.remove();
});

async function open(): Promise<void> {
  const raw = await RawMailStore.open(`${folder.path}/raw.db`);
  store = new MailStore(await openArchiveDatabase(folder.path), raw, systemClock);
  keeper = new IndexKeeper(store, new InProcessMailParser(raw), createLogger('silent'));
}

async function close(): Promise<void> {
  await keeper.close();
  await store.raw.close();
  await store.database.destroy();
}

const search = (text: string): Promise<number[]> =>
  newestHits(store.database, searchQuery(text, 0)!, { limit: 1000 });
const noted = () => store.database.selectFrom('search_pending').selectAll().execute();

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
    const ids = await folderWithoutIndex(50);
    const newest = [...ids].reverse();
    await open();
    // what was written last is found by its row, whatever is indexed yet
    expect(await search('V-49')).toEqual([newest[0]]);
    expect(await search('palettenschein')).toEqual([]);
    keeper.start();
    await waitFor(async () => (await noted()).length === 0, { timeoutMs: 30_000 });
    expect(await search('palettenschein')).toEqual(newest);
    expect(await search('aufstellung joerg')).toEqual(newest);
    expect(await search('V-7')).toEqual([ids[7]]);
  });

  it('is finished by the next start when the process ends before', async () => {
    const ids = await folderWithoutIndex(100);
    await open();
    keeper.start();
    await waitFor(async () => (await noted()).length < 100);
    await close();
    await open();
    const left = (await noted()).length;
    expect(left + (await search('palettenschein')).length).toBe(ids.length);
    keeper.start();
    await waitFor(async () => (await noted()).length === 0, { timeoutMs: 30_000 });
    expect(await search('palettenschein')).toEqual([...ids].reverse());
  });

  it('is built anew when it is damaged', async () => {
    const ids = await folderWithoutIndex(20);
    await open();
    keeper.start();
    await waitFor(async () => (await noted()).length === 0, { timeoutMs: 30_000 });
    await close();
    breakIndex(folder.path);
    await open();
    // something to write is how it is noticed
    await store.items.update(1, [ids[0]!], { remarks: 'neu' });
    keeper.start();
    await waitFor(async () => (await noted()).length > 1, { timeoutMs: 30_000 });
    await keeper.close();
    keeper = new IndexKeeper(store, new InProcessMailParser(store.raw), createLogger('silent'));
    keeper.start();
    await waitFor(async () => (await noted()).length === 0, { timeoutMs: 30_000 });
    expect(await search('palettenschein')).toEqual([...ids].reverse());
    expect(await search('neu')).toEqual([ids[0]]);
  });
});
