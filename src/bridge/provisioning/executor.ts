/**
 * Carries out plans as journalled operations, and ends those that a crash or an unreachable archive left open. The
 * caller holds the installation's lock.
 */
import { ArchiveFailure } from '../../greyhound/index.js';
import type { IdSource } from '../../platform/ids.js';
import { Failure } from '../../platform/failure.js';
import type { ArchiveAccess } from '../archive-access.js';
import { BridgeFailure } from '../failure.js';
import { compensate, runSteps, type RunOutcome } from './engine.js';
import type { Operation, OperationFailure, OperationJournal } from './journal.js';
import { elementOutcomes, type ElementOutcome } from './outcome.js';
import { readAccounts, type AccountSnapshot } from './snapshot.js';
import { ArchiveStepRunner, type SavedAccounts } from './step-runner.js';
import { noInputs, type Plan, type PlannedStep, type StepInputs, type Warning } from './steps.js';
import type { Limits } from './verify.js';

export interface ExecutorDependencies {
  readonly access: ArchiveAccess;
  readonly journal: OperationJournal;
  readonly ids: IdSource;
  readonly limits: Limits;
  readonly pause: (ms: number) => Promise<void>;
}

export interface ExecutionResult {
  readonly operationId: string;
  readonly elements: readonly ElementOutcome[];
  readonly warnings: readonly Warning[];
  /** The accounts that were created or changed, as they stand now. */
  readonly saved: SavedAccounts;
}

export class PlanExecutor {
  constructor(private readonly dependencies: ExecutorDependencies) {}

  /**
   * @param onStarted told the operation's id before the first step
   * @throws BridgeFailure or ArchiveFailure; then nothing of what was created is left, or the operation is open
   */
  async execute(
    installationId: string,
    plan: Plan,
    before: AccountSnapshot,
    onStarted: (operationId: string) => void,
  ): Promise<ExecutionResult> {
    const { journal, ids } = this.dependencies;
    const operationId = ids.next();
    const warnings = [...plan.warnings];
    const runner = await this.#runner(before, plan.inputs, new Map(), warnings);
    await journal.begin(installationId, operationId, plan.steps);
    onStarted(operationId);
    let outcome: RunOutcome;
    try {
      outcome = await runSteps(plan.steps, runner, (records) =>
        journal.record(operationId, records),
      );
    } finally {
      await runner.release();
    }
    if (outcome.state !== 'succeeded') {
      const failure = failureOf(plan, outcome, operationId);
      const { code, params } = failure;
      await journal.finish(operationId, outcome.state, { failure: { code, params }, warnings });
      throw failure;
    }
    await journal.finish(operationId, 'succeeded', { failure: null, warnings });
    const operation = await journal.read(installationId, operationId);
    const elements = elementOutcomes(operation?.steps ?? [], 'succeeded');
    return { operationId, elements, warnings, saved: runner.saved };
  }

  /**
   * Ends what was left open: completed if an account may already be active, else taken back.
   * @throws ArchiveFailure when the archive still cannot be reached
   */
  async recover(installationId: string): Promise<void> {
    const { journal } = this.dependencies;
    for (const id of await journal.open(installationId)) {
      const operation = await journal.read(installationId, id);
      if (operation !== null) await this.#recover(operation);
    }
  }

  async #recover(operation: Operation): Promise<void> {
    const { access, journal } = this.dependencies;
    const found = new Map<string, number>();
    for (const { step, elementId } of operation.steps) {
      if (elementId !== null) found.set(step.id, elementId);
    }
    const runner = await this.#runner(await readAccounts(access), noInputs(), found, []);
    const { warnings } = operation;
    if (isCommitted(operation)) {
      await this.#complete(operation, runner);
      return;
    }
    const left = await compensate([...operation.steps].reverse(), runner, (records) =>
      journal.record(operation.id, records),
    );
    if (left?.disposition === 'transient') throw left;
    const failure = operation.failure ?? interrupted(operation.id);
    // What the archive refuses to take back is tried again at the next contact, but holds up nobody.
    await journal.finish(operation.id, left === null ? 'failed' : 'unfinished', {
      failure,
      warnings,
    });
  }

  async #complete(operation: Operation, runner: ArchiveStepRunner): Promise<void> {
    const { journal } = this.dependencies;
    const { warnings } = operation;
    try {
      for (const { step, state } of operation.steps) {
        if (step.action !== 'activate' || state === 'done') continue;
        const elementId = await runner.perform(step);
        await journal.record(operation.id, [{ stepId: step.id, state: 'done', elementId }]);
      }
    } catch (error) {
      const isRefused = error instanceof ArchiveFailure && error.disposition !== 'transient';
      // Perhaps the lock of the process that died: the next contact tries again, and nobody waits for it.
      if (!isRefused) throw error;
      return;
    }
    await journal.finish(operation.id, 'succeeded', { failure: null, warnings });
  }

  async #runner(
    before: AccountSnapshot,
    inputs: StepInputs,
    ids: Map<string, number>,
    warnings: Warning[],
  ): Promise<ArchiveStepRunner> {
    const { access, limits, pause } = this.dependencies;
    const client = await access.client();
    return new ArchiveStepRunner({ client, inputs, ids, warnings, before, limits, pause });
  }
}

const isCommitted = (operation: Operation): boolean =>
  operation.steps.some(({ step, state }) => step.action === 'activate' && state !== 'pending');

const interrupted = (operationId: string): OperationFailure => ({
  code: 'provisioningFailed',
  params: { operationId },
});

/** What the caller is told: what stood against the save, or where it failed. */
function failureOf(
  plan: Plan,
  { state, cause, at }: Exclude<RunOutcome, { state: 'succeeded' }>,
  operationId: string,
): Failure {
  if (!isFailure(cause)) throw cause;
  const params = { operationId, ...about(at), ...reason(cause) };
  if (state === 'unfinished') return archiveSide('operationUnfinished', params, cause);
  if (at.action === 'activate') return archiveSide('activationFailed', params, cause);
  const creates = plan.steps.some((step) => step.action === 'create');
  if (cause instanceof ArchiveFailure && creates) {
    return archiveSide('provisioningFailed', params, cause);
  }
  return cause;
}

// `instanceof` alone would give Failure<any>.
const isFailure = (error: unknown): error is Failure => error instanceof Failure;

const about = ({ element, name }: PlannedStep): Record<string, string> =>
  element === null ? {} : { element, name };

const reason = (cause: Failure): Record<string, string> => ({ cause: cause.code });

const archiveSide = (
  code: 'operationUnfinished' | 'provisioningFailed' | 'activationFailed',
  params: Readonly<Record<string, string | number>>,
  cause: Failure,
): BridgeFailure =>
  new BridgeFailure(code, {
    disposition: cause.disposition,
    origin: cause.origin,
    params,
    cause,
  });
