/**
 * What a save is about to do and how far it came, written before it is done: after a crash, or when the archive goes
 * away in between, the journal says what must be looked for, taken back or completed.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { SecretPlace, Vault } from '../../platform/vault.js';
import type { OperationStepTable, ProvisioningSchema } from './schema.js';
import { noInputs, type PlannedStep, type StepInputs, type Warning } from './steps.js';
import type { HighestIds } from './traces.js';

/** `unfinished`: the archive could not be reached to end it; it is ended at the next contact. */
export type OperationState = 'running' | 'unfinished' | 'succeeded' | 'failed';

export type StepState = 'pending' | 'running' | 'done' | 'failed' | 'compensated';

export interface JournalStep {
  readonly step: PlannedStep;
  readonly state: StepState;
  readonly elementId: number | null;
  /** Creating calls whose answer never came and whose effect was not found. */
  readonly unanswered: number;
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
  readonly highestBefore: HighestIds;
  readonly lookAgainUntil: Date | null;
  /** In the order of the plan. */
  readonly steps: readonly JournalStep[];
}

/** How an operation ended. */
export interface Ending {
  readonly failure: OperationFailure | null;
  readonly warnings: readonly Warning[];
  /** Whether calls were given up that the archive may still carry out, or locks may be left. */
  readonly inDoubt: boolean;
}

export interface StepRecord {
  readonly stepId: string;
  readonly state: StepState;
  readonly elementId: number | null;
}

/** Ended operations are kept this long. */
const RETENTION_DAYS = 30;
const MS_PER_DAY = 86_400_000;

/** An archive that has not carried out a call by then will not: ours give up after 30 s, proxies and servers soon after. */
const LOOK_AGAIN_MS = 10 * 60_000;

type UpdateInputs = Pick<StepInputs, 'incomingUpdates' | 'smtpUpdates' | 'groupAddresses'>;

type Listener = (record: StepRecord | OperationState) => void;

export class OperationJournal {
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(
    private readonly database: Kysely<ProvisioningSchema>,
    private readonly clock: Clock,
    private readonly vault: Vault,
  ) {}

  /** Writes the whole plan; after this, and not before, the first step may run. */
  async begin(
    installationId: string,
    id: string,
    { steps, inputs }: { readonly steps: readonly PlannedStep[]; readonly inputs: StepInputs },
    highestBefore: HighestIds,
  ): Promise<void> {
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
          inputs_sealed: this.#sealed(installationId, id, inputs),
          highest_ids: JSON.stringify(highestBefore),
          look_again_until: null,
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
        unanswered: 0,
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
    { failure, warnings, inDoubt }: Ending,
  ): Promise<void> {
    const now = this.clock.now();
    const isOpen = state === 'unfinished';
    const lookAgainUntil = inDoubt ? new Date(now.getTime() + LOOK_AGAIN_MS).toISOString() : null;
    await this.database
      .updateTable('operation')
      .set({
        state,
        finished_at: isOpen ? null : now.toISOString(),
        failure: failure === null ? null : JSON.stringify(failure),
        warnings: JSON.stringify(warnings),
        look_again_until: isOpen ? null : lookAgainUntil,
        ...(isOpen ? {} : { inputs_sealed: null }),
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
      highestBefore: JSON.parse(row.highest_ids) as HighestIds,
      lookAgainUntil: row.look_again_until === null ? null : new Date(row.look_again_until),
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

  /** Oldest first: ended ones of which the archive may still carry out a call. */
  async inDoubt(installationId: string): Promise<readonly string[]> {
    const rows = await this.database
      .selectFrom('operation')
      .select('id')
      .where('installation_id', '=', installationId)
      .where('look_again_until', 'is not', null)
      .orderBy('started_at')
      .execute();
    return rows.map((row) => row.id);
  }

  /** Nothing that the archive may still do is awaited any more. */
  async clearDoubt(operationId: string): Promise<void> {
    await this.database
      .updateTable('operation')
      .set({ look_again_until: null })
      .where('id', '=', operationId)
      .execute();
  }

  /** Notes that so many creating calls of a step are without an answer. */
  async noteUnanswered(operationId: string, stepId: string, calls: number): Promise<void> {
    await this.database
      .updateTable('operation_step')
      .set({ unanswered: calls })
      .where('operation_id', '=', operationId)
      .where('step_id', '=', stepId)
      .execute();
  }

  /** Elements that operations of the installation since `startedAt` made or found, as `element.id`. */
  async elementsSince(installationId: string, startedAt: string): Promise<ReadonlySet<string>> {
    const rows = await this.database
      .selectFrom('operation_step')
      .innerJoin('operation', 'operation.id', 'operation_step.operation_id')
      .select(['operation_step.step', 'operation_step.element_id'])
      .where('operation.installation_id', '=', installationId)
      .where('operation.started_at', '>=', startedAt)
      .where('operation_step.element_id', 'is not', null)
      .execute();
    return new Set(
      rows.map(({ step, element_id: id }) => {
        const { element } = JSON.parse(step) as PlannedStep;
        return `${String(element)}.${String(id)}`;
      }),
    );
  }

  /** What the updates of an operation that has not ended write; a step of another kind finds none. */
  async inputsOf({ id, installationId }: Operation): Promise<StepInputs> {
    const row = await this.database
      .selectFrom('operation')
      .select('inputs_sealed')
      .where('id', '=', id)
      .executeTakeFirst();
    const sealed = row?.inputs_sealed ?? null;
    if (sealed === null) return noInputs();
    const opened = JSON.parse(this.vault.open(sealed, inputsPlace(installationId, id))) as {
      readonly [K in keyof UpdateInputs]: [string, never][];
    };
    return {
      ...noInputs(),
      incomingUpdates: new Map(opened.incomingUpdates),
      smtpUpdates: new Map(opened.smtpUpdates),
      groupAddresses: new Map(opened.groupAddresses),
    };
  }

  /** Every installation that has open operations, or ended ones of which the archive may still carry out a call. */
  async installationsToRecover(): Promise<readonly string[]> {
    const rows = await this.database
      .selectFrom('operation')
      .select('installation_id')
      .distinct()
      .where((where) =>
        where.or([
          where('state', 'in', ['running', 'unfinished']),
          where('look_again_until', 'is not', null),
        ]),
      )
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

  #sealed(installationId: string, id: string, inputs: UpdateInputs): string | null {
    const { incomingUpdates, smtpUpdates, groupAddresses } = inputs;
    if (incomingUpdates.size + smtpUpdates.size + groupAddresses.size === 0) return null;
    const text = JSON.stringify({
      incomingUpdates: [...incomingUpdates],
      smtpUpdates: [...smtpUpdates],
      groupAddresses: [...groupAddresses],
    });
    return this.vault.seal(text, inputsPlace(installationId, id));
  }

  #tell(operationId: string, change: StepRecord | OperationState): void {
    for (const listener of this.#listeners.get(operationId) ?? []) listener(change);
  }
}

const journalStep = (row: OperationStepTable): JournalStep => ({
  step: JSON.parse(row.step) as PlannedStep,
  state: row.state as StepState,
  elementId: row.element_id,
  unanswered: row.unanswered,
});

const inputsPlace = (owner: string, operationId: string): SecretPlace => ({
  owner,
  record: `operation/${operationId}`,
  field: 'inputs',
});
