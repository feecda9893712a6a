/**
 * Two keys that both have more records than are followed may still stand together at one record only: a customer with
 * a thousand orders writes from his address and names his customer number. The records of the one key are gone
 * through until every other key was met twice, which mostly is at once; the search is given up where that takes long.
 */
import type { TradeQuestion } from '../directory.js';
import type { ExactTrade, FoundTrade } from '../trade-answer.js';
import type { RecordKeys } from './record-keys.js';
import type { RecordTable } from './schema.js';
import { otherWork, type Snapshot } from './snapshots.js';

/** Records looked at for one question; what would need more is not confirmed. */
const RECORD_BUDGET = 200_000;
const FIRST_PAGE = 50;
const LARGEST_PAGE = 1000;

type Found = Pick<RecordTable, 'key' | 'id'>;
type Holder = Pick<RecordTable, 'key' | 'id' | 'keys'>;

/** Holders of one key with a larger key of their own than `after`, ascending. */
type HolderPage = (after: number, limit: number) => Promise<readonly Holder[]>;

export interface ExactFinding {
  readonly exact: ExactTrade;
  /** The keys of all records that it names. */
  readonly holders: readonly number[];
}

/** Of the keys with more records than were followed. */
export async function exactTrade(
  snapshot: Snapshot,
  setId: number,
  question: TradeQuestion,
  unfinished: Pick<FoundTrade, 'unfinishedAddresses' | 'unfinishedReferences'>,
): Promise<ExactFinding> {
  const { unfinishedAddresses, unfinishedReferences } = unfinished;
  const search = new SoleHolders();
  const confirmed = [];
  for (const address of unfinishedReferences.size === 0 ? [] : unfinishedAddresses) {
    const page = holdersOfAddress(snapshot, setId, address);
    for (const [reference, holder] of await search.find(page, unfinishedReferences))
      confirmed.push({ address, reference, ...holder });
  }
  const pairs = [];
  const others = new Set(question.bodyReferences.filter((one) => unfinishedReferences.has(one)));
  for (const one of [...others]) {
    others.delete(one);
    const page = holdersOfReference(snapshot, setId, one);
    for (const [other, holder] of await search.find(page, others))
      pairs.push({ references: [one, other] as const, ...holder });
  }
  return {
    exact: {
      confirmed: confirmed.map(({ address, reference, id }) => ({ address, reference, id })),
      pairs: pairs.map(({ references, id }) => ({ references, id })),
    },
    holders: [...confirmed, ...pairs].map(({ key }) => key),
  };
}

class SoleHolders {
  #left = RECORD_BUDGET;

  /** Which of the others stand at exactly one of the holders. Nothing once the budget is used up. */
  async find(page: HolderPage, others: ReadonlySet<string>): Promise<Map<string, Found>> {
    const tally = new Tally(others);
    let after = 0;
    let limit = FIRST_PAGE;
    while (tally.isOpen && this.#left > 0) {
      const holders = await page(after, limit);
      for (const holder of holders) tally.count(holder);
      this.#left -= holders.length;
      if (holders.length < limit) return tally.once;
      after = holders.at(-1)?.key ?? Infinity;
      limit = Math.min(limit * 4, LARGEST_PAGE);
      await otherWork();
    }
    return tally.isOpen ? new Map() : tally.once;
  }
}

/** How often keys were met: once, at which record, or more often. */
class Tally {
  readonly once = new Map<string, Found>();
  readonly #moreOften = new Set<string>();

  constructor(private readonly asked: ReadonlySet<string>) {}

  /** Whether anything could still be met for the first or the second time. */
  get isOpen(): boolean {
    return this.#moreOften.size < this.asked.size;
  }

  count({ key, id, keys }: Holder): void {
    for (const reference of (JSON.parse(keys) as RecordKeys).references) {
      if (!this.asked.has(reference) || this.#moreOften.has(reference)) continue;
      if (this.once.delete(reference)) this.#moreOften.add(reference);
      else this.once.set(reference, { key, id });
    }
  }
}

const holdersOfAddress =
  (snapshot: Snapshot, setId: number, address: string): HolderPage =>
  async (after, limit) =>
    snapshot
      .selectFrom('record_address')
      .innerJoin('record', 'record.key', 'record_address.record')
      .select(['record.key', 'record.id', 'record.keys'])
      .where('record_address.set_id', '=', setId)
      .where('address', '=', address)
      // of orders and offers all have the same
      .where('rank', '=', 0)
      .where('record', '>', after)
      .orderBy('record')
      .limit(limit)
      .execute();

const holdersOfReference =
  (snapshot: Snapshot, setId: number, reference: string): HolderPage =>
  async (after, limit) =>
    snapshot
      .selectFrom('record_reference')
      .innerJoin('record', 'record.key', 'record_reference.record')
      .select(['record.key', 'record.id', 'record.keys'])
      .where('record_reference.set_id', '=', setId)
      .where('reference', '=', reference)
      .where('record', '>', after)
      .orderBy('record')
      .limit(limit)
      .execute();
