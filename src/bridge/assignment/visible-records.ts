/** Which of the records in an answer its reader may see, and what they are called (BRG-13). */
import type { Directory, KnownRecord } from '../directory/directory.js';
import type { RecordRef, UserRecord } from '../directory/record.js';
import { BridgeFailure } from '../failure.js';
import { maySee } from '../users/index.js';
import type { Decision, Trace, TracedResult, TracedStep } from './decision/decision.js';

export class VisibleRecords {
  readonly #known: ReadonlyMap<string, KnownRecord>;

  private constructor(
    private readonly user: UserRecord | null,
    known: readonly KnownRecord[],
  ) {
    this.#known = new Map(known.map((record) => [keyOf(record), record]));
  }

  /**
   * One question for all records. Without a user all are seen, also when the ERP does not answer: then by their ids.
   * @throws BridgeFailure directoryUnavailable where rights cannot be told without the ERP
   */
  static async of(
    directory: Pick<Directory, 'existing'>,
    user: UserRecord | null,
    records: readonly RecordRef[],
  ): Promise<VisibleRecords> {
    if (records.length === 0) return new VisibleRecords(user, []);
    const unique = [...new Map(records.map((record) => [keyOf(record), record])).values()];
    try {
      return new VisibleRecords(user, await directory.existing(unique));
    } catch (error) {
      const isAway = error instanceof BridgeFailure && error.code === 'directoryUnavailable';
      if (user !== null || !isAway) throw error;
      return new VisibleRecords(null, []);
    }
  }

  /** null: the reader may not see it. */
  readonly labelOf = (record: RecordRef): string | null => {
    const known = this.#known.get(keyOf(record));
    if (this.user === null) return known?.label ?? record.id;
    return known !== undefined && maySee(this.user, known) ? known.label : null;
  };

  readonly includes = (record: RecordRef): boolean => this.labelOf(record) !== null;

  named<T extends RecordRef>(records: readonly T[]): (T & { readonly label: string })[] {
    return records.flatMap((record) => {
      const label = this.labelOf(record);
      return label === null ? [] : [{ ...record, label }];
    });
  }

  /** The trace without what the reader may not see. */
  trace(trace: Trace): Trace {
    const seen = (records: readonly RecordRef[]) => records.filter(this.includes);
    const result = (one: TracedResult): TracedResult => {
      const candidates = seen(one.candidates);
      const isComplete = one.isComplete && candidates.length === one.candidates.length;
      return { ...one, candidates, isComplete };
    };
    const step = (one: TracedStep): TracedStep => ({
      ...one,
      results: one.results.map(result),
      pairs: one.pairs.filter(({ record }) => this.includes(record)),
      record: one.record !== null && this.includes(one.record) ? one.record : null,
    });
    return {
      ...trace,
      history: trace.history.map((one) => ({
        ...one,
        gone: seen(one.gone),
        withheld: seen(one.withheld),
      })),
      steps: trace.steps.map(step),
    };
  }
}

const keyOf = ({ type, id }: RecordRef): string => `${type} ${id}`;

/** Every record that a decision names; some more than once. */
export const recordsOf = ({ assignments, suggestions, trace }: Decision): RecordRef[] => [
  ...assignments,
  ...suggestions,
  ...trace.history.flatMap(({ gone, withheld }) => [...gone, ...withheld]),
  ...trace.steps.flatMap(({ results, pairs, record }) => [
    ...results.flatMap(({ candidates }) => candidates),
    ...pairs.map((pair) => pair.record),
    ...(record === null ? [] : [record]),
  ]),
];
