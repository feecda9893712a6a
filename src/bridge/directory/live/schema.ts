import type { Kysely } from 'kysely';
import type { Migrations } from '../../../platform/database.js';

/** Where an installation's records come from. No row: they are pushed, and nothing is looked up. */
export interface DirectorySourceSchema {
  directory_source: {
    installation_id: string;
    /** `pushed`, `live` or `both`. */
    source: string;
    url: string | null;
    token_sealed: string | null;
    timeout_ms: number;
    cache_seconds: number;
    /** Grows with every change. */
    revision: number;
  };
}

export const directorySourceMigrations: Migrations = {
  '2026-11-26-directory-source': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('directory_source')
        .addColumn('installation_id', 'text', (column) => column.primaryKey())
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('url', 'text')
        .addColumn('token_sealed', 'text')
        .addColumn('timeout_ms', 'integer', (column) => column.notNull())
        .addColumn('cache_seconds', 'integer', (column) => column.notNull())
        .addColumn('revision', 'integer', (column) => column.notNull())
        .execute();
    },
  },
};
