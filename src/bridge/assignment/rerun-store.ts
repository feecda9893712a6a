/** Previews of reruns that wait to be applied; each for a day, and for once. */
import type { RecordRef } from '../directory/record.js';
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { AssignmentSchema } from './schema.js';
import type { Decision } from './decision/decision.js';

export interface PlannedChange {
  readonly messageId: number;
  readonly before: readonly RecordRef[];
  readonly decision: Decision;
}

const KEPT_MS = 24 * 3600 * 1000;

export interface RerunStoreOptions {
  readonly database: Kysely<AssignmentSchema>;
  readonly installationId: string;
  /** In which messages are meant. */
  readonly archiveId: () => Promise<string>;
  readonly clock: Clock;
}

export class RerunStore {
  constructor(private readonly options: RerunStoreOptions) {}

  async keep(id: string, changes: readonly PlannedChange[]): Promise<void> {
    const { database, installationId, archiveId, clock } = this.options;
    const now = clock.now();
    const outdated = new Date(now.getTime() - KEPT_MS).toISOString();
    await database.deleteFrom('assignment_rerun').where('at', '<', outdated).execute();
    const scope = { installation_id: installationId, archive: await archiveId() };
    const row = { id, ...scope, at: now.toISOString() };
    await database
      .insertInto('assignment_rerun')
      .values({ ...row, changes: JSON.stringify(changes) })
      .execute();
  }

  /** null: there is none, it is too old, or it was taken already. */
  async take(id: string): Promise<readonly PlannedChange[] | null> {
    const { database, installationId, archiveId, clock } = this.options;
    const row = await database
      .deleteFrom('assignment_rerun')
      .where('installation_id', '=', installationId)
      .where('archive', '=', await archiveId())
      .where('id', '=', id)
      .returning(['changes', 'at'])
      .executeTakeFirst();
    const isOutdated = row !== undefined && clock.now().getTime() - Date.parse(row.at) > KEPT_MS;
    return row === undefined || isOutdated
      ? null
      : (JSON.parse(row.changes) as readonly PlannedChange[]);
  }
}
