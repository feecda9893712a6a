/** What of an item can be searched: the text that stands in the index, made of what is stored of it. */
import { sql, type Kysely } from 'kysely';
import { textOfHtml } from '../../mail/html-text.js';
import type { ArchiveSchema } from '../store/database.js';
import { indexText } from './folding.js';
import type { SearchColumn, SearchQuery } from './search-query.js';

export type Entry = Readonly<Record<SearchColumn, string>>;

/** Of a longer text the beginning is found. The rest is mostly what was quoted, and would cost a second a mail. */
const MAX_CHARACTERS = 256 * 1024;
/** Items that are looked up with one query. */
const STEP_COUNT = 100;

/** By item, of those that there are. */
export async function entriesOf(
  database: Kysely<ArchiveSchema>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Entry>> {
  const entries = new Map<number, Entry>();
  for (let at = 0; at < ids.length; at += STEP_COUNT)
    await addEntries(database, ids.slice(at, at + STEP_COUNT), entries);
  return entries;
}

/** Whether a search finds the item: the same as FTS5 says of its entry. */
export const isHit = (entry: Partial<Entry>, { columns, terms }: SearchQuery): boolean =>
  columns.length > 0 &&
  terms.length > 0 &&
  terms.every((spellings) =>
    spellings.some((one) => columns.some((column) => entry[column]?.includes(one) === true)),
  );

/** Texts side by side are no phrase. */
export const searchableText = (...texts: readonly string[]): string => {
  const pieces: string[] = [];
  let left = MAX_CHARACTERS;
  for (const text of texts) {
    pieces.push(indexText(text.slice(0, left)));
    left -= text.length;
    if (left <= 0) break;
  }
  return pieces.join('');
};

async function addEntries(
  database: Kysely<ArchiveSchema>,
  ids: readonly number[],
  entries: Map<number, Entry>,
): Promise<void> {
  const items = await database
    .selectFrom('items')
    .leftJoin('item_bodies', 'item_bodies.item_id', 'items.id')
    .select(['items.id', 'from_text', 'recipients_text', 'cc_text', 'subject', 'number', 'remarks'])
    .select([beginning('text', MAX_CHARACTERS), beginning('html', 4 * MAX_CHARACTERS)])
    .where('items.id', 'in', ids)
    .execute();
  const files = await filesOf(database, ids);
  for (const item of items)
    entries.set(item.id, {
      address: searchableText(item.from_text, item.recipients_text, item.cc_text),
      subject: searchableText(item.subject),
      body: searchableBody(item.text ?? '', item.html ?? ''),
      number: searchableText(item.number),
      remarks: searchableText(item.remarks),
      attachments: searchableText(...(files.get(item.id) ?? [])),
    });
}

/** By item: names and texts of its attachments. */
async function filesOf(
  database: Kysely<ArchiveSchema>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const attachments = await database
    .selectFrom('attachments')
    .leftJoin('attachment_texts', 'attachment_id', 'attachments.id')
    .select(['item_id', 'name', 'text'])
    .where('item_id', 'in', ids)
    .orderBy('attachments.id')
    .execute();
  const files = new Map<number, string[]>();
  for (const { item_id, name, text } of attachments)
    files.set(item_id, [...(files.get(item_id) ?? []), name, text ?? '']);
  return files;
}

/** Not every mail with HTML has a text. */
const searchableBody = (text: string, html: string): string =>
  searchableText(text.trim() === '' && html !== '' ? textOfHtml(html) : text);

const beginning = (column: 'text' | 'html', characters: number) =>
  sql<string | null>`substr(${sql.ref(`item_bodies.${column}`)}, 1, ${characters})`.as(column);
