/** Tables of how mail flows: tries that failed, completeness of each mailbox, options of a realm. */
import { sql, type Generated, type Kysely, type SqlBool } from 'kysely';
import type { Migrations } from '../../platform/database.js';

/** What the last comparison with a server found; see RpcCompleteness. */
export interface CompletenessTable {
  account_id: number;
  realm_id: number;
  checked_at: string;
  on_server: number;
  stored: number;
  missing: number;
  quarantined: number;
  unidentified: number;
  damaged: number;
  passed_over: Generated<number>;
}

/** A realm without a row has the defaults. */
export interface RealmOptionsTable {
  realm_id: number;
  switch_off_after: Generated<number>;
}

/** Columns that this part adds to `accounts`. */
export interface AccountFlowColumns {
  /** Failed connections and sign-ins in a row; they count towards switching off. */
  failed_tries: Generated<number>;
  /** These, and sessions that broke later; they decide how long to wait. */
  failed_sessions: Generated<number>;
  next_try_at: string | null;
  switched_off_at: string | null;
  switched_off_code: Generated<string>;
}

export interface FlowSchema {
  completeness: CompletenessTable;
  realm_options: RealmOptionsTable;
}

/** Failed tries in a row after which an account is switched off, unless the realm says otherwise. */
export const DEFAULT_SWITCH_OFF_AFTER = 5;

const ofRealm = (database: Kysely<unknown>, name: string) =>
  database.schema
    .createTable(name)
    .addColumn('realm_id', 'integer', (c) =>
      c.notNull().references('realms.id').onDelete('cascade'),
    );

async function up(database: Kysely<unknown>): Promise<void> {
  const accounts = () => database.schema.alterTable('accounts');
  for (const count of ['failed_tries', 'failed_sessions'])
    await accounts()
      .addColumn(count, 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
  await accounts().addColumn('next_try_at', 'text').execute();
  await accounts().addColumn('switched_off_at', 'text').execute();
  await accounts()
    .addColumn('switched_off_code', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  let completeness = ofRealm(database, 'completeness')
    .addColumn('account_id', 'integer', (c) =>
      c.primaryKey().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('checked_at', 'text', (c) => c.notNull());
  const counts = ['on_server', 'stored', 'missing', 'quarantined', 'unidentified', 'damaged'];
  for (const name of counts)
    completeness = completeness.addColumn(name, 'integer', (c) => c.notNull());
  await completeness.execute();
  await ofRealm(database, 'realm_options')
    .addColumn('switch_off_after', 'integer', (c) =>
      c.notNull().defaultTo(DEFAULT_SWITCH_OFF_AFTER),
    )
    .addPrimaryKeyConstraint('realm_options_key', ['realm_id'])
    .execute();
  await database.schema
    .alterTable('uidls')
    .addColumn('is_absent', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await database.schema
    .alterTable('outbox')
    .addColumn('is_composed', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  // mails written here, to be found when a server or a recipient answers
  await database.schema
    .createIndex('items_written_by_message_id')
    .on('items')
    .columns(['realm_id', 'message_id'])
    .where(sql<SqlBool>`pop3_ref = 0`)
    .execute();
}

export const flowMigrations: Migrations = { '0003-flow': { up } };
