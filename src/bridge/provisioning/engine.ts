/**
 * Runs a graph of steps: what does not depend on each other runs at the same time; the number of calls in flight is
 * the archive client's to limit. Every start and every outcome is journalled when it is known.
 *
 * A failure before the first committing step takes back what this run created, last first, and nothing else. From the
 * first committing step on the run only goes forward.
 */
import { ArchiveFailure } from '../../greyhound/index.js';
import type { StepRecord } from './journal.js';
import { isElementStep, type PlannedStep } from './steps.js';

export interface StepRunner {
  /** Carries the step out; safe to repeat. @returns the archive's id of the element */
  perform(step: PlannedStep): Promise<number | null>;
  /** Takes back what the step created. `elementId` null: the reply was lost, it is looked for first. */
  undo(step: PlannedStep, elementId: number | null): Promise<void>;
}

export type Recorder = (records: readonly StepRecord[]) => Promise<void>;

export type RunOutcome =
  | { readonly state: 'succeeded' }
  /** Nothing is left of what the run created, unless it had committed. */
  | { readonly state: 'failed'; readonly cause: unknown; readonly at: PlannedStep }
  /** The archive could not be reached to take back or to complete. */
  | { readonly state: 'unfinished'; readonly cause: unknown; readonly at: PlannedStep };

/** Activation: the account may fetch and delete mails from here on. */
const isCommit = (step: PlannedStep): boolean => step.action === 'activate';

/** The archive may have carried the step out, and could not be asked: it has to be looked for. */
export class StepUncertain extends Error {
  override readonly name = 'StepUncertain';
  constructor(override readonly cause: ArchiveFailure) {
    super(cause.message);
  }
}

export const isTransient = (error: unknown): error is ArchiveFailure =>
  error instanceof ArchiveFailure && error.disposition === 'transient';

/** What a step's state means for taking it back. */
export interface StepProgress {
  readonly step: PlannedStep;
  readonly state: 'pending' | 'running' | 'done' | 'failed' | 'compensated';
  readonly elementId: number | null;
}

interface StepFailure {
  readonly step: PlannedStep;
  readonly cause: unknown;
}

class Run {
  readonly #progress = new Map<string, StepProgress>();
  /** Ids in the order in which the steps ended. */
  readonly #ended: string[] = [];
  readonly failures: StepFailure[] = [];

  constructor(
    private readonly steps: readonly PlannedStep[],
    private readonly runner: StepRunner,
    private readonly record: Recorder,
  ) {
    for (const step of steps) {
      this.#progress.set(step.id, { step, state: 'pending', elementId: null });
    }
  }

  get committed(): boolean {
    return [...this.#progress.values()].some(
      ({ step, state }) => isCommit(step) && state !== 'pending',
    );
  }

  /** What ended or may have had an effect, last first. */
  get touched(): StepProgress[] {
    const order = [...this.#ended].reverse();
    return order.flatMap((id) => this.#progress.get(id) ?? []);
  }

  async forward(): Promise<void> {
    const inFlight = new Map<string, Promise<void>>();
    for (;;) {
      const ready = this.#ready();
      if (ready.length > 0) {
        await this.#note(ready.map((step) => ({ step, state: 'running', elementId: null })));
        for (const step of ready) {
          const task = this.#perform(step).finally(() => inFlight.delete(step.id));
          inFlight.set(step.id, task);
        }
      }
      if (inFlight.size === 0) return;
      await Promise.race(inFlight.values());
    }
  }

  /** A failure stops the start of further steps; committing ones do not wait for each other. */
  #ready(): PlannedStep[] {
    const stopped = this.failures.some(({ step }) => !isCommit(step));
    return this.steps.filter(
      (step) =>
        !stopped &&
        this.#progress.get(step.id)?.state === 'pending' &&
        step.dependsOn.every((id) => this.#progress.get(id)?.state === 'done'),
    );
  }

  async #perform(step: PlannedStep): Promise<void> {
    try {
      const elementId = await this.runner.perform(step);
      this.#ended.push(step.id);
      await this.#note([{ step, state: 'done', elementId }]);
    } catch (error) {
      const isUncertain = error instanceof StepUncertain;
      this.failures.push({ step, cause: isUncertain ? error.cause : error });
      this.#ended.push(step.id);
      // What is uncertain stays "running" until it was looked for.
      await this.#note([{ step, state: isUncertain ? 'running' : 'failed', elementId: null }]);
    }
  }

  async #note(changes: readonly StepProgress[]): Promise<void> {
    for (const change of changes) this.#progress.set(change.step.id, change);
    await this.record(
      changes.map(({ step, state, elementId }) => ({ stepId: step.id, state, elementId })),
    );
  }
}

/** Runs the plan to its end, or back. Journal errors are thrown: without a journal nothing may go on. */
export async function runSteps(
  steps: readonly PlannedStep[],
  runner: StepRunner,
  record: Recorder,
): Promise<RunOutcome> {
  const run = new Run(steps, runner, record);
  await run.forward();
  const [failure] = run.failures;
  if (failure === undefined) return { state: 'succeeded' };
  const { step: at, cause } = failure;
  if (run.committed) {
    return { state: isTransient(cause) ? 'unfinished' : 'failed', cause, at };
  }
  const left = await compensate(run.touched, runner, record);
  return { state: left === null ? 'failed' : 'unfinished', cause, at };
}

/**
 * Takes back what was created, in the given order. A step whose outcome is not known is looked for first.
 * @returns what kept it from taking back everything; null when nothing is left
 */
export async function compensate(
  progress: readonly StepProgress[],
  runner: StepRunner,
  record: Recorder,
): Promise<ArchiveFailure | null> {
  let left: ArchiveFailure | null = null;
  for (const { step, state, elementId } of progress) {
    const mayHaveEffect = state === 'done' || state === 'running';
    const isOurs = (isElementStep(step) && step.action === 'create') || step.action === 'rewrite';
    if (!mayHaveEffect || !isOurs) continue;
    try {
      await runner.undo(step, elementId);
      await record([{ stepId: step.id, state: 'compensated', elementId }]);
    } catch (error) {
      if (!(error instanceof ArchiveFailure)) throw error;
      left ??= error;
    }
  }
  return left;
}
