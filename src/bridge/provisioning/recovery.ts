/**
 * Ends what a crash or an unreachable archive left open: completed if something that cannot be taken back may have been
 * done, else taken back. Afterwards the archive is looked at again for a while, for calls that it carries out late. The
 * caller holds the installation's lock.
 */
import { ArchiveFailure } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveAccess } from '../archive-access.js';
import { unlock } from './element-steps.js';
import { compensate, directionOf, hasCommitted, StepUncertain } from './engine.js';
import type { JournalStep, Operation, OperationFailure, OperationJournal } from './journal.js';
import { readAccounts } from './snapshot.js';
import { ArchiveStepRunner } from './step-runner.js';
import { isCommitting, isElementStep, subjectsOf, type PlannedStep } from './steps.js';
import { listOf, readListOf } from './traces.js';
import { leavingOf, type Limits } from './verify.js';

export interface RecoveryDependencies {
  readonly access: ArchiveAccess;
  readonly journal: OperationJournal;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly pause: (ms: number) => Promise<void>;
}

/** Somebody else holds the lock: the step waits for the next contact. */
class LockedByOther extends Error {
  override readonly name = 'LockedByOther';
}

export class OperationRecovery {
  constructor(private readonly dependencies: RecoveryDependencies) {}

  /** @throws ArchiveFailure when the archive still cannot be reached */
  async recover(installationId: string): Promise<void> {
    const { journal } = this.dependencies;
    for (const id of await journal.open(installationId)) {
      const operation = await journal.read(installationId, id);
      if (operation !== null) await this.#end(operation);
    }
    for (const id of await journal.inDoubt(installationId)) {
      const operation = await journal.read(installationId, id);
      if (operation !== null) await this.#lookAgain(operation);
    }
  }

  async #end(operation: Operation): Promise<void> {
    const runner = await this.#runner(operation);
    const progress = new Map(operation.steps.map((entry) => [entry.step.id, entry]));
    const current = (): JournalStep[] => [...progress.values()];
    try {
      for (const { step } of operation.steps) {
        const entry = progress.get(step.id);
        const isDue =
          entry?.state === 'running' ||
          (entry?.state === 'pending' && directionOf(current()) === 'forward');
        if (!isCommitting(step) || entry === undefined || !isDue) continue;
        const ended = await this.#commit(operation, entry, runner);
        progress.set(step.id, ended);
      }
      const isBack = directionOf(current()) === 'back';
      const left = isBack ? await this.#takeBack(operation, current(), runner) : null;
      // What the archive refuses to take back is tried again at the next contact, but holds up nobody.
      await this.#finish(operation, current(), left === null ? 'ended' : 'open');
    } catch (error) {
      if (!(error instanceof LockedByOther)) throw error;
    } finally {
      await runner.release();
    }
  }

  /** @returns how the step ended: done, or refused for good */
  async #commit(
    operation: Operation,
    entry: JournalStep,
    runner: ArchiveStepRunner,
  ): Promise<JournalStep> {
    const { journal } = this.dependencies;
    const { step } = entry;
    await journal.record(operation.id, [{ stepId: step.id, state: 'running', elementId: null }]);
    let ended: JournalStep;
    try {
      ended = { ...entry, state: 'done', elementId: await runner.perform(step) };
    } catch (error) {
      const cause: unknown = error instanceof StepUncertain ? error.cause : error;
      if (!(cause instanceof ArchiveFailure) || cause.disposition === 'transient') throw cause;
      if (cause.method.endsWith('.Lock') && (await this.#stands(step, runner))) {
        throw new LockedByOther();
      }
      ended = { ...entry, state: 'failed' };
    }
    const { state, elementId } = ended;
    await journal.record(operation.id, [{ stepId: step.id, state, elementId }]);
    return ended;
  }

  async #stands(step: PlannedStep, runner: ArchiveStepRunner): Promise<boolean> {
    const id = runner.elementOf(step);
    if (step.element === null || id === null) return false;
    const { client } = runner.options;
    return listOf(await readListOf(client, step.element), step.element).some(({ ID }) => ID === id);
  }

  /** @returns what the archive refused to take back; null when nothing is left */
  async #takeBack(
    operation: Operation,
    progress: readonly JournalStep[],
    runner: ArchiveStepRunner,
  ): Promise<ArchiveFailure | null> {
    const { journal } = this.dependencies;
    const left = await compensate([...progress].reverse(), runner, (records) =>
      journal.record(operation.id, records),
    );
    if (left?.disposition === 'transient') throw left;
    return left;
  }

  async #finish(
    operation: Operation,
    progress: readonly JournalStep[],
    how: 'ended' | 'open',
  ): Promise<void> {
    const { journal } = this.dependencies;
    const { id, warnings } = operation;
    const isComplete =
      directionOf(progress) === 'forward' &&
      progress.every(({ step, state }) => !isCommitting(step) || state === 'done');
    const state = how === 'open' ? 'unfinished' : isComplete ? 'succeeded' : 'failed';
    const failure = isComplete ? null : failureOf(operation, progress);
    // Whatever was under way when the operation was cut off may still be carried out.
    await journal.finish(id, state, { failure, warnings, inDoubt: true });
  }

  /** Removes what the archive made beside what stays, and gives back locks, until nothing can come any more. */
  async #lookAgain(operation: Operation): Promise<void> {
    const { journal, clock } = this.dependencies;
    const isLast = operation.lookAgainUntil !== null && clock.now() >= operation.lookAgainUntil;
    const runner = await this.#runner(operation);
    const kept = await journal.elementsSince(operation.installationId, operation.startedAt);
    try {
      for (const { step, unanswered } of operation.steps) {
        if (unanswered === 0 || !isElementStep(step)) continue;
        const lists = await readListOf(runner.options.client, step.element);
        await runner.sweep(step, lists, (id) => kept.has(`${step.element}.${String(id)}`));
      }
      for (const { step } of operation.steps) await this.#giveBack(step, runner);
    } catch (error) {
      if (!(error instanceof ArchiveFailure) || error.disposition === 'transient') throw error;
      // Somebody has it in hand: the next look may succeed.
    }
    if (isLast) await journal.clearDoubt(operation.id);
  }

  async #giveBack(step: PlannedStep, runner: ArchiveStepRunner): Promise<void> {
    const id = runner.elementOf(step);
    const holdsNoLock =
      step.element === null || step.action === 'create' || step.action === 'reuse';
    if (holdsNoLock || id === null) return;
    await unlock(runner.options, step.element, id);
  }

  async #runner(operation: Operation): Promise<ArchiveStepRunner> {
    const { access, journal, limits, pause } = this.dependencies;
    const { id, steps, highestBefore } = operation;
    const planned = steps.map(({ step }) => step);
    const unanswered = new Map<string, number>();
    const ids = new Map<string, number>();
    for (const entry of steps) {
      if (entry.elementId !== null) ids.set(entry.step.id, entry.elementId);
      const isUnderWay = entry.state === 'running' && entry.step.action === 'create';
      const calls = isUnderWay ? Math.max(1, entry.unanswered) : entry.unanswered;
      unanswered.set(entry.step.id, calls);
      if (calls !== entry.unanswered) await journal.noteUnanswered(id, entry.step.id, calls);
    }
    return new ArchiveStepRunner({
      client: await access.client(),
      inputs: await journal.inputsOf(operation),
      ids,
      warnings: [],
      before: await readAccounts(access),
      limits,
      pause,
      leaving: leavingOf(planned),
      subjects: subjectsOf(planned),
      highestBefore,
      unanswered,
      onUnanswered: (stepId, calls) => journal.noteUnanswered(id, stepId, calls),
      onDoubt: () => undefined,
    });
  }
}

/** What is told of an operation that did not end as it was wanted. */
function failureOf(operation: Operation, progress: readonly JournalStep[]): OperationFailure {
  const params = { operationId: operation.id, ...operation.failure?.params };
  const { failure } = operation;
  if (directionOf(progress) === 'forward') return { code: 'activationFailed', params };
  if (hasCommitted(progress)) return { code: 'partlySaved', params };
  if (failure !== null && failure.code !== 'operationUnfinished') return failure;
  return { code: 'saveInterrupted', params };
}
