import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedCredentials } from '../../../src/bridge/settings/index.js';
import { openBridgeDatabase, tablesOf } from '../../../src/bridge/store/database.js';
import { secretKeyFits } from '../../../src/bridge/store/key-check.js';
import { Tokens } from '../../../src/bridge/tokens/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { randomIds } from '../../../src/platform/ids.js';
import { Vault } from '../../../src/platform/vault.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
});
afterEach(() => directory.remove());

const open = () => openBridgeDatabase(directory.path);
const everyByte = (): string =>
  readdirSync(directory.path)
    .map((file) => readFileSync(join(directory.path, file), 'latin1'))
    .join('');

describe("the bridge's database", () => {
  it('gives every row an installation', async () => {
    const database = await open();
    for (const table of await database.introspection.getTables())
      expect([table.name, table.columns.map(({ name }) => name)]).toEqual([
        table.name,
        expect.arrayContaining(['installation_id']),
      ]);
    await database.destroy();
  });

  it('tells another key from the right one, and accepts a rotated one', async () => {
    const [first, second] = [Vault.newKey(), Vault.newKey()];
    const database = await open();
    const fits = (...keys: Buffer[]) =>
      secretKeyFits(tablesOf(database), new Vault(keys), 'default');
    expect(await fits(first)).toBe(true);
    expect(await fits(first)).toBe(true);
    expect(await fits(second)).toBe(false);
    expect(await fits(second, first)).toBe(true);
    await database.destroy();
  });

  it('BRG-12 keeps the embedded archive’s credentials sealed, the same at every start', async () => {
    const vault = new Vault([Vault.newKey()]);
    const read = async (given = {}) => {
      const database = await open();
      const found = await embeddedCredentials(tablesOf(database), vault, 'default', given);
      await database.destroy();
      return found;
    };
    const made = await read();
    expect(made.password.length).toBeGreaterThanOrEqual(32);
    expect(await read()).toEqual(made);
    expect(everyByte()).not.toContain(made.password);
    expect(await read({ username: 'chef', password: 'from-the-environment' })).toEqual({
      username: 'chef',
      password: 'from-the-environment',
    });
    expect(everyByte()).not.toContain('from-the-environment');
  });
});

describe('tokens', () => {
  const start = async () => {
    const database = await open();
    const tokens = new Tokens({
      database: tablesOf(database),
      installationId: 'default',
      clock: systemClock,
      ids: randomIds,
    });
    return { database, tokens };
  };

  it('make one for the admin at the first start only, and never keep it in clear', async () => {
    const { database, tokens } = await start();
    const made = await tokens.ensureAdmin(undefined);
    expect(made).toMatch(/^mbt_/);
    expect((await tokens.verify(made!))?.scopes.has('rules:read')).toBe(true);
    expect(await tokens.ensureAdmin(undefined)).toBeNull();
    await database.destroy();
    expect(everyByte()).not.toContain(made);
  });

  it('let a given admin token replace the one before, and come back', async () => {
    const { database, tokens } = await start();
    const [one, two] = ['one-admin-token-of-20', 'two-admin-token-of-20'];
    for (const token of [one, two, one]) {
      expect(await tokens.ensureAdmin(token)).toBeNull();
      expect(await tokens.verify(token)).not.toBeNull();
      expect(await tokens.verify(token === one ? two : one)).toBeNull();
    }
    await database.destroy();
  });
});
