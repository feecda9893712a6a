/**
 * The rules over many messages again, after the ERP's records, the blocklist or the policies have changed: first what
 * would change, then that and nothing else. What people assigned or removed stays as it is.
 */
import type { Clock } from '../../platform/clock.js';
import type { IdSource } from '../../platform/ids.js';
import { sameRecord, type RecordRef } from '../directory/record.js';
import { refuse } from '../failure.js';
import type { MessageAssignments, StandingAssignment } from './assignment-store.js';
import type { Decision } from './decision/decision.js';
import type { RerunStore } from './rerun-store.js';
import { type PlannedChange } from './rerun-store.js';
import type { Runs } from './runs.js';

export interface RerunDependencies {
  readonly runs: Runs;
  readonly store: RerunStore;
  readonly ids: IdSource;
  readonly clock: Clock;
}

export interface Rerun {
  readonly id: string;
  readonly changes: readonly PlannedChange[];
  /** Messages for which the rules decide what stands there already. */
  readonly unchanged: number;
  /** Messages about which a person has decided. */
  readonly leftAlone: number;
}

export interface AppliedRerun {
  readonly applied: readonly number[];
  /** Messages at which something was changed after the preview. */
  readonly skipped: readonly number[];
}

export class Reruns {
  constructor(private readonly dependencies: RerunDependencies) {}

  /** Changes nothing. @throws BridgeFailure directoryUnavailable, ArchiveFailure */
  async plan(messageIds: readonly number[]): Promise<Rerun> {
    const { runs, store, ids } = this.dependencies;
    const { assignments } = await runs.stores();
    const known = await assignments.ofAll(messageIds);
    const changes: PlannedChange[] = [];
    let leftAlone = 0;
    for (const messageId of messageIds) {
      const standing = known.get(messageId) ?? { assigned: [], removed: [] };
      if (isDecidedByHand(standing)) {
        leftAlone += 1;
        continue;
      }
      const decision = await runs.decide(messageId, withoutAutomatic(standing));
      const change = { messageId, before: standing.assigned.map(refOf), decision };
      if (!sameRecords(change.before, decision.assignments)) changes.push(change);
    }
    const id = ids.next();
    await store.keep(id, changes);
    const unchanged = messageIds.length - leftAlone - changes.length;
    return { id, changes, unchanged, leftAlone };
  }

  /** Once. @throws BridgeFailure rerunOutdated */
  async apply(id: string, by: string | null): Promise<AppliedRerun> {
    const changes = await this.dependencies.store.take(id);
    if (changes === null) throw refuse('rerunOutdated');
    const applied: number[] = [];
    const skipped: number[] = [];
    for (const change of changes)
      ((await this.#applyOne(change, by)) ? applied : skipped).push(change.messageId);
    return { applied, skipped };
  }

  async #applyOne({ messageId, before, decision }: PlannedChange, by: string | null) {
    const { runs, ids } = this.dependencies;
    return runs.transaction(async (stores) => {
      const standing = await stores.assignments.of(messageId);
      if (isDecidedByHand(standing) || !sameRecords(standing.assigned, before)) return false;
      const run = { id: ids.next(), messageId, trigger: 'rerun', by } as const;
      await stores.runs.decided(run, decision);
      for (const record of before) await stores.assignments.forget(messageId, record);
      for (const assignment of decision.assignments)
        await stores.assignments.add(messageId, assignment, { by, runId: run.id });
      return true;
    });
  }
}

const isDecidedByHand = ({ assigned, removed }: MessageAssignments): boolean =>
  assigned.some(({ source }) => source === 'manual') ||
  removed.some(({ wasAutomatic }) => wasAutomatic);

/** As if the rules had not decided yet. */
const withoutAutomatic = ({ removed }: MessageAssignments): MessageAssignments => ({
  assigned: [],
  removed,
});

const refOf = ({ type, id }: StandingAssignment): RecordRef => ({ type, id });

const sameRecords = (
  some: readonly RecordRef[],
  others: Decision['assignments'] | readonly RecordRef[],
) =>
  some.length === others.length &&
  some.every((one) => others.some((other) => sameRecord(one, other)));
