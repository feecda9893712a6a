/**
 * Asks the index. FTS5 delivers newest first at no cost, so a page of a frequent word is quick; what is asked for beside
 * the search is put to the hits, or the hits to what is asked for, whichever are fewer (ItemReader). Items whose entry
 * is out of date are found by what stands in their row, too.
 */
import type { Kysely } from 'kysely';
import type { ArchiveSchema } from '../store/database.js';
import { entriesOf, isHit, searchableText } from './item-entries.js';
import type { SearchIndex } from './search-index.js';
import { matchExpression, type SearchQuery } from './search-query.js';

/** Up to so many hits are looked at one by one; a word that has more is a frequent one. */
export const MANY_HITS = 4000;
/** Of the items whose entry is out of date, those that were stored last. */
const MAX_PENDING = 500;

export class ItemSearch {
  constructor(
    private readonly database: Kysely<ArchiveSchema>,
    private readonly index: SearchIndex,
  ) {}

  /** Ids of the newest matching items, descending, of all realms. */
  async newest(query: SearchQuery, limit = Infinity): Promise<number[]> {
    if (query.terms.length === 0 || query.columns.length === 0) return [];
    // first: what is indexed meanwhile is found by both
    const pending = await this.#pendingHits(query);
    const indexed = this.#newestIndexed(query, limit);
    if (pending.length === 0) return indexed;
    const all = new Set([...indexed, ...pending]);
    return [...all].sort((one, other) => other - one).slice(0, limit);
  }

  /** Which of the items match, where most do: asking for one ends soon, at it or at the next hit. */
  async among(query: SearchQuery, ids: readonly number[]): Promise<ReadonlySet<number>> {
    const pending = await this.#pendingHits(query);
    const rows = this.index.rows<{ id: number }>(
      `select value as id from json_each(?)
       where exists (select 1 from item_search where item_search match ? and rowid = value)`,
      JSON.stringify(ids),
      matchExpression(query),
    );
    const wanted = new Set(ids);
    return new Set([...rows.map(({ id }) => id), ...pending.filter((id) => wanted.has(id))]);
  }

  /**
   * FTS5 looks for frequent words and one that is nowhere side by side, to the end of all of them: whether each is
   * anywhere is asked before, which costs little for those that are.
   */
  #newestIndexed(query: SearchQuery, limit: number): number[] {
    const [, second] = query.terms;
    if (second !== undefined)
      for (const term of query.terms) {
        const found = this.#matching({ columns: query.columns, terms: [term] }, 1);
        if (found.length === 0) return [];
      }
    return this.#matching(query, limit);
  }

  #matching(query: SearchQuery, limit: number): number[] {
    const rows = this.index.rows<{ id: number }>(
      'select rowid as id from item_search where item_search match ? order by rowid desc limit ?',
      matchExpression(query),
      Math.min(limit, 2 ** 31),
    );
    return rows.map(({ id }) => id);
  }

  async #pendingHits(query: SearchQuery): Promise<number[]> {
    const rows = await this.database
      .selectFrom('search_pending')
      .innerJoin('items', 'items.id', 'item_id')
      .select(['items.id', 'from_text', 'recipients_text', 'cc_text'])
      .select(['subject', 'number', 'remarks'])
      .orderBy('item_id', 'desc')
      .limit(MAX_PENDING)
      .execute();
    const found = rows.filter((row) => {
      const entry = {
        address: searchableText(row.from_text, row.recipients_text, row.cc_text),
        subject: searchableText(row.subject),
        number: searchableText(row.number),
        remarks: searchableText(row.remarks),
      };
      return isHit(entry, query);
    });
    return found.map(({ id }) => id);
  }
}

/** Which of the items match, by their text as it stands now: within a transaction, where no index knows them yet. */
export async function hitsAmong(
  database: Kysely<ArchiveSchema>,
  query: SearchQuery,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const entries = await entriesOf(database, ids);
  return new Set(ids.filter((id) => isHit(entries.get(id) ?? {}, query)));
}
