/** Tables of the operation journal. A row holds no secret in clear: see steps.ts. */
import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

export interface OperationTable {
  readonly id: string;
  readonly installation_id: string;
  /** running, unfinished, succeeded, failed */
  readonly state: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  /** JSON of code and params; null while there is none. */
  readonly failure: string | null;
  /** JSON list of warnings. */
  readonly warnings: string;
  /** What its updates write, passwords among it; sealed, and gone when it has ended. */
  readonly inputs_sealed: string | null;
  /** JSON of the highest id of each kind before it began. */
  readonly highest_ids: string;
  /** Until then the archive is looked at for calls that it carries out late; null: nothing is awaited. */
  readonly look_again_until: string | null;
}

export interface OperationStepTable {
  readonly operation_id: string;
  readonly installation_id: string;
  readonly step_id: string;
  readonly position: number;
  /** JSON of the planned step. */
  readonly step: string;
  /** pending, running, done, failed, compensated */
  readonly state: string;
  /** The archive's id of the element, once known. */
  readonly element_id: number | null;
  /** Creating calls whose answer never came and whose effect was not found. */
  readonly unanswered: number;
}

export interface ProvisioningSchema {
  readonly operation: OperationTable;
  readonly operation_step: OperationStepTable;
}

export const provisioningMigrations: Migrations = {
  '2026-11-22-operation-journal': {
    async up(database: Kysely<unknown>): Promise<void> {
      await database.schema
        .createTable('operation')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('started_at', 'text', (column) => column.notNull())
        .addColumn('finished_at', 'text')
        .addColumn('failure', 'text')
        .addColumn('warnings', 'text', (column) => column.notNull())
        .execute();
      await database.schema
        .createIndex('operation_by_state')
        .on('operation')
        .columns(['installation_id', 'state'])
        .execute();
      await database.schema
        .createTable('operation_step')
        .addColumn('operation_id', 'text', (column) =>
          column.notNull().references('operation.id').onDelete('cascade'),
        )
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('step_id', 'text', (column) => column.notNull())
        .addColumn('position', 'integer', (column) => column.notNull())
        .addColumn('step', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('element_id', 'integer')
        .addPrimaryKeyConstraint('operation_step_key', ['operation_id', 'step_id'])
        .execute();
    },
  },
  '2026-11-23-operation-recovery': {
    async up(database: Kysely<unknown>): Promise<void> {
      const { schema } = database;
      await schema.alterTable('operation').addColumn('inputs_sealed', 'text').execute();
      await schema
        .alterTable('operation')
        .addColumn('highest_ids', 'text', (column) => column.notNull().defaultTo('{}'))
        .execute();
      await schema.alterTable('operation').addColumn('look_again_until', 'text').execute();
      await schema
        .alterTable('operation_step')
        .addColumn('unanswered', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
};
