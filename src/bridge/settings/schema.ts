import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

/** The archive connection of an installation. `url` null: the embedded archive. */
export interface SettingsSchema {
  settings: {
    installation_id: string;
    enabled: number;
    url: string | null;
    username: string | null;
    password_sealed: string | null;
    server_name: string | null;
    ca_certificate: string | null;
    managed_by_vendor: number;
    /** Grows with every change. */
    revision: number;
  };
}

export const settingsMigrations: Migrations = {
  '2026-11-22-settings': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('settings')
        .addColumn('installation_id', 'text', (column) => column.primaryKey())
        .addColumn('enabled', 'integer', (column) => column.notNull())
        .addColumn('url', 'text')
        .addColumn('username', 'text')
        .addColumn('password_sealed', 'text')
        .addColumn('server_name', 'text')
        .addColumn('ca_certificate', 'text')
        .addColumn('managed_by_vendor', 'integer', (column) => column.notNull())
        .addColumn('revision', 'integer', (column) => column.notNull())
        .execute();
    },
  },
};
