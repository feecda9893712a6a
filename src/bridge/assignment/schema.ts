import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

/** One row is the link in both directions: from the message to the record and back. */
interface AssignmentTable {
  installation_id: string;
  /** In which archive the message is: ids of one mean nothing in another. */
  archive: string;
  message_id: number;
  record_type: string;
  record_id: string;
  source: string;
  /** null: made by hand. */
  run_id: string | null;
  /** ERP user; null: the ERP itself. */
  by_user: string | null;
  at: string;
}

/** That a person took an assignment away: as much a decision as making one. */
interface AssignmentRemovalTable {
  installation_id: string;
  archive: string;
  message_id: number;
  record_type: string;
  record_id: string;
  removed_source: string;
  by_user: string | null;
  at: string;
}

interface AssignmentRunTable {
  id: string;
  installation_id: string;
  archive: string;
  message_id: number;
  trigger: string;
  /** decided, open (the ERP did not answer), undone */
  state: string;
  /** JSON of a `Decision`; null while the run is open. */
  decision: string | null;
  by_user: string | null;
  at: string;
  tries: number;
  next_try_at: string | null;
}

interface AssignmentRerunTable {
  id: string;
  installation_id: string;
  archive: string;
  at: string;
  /** JSON array of `PlannedChange`. */
  changes: string;
}

interface AssignmentPolicyTable {
  installation_id: string;
  /** JSON of `Policies`. */
  policies: string;
  revision: number;
}

interface AssignmentBlocklistTable {
  installation_id: string;
  entry: string;
  by_user: string | null;
  at: string;
}

/** How far arrivals were looked at; without a row, not at all. */
interface AssignmentArrivalTable {
  installation_id: string;
  archive: string;
  last_message_id: number;
}

export interface AssignmentSchema {
  assignment: AssignmentTable;
  assignment_removal: AssignmentRemovalTable;
  assignment_run: AssignmentRunTable;
  assignment_rerun: AssignmentRerunTable;
  assignment_policy: AssignmentPolicyTable;
  assignment_blocklist: AssignmentBlocklistTable;
  assignment_arrival: AssignmentArrivalTable;
}

export const assignmentMigrations: Migrations = {
  '2026-11-26-assignment': {
    up: async (database: Kysely<unknown>) => {
      await createLinks(database);
      await createRuns(database);
      await createSettings(database);
    },
  },
};

async function createLinks({ schema }: Kysely<unknown>): Promise<void> {
  const scope = ['installation_id', 'archive'] as const;
  const key = [...scope, 'message_id', 'record_type', 'record_id'] as const;
  const link = (name: string) =>
    schema
      .createTable(name)
      .addColumn('installation_id', 'text', (column) => column.notNull())
      .addColumn('archive', 'text', (column) => column.notNull())
      .addColumn('message_id', 'integer', (column) => column.notNull())
      .addColumn('record_type', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('by_user', 'text')
      .addColumn('at', 'text', (column) => column.notNull());
  await link('assignment')
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text')
    .addPrimaryKeyConstraint('assignment_key', [...key])
    .execute();
  await schema
    .createIndex('assignment_by_record')
    .on('assignment')
    .columns([...scope, 'record_type', 'record_id', 'message_id'])
    .execute();
  await link('assignment_removal')
    .addColumn('removed_source', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('assignment_removal_key', [...key])
    .execute();
}

async function createRuns({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('assignment_run')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('installation_id', 'text', (column) => column.notNull())
    .addColumn('archive', 'text', (column) => column.notNull())
    .addColumn('message_id', 'integer', (column) => column.notNull())
    .addColumn('trigger', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('decision', 'text')
    .addColumn('by_user', 'text')
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('next_try_at', 'text')
    .execute();
  await schema
    .createIndex('assignment_run_by_message')
    .on('assignment_run')
    .columns(['installation_id', 'archive', 'message_id', 'at'])
    .execute();
  await schema
    .createIndex('assignment_run_open')
    .on('assignment_run')
    .columns(['installation_id', 'archive', 'next_try_at'])
    .execute();
  await schema
    .createTable('assignment_rerun')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('installation_id', 'text', (column) => column.notNull())
    .addColumn('archive', 'text', (column) => column.notNull())
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('changes', 'text', (column) => column.notNull())
    .execute();
}

async function createSettings({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('assignment_policy')
    .addColumn('installation_id', 'text', (column) => column.primaryKey())
    .addColumn('policies', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .execute();
  await schema
    .createTable('assignment_blocklist')
    .addColumn('installation_id', 'text', (column) => column.notNull())
    .addColumn('entry', 'text', (column) => column.notNull())
    .addColumn('by_user', 'text')
    .addColumn('at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('assignment_blocklist_key', ['installation_id', 'entry'])
    .execute();
  await schema
    .createTable('assignment_arrival')
    .addColumn('installation_id', 'text', (column) => column.notNull())
    .addColumn('archive', 'text', (column) => column.notNull())
    .addColumn('last_message_id', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('assignment_arrival_key', ['installation_id', 'archive'])
    .execute();
}
