/**
 * Runs a graph of steps: what does not depend on each other runs at the same time; the number of calls in flight is
 * the archive client's to limit. Every start and every outcome is journalled when it is known.
 *
 * A failure before the first committing step takes back what this run created, last first, and nothing else. From the
 * first committing step that had an effect on the run goes forward: what the archive refuses then for good is told.
 */
import { ArchiveFailure } from '../../greyhound/index.js';
import type { StepRecord } from './journal.js';
import { isCommitting, isElementStep, type PlannedStep } from './steps.js';

export interface StepRunner {
  /** Carries the step out; safe to repeat. @returns the archive's id of the element */
  perform(step: PlannedStep): Promise<number | null>;
  /**
   * Takes back what the step created. `elementId` null: the reply was lost, it is looked for first.
   * @returns the id of what was there; null when there was nothing
   */
  undo(step: PlannedStep, elementId: number | null): Promise<number | null>;
  /** After everything was taken back: other writers get back what they had begun to rely on. */
  giveBack(): Promise<void>;
}

export type Recorder = (records: readonly StepRecord[]) => Promise<void>;

export type RunOutcome =
  | { readonly state: 'succeeded' }
  | {
      /** `unfinished`: the archive could not be reached to take back or to complete. */
      readonly state: 'failed' | 'unfinished';
      /** Something that cannot be taken back was done; else nothing is left of the run once it has failed. */
      readonly committed: boolean;
      readonly cause: unknown;
      readonly at: PlannedStep;
    };

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

  get progress(): readonly StepProgress[] {
    return [...this.#progress.values()];
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

  /** A failure stops the start of further steps; committing ones go on without those that do not depend on them. */
  #ready(): PlannedStep[] {
    const stopped = this.failures.some(({ step }) => !isCommitting(step));
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
  const direction = directionOf(run.progress);
  if (direction === 'forward') {
    const isOpen = run.failures.some((one) => isTransient(one.cause));
    return { state: isOpen ? 'unfinished' : 'failed', committed: true, cause, at };
  }
  const left = await compensate(run.touched, runner, record);
  const state = left === null && !hasOpenCommit(run.progress) ? 'failed' : 'unfinished';
  return { state, committed: hasCommitted(run.progress), cause, at };
}

const commits = (progress: readonly StepProgress[]): readonly StepProgress[] =>
  progress.filter(({ step }) => isCommitting(step));

/** Something that cannot be taken back was done, or may have been. */
export const hasCommitted = (progress: readonly StepProgress[]): boolean =>
  commits(progress).some(({ state }) => state === 'running' || state === 'done');

/** Something that cannot be taken back may have been done: it has to be done again to be sure. */
export const hasOpenCommit = (progress: readonly StepProgress[]): boolean =>
  commits(progress).some(({ state }) => state === 'running');

/**
 * Where an operation goes from here. Forward once something cannot be taken back; but when a deletion or an update was
 * refused for good before any account was activated, new accounts are taken back: they might be one too many.
 */
export function directionOf(progress: readonly StepProgress[]): 'forward' | 'back' {
  const isBegun = ({ state }: StepProgress): boolean => state !== 'pending';
  const committing = commits(progress);
  if (committing.some((entry) => entry.step.action === 'activate' && isBegun(entry))) {
    return 'forward';
  }
  const isRefused = committing.some(({ state }) => state === 'failed');
  return !isRefused && hasCommitted(progress) ? 'forward' : 'back';
}

/** Accounts first: as soon as they are gone their places in the licence are free, and nobody else takes them for ours. */
const accountsFirst = (progress: readonly StepProgress[]): StepProgress[] => {
  const isAccount = ({ step }: StepProgress): boolean =>
    step.element === 'incomingAccount' || step.element === 'smtpAccount';
  return [...progress.filter(isAccount), ...progress.filter((one) => !isAccount(one))];
};

/**
 * Takes back what was created, accounts first, else in the given order. A step whose outcome is not known is looked
 * for first.
 * @returns what kept it from taking back everything; null when nothing is left
 */
export async function compensate(
  progress: readonly StepProgress[],
  runner: StepRunner,
  record: Recorder,
): Promise<ArchiveFailure | null> {
  let left: ArchiveFailure | null = null;
  for (const { step, state, elementId } of accountsFirst(progress)) {
    const mayHaveEffect = state === 'done' || state === 'running';
    const isOurs = (isElementStep(step) && step.action === 'create') || step.action === 'rewrite';
    if (!mayHaveEffect) continue;
    if (!isOurs) {
      // Locks and options whose reply was lost end with the run, or with the account that they were for.
      const isOver = state === 'running' && !isCommitting(step);
      if (isOver) await record([{ stepId: step.id, state: 'compensated', elementId }]);
      continue;
    }
    try {
      const removed = await runner.undo(step, elementId);
      await record([{ stepId: step.id, state: 'compensated', elementId: removed }]);
    } catch (error) {
      if (!(error instanceof ArchiveFailure)) throw error;
      left ??= error;
    }
  }
  try {
    await runner.giveBack();
  } catch (error) {
    if (!(error instanceof ArchiveFailure)) throw error;
    left ??= error;
  }
  return left;
}
