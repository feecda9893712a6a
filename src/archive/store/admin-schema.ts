/**
 * Tables of what an administrator sets up: realms and their users, accounts, groups, signatures, filters, rules, topics,
 * colours, text blocks.
 * Wire structs are kept as JSON in the form of the codec, so that members which this program does not know survive;
 * what the archive maintains itself (ids, dates, errors) and secrets have columns of their own.
 * Dates are ISO 8601 in UTC.
 */
import type { Generated, Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';
import type { AccountLinkColumns } from '../oauth/schema.js';
import type { AccountFlowColumns } from './flow-schema.js';
import type { UserColumns } from './user-schema.js';

interface RealmTable {
  id: Generated<number>;
  name: string;
  created: string;
}

export interface RealmUserTable extends UserColumns {
  id: Generated<number>;
  realm_id: number;
  username: string;
  /** `scrypt$<N>$<r>$<p>$<salt>$<hash>`, base64. */
  password_hash: string;
  created: string;
}

export interface AccountTable extends AccountFlowColumns, AccountLinkColumns {
  id: Generated<number>;
  realm_id: number;
  kind: 'pop3' | 'smtp';
  struct: string;
  /** Sealed by the vault; null when there is none. */
  password: string | null;
  options: string;
  created: string;
  modified: string;
  error_count: Generated<number>;
  /** Text of the last error. */
  message: Generated<string>;
  last_error_code: Generated<string>;
  last_error_at: string | null;
  last_sign_in: string | null;
  last_success: string | null;
}

export interface ObjectTable {
  id: Generated<number>;
  realm_id: number;
  kind: 'group' | 'signature' | 'filter' | 'rule' | 'topic' | 'color' | 'textblock';
  struct: string;
  created: string;
  modified: string;
}

interface RuleGlobalTable {
  realm_id: number;
  name: string;
  value: string;
}

export interface AdminSchema {
  realms: RealmTable;
  realm_users: RealmUserTable;
  accounts: AccountTable;
  objects: ObjectTable;
  rule_globals: RuleGlobalTable;
}

/** Dialect: AUTOINCREMENT is SQLite's word for "an id is never given twice". */
const table = (database: Kysely<unknown>, name: string) =>
  database.schema
    .createTable(name)
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement());

const realmOwned = (database: Kysely<unknown>, name: string) =>
  table(database, name).addColumn('realm_id', 'integer', (column) =>
    column.notNull().references('realms.id').onDelete('cascade'),
  );

async function createAdminTables(database: Kysely<unknown>): Promise<void> {
  await table(database, 'realms')
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('created', 'text', (column) => column.notNull())
    .execute();
  await realmOwned(database, 'realm_users')
    .addColumn('username', 'text', (column) => column.notNull().unique())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .execute();
  await realmOwned(database, 'accounts')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('struct', 'text', (column) => column.notNull())
    .addColumn('password', 'text')
    .addColumn('options', 'text', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('modified', 'text', (column) => column.notNull())
    .addColumn('error_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('message', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('last_error_code', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('last_error_at', 'text')
    .addColumn('last_sign_in', 'text')
    .addColumn('last_success', 'text')
    .execute();
  await realmOwned(database, 'objects')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('struct', 'text', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('modified', 'text', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('rule_globals')
    .addColumn('realm_id', 'integer', (column) =>
      column.notNull().references('realms.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('rule_globals_key', ['realm_id', 'name'])
    .execute();
  for (const name of ['accounts', 'objects'] as const) {
    await database.schema
      .createIndex(`${name}_by_realm`)
      .on(name)
      .columns(['realm_id', 'kind', 'id'])
      .execute();
  }
}

export const adminMigrations: Migrations = { '0001-admin': { up: createAdminTables } };
