/** A decision in one sentence, for the person who looks at the mail. */
import { sameRecord, type RecordRef } from '../directory/record.js';
import {
  alongWords,
  assignmentReasons,
  placeWords,
  recordWords,
  type AssignmentReason,
  type RecordWords,
} from '../texts/assignment.js';
import { fill, type Language, type TextParams } from '../texts/text.js';
import type { Decision, TracedResult, TracedStep } from './decision/decision.js';

export interface ExplanationOptions {
  readonly language: Language;
  /** Number or name by which people know a record; null: the reader may not see it. */
  readonly labelOf: (record: RecordRef) => string | null;
  /** The ERP's; ours unless told. */
  readonly words?: RecordWords;
}

type Told = readonly [reason: AssignmentReason, params?: TextParams];

export function explain(decision: Decision, options: ExplanationOptions): string {
  const [reason, params] = new Explanation(decision, options).told();
  return fill(assignmentReasons[reason], options.language, params);
}

class Explanation {
  constructor(
    private readonly decision: Decision,
    private readonly options: ExplanationOptions,
  ) {}

  told(): Told {
    const { step, assignments, trace } = this.decision;
    const visible = assignments.filter((one) => this.options.labelOf(one) !== null);
    if (assignments.length > 0 && visible.length === 0) return ['hidden', { step }];
    const records = visible.map((one) => this.#name(one)).join(', ');
    const isEmpty = assignments.length === 0;
    if (step === 'noop') return isEmpty ? ['removedByHand'] : ['standsAlready', { records }];
    if (step === '1') return isEmpty ? ['removedInHistory'] : ['fromHistory', { records }];
    if (step === 'mark') return ['byMark', { records }];
    const found = trace.steps.find(({ record }) => record !== null);
    return found === undefined ? this.#nothing() : this.#found(found);
  }

  /** The step that found the first record. */
  #found(step: TracedStep): Told {
    const { record } = step;
    if (record === null || this.options.labelOf(record) === null)
      return ['hidden', { step: step.step }];
    const params = {
      record: this.#name(record),
      several: this.#several(record),
      along: this.#along(record),
    };
    const [pair] = step.pairs;
    if (pair !== undefined) {
      const [number, other] = pair.references.map((one) => this.#asWritten(one));
      return ['twoNumbers', { ...params, number: number ?? '', other: other ?? '' }];
    }
    if (step.chosenBy !== null)
      return ['chosenByNumber', { ...params, number: this.#asWritten(step.chosenBy) }];
    const result = step.results.find(
      ({ outcome, candidates }) =>
        outcome !== 'several' && candidates.some((one) => sameRecord(one, record)),
    );
    if (result === undefined) return ['onlyActive', params];
    const number = this.#asWritten(result.numbers[0] ?? '');
    const reason = result.outcome === 'byNumber' ? 'addressAndNumber' : 'onlyRecord';
    return [reason, { ...params, ...this.#address(result), number }];
  }

  #nothing(): Told {
    const { steps, addresses } = this.decision.trace;
    const ambiguous = steps.find(({ outcome }) => outcome === 'ambiguous');
    if (ambiguous === undefined) {
      const isIgnored = addresses.length > 0 && addresses.every(({ ignoredBy }) => ignoredBy);
      return [isIgnored ? 'onlyIgnored' : 'nothingFound'];
    }
    const several = this.#several({ type: typeOf(ambiguous) });
    if (ambiguous.pairs.length > 0) return ['severalByNumbers', { several }];
    const [result, ...others] = ambiguous.results;
    if (result === undefined || others.length > 0) return ['severalResults', { several }];
    const reason = typeOf(ambiguous) === 'contact' ? 'severalContacts' : 'severalRecords';
    return [reason, { several, ...this.#address(result) }];
  }

  #address({ address }: TracedResult) {
    const traced = this.decision.trace.addresses.find((one) => one.address === address);
    const [place] = traced?.places ?? [];
    const word = place === undefined ? '–' : placeWords[place][this.options.language];
    return { address, place: word };
  }

  #along(record: RecordRef): string {
    const others = this.decision.assignments.filter(
      (one) => !sameRecord(one, record) && this.options.labelOf(one) !== null,
    );
    const names = others.map((one) => this.#name(one)).join(', ');
    return names === '' ? '' : `${alongWords[this.options.language]}${names}`;
  }

  #asWritten(reference: string): string {
    const found = this.decision.trace.references.find((one) => one.reference === reference);
    return found?.text ?? reference;
  }

  #name(record: RecordRef): string {
    const { language, labelOf, words = recordWords } = this.options;
    return `${words[record.type].one[language]} ${labelOf(record) ?? ''}`;
  }

  #several({ type }: Pick<RecordRef, 'type'>): string {
    const { language, words = recordWords } = this.options;
    return words[type].several[language];
  }
}

const typeOf = ({ step }: TracedStep): RecordRef['type'] =>
  step.startsWith('2') ? 'order' : step.startsWith('3') ? 'offer' : 'contact';
