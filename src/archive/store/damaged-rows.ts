/**
 * Rows whose JSON cannot be read, looked for once after every start. They stop nothing: each reader makes do with what
 * else the row has. But they are named, so that somebody fetches them from a backup.
 */
import { sql } from 'kysely';
import type { Logger } from '../../platform/log.js';
import type { StorageWatch } from '../../platform/storage-fault.js';
import type { ArchiveDatabase } from './database.js';

const columns = [
  ['accounts', 'struct'],
  ['accounts', 'options'],
  ['objects', 'struct'],
  ['realm_users', 'struct'],
  ['items', 'detail'],
] as const;
/** Looked at without letting others in between. */
const STEP = 2000;

export interface Looking {
  stop(): void;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

export function findDamagedRows(
  database: ArchiveDatabase,
  watch: StorageWatch,
  logger: Logger,
): Looking {
  const stopped = new AbortController();
  const look = async (): Promise<void> => {
    for (const [table, column] of columns) {
      for (let from = 0; ; from += STEP) {
        await new Promise(setImmediate);
        if (stopped.signal.aborted) return;
        const { ids, isLast } = await damagedIn(database, table, column, from);
        if (ids.length > 0) {
          logger.error({ table, column, ids }, 'damaged rows: restore them from a backup');
          watch.damaged(table);
        }
        if (isLast) break;
      }
    }
  };
  const ended = look().catch((error: unknown) => {
    logger.error({ err: error }, 'rows could not be looked at');
  });
  return { stop: () => stopped.abort(), ended };
}

async function damagedIn(
  database: ArchiveDatabase,
  table: (typeof columns)[number][0],
  column: string,
  from: number,
): Promise<{ readonly ids: readonly number[]; readonly isLast: boolean }> {
  const { rows } = await sql<{ id: number; damaged: number }>`
    select id, json_valid(${sql.ref(column)}) = 0 as damaged from ${sql.table(table)}
    where id > ${from} and id <= ${from + STEP}`.execute(database);
  const last = await sql<{
    id: number | null;
  }>`select max(id) as id from ${sql.table(table)}`.execute(database);
  return {
    ids: rows.filter(({ damaged }) => damaged === 1).map(({ id }) => id),
    isLast: (last.rows[0]?.id ?? 0) <= from + STEP,
  };
}
