/** Writes items into the index for search, from what is stored of them. */
import { sql, type Kysely } from 'kysely';
import { textOfHtml } from '../../mail/html-text.js';
import type { ArchiveSchema } from '../store/database.js';
import { MAX_INDEXED_CHARACTERS, indexedText } from './indexed-text.js';
import type { SearchColumn } from './search-query.js';

/** By item, what stands in the index of its body, where that has been made already (indexed-text.ts). */
export type IndexedBodies = ReadonlyMap<number, string>;

type Entry = Readonly<Record<SearchColumn, string>>;

/** Items that are looked up with one query. */
const STEP_COUNT = 100;

/** @throws whatever SQLite does; then nothing may be kept of the transaction */
export async function indexItems(
  transaction: Kysely<ArchiveSchema>,
  ids: readonly number[],
  bodies: IndexedBodies = new Map(),
): Promise<void> {
  for (let at = 0; at < ids.length; at += STEP_COUNT) {
    const step = ids.slice(at, at + STEP_COUNT);
    for (const [id, entry] of await entriesOf(transaction, step, bodies)) {
      const { address, subject, body, number, remarks, attachments } = entry;
      await sql`insert or replace into item_search
        (rowid, address, subject, body, number, remarks, attachments)
        values (${id}, ${address}, ${subject}, ${body}, ${number}, ${remarks}, ${attachments})`.execute(
        transaction,
      );
    }
    await transaction.deleteFrom('search_pending').where('item_id', 'in', step).execute();
  }
}

/**
 * The same for a transaction that must not fail because of it: what cannot be indexed stays noted, and is tried again
 * (index-keeper.ts).
 */
export async function tryToIndex(
  transaction: Kysely<ArchiveSchema>,
  ids: readonly number[],
  bodies?: IndexedBodies,
): Promise<void> {
  if (ids.length === 0) return;
  await sql`savepoint search_index`.execute(transaction);
  try {
    await indexItems(transaction, ids, bodies);
    // FTS5 collects what it is given until the next savepoint, at the latest until the commit: that must not fail
    await sql`savepoint search_written`.execute(transaction);
    await sql`release search_index`.execute(transaction);
  } catch (error) {
    await sql`rollback to search_index`.execute(transaction).catch(() => {
      // SQLite has given up the whole transaction: the disk is full
      throw error;
    });
    await sql`release search_index`.execute(transaction);
  }
}

/** By item, of those that there are. */
async function entriesOf(
  transaction: Kysely<ArchiveSchema>,
  ids: readonly number[],
  bodies: IndexedBodies,
): Promise<ReadonlyMap<number, Entry>> {
  const items = await transaction
    .selectFrom('items')
    .select(['id', 'from_text', 'recipients_text', 'cc_text', 'subject', 'number', 'remarks'])
    .where('id', 'in', ids)
    .execute();
  const others = await storedBodies(
    transaction,
    ids.filter((id) => !bodies.has(id)),
  );
  const attachments = await transaction
    .selectFrom('attachments')
    .leftJoin('attachment_texts', 'attachment_id', 'attachments.id')
    .select(['item_id', 'name', 'text'])
    .where('item_id', 'in', ids)
    .orderBy('attachments.id')
    .execute();
  const texts = new Map<number, string[]>();
  for (const { item_id, name, text } of attachments)
    texts.set(item_id, [...(texts.get(item_id) ?? []), name, text ?? '']);
  const entry = (item: (typeof items)[number]): Entry => ({
    address: indexedText(item.from_text, item.recipients_text, item.cc_text),
    subject: indexedText(item.subject),
    body: bodies.get(item.id) ?? others.get(item.id) ?? '',
    number: indexedText(item.number),
    remarks: indexedText(item.remarks),
    attachments: indexedText(...(texts.get(item.id) ?? [])),
  });
  return new Map(items.map((item) => [item.id, entry(item)]));
}

async function storedBodies(
  transaction: Kysely<ArchiveSchema>,
  ids: readonly number[],
): Promise<IndexedBodies> {
  if (ids.length === 0) return new Map();
  const rows = await transaction
    .selectFrom('item_bodies')
    .select(['item_id', 'text', 'html'])
    .where('item_id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.item_id, indexedBody(row.text, row.html)]));
}

/** Not every mail with HTML has a text. */
const indexedBody = (text: string, html: string): string =>
  indexedText(
    text.trim() === '' && html !== ''
      ? textOfHtml(html.slice(0, 4 * MAX_INDEXED_CHARACTERS))
      : text,
  );
