/**
 * Which items stand on a page of a list. Without a search that is one query. With one, either the hits are few and are
 * put to the criteria, or they are many, and then the first items that fulfil the criteria are put to the search.
 */
import { sql, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { MANY_HITS, type ItemSearch } from '../search/item-search.js';
import type { SearchQuery } from '../search/search-query.js';
import type { ArchiveSchema } from '../store/database.js';
import { isNewestFirst, ordered, type Order } from './item-order.js';

interface Slice {
  readonly limit: number;
  readonly offset: number;
}

const FEW_HITS = 400;

/** Items that fulfil everything but the search. */
type Matching = SelectQueryBuilder<ArchiveSchema, 'items', object>;

/** @param query what is searched for; null for nothing */
export async function pageOfIds(
  search: ItemSearch,
  matching: Matching,
  query: SearchQuery | null,
  order: Order,
  slice: Slice,
): Promise<number[]> {
  if (query === null) return idsOf(matching, order, slice);
  const hits = await search.newest(query, MANY_HITS);
  const isComplete = hits.length < MANY_HITS;
  // of a frequent word the newest of the newest usually do
  const parts = isNewestFirst(order) ? [hits.slice(0, FEW_HITS), hits] : isComplete ? [hits] : [];
  for (const part of parts) {
    const ids = await idsOf(matching.where(isAmong(part)), order, slice);
    const isAll = isComplete && part.length === hits.length;
    if (isAll || ids.length === slice.limit) return ids;
  }
  return pageOfFrequent(search, matching, query, order, slice);
}

/** So many candidates are asked one by one, in steps, before all hits are gathered. */
const ASKED_STEPS = [150, 400, 1000];

async function pageOfFrequent(
  search: ItemSearch,
  matching: Matching,
  query: SearchQuery,
  order: Order,
  slice: Slice,
): Promise<number[]> {
  const { limit, offset } = slice;
  const found: number[] = [];
  let asked = 0;
  for (const step of ASKED_STEPS) {
    const candidates = await idsOf(matching, order, { limit: step - asked, offset: asked });
    const hits = await search.among(query, candidates);
    found.push(...candidates.filter((id) => hits.has(id)));
    const isLast = candidates.length < step - asked;
    if (isLast || found.length >= offset + limit) return found.slice(offset, offset + limit);
    asked = step;
  }
  return idsOf(matching.where(isOneOfMany(await search.newest(query))), order, slice);
}

const isAmong = (ids: readonly number[]) =>
  sql<SqlBool>`items.id in (select value from json_each(${JSON.stringify(ids)}))`;

/** The plus keeps SQLite from beginning with these: it goes through the items in their order. */
const isOneOfMany = (ids: readonly number[]) =>
  sql<SqlBool>`+items.id in (select value from json_each(${JSON.stringify(ids)}))`;

async function idsOf(
  matching: Matching,
  order: Order,
  { limit, offset }: Slice,
): Promise<number[]> {
  const rows = await ordered(matching.select('items.id'), order)
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(({ id }) => id);
}
