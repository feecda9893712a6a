import { sql, type Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';
import type { KeyedEntryTable } from '../store/keyed-entries.js';

/** Links under way by `link/<id>`, sealed; what is known of an account's link by `account/<kind>/<id>`. */
export interface OAuthSchema {
  oauth_entry: KeyedEntryTable;
}

export const oauthMigrations: Migrations = {
  '2026-11-25-oauth-links': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('oauth_entry')
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'integer')
        .addPrimaryKeyConstraint('oauth_entry_key', ['installation_id', 'key'])
        .execute();
      await sql`create index oauth_entry_expiry on oauth_entry (expires_at)`.execute(database);
    },
  },
};
