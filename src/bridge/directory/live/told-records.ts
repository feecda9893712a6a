/**
 * From the ERP's answer to what it says of each key that was asked. Records that have none of these keys are ignored.
 * Nothing is guessed: an answer that breaks the rules of the look-up is no answer.
 */
import { z } from 'zod';
import type { LookUpKeys } from './look-up-client.js';
import { LookUpFailure } from './look-up-failure.js';
import { moreRecords, recordLimits, type LookUpKind } from './look-up-kinds.js';

/** What is known of one key. */
export interface Told<R> {
  readonly records: readonly R[];
  /** Whether these are all. */
  readonly isComplete: boolean;
}

export type KeyKind = keyof LookUpKeys;

/** A key with its kind, to be known by in maps. */
export type TaggedKey = `${KeyKind} ${string}`;

export const keyKinds = ['addresses', 'references', 'ids'] as const satisfies readonly KeyKind[];

export const tagged = (keys: LookUpKeys): TaggedKey[] =>
  keyKinds.flatMap((kind) => keys[kind].map((key): TaggedKey => `${kind} ${key}`));

/**
 * Of an address with more records than are told, this many have to be told at least: one alone would look like the
 * only one, and one active contact alone like the only active one.
 */
const MIN_TOLD = 2;

/**
 * @returns what is told of every key that was asked
 * @throws LookUpFailure answerInvalid
 */
export function toldRecords<R>(
  kind: LookUpKind<R>,
  asked: LookUpKeys,
  answer: unknown,
  host: string,
): Map<TaggedKey, Told<R>> {
  const { records, more } = parsed(kind, answer, host);
  const byKey = new Map(tagged(asked).map((key): [TaggedKey, R[]] => [key, []]));
  for (const record of records)
    for (const key of tagged(kind.keysOf(record))) byKey.get(key)?.push(record);
  const isMore = (key: TaggedKey) => {
    const [keyKind, value] = untagged(key);
    return keyKind !== 'ids' && more[keyKind].has(value);
  };
  for (const [key, own] of byKey)
    if (key.startsWith('addresses ') && isMore(key) && own.length < MIN_TOLD)
      throw new LookUpFailure('answerInvalid', host, { member: 'more.addresses' });
  return new Map(
    [...byKey].map(([key, own]) => {
      const limit = recordLimits[untagged(key)[0]];
      const told = own.sort(kind.order).slice(0, limit);
      return [key, { records: told, isComplete: own.length <= limit && !isMore(key) }];
    }),
  );
}

function untagged(key: TaggedKey): [KeyKind, string] {
  const space = key.indexOf(' ');
  return [key.slice(0, space) as KeyKind, key.slice(space + 1)];
}

function parsed<R>(kind: LookUpKind<R>, answer: unknown, host: string) {
  const result = z
    .object({ records: z.array(kind.record), more: moreRecords })
    .safeParse(answer, { reportInput: false });
  if (result.success) return { ...result.data, records: eachOnce(result.data.records, kind) };
  const path = result.error.issues[0]?.path.map(String).join('.') ?? '';
  throw new LookUpFailure('answerInvalid', host, { member: path === '' ? 'records' : path });
}

/** An ERP that goes through its indexes one by one may tell a record several times. */
function eachOnce<R>(records: readonly R[], { keysOf }: LookUpKind<R>): R[] {
  return [...new Map(records.map((record) => [keysOf(record).ids.join(), record])).values()];
}
