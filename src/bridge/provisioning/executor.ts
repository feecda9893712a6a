/** Carries out plans as journalled operations. The caller holds the installation's lock. */
import { ArchiveFailure } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { IdSource } from '../../platform/ids.js';
import { Failure } from '../../platform/failure.js';
import { fieldAt } from '../accounts/account-rules.js';
import type { ArchiveAccess } from '../archive-access.js';
import { failedCheck } from '../archive-faults.js';
import { BridgeFailure, refuse, type BridgeCode } from '../failure.js';
import type { Run } from '../idempotency/index.js';
import { runSteps, type RunOutcome } from './engine.js';
import type { SavedAccounts } from './held-elements.js';
import type { Operation, OperationJournal } from './journal.js';
import { elementOutcomes, type ElementOutcome } from './outcome.js';
import { OperationRecovery } from './recovery.js';
import type { ArchiveSnapshot } from './snapshot.js';
import { ArchiveStepRunner } from './step-runner.js';
import {
  subjectsOf,
  type AccountElement,
  type Plan,
  type PlannedStep,
  type Warning,
} from './steps.js';
import { highestIds } from './traces.js';
import { leavingOf, type Limits } from './verify.js';

export interface ExecutorDependencies {
  readonly access: ArchiveAccess;
  readonly journal: OperationJournal;
  readonly clock: Clock;
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

/** An operation that an earlier run for the same request has brought to its end. */
export interface EndedOperation extends Omit<ExecutionResult, 'saved'> {
  /** Ids of the accounts that it created or changed. */
  readonly accounts: { readonly incoming: ReadonlySet<number>; readonly smtp: ReadonlySet<number> };
}

export class PlanExecutor {
  readonly #recovery: OperationRecovery;

  constructor(private readonly dependencies: ExecutorDependencies) {
    this.#recovery = new OperationRecovery(dependencies);
  }

  /**
   * Ends what was left open, and removes what the archive carried out late.
   * @throws ArchiveFailure when the archive still cannot be reached
   */
  recover(installationId: string): Promise<void> {
    return this.#recovery.recover(installationId);
  }

  /**
   * What came of the operation that an earlier run began; to be asked after `recover`.
   * @returns null when it began none, or when nothing is left of it: then the save is to be made
   * @throws BridgeFailure operationUnfinished
   */
  async earlier(installationId: string, run: Run | undefined): Promise<EndedOperation | null> {
    if (run?.isResumed !== true) return null;
    const { last } = await this.#attempts(installationId, run);
    if (last === null || last.state === 'failed') return null;
    const { id: operationId, steps, warnings, state } = last;
    if (state !== 'succeeded') throw stillOpen(operationId);
    const ids = (element: AccountElement) =>
      new Set(
        steps.flatMap(({ step, elementId }) =>
          step.element === element && savingActions.has(step.action) ? (elementId ?? []) : [],
        ),
      );
    return {
      operationId,
      elements: elementOutcomes(steps, 'succeeded'),
      warnings,
      accounts: { incoming: ids('incomingAccount'), smtp: ids('smtpAccount') },
    };
  }

  /**
   * @param onStarted told the operation's id when the plan is durable; the first step waits for it
   * @param run gives the operation its id, by which a repetition of the request finds it
   * @throws BridgeFailure or ArchiveFailure; then nothing of the save is left, or the failure's code says otherwise:
   *   operationUnfinished, activationFailed, partlySaved
   */
  async execute(
    installationId: string,
    plan: Plan,
    before: ArchiveSnapshot,
    onStarted: (operationId: string) => Promise<void> | void,
    run?: Run,
  ): Promise<ExecutionResult> {
    const { access, journal, limits, pause } = this.dependencies;
    const operationId = await this.#newId(installationId, run);
    const warnings = [...plan.warnings];
    const highestBefore = highestIds(before);
    let inDoubt = false;
    const runner = new ArchiveStepRunner({
      client: await access.client(),
      inputs: plan.inputs,
      ids: new Map(),
      warnings,
      before,
      limits,
      pause,
      leaving: leavingOf(plan.steps),
      subjects: subjectsOf(plan.steps),
      highestBefore,
      unanswered: new Map(),
      onUnanswered: (stepId, calls) => journal.noteUnanswered(operationId, stepId, calls),
      onDoubt: () => (inDoubt = true),
    });
    await journal.begin(installationId, operationId, plan, highestBefore);
    await onStarted(operationId);
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
      const ending = { failure: { code, params }, warnings, inDoubt };
      await journal.finish(operationId, outcome.state, ending);
      throw failure;
    }
    await journal.record(operationId, runner.replaced);
    await journal.finish(operationId, 'succeeded', { failure: null, warnings, inDoubt });
    const operation = await journal.read(installationId, operationId);
    const elements = elementOutcomes(operation?.steps ?? [], 'succeeded');
    return { operationId, elements, warnings, saved: runner.saved };
  }

  async #newId(installationId: string, run: Run | undefined): Promise<string> {
    if (run === undefined) return this.dependencies.ids.next();
    return (await this.#attempts(installationId, run)).nextId;
  }

  /** Operations of one request have its marker as their id, later ones a number besides. */
  async #attempts(
    installationId: string,
    { marker }: Run,
  ): Promise<{ readonly last: Operation | null; readonly nextId: string }> {
    let last: Operation | null = null;
    for (let number = 1; ; number += 1) {
      const id = number === 1 ? marker : `${marker}-${number}`;
      const found = await this.dependencies.journal.read(installationId, id);
      if (found === null) return { last, nextId: id };
      last = found;
    }
  }
}

const savingActions: ReadonlySet<PlannedStep['action']> = new Set(['create', 'update']);

const stillOpen = (operationId: string): BridgeFailure =>
  new BridgeFailure('operationUnfinished', {
    disposition: 'transient',
    origin: 'archive',
    params: { operationId },
  });

/** What the caller is told: what stood against the save, or where it failed. */
function failureOf(
  plan: Plan,
  { state, committed, cause, at }: Exclude<RunOutcome, { state: 'succeeded' }>,
  operationId: string,
): Failure {
  if (!isFailure(cause)) throw cause;
  const params = { operationId, ...about(at), ...reason(cause) };
  if (state === 'unfinished') return archiveSide('operationUnfinished', params, cause);
  if (at.action === 'activate') return archiveSide('activationFailed', params, cause);
  if (committed) return archiveSide('partlySaved', params, cause);
  const unfit = linkRefusal(plan, at, cause);
  if (unfit !== null) return unfit;
  const creates = plan.steps.some((step) => step.action === 'create');
  if (cause instanceof ArchiveFailure && creates) {
    return archiveSide('provisioningFailed', params, cause);
  }
  return cause;
}

// `instanceof` alone would give Failure<any>.
const isFailure = (error: unknown): error is Failure => error instanceof Failure;

/** Codes in brackets by which RpcMailBridge says that a link is not for this account, and the field to look at. */
const LINK_REFUSALS: Readonly<Record<string, readonly [BridgeCode, string]>> = {
  wrongAccount: ['wrongAccount', 'username'],
  hostNotServed: ['linkHostNotServed', 'host'],
  linkExpired: ['linkExpired', 'linkId'],
  linkUsed: ['linkUsed', 'linkId'],
};

function linkRefusal(plan: Plan, at: PlannedStep, cause: Failure): BridgeFailure | null {
  const told = failedCheck(cause);
  const refusal = LINK_REFUSALS[told?.code ?? ''];
  if (refusal === undefined) return null;
  const [code, field] = refusal;
  const params = { name: at.name };
  return refuse(code, { field: fieldAt(plan.places.get(at.id) ?? '', field), params, cause });
}

const about = ({ element, name }: PlannedStep): Record<string, string> =>
  element === null ? {} : { element, name };

const reason = (cause: Failure): Record<string, string> => ({ cause: cause.code });

const archiveSide = (
  code: 'operationUnfinished' | 'provisioningFailed' | 'activationFailed' | 'partlySaved',
  params: Readonly<Record<string, string | number>>,
  cause: Failure,
): BridgeFailure =>
  new BridgeFailure(code, {
    disposition: cause.disposition,
    origin: cause.origin,
    params,
    cause,
  });
