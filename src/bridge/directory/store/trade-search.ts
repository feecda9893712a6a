/**
 * One question about orders or offers: which records its keys lead to, and of these the ones that can matter. A record
 * that one number alone leads to is identified by nothing and is not read.
 */
import {
  ADDRESS_LIMIT,
  REFERENCE_LIMIT,
  type TradeAnswer,
  type TradeQuestion,
} from '../directory.js';
import type { SourceTrade } from '../combined-directory.js';
import type { TradeRecord } from '../record.js';
import { tradeAnswerSteps, type FoundTrade } from '../trade-answer.js';
import {
  recordsByAddress,
  recordsByReference,
  storedRecords,
  type KeySearch,
} from './key-search.js';
import { tradeRecord } from './record-view.js';
import { otherWork, portions, type Snapshot } from './snapshots.js';
import { exactTrade } from './sole-holders.js';

/** How many records of one key are followed. */
export interface SearchLimits {
  readonly address: number;
  readonly reference: number;
}

/** How long an answer is worked on before others have their turn. */
const STEP_MS = 5;

export const searchLimits: SearchLimits = { address: ADDRESS_LIMIT, reference: REFERENCE_LIMIT };

/** Numbers that cannot matter are left out before anything is concluded: hostile mails hold very many. */
export async function searchTrade(
  snapshot: Snapshot,
  setId: number,
  question: TradeQuestion,
  limits: SearchLimits = searchLimits,
): Promise<TradeAnswer> {
  const { found, exact, addresses, references } = await search(snapshot, setId, question, limits);
  const asked = {
    addresses: [...addresses.known],
    ...(await relevantReferences(question, found.records, references)),
  };
  const answer = await inSteps(tradeAnswerSteps(asked, found, exact));
  return { ...answer, knownReferences: references.known };
}

/** With other work in between, where it takes longer than an ordinary question. */
async function inSteps<T>(steps: Generator<void, T>): Promise<T> {
  let since = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - since < STEP_MS) continue;
    await otherWork();
    since = performance.now();
  }
}

/** What the answer is made of, to be put together with what another source found. */
export async function findTrade(
  snapshot: Snapshot,
  setId: number,
  question: TradeQuestion,
  limits: SearchLimits = searchLimits,
): Promise<SourceTrade> {
  const { found, exact } = await search(snapshot, setId, question, limits);
  return { found, exact };
}

async function search(
  snapshot: Snapshot,
  setId: number,
  question: TradeQuestion,
  limits: SearchLimits,
) {
  const addresses = new Keys(limits.address);
  await addresses.follow(recordsByAddress(snapshot, setId, question.addresses, limits.address + 1));
  const references = new Keys(limits.reference);
  await references.follow(
    recordsByReference(snapshot, setId, question.references, limits.reference + 1),
  );
  const unfinished = {
    unfinishedAddresses: addresses.unfinished,
    unfinishedReferences: references.unfinished,
  };
  const { exact, holders } = await exactTrade(snapshot, setId, question, unfinished);
  const needed = new Set([...neededRecords(addresses, references), ...holders]);
  const records = [...(await storedRecords(snapshot, [...needed], tradeRecord)).values()];
  const found: FoundTrade = { records, ...unfinished };
  return { found, exact, addresses, references };
}

/** What the keys of one kind lead to. */
class Keys {
  readonly known = new Set<string>();
  /** With more records than are followed. */
  readonly unfinished = new Set<string>();
  /** Up to the limit, also of unfinished keys. */
  readonly records = new Set<number>();
  /** Of finished keys. */
  readonly ofFinished = new Set<number>();
  /** Those that several finished keys lead to. */
  readonly repeated = new Set<number>();

  constructor(private readonly limit: number) {}

  async follow(search: KeySearch): Promise<void> {
    for await (const portion of search)
      for (const { key, records } of portion) {
        this.known.add(key);
        if (records.length > this.limit) this.unfinished.add(key);
        for (const record of records.slice(0, this.limit)) this.records.add(record);
        if (records.length <= this.limit) this.#finish(records);
      }
  }

  #finish(records: readonly number[]): void {
    for (const record of records)
      if (this.ofFinished.has(record)) this.repeated.add(record);
      else this.ofFinished.add(record);
  }
}

/** Where an unfinished key may stand at a record that another key leads to, that record has to be looked at. */
function neededRecords(addresses: Keys, references: Keys): number[] {
  const isFinished = addresses.unfinished.size === 0 && references.unfinished.size === 0;
  const ofReferences = isFinished ? references.repeated : references.ofFinished;
  return [...addresses.records, ...ofReferences];
}

/** Those that stand at one of the records, and those whose records are not all known. */
async function relevantReferences(
  { references, bodyReferences }: TradeQuestion,
  records: readonly TradeRecord[],
  { unfinished }: Keys,
): Promise<Pick<TradeQuestion, 'references' | 'bodyReferences'>> {
  const standing = new Set(unfinished);
  for await (const portion of portions(records, 1000))
    for (const record of portion)
      for (const reference of record.references) standing.add(reference);
  const relevant = async (asked: readonly string[]) => {
    const kept: string[] = [];
    for await (const portion of portions(asked, 10_000))
      kept.push(...portion.filter((reference) => standing.has(reference)));
    return kept;
  };
  return {
    references: await relevant(references),
    bodyReferences: await relevant(bodyReferences),
  };
}
