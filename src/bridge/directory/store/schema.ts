/**
 * The tables of pushed records. They stand in a file of their own, because a thread of its own writes them while
 * others read: a long write to bridge.sqlite would let everybody wait.
 *
 * A record belongs to a set, a set to an installation and a type. One set of a type is current; a replacement fills a
 * second one, which becomes current in one step. Look-up tables hold what a record is found by; what they hold of one
 * record is read from its `keys` when it is replaced, so that they need no second index.
 */
import { sql, type Generated, type Kysely } from 'kysely';
import type { Migrations } from '../../../platform/database.js';
import type { PushedType, UploadMode } from '../schemas.js';

export interface RecordSetTable {
  id: Generated<number>;
  installation_id: string;
  type: PushedType;
  /** `retired`: its rows are being removed. */
  state: 'current' | 'loading' | 'retired';
  /** Number of records. */
  size: number;
  /** Milliseconds since 1970. */
  pushed_at: number;
}

export interface RecordTable {
  key: number;
  set_id: number;
  id: string;
  /** JSON as the ERP sent it. */
  pushed: string;
  /** JSON of RecordKeys: what it is found by. */
  keys: string;
}

/** Of contacts, active ones come first: rank 0, others 1. */
export interface RecordAddressTable {
  set_id: number;
  address: string;
  rank: number;
  record: number;
}

export interface RecordReferenceTable {
  set_id: number;
  reference: string;
  record: number;
}

export interface UploadTable {
  installation_id: string;
  type: PushedType;
  name: string;
  mode: UploadMode;
  state: 'open' | 'complete';
  /** Of a replacement that is open: the set that it fills. */
  set_id: number | null;
  /** That are stored. */
  lines: number;
  /** Milliseconds since 1970. */
  last_request_at: number;
}

export interface DirectorySchema {
  record_set: RecordSetTable;
  record: RecordTable;
  record_address: RecordAddressTable;
  record_reference: RecordReferenceTable;
  upload: UploadTable;
}

export type DirectoryDatabase = Kysely<DirectorySchema>;

/** In the data folder. */
export const DIRECTORY_DATABASE = 'directory.sqlite';

export const directoryMigrations: Migrations = {
  '2026-11-26-directory': {
    up: async (database: Kysely<unknown>) => {
      await createSets(database);
      await createRecords(database);
      await createUploads(database);
    },
  },
};

async function createSets(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('record_set')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('installation_id', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('pushed_at', 'integer', (column) => column.notNull())
    .execute();
  await sql`create unique index current_set on record_set (installation_id, type)
    where state = 'current'`.execute(database);
}

async function createRecords(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('record')
    .addColumn('key', 'integer', (column) => column.primaryKey())
    .addColumn('set_id', 'integer', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('pushed', 'text', (column) => column.notNull())
    .addColumn('keys', 'text', (column) => column.notNull())
    .addUniqueConstraint('record_id', ['set_id', 'id'])
    .execute();
  await database.schema
    .createTable('record_address')
    .addColumn('set_id', 'integer', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('rank', 'integer', (column) => column.notNull())
    .addColumn('record', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('address_key', ['set_id', 'address', 'rank', 'record'])
    .modifyEnd(sql`without rowid`)
    .execute();
  await database.schema
    .createTable('record_reference')
    .addColumn('set_id', 'integer', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('record', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('reference_key', ['set_id', 'reference', 'record'])
    .modifyEnd(sql`without rowid`)
    .execute();
}

async function createUploads(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('upload')
    .addColumn('installation_id', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('mode', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('set_id', 'integer')
    .addColumn('lines', 'integer', (column) => column.notNull())
    .addColumn('last_request_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('upload_key', ['installation_id', 'type', 'name'])
    .execute();
}
