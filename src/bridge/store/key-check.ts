/**
 * Tells a wrong secret key at start, before anything is sealed with it: a value sealed with the first key must open
 * with one of the keys given now.
 */
import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';
import { VaultError, type Vault } from '../../platform/vault.js';

export interface KeyCheckSchema {
  key_check: { installation_id: string; sealed: string };
}

export const keyCheckMigrations: Migrations = {
  '2026-11-22-key-check': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('key_check')
        .addColumn('installation_id', 'text', (column) => column.primaryKey())
        .addColumn('sealed', 'text', (column) => column.notNull())
        .execute();
    },
  },
};

/** @returns whether the secrets in this database can be opened */
export async function secretKeyFits(
  database: Kysely<KeyCheckSchema>,
  vault: Vault,
  installationId: string,
): Promise<boolean> {
  const place = { owner: installationId, record: 'key_check', field: 'sealed' };
  const row = await database
    .selectFrom('key_check')
    .select('sealed')
    .where('installation_id', '=', installationId)
    .executeTakeFirst();
  if (row === undefined) {
    const sealed = vault.seal('the key fits', place);
    await database
      .insertInto('key_check')
      .values({ installation_id: installationId, sealed })
      .execute();
    return true;
  }
  try {
    vault.open(row.sealed, place);
    return true;
  } catch (error) {
    if (error instanceof VaultError) return false;
    throw error;
  }
}
