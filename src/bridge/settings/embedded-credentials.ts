/** Who the bridge is in the embedded archive: made once and kept sealed, unless the environment names somebody. */
import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';
import type { Vault } from '../../platform/vault.js';

export interface EmbeddedCredentialsSchema {
  embedded_credentials: { installation_id: string; username: string; password_sealed: string };
}

export const embeddedCredentialsMigrations: Migrations = {
  '2026-11-22-embedded-credentials': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('embedded_credentials')
        .addColumn('installation_id', 'text', (column) => column.primaryKey())
        .addColumn('username', 'text', (column) => column.notNull())
        .addColumn('password_sealed', 'text', (column) => column.notNull())
        .execute();
    },
  },
};

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * A user name once used stays: it is the realm that holds the mail.
 * @param given the environment's; what is missing there is made
 */
export async function embeddedCredentials(
  database: Kysely<EmbeddedCredentialsSchema>,
  vault: Vault,
  installationId: string,
  given: { readonly username?: string | undefined; readonly password?: string | undefined },
): Promise<Credentials> {
  const place = { owner: installationId, record: 'embedded_credentials', field: 'password' };
  const row = await database
    .selectFrom('embedded_credentials')
    .selectAll()
    .where('installation_id', '=', installationId)
    .executeTakeFirst();
  const username = given.username ?? row?.username ?? 'bridge';
  const kept = row === undefined ? undefined : vault.open(row.password_sealed, place);
  const password = given.password ?? kept ?? randomBytes(24).toString('base64url');
  if (username !== row?.username || password !== kept) {
    const sealed = { username, password_sealed: vault.seal(password, place) };
    await database
      .insertInto('embedded_credentials')
      .values({ installation_id: installationId, ...sealed })
      .onConflict((conflict) => conflict.column('installation_id').doUpdateSet(sealed))
      .execute();
  }
  return { username, password };
}
