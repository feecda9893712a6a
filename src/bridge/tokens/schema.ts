import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

export interface TokensSchema {
  token: {
    id: string;
    installation_id: string;
    name: string;
    /** SHA-256 of the token; the token itself is not kept. */
    digest: string;
    /** JSON array. */
    scopes: string;
    created_at: string;
    revoked_at: string | null;
  };
}

export const tokensMigrations: Migrations = {
  '2026-11-22-tokens': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('token')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('digest', 'text', (column) => column.notNull().unique())
        .addColumn('scopes', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('revoked_at', 'text')
        .execute();
    },
  },
};
