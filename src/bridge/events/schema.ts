import type { Generated, Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

/** What happened, in the order in which it was noticed. No mail text, no addresses. */
interface EventTable {
  seq: Generated<number>;
  id: string;
  installation_id: string;
  type: string;
  occurred_at: string;
  /** JSON: ids, codes, counts, times. */
  data: string;
}

/** What was told last about each subject, so that a restart repeats no alarm. */
interface EventStateTable {
  installation_id: string;
  subject: string;
  /** JSON of a `Condition`. */
  state: string;
}

interface EventSubscriptionTable {
  installation_id: string;
  url: string;
  secret_sealed: string;
  /** Everything up to this event was delivered or given up. */
  done_seq: number;
  last_delivered_at: string | null;
  /** Code of the last failure since then, with the status if there was one; null = none. */
  last_error: string | null;
  last_error_at: string | null;
  failures: number;
  next_try_at: string | null;
}

export interface EventsSchema {
  event: EventTable;
  event_state: EventStateTable;
  event_subscription: EventSubscriptionTable;
}

export const eventsMigrations: Migrations = {
  '2026-11-23-events': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('event')
        // a number is never given twice: a cursor stays valid when old events go
        .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('type', 'text', (column) => column.notNull())
        .addColumn('occurred_at', 'text', (column) => column.notNull())
        .addColumn('data', 'text', (column) => column.notNull())
        .execute();
      await database.schema
        .createIndex('event_by_installation')
        .on('event')
        .columns(['installation_id', 'seq'])
        .execute();
      await database.schema
        .createTable('event_state')
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('event_state_key', ['installation_id', 'subject'])
        .execute();
      await database.schema
        .createTable('event_subscription')
        .addColumn('installation_id', 'text', (column) => column.primaryKey())
        .addColumn('url', 'text', (column) => column.notNull())
        .addColumn('secret_sealed', 'text', (column) => column.notNull())
        .addColumn('done_seq', 'integer', (column) => column.notNull())
        .addColumn('last_delivered_at', 'text')
        .addColumn('last_error', 'text')
        .addColumn('last_error_at', 'text')
        .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('next_try_at', 'text')
        .execute();
    },
  },
};
