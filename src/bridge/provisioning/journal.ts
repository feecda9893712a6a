/**
 * What a save is about to do and how far it came, written before it is done: after a crash, or when the archive goes
 * away in between, the journal says what must be looked for, taken back or completed.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { OperationStepTable, ProvisioningSchema } from './schema.js';
import type { PlannedStep, Warning } from './steps.js';

/** `unfinished`: the archive could not be reached to end it; it is ended at the next contact. */
export type OperationState = 'running' | 'unfinished' | 'succeeded' | 'failed';

export type StepState = 'pending' | 'running' | 'done' | 'failed' | 'compensated';

export interface JournalStep {
  readonly step: PlannedStep;
  readonly state: StepState;
  readonly elementId: number | null;
}

export interface OperationFailure {
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}

export interface Operation {
  readonly id: string;
  readonly installationId: string;
  readonly state: OperationState;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly failure: OperationFailure | null;
  readonly warnings: readonly Warning[];
  /** In the order of the plan. */
  readonly steps: readonly JournalStep[];
}

export interface StepRecord {
  readonly stepId: string;
  readonly state: StepState;
  readonly elementId: number | null;
}

/** Ended operations are kept this long. */
const RETENTION_DAYS = 30;
const MS_PER_DAY = 86_400_000;

type Listener = (record: StepRecord | OperationState) => void;

export class OperationJournal {
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(
    private readonly database: Kysely<ProvisioningSchema>,
    private readonly clock: Clock,
  ) {}

  /** Writes the whole plan; after this, and not before, the first step may run. */
  async begin(installationId: string, id: string, steps: readonly PlannedStep[]): Promise<void> {
    const now = this.clock.now();
    const oldest = new Date(now.getTime() - RETENTION_DAYS * MS_PER_DAY).toISOString();
    await this.database.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('operation').where('finished_at', '<', oldest).execute();
      await transaction
        .insertInto('operation')
        .values({
          id,
          installation_id: installationId,
          state: 'running',
          started_at: now.toISOString(),
          finished_at: null,
          failure: null,
          warnings: '[]',
        })
        .execute();
      const rows = steps.map((step, position) => ({
        operation_id: id,
        installation_id: installationId,
        step_id: step.id,
        position,
        step: JSON.stringify(step),
        state: 'pending',
        element_id: null,
      }));
      if (rows.length > 0) await transaction.insertInto('operation_step').values(rows).execute();
    });
  }

  /** All or none of the records become durable. */
  async record(operationId: string, records: readonly StepRecord[]): Promise<void> {
    await this.database.transaction().execute(async (transaction) => {
      for (const { stepId, state, elementId } of records) {
        await transaction
          .updateTable('operation_step')
          .set({ state, element_id: elementId })
          .where('operation_id', '=', operationId)
          .where('step_id', '=', stepId)
          .execute();
      }
    });
    for (const record of records) this.#tell(operationId, record);
  }

  async finish(
    operationId: string,
    state: OperationState,
    outcome: { readonly failure: OperationFailure | null; readonly warnings: readonly Warning[] },
  ): Promise<void> {
    await this.database
      .updateTable('operation')
      .set({
        state,
        finished_at: state === 'unfinished' ? null : this.clock.now().toISOString(),
        failure: outcome.failure === null ? null : JSON.stringify(outcome.failure),
        warnings: JSON.stringify(outcome.warnings),
      })
      .where('id', '=', operationId)
      .execute();
    this.#tell(operationId, state);
  }

  async read(installationId: string, id: string): Promise<Operation | null> {
    const row = await this.database
      .selectFrom('operation')
      .selectAll()
      .where('id', '=', id)
      .where('installation_id', '=', installationId)
      .executeTakeFirst();
    if (row === undefined) return null;
    const steps = await this.database
      .selectFrom('operation_step')
      .selectAll()
      .where('operation_id', '=', id)
      .orderBy('position')
      .execute();
    return {
      id,
      installationId,
      state: row.state as OperationState,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      failure: row.failure === null ? null : (JSON.parse(row.failure) as OperationFailure),
      warnings: JSON.parse(row.warnings) as Warning[],
      steps: steps.map(journalStep),
    };
  }

  /** Oldest first: those that a crash or an unreachable archive left behind. */
  async open(installationId: string): Promise<readonly string[]> {
    const rows = await this.database
      .selectFrom('operation')
      .select('id')
      .where('installation_id', '=', installationId)
      .where('state', 'in', ['running', 'unfinished'])
      .orderBy('started_at')
      .execute();
    return rows.map((row) => row.id);
  }

  /** Every installation that has open operations. */
  async installationsWithOpen(): Promise<readonly string[]> {
    const rows = await this.database
      .selectFrom('operation')
      .select('installation_id')
      .distinct()
      .where('state', 'in', ['running', 'unfinished'])
      .execute();
    return rows.map((row) => row.installation_id);
  }

  /** Calls back after every change of the operation that is durable. @returns ends the subscription */
  subscribe(operationId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(operationId) ?? new Set<Listener>();
    this.#listeners.set(operationId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(operationId);
    };
  }

  #tell(operationId: string, change: StepRecord | OperationState): void {
    for (const listener of this.#listeners.get(operationId) ?? []) listener(change);
  }
}

const journalStep = (row: OperationStepTable): JournalStep => ({
  step: JSON.parse(row.step) as PlannedStep,
  state: row.state as StepState,
  elementId: row.element_id,
});
