import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

export interface TokensSchema {
  token: {
    id: string;
    installation_id: string;
    name: string;
    /** SHA-256 of the token; the token itself is not kept. */
    digest: string;
    /** JSON array. */
    scopes: string;
    created_at: string;
    revoked_at: string | null;
  };
}

export const tokensMigrations: Migrations = {
  '2026-11-22-tokens': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('token')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('installation_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('digest', 'text', (column) => column.notNull().unique())
        .addColumn('scopes', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('revoked_at', 'text')
        .execute();
    },
  },
  '2026-11-23-health-scope': {
    up: (database: Kysely<unknown>) => extendAdmin(database, FIRST_SCOPES, ['health:read']),
  },
  '2026-11-26-assignment-scopes': {
    up: (database: Kysely<unknown>) =>
      extendAdmin(database, [...FIRST_SCOPES, 'health:read'], ASSIGNMENT_SCOPES),
  },
  '2026-11-26-export-scope': {
    up: (database: Kysely<unknown>) =>
      extendAdmin(
        database,
        [...FIRST_SCOPES, 'health:read', ...ASSIGNMENT_SCOPES],
        ['messages:export'],
      ),
  },
};

/** The admin may do what there is to do, also what a newer version added. */
async function extendAdmin(
  database: Kysely<unknown>,
  before: readonly string[],
  more: readonly string[],
): Promise<void> {
  await (database as Kysely<TokensSchema>)
    .updateTable('token')
    .set({ scopes: JSON.stringify([...before, ...more]) })
    .where('name', '=', 'admin')
    .where('scopes', '=', JSON.stringify(before))
    .execute();
}

/** All scopes that there were; a token of that name with fewer is somebody's own. */
const FIRST_SCOPES = [
  'settings:read',
  'settings:write',
  'accounts:read',
  'accounts:write',
  'messages:read',
  'messages:write',
  'messages:send',
  'rules:read',
];

const ASSIGNMENT_SCOPES = [
  'directory:read',
  'directory:write',
  'assignments:read',
  'assignments:write',
  'act-as',
];
