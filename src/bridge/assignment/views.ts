/** Decisions, runs and assignments as their reader may see them. */
import type { Directory } from '../directory/directory.js';
import type { UserRecord } from '../directory/record.js';
import { bridgeFailures } from '../texts/bridge-failures.js';
import type { RecordWords } from '../texts/assignment.js';
import { fill, type Language } from '../texts/text.js';
import type { MessageAssignments } from './assignment-store.js';
import type { Decision } from './decision/decision.js';
import { explain } from './explanation.js';
import type { Run } from './run-store.js';
import type { RunResult } from './runs.js';
import { recordsOf, VisibleRecords } from './visible-records.js';

export interface Reader {
  readonly user: UserRecord | null;
  readonly language: Language;
  /** The ERP's for its records; ours unless told. */
  readonly recordWords?: RecordWords | undefined;
}

export class Views {
  constructor(private readonly directory: Pick<Directory, 'existing'>) {}

  async decision(decision: Decision, { user, language, recordWords: words }: Reader) {
    const visible = await VisibleRecords.of(this.directory, user, recordsOf(decision));
    const { step, assignments, suggestions } = decision;
    return {
      step,
      reason: explain(decision, {
        language,
        labelOf: visible.labelOf,
        ...(words === undefined ? {} : { words }),
      }),
      assignments: visible.named(assignments).map(({ type, id, label, source }) => ({
        type,
        id,
        label,
        source,
      })),
      suggestions: visible.named(suggestions),
      trace: visible.trace(decision.trace),
    };
  }

  async result(result: RunResult, reader: Reader) {
    if (result.state === 'decided') {
      const { state, runId } = result;
      return { state, runId, ...(await this.decision(result.decision, reader)) };
    }
    const { state, runId, retryAt, failure } = result;
    const { code } = failure;
    const message = fill(bridgeFailures[code].detail, reader.language, failure.params);
    return { state, runId, retryAt: retryAt.toISOString(), code, message };
  }

  async run(run: Run, reader: Reader) {
    const { id: runId, messageId, trigger, state, by, at } = run;
    const decision = run.decision && (await this.decision(run.decision, reader));
    return { runId, messageId, trigger, state, by, at, decision };
  }

  async assignments({ assigned, removed }: MessageAssignments, { user }: Pick<Reader, 'user'>) {
    const removals = removed.map(({ record, ...rest }) => ({ ...record, ...rest }));
    const visible = await VisibleRecords.of(this.directory, user, [...assigned, ...removals]);
    return { assignments: visible.named(assigned), removals: visible.named(removals) };
  }
}
