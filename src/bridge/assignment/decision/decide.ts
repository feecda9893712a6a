/**
 * Which records a mail belongs to: Salesware's documented rules (step 1 to 4), and nothing else. A pure function of
 * what is given. What it has to know of the directory it asks for, one question at a time, so that nothing is looked
 * up that no rule needs; with the answer it is called again.
 */
import type { RecordRef } from '../../directory/record.js';
import { withoutSubaddress } from '../../directory/search-key.js';
import type { FoundAddress, FoundReference } from '../reading/found-in-mail.js';
import { searchContacts } from './contact-step.js';
import {
  TRACE_LIMIT,
  type Answers,
  type Assignment,
  type Decision,
  type DecisionInput,
  type Question,
  type Step,
  type Trace,
  type TracedHistory,
  type TracedReference,
  type TracedStep,
} from './decision.js';
import { olderMails, searchHistory } from './history.js';
import { searchTrade } from './trade-step.js';

export type Outcome =
  | { readonly kind: 'decided'; readonly decision: Decision }
  | { readonly kind: 'asks'; readonly question: Question };

const asks = (question: Question): Outcome => ({ kind: 'asks', question });

export function decide(input: DecisionInput, answers: Answers): Outcome {
  const { pre, policies } = input;
  const progress = new Progress(input, answers);
  if (pre.assigned.length > 0 || pre.removed.some(({ wasAutomatic }) => wasAutomatic))
    return progress.end('noop', pre.assigned);

  const mails = olderMails(input);
  const mentioned = unique(mails.flatMap(({ assigned }) => assigned));
  if (mentioned.length > 0 && answers.existing === undefined)
    return asks({ kind: 'existing', records: mentioned });
  const history = searchHistory(mails, answers.existing ?? [], policies.removalWins);
  progress.history = history.trace;
  if (history.taken !== null)
    return progress.end(
      '1',
      history.taken.map((record) => ({ ...record, source: 'history' })),
    );
  return searchDirectory(input, answers, progress);
}

function searchDirectory(input: DecisionInput, answers: Answers, progress: Progress): Outcome {
  const keys = searchKeys(input);
  const assignments: Assignment[] = [];
  for (const type of ['order', 'offer'] as const) {
    const answer = answers[type];
    if (answer === undefined) {
      const { references } = input.found;
      const question = {
        addresses: unique([...keys.headerAddresses, ...keys.textAddresses].flat()),
        references: references.map(({ reference }) => reference),
        bodyReferences: references
          .filter(({ places }) => places.includes('body'))
          .map(({ reference }) => reference),
      };
      return asks({ kind: type, question });
    }
    const steps = searchTrade({ type, answer, ...keys });
    const record = progress.add(steps);
    if (record === null) continue;
    assignments.push({ ...record, source: 'automatic' }, ...coAssigned(input, answers, record));
    break;
  }
  if (!assignments.some(({ type }) => type === 'contact')) {
    if (answers.contact === undefined)
      return asks({
        kind: 'contact',
        addresses: unique([...keys.headerAddresses, ...keys.textAddresses].flat()),
      });
    const record = progress.add(searchContacts({ answer: answers.contact, ...keys }));
    if (record !== null) assignments.push({ ...record, source: 'automatic' });
  }
  if (assignments.length > 0) return progress.end(progress.firstStep, assignments);
  const { marked } = input;
  if (marked.length > 0)
    return progress.end(
      'mark',
      marked.map((record) => ({ ...record, source: 'automatic' })),
    );
  return progress.end('none', []);
}

/** SAL-155 to SAL-157, SAL-162, SAL-163: what goes along with an order or offer. */
function coAssigned(input: DecisionInput, answers: Answers, { type, id }: RecordRef): Assignment[] {
  const isOrder = type === 'order';
  const record = (isOrder ? answers.order : answers.offer)?.records.get(id);
  if (record === undefined) return [];
  const had = isOrder ? input.pre.everOrder : input.pre.everOffer;
  const offers = unique(record.offerIds);
  const articles = unique(record.articleIds);
  const along: RecordRef[] = [
    ...(record.contactId === null || had
      ? []
      : [{ type: 'contact', id: record.contactId } as const]),
    ...(isOrder && offers.length === 1
      ? offers.map((one) => ({ type: 'offer', id: one }) as const)
      : []),
    ...(articles.length === 1
      ? articles.map((one) => ({ type: 'article', id: one }) as const)
      : []),
  ];
  return along.map((one) => ({ ...one, source: 'coAssigned' }));
}

interface SearchKeys {
  readonly headerAddresses: readonly (readonly string[])[];
  readonly textAddresses: readonly (readonly string[])[];
}

/** Addresses that are not ignored; a sub-address also as the address it belongs to, if the policy says so. */
function searchKeys({ found, ignored, policies }: DecisionInput): SearchKeys {
  const usable = found.addresses.filter(({ address }) => !ignored.has(address));
  const keysOf = ({ address }: FoundAddress) =>
    unique(policies.plusFolding ? [address, withoutSubaddress(address)] : [address]);
  const isText = (place: string) => place === 'subject' || place === 'body';
  return {
    headerAddresses: usable.filter(({ places }) => !places.every(isText)).map(keysOf),
    textAddresses: usable.filter(({ places }) => places.some(isText)).map(keysOf),
  };
}

/** Keeps what was asked, for the trace. */
class Progress {
  history: readonly TracedHistory[] = [];
  readonly #steps: TracedStep[] = [];

  constructor(
    private readonly input: DecisionInput,
    private readonly answers: Answers,
  ) {}

  /** @returns the record that was found */
  add(steps: readonly TracedStep[]): RecordRef | null {
    this.#steps.push(...steps);
    return steps.at(-1)?.record ?? null;
  }

  get firstStep(): Step {
    return this.#steps.find(({ record }) => record !== null)?.step ?? 'none';
  }

  end(step: Step, assignments: readonly Assignment[]): Outcome {
    const suggestions =
      step === 'none' && this.input.policies.suggestions ? candidatesOf(this.#steps) : [];
    return { kind: 'decided', decision: { step, assignments, suggestions, trace: this.#trace() } };
  }

  #trace(): Trace {
    const { found, ignored } = this.input;
    return {
      history: this.history,
      addresses: found.addresses
        .slice(0, TRACE_LIMIT)
        .map((one) => ({ ...one, ignoredBy: ignored.get(one.address) ?? null })),
      addressCount: found.addresses.length,
      references: tracedReferences(found.references, this.answers),
      referenceCount: found.references.length,
      steps: this.#steps.map(shortened),
    };
  }
}

/** Known ones first. A mail may hold hundreds of thousands: no more of them are looked at than are told. */
function tracedReferences(
  found: readonly FoundReference[],
  { order, offer }: Answers,
): TracedReference[] {
  const known: TracedReference[] = [];
  const unknown: TracedReference[] = [];
  for (const one of found) {
    const isKnown = [order, offer].some((answer) => answer?.knownReferences.has(one.reference));
    const traced = isKnown ? known : unknown;
    if (traced.length < TRACE_LIMIT) traced.push({ ...one, isKnown });
    if (known.length === TRACE_LIMIT) break;
  }
  return [...known, ...unknown].slice(0, TRACE_LIMIT);
}

/** Nobody reads more of it, and it is kept with every run. */
function shortened(step: TracedStep): TracedStep {
  const results = step.results.slice(0, TRACE_LIMIT).map((result) => ({
    ...result,
    numbers: result.numbers.slice(0, CANDIDATES_SHOWN),
    candidates: result.candidates.slice(0, CANDIDATES_SHOWN),
    isComplete: result.isComplete && result.candidates.length <= CANDIDATES_SHOWN,
  }));
  return { ...step, results, pairs: step.pairs.slice(0, CANDIDATES_SHOWN) };
}

const CANDIDATES_SHOWN = 10;

/** Of the first step that found something and could not choose. */
function candidatesOf(steps: readonly TracedStep[]): RecordRef[] {
  const ambiguous = steps.find(({ outcome }) => outcome === 'ambiguous');
  const candidates = [
    ...(ambiguous?.results.flatMap((result) => result.candidates) ?? []),
    ...(ambiguous?.pairs.map(({ record }) => record) ?? []),
  ];
  return unique(candidates).slice(0, CANDIDATES_SHOWN);
}

/** Each once, in the order given. */
function unique<T extends string | RecordRef>(values: readonly T[]): T[] {
  const keyOf = (value: T) => (typeof value === 'string' ? value : `${value.type} ${value.id}`);
  return [...new Map(values.map((value) => [keyOf(value), value])).values()];
}
