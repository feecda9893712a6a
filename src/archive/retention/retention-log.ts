/** What was done about how long mails are kept; written in the commit that does it. */
import type { Kysely } from 'kysely';
import { RpcRetentionEntry, type RetentionEntry } from '../../greyhound/index.js';
import type { ArchiveDatabase, ArchiveSchema } from '../store/database.js';
import type { RetentionLogTable } from './schema.js';

const MAX_ENTRIES = 1000;

export async function writeRetentionLog(
  transaction: Kysely<ArchiveSchema>,
  at: Date,
  entry: Omit<RetentionLogTable, 'id' | 'at'>,
): Promise<void> {
  await transaction
    .insertInto('retention_log')
    .values({ ...entry, at: at.toISOString() })
    .execute();
}

/** Newest first. */
export async function readRetentionLog(
  database: ArchiveDatabase,
  realmId: number,
  limit: number,
): Promise<RetentionEntry[]> {
  const rows = await database
    .selectFrom('retention_log')
    .selectAll()
    .where('realm_id', '=', realmId)
    .orderBy('id', 'desc')
    .limit(Math.min(Math.max(limit, 1), MAX_ENTRIES))
    .execute();
  return rows.map((row) =>
    RpcRetentionEntry.make({
      At: new Date(row.at),
      UserName: row.user_name,
      Action: row.action,
      AccountRef: row.account_id,
      ItemRef: row.item_id,
      Count: row.count,
      Reason: row.reason,
    }),
  );
}
