import { describe, expect, it } from '@jest/globals';
import { openBridgeDatabase, tablesOf } from '../../../src/bridge/store/database.js';
import { scopes } from '../../../src/bridge/http/index.js';
import { tokensMigrations, type TokensSchema } from '../../../src/bridge/tokens/schema.js';

describe('an admin token of an earlier version', () => {
  it('gets the new scopes; a token with fewer scopes stays as it is', async () => {
    const database = await openBridgeDatabase(':memory:');
    const tokens = tablesOf<TokensSchema>(database);
    const later = /^(?:health|directory|assignments):|^act-as$|^messages:export$/;
    const earlier = scopes.filter((scope) => !later.test(scope));
    const add = (id: string, name: string, held: readonly string[]) =>
      tokens
        .insertInto('token')
        .values({
          id,
          installation_id: 'default',
          name,
          digest: id,
          scopes: JSON.stringify(held),
          created_at: '2026-11-22T00:00:00Z',
          revoked_at: null,
        })
        .execute();
    await add('a', 'admin', earlier);
    await add('b', 'admin', ['messages:read']);
    await add('c', 'shop', earlier);
    await tokensMigrations['2026-11-23-health-scope']?.up(tablesOf(database));
    await tokensMigrations['2026-11-26-assignment-scopes']?.up(tablesOf(database));
    await tokensMigrations['2026-11-26-export-scope']?.up(tablesOf(database));
    const rows = await tokens.selectFrom('token').selectAll().orderBy('id').execute();
    expect(rows.map((row) => (JSON.parse(row.scopes) as string[]).length)).toEqual([
      scopes.length,
      1,
      earlier.length,
    ]);
    await database.destroy();
  });
});
