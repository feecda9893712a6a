/** Steps 2 and 3: orders, and where there is none, offers (SAL-144 to SAL-163). */
import type { TradeAnswer, TradeType } from '../../directory/directory.js';
import type { RecordRef } from '../../directory/record.js';
import type { Step, TracedResult, TracedStep } from './decision.js';

export interface TradeSearch {
  readonly type: TradeType;
  readonly answer: TradeAnswer;
  /** Each with the keys to look for, the first that is known counts. */
  readonly headerAddresses: readonly (readonly string[])[];
  readonly textAddresses: readonly (readonly string[])[];
}

/** The sub-steps that were asked, the last of which may have found the record. */
export function searchTrade(search: TradeSearch): TracedStep[] {
  const number = search.type === 'order' ? '2' : '3';
  const steps: TracedStep[] = [];
  const tries = [
    () => byAddresses(search, `${number}a`, search.headerAddresses),
    () => byAddresses(search, `${number}b`, search.textAddresses),
    () => byPairs(search, `${number}c`),
  ];
  for (const attempt of tries) {
    const step = attempt();
    steps.push(step);
    if (step.record !== null) break;
  }
  return steps;
}

/**
 * Each address for itself, then all together: results that differ are decided by a number of the mail that stands at
 * one of them, or not at all.
 */
function byAddresses(
  { type, answer }: TradeSearch,
  step: Step,
  addresses: readonly (readonly string[])[],
): TracedStep {
  const searched = addresses.flatMap((keys) => resultOf(type, answer, keys));
  const results = searched.map(({ traced }) => traced);
  const ids = [...new Set(searched.flatMap(({ id }) => id ?? []))];
  const numbersOf = (id: string) =>
    answer.records.get(id)?.references.filter((one) => answer.knownReferences.has(one)) ?? [];
  const confirmed = ids.length < 2 ? [] : ids.filter((id) => numbersOf(id).length > 0);
  const id = ids.length === 1 ? ids[0] : confirmed.length === 1 ? confirmed[0] : undefined;
  const chosenBy = id === undefined || ids.length === 1 ? null : (numbersOf(id)[0] ?? null);
  return {
    step,
    outcome: id !== undefined ? 'assigned' : results.length > 0 ? 'ambiguous' : 'nothing',
    results,
    pairs: [],
    chosenBy,
    record: id === undefined ? null : { type, id },
  };
}

function resultOf(
  type: TradeType,
  answer: TradeAnswer,
  keys: readonly string[],
): { id: string | null; traced: TracedResult }[] {
  const address = keys.find((key) => answer.byAddress.has(key));
  const known = address === undefined ? undefined : answer.byAddress.get(address);
  if (address === undefined || known === undefined) return [];
  const { ids, isComplete, confirmed } = known;
  const candidates = ids.map((id): RecordRef => ({ type, id }));
  const isOnly = isComplete && ids.length === 1;
  const [only] = ids;
  if (isOnly && only !== undefined)
    return [
      { id: only, traced: { address, outcome: 'only', numbers: [], candidates, isComplete } },
    ];
  const numbers = confirmed.map(({ reference }) => reference);
  const chosen = [...new Set(confirmed.map(({ id }) => id))];
  const id = chosen.length === 1 ? (chosen[0] ?? null) : null;
  const outcome = id === null ? 'several' : 'byNumber';
  return [{ id, traced: { address, outcome, numbers, candidates, isComplete } }];
}

function byPairs({ type, answer }: TradeSearch, step: Step): TracedStep {
  const pairs = [...answer.byPair].map(([id, references]) => ({
    references,
    record: { type, id } satisfies RecordRef,
  }));
  const [first] = pairs;
  const record = first !== undefined && pairs.length === 1 ? first.record : null;
  return {
    step,
    outcome: record !== null ? 'assigned' : pairs.length > 0 ? 'ambiguous' : 'nothing',
    results: [],
    pairs,
    chosenBy: null,
    record,
  };
}
