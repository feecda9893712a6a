/** What stands at which message, what was taken away by hand, and how it came to stand there. */
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { RecordRef, RecordType } from '../directory/record.js';
import type { Assignment, AssignmentSource, Removal } from './decision/decision.js';
import type { AssignmentSchema } from './schema.js';

export interface StandingAssignment extends Assignment {
  /** null: made by hand. */
  readonly runId: string | null;
  /** ERP user; null: the ERP itself. */
  readonly by: string | null;
  readonly at: string;
}

export interface StandingRemoval extends Removal {
  readonly by: string | null;
  readonly at: string;
}

/** What is known of one message. */
export interface MessageAssignments {
  readonly assigned: readonly StandingAssignment[];
  readonly removed: readonly StandingRemoval[];
}

export interface StoreOptions {
  readonly database: Kysely<AssignmentSchema>;
  readonly installationId: string;
  /** In which message ids have their meaning. */
  readonly archiveId: string;
  readonly clock: Clock;
}

/** Whether the rules leave a message alone: it has an assignment, or lost one that they had made (SAL-143). */
export const isLeftAlone = ({ assigned, removed }: MessageAssignments): boolean =>
  assigned.length > 0 || removed.some(({ wasAutomatic }) => wasAutomatic);

const refOf = (row: { readonly record_type: string; readonly record_id: string }): RecordRef => ({
  type: row.record_type as RecordType,
  id: row.record_id,
});

export class AssignmentStore {
  constructor(private readonly options: StoreOptions) {}

  async of(messageId: number): Promise<MessageAssignments> {
    return (await this.ofAll([messageId])).get(messageId) ?? { assigned: [], removed: [] };
  }

  /** Two queries, however many messages; those with nothing are missing. */
  async ofAll(messageIds: readonly number[]): Promise<ReadonlyMap<number, MessageAssignments>> {
    const { database, installationId, archiveId } = this.options;
    const assigned = await database
      .selectFrom('assignment')
      .selectAll()
      .where('installation_id', '=', installationId)
      .where('archive', '=', archiveId)
      .where('message_id', 'in', messageIds)
      .execute();
    const removed = await database
      .selectFrom('assignment_removal')
      .selectAll()
      .where('installation_id', '=', installationId)
      .where('archive', '=', archiveId)
      .where('message_id', 'in', messageIds)
      .execute();
    const found = new Map<number, { assigned: StandingAssignment[]; removed: StandingRemoval[] }>();
    const entry = (id: number) => {
      const known = found.get(id) ?? { assigned: [], removed: [] };
      found.set(id, known);
      return known;
    };
    for (const row of assigned) entry(row.message_id).assigned.push(assignmentOf(row));
    for (const row of removed) entry(row.message_id).removed.push(removalOf(row));
    return found;
  }

  /** Does nothing where the record stands already; takes back that it was removed. @returns whether it is new */
  async add(
    messageId: number,
    { type, id, source }: Assignment,
    origin: { readonly by: string | null; readonly runId?: string },
  ): Promise<boolean> {
    const { database, clock } = this.options;
    const { by, runId = null } = origin;
    const key = this.#key(messageId, { type, id });
    await database
      .deleteFrom('assignment_removal')
      .where((eb) => eb.and(key))
      .execute();
    const inserted = await database
      .insertInto('assignment')
      .values({ ...key, source, run_id: runId, by_user: by, at: clock.now().toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return inserted.numInsertedOrUpdatedRows === 1n;
  }

  /** Leaves the removal behind. @returns whether the record stood there */
  async remove(messageId: number, record: RecordRef, by: string | null): Promise<boolean> {
    const source = await this.forget(messageId, record);
    if (source === null) return false;
    const { database, clock } = this.options;
    const removal = { removed_source: source, by_user: by, at: clock.now().toISOString() };
    await database
      .insertInto('assignment_removal')
      .values({ ...this.#key(messageId, record), ...removal })
      .onConflict((conflict) =>
        conflict
          .columns(['installation_id', 'archive', 'message_id', 'record_type', 'record_id'])
          .doUpdateSet(removal),
      )
      .execute();
    return true;
  }

  /** Takes an assignment away as if it had never been. @returns its source; null: there was none */
  async forget(messageId: number, record: RecordRef): Promise<AssignmentSource | null> {
    const row = await this.options.database
      .deleteFrom('assignment')
      .where((eb) => eb.and(this.#key(messageId, record)))
      .returning('source')
      .executeTakeFirst();
    return row === undefined ? null : (row.source as AssignmentSource);
  }

  /** Ids below `before`, newest first. */
  async messagesOf(
    record: RecordRef,
    { before, limit }: { readonly before: number | null; readonly limit: number },
  ): Promise<number[]> {
    const rows = await this.options.database
      .selectFrom('assignment')
      .select('message_id')
      .where('installation_id', '=', this.options.installationId)
      .where('archive', '=', this.options.archiveId)
      .where('record_type', '=', record.type)
      .where('record_id', '=', record.id)
      .$if(before !== null, (query) => query.where('message_id', '<', before ?? 0))
      .orderBy('message_id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ message_id }) => message_id);
  }

  #key(messageId: number, { type, id }: RecordRef) {
    const { installationId, archiveId } = this.options;
    return {
      installation_id: installationId,
      archive: archiveId,
      message_id: messageId,
      record_type: type,
      record_id: id,
    };
  }
}

const assignmentOf = (row: AssignmentSchema['assignment']): StandingAssignment => ({
  ...refOf(row),
  source: row.source as AssignmentSource,
  runId: row.run_id,
  by: row.by_user,
  at: row.at,
});

const removalOf = (row: AssignmentSchema['assignment_removal']): StandingRemoval => ({
  record: refOf(row),
  wasAutomatic: row.removed_source !== 'manual',
  by: row.by_user,
  at: row.at,
});
