/** Tables of what users have beside their sign-in: how they are shown, whether they may sign in, settings of programs. */
import type { Generated, Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

/** Columns that this part adds to `realm_users`. */
export interface UserColumns {
  /** RpcUserState: only an active user can sign in. */
  state: Generated<number>;
  /** RpcUser as JSON, without what stands in columns. */
  struct: Generated<string>;
  /** Null: not since it was created. */
  modified: string | null;
}

interface UserSettingsTable {
  user_id: number;
  product_id: string;
  settings: string;
}

export interface UserSchema {
  user_settings: UserSettingsTable;
}

async function up(database: Kysely<unknown>): Promise<void> {
  const users = () => database.schema.alterTable('realm_users');
  await users()
    .addColumn('state', 'integer', (c) => c.notNull().defaultTo(1))
    .execute();
  await users()
    .addColumn('struct', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute();
  await users().addColumn('modified', 'text').execute();
  await database.schema
    .createTable('user_settings')
    .addColumn('user_id', 'integer', (c) =>
      c.notNull().references('realm_users.id').onDelete('cascade'),
    )
    .addColumn('product_id', 'text', (c) => c.notNull())
    .addColumn('settings', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('user_settings_key', ['user_id', 'product_id'])
    .execute();
}

export const userMigrations: Migrations = { '0007-users': { up } };
