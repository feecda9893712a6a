/** Tables of how long mails are kept: what is held, which mails are gone because their time was over, and a log. */
import type { Generated, Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

/** Written by whoever does it, in the same commit; never changed. */
export interface RetentionLogTable {
  id: Generated<number>;
  realm_id: number;
  at: string;
  /** '' for the archive itself. */
  user_name: string;
  action: 'expired' | 'held' | 'released' | 'erased';
  /** Incoming account of expired mails; 0 = none. */
  account_id: number;
  /** Item that was held or released; 0 = none. */
  item_id: number;
  /** Mails that it concerned. */
  count: number;
  reason: string;
}

export interface RetentionSchema {
  retention_log: RetentionLogTable;
}

export const retentionMigrations: Migrations = {
  '0013-retention': {
    async up(database: Kysely<unknown>) {
      const { schema } = database;
      await schema
        .createTable('retention_log')
        .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('realm_id', 'integer', (c) =>
          c.notNull().references('realms.id').onDelete('cascade'),
        )
        .addColumn('at', 'text', (c) => c.notNull())
        .addColumn('user_name', 'text', (c) => c.notNull())
        .addColumn('action', 'text', (c) => c.notNull())
        .addColumn('account_id', 'integer', (c) => c.notNull())
        .addColumn('item_id', 'integer', (c) => c.notNull())
        .addColumn('count', 'integer', (c) => c.notNull())
        .addColumn('reason', 'text', (c) => c.notNull())
        .execute();
      await schema
        .alterTable('items')
        .addColumn('is_held', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
      await schema
        .alterTable('uidls')
        .addColumn('is_expired', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
      await schema
        .createIndex('items_of_account_by_age')
        .on('items')
        .columns(['realm_id', 'pop3_ref', 'created'])
        .execute();
    },
  },
};
