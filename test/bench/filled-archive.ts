/** A data folder whose embedded archive holds so many mails, written as fetching and parsing would have left them. */
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { asSet, ItemFlag } from '../../src/greyhound/index.js';
import { ARCHIVE_FOLDER } from '../../src/data-folder.js';
import { indexFile } from '../../src/archive/search/index-file.js';
import {
  archiveFile,
  openArchiveDatabase,
  type ArchiveDatabase,
} from '../../src/archive/store/database.js';
import { emptyDetail, ItemStore, type NewItemRow } from '../../src/archive/store/mail-items.js';
import { ParseState } from '../../src/archive/store/mail-schema.js';
import { systemClock } from '../../src/platform/clock.js';
import { businessMail, random } from './business-mails.js';
import { startProduct } from './product.js';

const GROUP_COUNT = 64;
const REALM = 1;
/** One mail in a thousand is in the small group. */
export const SMALL_GROUP = 2;

export interface FilledArchive {
  readonly directory: string;
  /** Milliseconds until the index that was missing was built, in the running product. */
  readonly indexedMs: number;
  readonly textBytes: number;
  readonly indexBytes: number;
  remove(): Promise<void>;
}

export async function fillArchive(count: number): Promise<FilledArchive> {
  const directory = await mkdtemp(join(tmpdir(), 'mail-bridge-bench-'));
  // makes the folder, the realm and its user
  await (await startProduct(undefined, directory)).stop();
  const folder = join(directory, 'data', ARCHIVE_FOLDER);
  const database = await openArchiveDatabase(folder);
  let textBytes = 0;
  for (let from = 0; from < count; from += GROUP_COUNT)
    textBytes += await addMails(database, from, Math.min(from + GROUP_COUNT, count));
  await database.destroy();
  const indexedMs = await indexedAfterMs(directory, folder);
  const indexBytes = statSync(indexFile(folder)).size;
  const remove = () => rm(directory, { recursive: true, force: true });
  return { directory, indexedMs, textBytes, indexBytes, remove };
}

async function indexedAfterMs(directory: string, folder: string): Promise<number> {
  const product = await startProduct(undefined, directory);
  const startedAt = performance.now();
  const database = new Database(archiveFile(folder), { readonly: true });
  const isPending = database.prepare<[], number>('select count(*) from search_pending').pluck();
  try {
    while (isPending.get() !== 0) await sleep(50);
    return performance.now() - startedAt;
  } finally {
    database.close();
    await product.stop();
  }
}

/** @returns bytes of their text */
async function addMails(database: ArchiveDatabase, from: number, to: number): Promise<number> {
  const mails = Array.from({ length: to - from }, (_, at) => businessMail(from + at));
  const rows = mails.map((mail, at) => rowOf(mail, from + at));
  await new ItemStore(database, systemClock, () => undefined).transaction(async (items) => {
    const ids = await items.insert(rows);
    const idAt = (at: number) => ids[at] ?? 0;
    await items.addBodies(
      mails.map(({ text }, at) => ({ item_id: idAt(at), realm_id: REALM, text, html: '' })),
    );
  });
  return mails.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

function rowOf({ from, to, subject, text }: ReturnType<typeof businessMail>, index: number) {
  const next = random(index);
  // dates in nearly the order of ids, as mails come
  const date = new Date(Date.UTC(2020, 0, 1) + index * 600_000 + next() * 86_400_000).toISOString();
  return {
    realm_id: REALM,
    kind: 0,
    state: index % 3 === 0 ? 4 : 0,
    flags: asSet(ItemFlag.ifEml, ...(index % 5 === 0 ? [] : [ItemFlag.ifRead])),
    group_ref: index % 1000 === 0 ? SMALL_GROUP : 1,
    priority: 2,
    pop3_ref: 1,
    from_text: from,
    recipients_text: to,
    subject,
    preview: text.slice(0, 250).replace(/\s+/g, ' '),
    size: text.length + 2000,
    start_date: date,
    end_date: null,
    remind: null,
    created: date,
    modified: date,
    message_id: `${String(index)}@bench.example`,
    thread_id: `${String(index)}@bench.example`,
    raw_hash: null,
    parse_state: ParseState.complete,
    detail: JSON.stringify({ ...emptyDetail, to: [to] }),
  } satisfies NewItemRow;
}
