import { sql, type Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';
import type { KeyedEntryTable } from '../store/keyed-entries.js';

export interface IdempotencySchema {
  idempotency: KeyedEntryTable;
}

export const idempotencyMigrations: Migrations = {
  '2026-11-22-idempotency': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('idempotency')
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'integer')
        .addPrimaryKeyConstraint('idempotency_key', ['installation_id', 'key'])
        .execute();
      await sql`create index idempotency_expiry on idempotency (expires_at)`.execute(database);
    },
  },
};
