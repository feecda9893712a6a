/**
 * Asks the index. FTS5 delivers newest first at no cost, so a page of a frequent word is quick; what is asked for beside
 * the search is put to the hits, or the hits to what is asked for, whichever are fewer (ItemReader). Items that are not
 * indexed yet are found by what stands in their row.
 */
import { sql, type Kysely } from 'kysely';
import type { ArchiveSchema } from '../store/database.js';
import { indexText } from './folding.js';
import { matchExpression, type SearchColumn, type SearchQuery } from './search-query.js';

/** Up to so many hits are looked at one by one; a word that has more is a frequent one. */
export const MANY_HITS = 4000;

interface Slice {
  readonly limit: number;
  readonly fromId?: number;
}

/** Ids of the newest matching items, descending, of all realms. */
export async function newestHits(
  database: Kysely<ArchiveSchema>,
  query: SearchQuery,
  { limit, fromId = 0 }: Slice,
): Promise<number[]> {
  if (query.terms.length === 0 || query.columns.length === 0) return [];
  const indexed = await newestIndexed(database, query, { limit, fromId });
  const pending = await pendingHits(database, query, fromId);
  if (pending.length === 0) return indexed;
  const all = new Set([...indexed, ...pending]);
  return [...all].sort((one, other) => other - one).slice(0, limit);
}

/**
 * FTS5 looks for frequent words and one that is nowhere side by side, to the end of all of them: whether each is
 * anywhere is asked before, which costs little for those that are.
 */
async function newestIndexed(
  database: Kysely<ArchiveSchema>,
  query: SearchQuery,
  slice: Required<Slice>,
): Promise<number[]> {
  const [, second] = query.terms;
  if (second !== undefined)
    for (const term of query.terms) {
      const one = { columns: query.columns, terms: [term] };
      const found = await matching(database, one, { ...slice, limit: 1 });
      if (found.length === 0) return [];
    }
  return matching(database, query, slice);
}

async function matching(
  database: Kysely<ArchiveSchema>,
  query: SearchQuery,
  { limit, fromId }: Required<Slice>,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select rowid as id from item_search
    where item_search match ${matchExpression(query)} and rowid >= ${fromId}
    order by rowid desc limit ${limit}`.execute(database);
  return rows.map(({ id }) => id);
}

/** Which of the items match. */
export async function hitsAmong(
  database: Kysely<ArchiveSchema>,
  query: SearchQuery,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const fromId = ids.reduce((least, id) => Math.min(least, id), Infinity);
  if (ids.length === 0) return new Set();
  const newest = await newestHits(database, query, { limit: MANY_HITS, fromId });
  if (newest.length === MANY_HITS) return frequentAmong(database, query, ids);
  const hits = new Set(newest);
  return new Set(ids.filter((id) => hits.has(id)));
}

/** The same for a query with many hits: asking for one item then ends soon, at it or at the next hit. */
export async function frequentAmong(
  database: Kysely<ArchiveSchema>,
  query: SearchQuery,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{
    id: number;
  }>`select value as id from json_each(${JSON.stringify(ids)})
    where exists (select 1 from item_search
      where item_search match ${matchExpression(query)} and rowid = value)`.execute(database);
  const fromId = ids.reduce((least, id) => Math.min(least, id), 2 ** 52);
  const pending = await pendingHits(database, query, fromId);
  const wanted = new Set(ids);
  return new Set([...rows.map(({ id }) => id), ...pending.filter((id) => wanted.has(id))]);
}

export interface AllHits {
  /** For FTS5. */
  readonly match: string;
  /** Hits that it does not know yet. */
  readonly pending: readonly number[];
}

/** For a query that SQLite shall put together itself. */
export const allHits = async (
  database: Kysely<ArchiveSchema>,
  query: SearchQuery,
): Promise<AllHits> => ({
  match: matchExpression(query),
  pending: await pendingHits(database, query, 0),
});

/** Those that were changed last; while the index is built anew, older ones are found when it has come to them. */
const MAX_PENDING = 500;

async function pendingHits(
  database: Kysely<ArchiveSchema>,
  { columns, terms }: SearchQuery,
  fromId: number,
): Promise<number[]> {
  const rows = await database
    .selectFrom('search_pending')
    .innerJoin('items', 'items.id', 'item_id')
    .select(['items.id', 'from_text', 'recipients_text', 'cc_text', 'subject', 'number', 'remarks'])
    .where('item_id', '>=', fromId)
    .orderBy('item_id', 'desc')
    .limit(MAX_PENDING)
    .execute();
  const isHit = (row: (typeof rows)[number]): boolean => {
    const texts: Partial<Record<SearchColumn, string>> = {
      address: [row.from_text, row.recipients_text, row.cc_text].map(indexText).join(''),
      subject: indexText(row.subject),
      number: indexText(row.number),
      remarks: indexText(row.remarks),
    };
    const occurs = (spelling: string) =>
      columns.some((column) => texts[column]?.includes(spelling) === true);
    return terms.every((spellings) => spellings.some(occurs));
  };
  return rows.filter(isHit).map(({ id }) => id);
}
