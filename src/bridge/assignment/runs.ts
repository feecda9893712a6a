/**
 * Runs of the rules over messages of the archive. A message that has an assignment, or lost one by hand, is left
 * alone; one without a result is evaluated anew each time (SAL-143). Where the ERP does not answer, the run stays open
 * and is tried again: nothing is decided without it.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { IdSource } from '../../platform/ids.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { RecordRef } from '../directory/record.js';
import { BridgeFailure } from '../failure.js';
import { readArchivedMail } from './archived-mail.js';
import {
  AssignmentStore,
  isLeftAlone,
  type MessageAssignments,
  type StoreOptions,
} from './assignment-store.js';
import type { Assignment, Decision, Policies } from './decision/decision.js';
import { evaluate, type EvaluationDependencies } from './evaluation.js';
import type { AssignmentSchema } from './schema.js';
import { RunStore, type NewRun, type Trigger } from './run-store.js';

export interface RunDependencies extends EvaluationDependencies {
  readonly database: Kysely<AssignmentSchema>;
  readonly installationId: string;
  readonly archive: ArchiveAccess;
  /** Which archive is connected now. */
  readonly archiveId: () => Promise<string>;
  readonly policies: { read(): Promise<Policies> };
  /** Sent messages whose mark stands in a header section, latest first. */
  readonly markedMessages: (header: string) => Promise<readonly number[]>;
  readonly ids: IdSource;
  readonly clock: Clock;
}

export interface RunRequest {
  readonly messageId: number;
  readonly trigger: Trigger;
  /** ERP user; null: the ERP itself. */
  readonly by: string | null;
}

export type RunResult =
  | { readonly state: 'decided'; readonly runId: string | null; readonly decision: Decision }
  /** The ERP did not answer; the run is tried again by itself. */
  | {
      readonly state: 'open';
      readonly runId: string;
      readonly retryAt: Date;
      readonly failure: BridgeFailure;
    };

/** Of the archive that is connected now. */
export interface Stores {
  readonly assignments: AssignmentStore;
  readonly runs: RunStore;
}

const FIRST_RETRY_MS = 15_000;
const LAST_RETRY_MS = 600_000;

export class Runs {
  constructor(private readonly dependencies: RunDependencies) {}

  async stores(): Promise<Stores> {
    return storesOf(await this.#storeOptions());
  }

  /** All that is written within it is seen together or not at all. */
  async transaction<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    const options = await this.#storeOptions();
    return options.database
      .transaction()
      .execute((database) => work(storesOf({ ...options, database })));
  }

  /** @throws BridgeFailure notFound, ArchiveFailure */
  async run(request: RunRequest, tries = 0): Promise<RunResult> {
    const { assignments } = await this.stores();
    const standing = await assignments.of(request.messageId);
    if (isLeftAlone(standing)) return leftAlone(standing);
    const run: NewRun = { id: this.dependencies.ids.next(), ...request };
    try {
      const decision = await this.decide(request.messageId, standing);
      return await this.#keep(run, decision);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      return this.#leaveOpen(run, tries, error);
    }
  }

  /** What would be decided now; nothing is stored. @throws BridgeFailure directoryUnavailable, notFound */
  async decide(
    messageId: number,
    standing: MessageAssignments,
    policyChange: Partial<Policies> = {},
  ): Promise<Decision> {
    const { archive, policies } = this.dependencies;
    const { assignments } = await this.stores();
    const archived = await readArchivedMail(await archive.client(), assignments, messageId);
    const chosen = { ...(await policies.read()), ...policyChange };
    return evaluate(this.dependencies, {
      ...archived,
      pre: {
        assigned: standing.assigned,
        removed: standing.removed,
        everOrder: wasEver(standing, 'order'),
        everOffer: wasEver(standing, 'offer'),
      },
      marked: chosen.trackingMark ? await this.#marked(archived.header) : [],
      policies: chosen,
    });
  }

  /** All or nothing, and only if nobody else has decided meanwhile. */
  async #keep(run: NewRun, decision: Decision): Promise<RunResult> {
    return this.transaction(async ({ assignments, runs }) => {
      const standing = await assignments.of(run.messageId);
      if (isLeftAlone(standing)) return leftAlone(standing);
      await runs.decided(run, decision);
      for (const assignment of decision.assignments)
        await assignments.add(run.messageId, assignment, { by: run.by, runId: run.id });
      return { state: 'decided', runId: run.id, decision };
    });
  }

  async #leaveOpen(run: NewRun, tries: number, failure: BridgeFailure): Promise<RunResult> {
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** tries, LAST_RETRY_MS);
    const retryAt = new Date(this.dependencies.clock.now().getTime() + waitMs);
    const { runs } = await this.stores();
    await runs.open(run, tries + 1, retryAt);
    return { state: 'open', runId: run.id, retryAt, failure };
  }

  /** What stands at the latest of them that has anything. */
  async #marked(header: string): Promise<readonly RecordRef[]> {
    const messageIds = await this.dependencies.markedMessages(header);
    if (messageIds.length === 0) return [];
    const { assignments } = await this.stores();
    const known = await assignments.ofAll(messageIds);
    const latest = messageIds.find((id) => (known.get(id)?.assigned.length ?? 0) > 0);
    const assigned = latest === undefined ? [] : (known.get(latest)?.assigned ?? []);
    return assigned.map(({ type, id }) => ({ type, id }));
  }

  async #storeOptions(): Promise<StoreOptions> {
    const { database, installationId, archiveId, clock } = this.dependencies;
    return { database, installationId, archiveId: await archiveId(), clock };
  }
}

const storesOf = (options: StoreOptions): Stores => ({
  assignments: new AssignmentStore(options),
  runs: new RunStore(options),
});

const isUnanswered = (error: unknown): error is BridgeFailure =>
  error instanceof BridgeFailure && error.code === 'directoryUnavailable';

const wasEver = ({ assigned, removed }: MessageAssignments, type: RecordRef['type']): boolean =>
  assigned.some((one) => one.type === type) || removed.some(({ record }) => record.type === type);

function leftAlone({ assigned }: MessageAssignments): RunResult {
  const assignments = assigned.map(({ type, id, source }): Assignment => ({ type, id, source }));
  const trace = {
    history: [],
    addresses: [],
    addressCount: 0,
    references: [],
    referenceCount: 0,
    steps: [],
  };
  const decision: Decision = { step: 'noop', assignments, suggestions: [], trace };
  return { state: 'decided', runId: null, decision };
}
