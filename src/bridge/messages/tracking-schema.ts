import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

export interface TrackingSchema {
  /** The key that signs marks. */
  tracking_key: { installation_id: string; sealed: string };
  tracked_message: {
    installation_id: string;
    /** In which the message is. */
    archive: string;
    /** Of the mark. */
    random: string;
    /** The archive's. */
    message_id: number;
    created_at: string;
  };
}

export const trackingMigrations: Migrations = {
  '2026-11-26-tracking-marks': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('tracking_key')
        .addColumn('installation_id', 'text', (column) => column.primaryKey())
        .addColumn('sealed', 'text', (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('tracked_message')
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('archive', 'text', (column) => column.notNull())
        .addColumn('random', 'text', (column) => column.notNull())
        .addColumn('message_id', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('tracked_message_key', ['installation_id', 'archive', 'random'])
        .execute();
    },
  },
};
