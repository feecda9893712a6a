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
import { tradeAnswerSteps } from '../trade-answer.js';
import {
  recordsByAddress,
  recordsByReference,
  storedRecords,
  type KeySearch,
} from './key-search.js';
import { tradeRecord } from './record-view.js';
import { portions, type Snapshot } from './snapshots.js';
import { exactTrade } from './sole-holders.js';
import { inSteps, sortedById } from './steps.js';

/** How many records of one key are followed. */
export interface SearchLimits {
  readonly address: number;
  readonly reference: number;
}

export const searchLimits: SearchLimits = { address: ADDRESS_LIMIT, reference: REFERENCE_LIMIT };

/** Numbers that cannot matter are left out before anything is concluded: hostile mails hold very many. */
export async function searchTrade(
  snapshot: Snapshot,
  setId: number,
  question: TradeQuestion,
  limits: SearchLimits = searchLimits,
): Promise<TradeAnswer> {
  const keys = await followed(snapshot, setId, question, limits);
  const { addresses, references } = keys;
  const { found, exact } = await foundAt(snapshot, setId, question, keys, thatCanMatter(keys));
  const asked = {
    addresses: [...addresses.known],
    ...(await relevantReferences(question, found.records, references)),
  };
  const answer = await inSteps(tradeAnswerSteps(asked, found, exact));
  return { ...answer, knownReferences: references.known };
}

/** As `found` wants it, for an answer that another source has a part in. */
export async function findTrade(
  snapshot: Snapshot,
  setId: number,
  question: TradeQuestion,
  limits: SearchLimits = searchLimits,
): Promise<SourceTrade> {
  const keys = await followed(snapshot, setId, question, limits);
  const all = [...keys.addresses.records, ...keys.references.records];
  return foundAt(snapshot, setId, question, keys, all);
}

interface FollowedKeys {
  readonly addresses: AddressKeys;
  readonly references: ReferenceKeys;
}

async function followed(
  snapshot: Snapshot,
  setId: number,
  question: TradeQuestion,
  limits: SearchLimits,
): Promise<FollowedKeys> {
  const addresses = new AddressKeys(limits.address);
  await addresses.follow(recordsByAddress(snapshot, setId, question.addresses, limits.address + 1));
  const references = new ReferenceKeys(limits.reference);
  await references.follow(
    recordsByReference(snapshot, setId, question.references, limits.reference + 1),
  );
  return { addresses, references };
}

/** @param wanted keys of the records to be read; those that `exact` names are read besides */
async function foundAt(
  snapshot: Snapshot,
  setId: number,
  question: TradeQuestion,
  { addresses, references }: FollowedKeys,
  wanted: readonly number[],
): Promise<Required<SourceTrade>> {
  const unfinished = {
    unfinishedAddresses: addresses.unfinished,
    unfinishedReferences: references.unfinished,
  };
  const { exact, holders } = await exactTrade(snapshot, setId, question, unfinished);
  const keys = [...new Set([...wanted, ...holders])];
  const stored = await storedRecords(snapshot, keys, tradeRecord);
  const records = await inSteps(sortedById([...stored.values()]));
  return { found: { records, ...unfinished }, exact };
}

/** What the keys of one kind lead to. */
abstract class Keys {
  readonly known = new Set<string>();
  /** With more records than are followed. */
  readonly unfinished = new Set<string>();

  constructor(private readonly limit: number) {}

  async follow(search: KeySearch): Promise<void> {
    for await (const portion of search)
      for (const { key, records } of portion) {
        this.known.add(key);
        const isFinished = records.length <= this.limit;
        if (!isFinished) this.unfinished.add(key);
        this.take(isFinished ? records : records.slice(0, this.limit), isFinished);
      }
  }

  protected abstract take(records: readonly number[], isFinished: boolean): void;
}

class AddressKeys extends Keys {
  /** Up to the limit also of unfinished addresses. */
  readonly records = new Set<number>();

  protected override take(records: readonly number[]): void {
    for (const record of records) this.records.add(record);
  }
}

class ReferenceKeys extends Keys {
  /** Of finished references. */
  readonly records = new Set<number>();
  /** Those that several of them lead to. */
  readonly repeated = new Set<number>();

  protected override take(records: readonly number[], isFinished: boolean): void {
    if (!isFinished) return;
    for (const record of records)
      if (this.records.has(record)) this.repeated.add(record);
      else this.records.add(record);
  }
}

/** Where an unfinished key may stand at a record that another key leads to, that record has to be looked at. */
function thatCanMatter({ addresses, references }: FollowedKeys): number[] {
  const isFinished = addresses.unfinished.size === 0 && references.unfinished.size === 0;
  const ofReferences = isFinished ? references.repeated : references.records;
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
