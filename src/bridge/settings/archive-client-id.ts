/**
 * Who the bridge is towards a remote archive's locks: made once and kept with the data folder. A bridge that starts
 * again after a crash owns the locks that it held, and need not wait until they expire; two bridges have two folders,
 * and so two ids.
 */
import type { Kysely } from 'kysely';
import { newClientId } from '../../greyhound/index.js';
import type { Migrations } from '../../platform/database.js';

export interface ArchiveClientIdSchema {
  archive_client_id: { installation_id: string; client_id: string };
}

export const archiveClientIdMigrations: Migrations = {
  '2026-11-23-archive-client-id': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('archive_client_id')
        .addColumn('installation_id', 'text', (column) => column.primaryKey())
        .addColumn('client_id', 'text', (column) => column.notNull())
        .execute();
    },
  },
};

/**
 * @param isCopy whether the folder came from another one, which may be in use: then the id is made anew
 * @returns 32 characters
 */
export async function archiveClientId(
  database: Kysely<ArchiveClientIdSchema>,
  installationId: string,
  isCopy: boolean,
): Promise<string> {
  const row = await database
    .selectFrom('archive_client_id')
    .select('client_id')
    .where('installation_id', '=', installationId)
    .executeTakeFirst();
  if (row !== undefined && !isCopy) return row.client_id;
  const clientId = newClientId();
  await database
    .insertInto('archive_client_id')
    .values({ installation_id: installationId, client_id: clientId })
    .onConflict((conflict) =>
      conflict.column('installation_id').doUpdateSet({ client_id: clientId }),
    )
    .execute();
  return clientId;
}
