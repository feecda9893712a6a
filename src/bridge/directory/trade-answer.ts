/**
 * From the records that were found for the keys of a mail to the answer. A source need not find all records of a key:
 * where it stopped, it says so, and only what is certain all the same is answered.
 */
import type { AddressAnswer, TradeAnswer, TradeQuestion } from './directory.js';
import type { TradeRecord } from './record.js';

export interface FoundTrade {
  /** Every record that has one of the keys, but for those of unfinished keys. */
  readonly records: readonly TradeRecord[];
  /** Keys with more records than are told. */
  readonly unfinishedAddresses: ReadonlySet<string>;
  readonly unfinishedReferences: ReadonlySet<string>;
}

/** What a source can say of two keys that are both unfinished. */
export interface ExactTrade {
  /** Address and number that stand together at exactly one record. */
  readonly confirmed: readonly { address: string; reference: string; id: string }[];
  /** Pairs of numbers of the body that stand together at exactly one record. */
  readonly pairs: readonly { references: readonly [string, string]; id: string }[];
}

const nothing: ExactTrade = { confirmed: [], pairs: [] };

/** Work that can be interrupted wherever it yields. */
type Steps<T> = Generator<void, T>;

/** Records worked through between two steps. */
const RECORDS_AT_ONCE = 500;

export function tradeAnswer(
  question: TradeQuestion,
  found: FoundTrade,
  exact: ExactTrade = nothing,
): TradeAnswer {
  const steps = tradeAnswerSteps(question, found, exact);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** For tens of thousands of records, which take a while: whoever goes through the steps lets others work in between. */
export function* tradeAnswerSteps(
  question: TradeQuestion,
  found: FoundTrade,
  exact: ExactTrade = nothing,
): Steps<TradeAnswer> {
  const records = [...found.records].sort((one, other) => (one.id < other.id ? -1 : 1));
  yield;
  const asked = new Set(question.references);
  yield;
  const byReference = yield* holders(records, (record) =>
    record.references.filter((reference) => asked.has(reference)),
  );
  return {
    byAddress: yield* addressAnswers(question, records, found, exact),
    byPair: yield* pairs(question, records, byReference, found, exact),
    knownReferences: new Set([...byReference.keys(), ...found.unfinishedReferences]),
    records: new Map(records.map((record) => [record.id, record])),
  };
}

function* holders(
  records: readonly TradeRecord[],
  keys: (record: TradeRecord) => readonly string[],
): Steps<Map<string, TradeRecord[]>> {
  const byKey = new Map<string, TradeRecord[]>();
  for (const [index, record] of records.entries()) {
    if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) yield;
    for (const key of new Set(keys(record))) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [record]);
      else known.push(record);
    }
  }
  return byKey;
}

function* addressAnswers(
  { addresses, references }: TradeQuestion,
  records: readonly TradeRecord[],
  found: FoundTrade,
  exact: ExactTrade,
): Steps<Map<string, AddressAnswer>> {
  const asked = new Set(addresses);
  const askedReferences = new Set(references);
  yield;
  const byAddress = yield* holders(records, ({ emails }) =>
    emails.filter((email) => asked.has(email)),
  );
  const answers = new Map<string, AddressAnswer>();
  for (const [address, own] of byAddress) {
    const isComplete = !found.unfinishedAddresses.has(address);
    const isOnly = isComplete && own.length === 1;
    const numbers = yield* holders(own, (record) =>
      record.references.filter(
        (reference) =>
          askedReferences.has(reference) &&
          (isComplete || !found.unfinishedReferences.has(reference)),
      ),
    );
    const seen = [...numbers].flatMap(([reference, [record, ...others]]) =>
      record !== undefined && others.length === 0 ? [{ reference, id: record.id }] : [],
    );
    const told = exact.confirmed.flatMap(({ reference, id, ...one }) =>
      one.address === address ? [{ reference, id }] : [],
    );
    const confirmed = isOnly ? [] : [...seen, ...told];
    answers.set(address, { ids: own.map(({ id }) => id), isComplete, confirmed });
    if (answers.size % RECORDS_AT_ONCE === 0) yield;
  }
  return answers;
}

function* pairs(
  { bodyReferences }: TradeQuestion,
  records: readonly TradeRecord[],
  byReference: ReadonlyMap<string, readonly TradeRecord[]>,
  { unfinishedReferences }: FoundTrade,
  exact: ExactTrade,
): Steps<Map<string, readonly [string, string]>> {
  const inBody = new Set(bodyReferences);
  yield;
  const identified = new Map<string, readonly [string, string]>();
  for (const { references, id } of exact.pairs)
    if (areTwoNumbers(...references)) identified.set(id, references);
  for (const [index, record] of records.entries()) {
    if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) yield;
    const own = [...new Set(record.references.filter((reference) => inBody.has(reference)))];
    const pair = pairOf(own, byReference, unfinishedReferences);
    if (pair !== null) identified.set(record.id, pair);
  }
  return identified;
}

/** Two numbers of a record that no other record has both of. */
function pairOf(
  own: readonly string[],
  byReference: ReadonlyMap<string, readonly TradeRecord[]>,
  unfinished: ReadonlySet<string>,
): readonly [string, string] | null {
  const finished = own.filter((reference) => !unfinished.has(reference));
  for (const [index, one] of finished.entries()) {
    // Whoever shares both stands among the holders of the one that is finished.
    const sharers = byReference.get(one) ?? [];
    const others = [...finished.slice(index + 1), ...own.filter((other) => unfinished.has(other))];
    const different = others.filter((other) => areTwoNumbers(one, other));
    for (const other of different) {
      const both = sharers.filter(({ references }) => references.includes(other));
      if (both.length === 1) return [one, other];
    }
  }
  return null;
}

/** What is written once can be read in two ways, `RE 7001` and `7001`: that makes it no pair. */
const areTwoNumbers = (one: string, other: string): boolean =>
  !one.includes(other) && !other.includes(one);
