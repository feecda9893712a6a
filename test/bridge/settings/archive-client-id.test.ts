import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { archiveClientId } from '../../../src/bridge/settings/index.js';
import {
  openBridgeDatabase,
  tablesOf,
  type BridgeDatabase,
} from '../../../src/bridge/store/database.js';

let database: BridgeDatabase;
beforeEach(async () => {
  database = await openBridgeDatabase(':memory:');
});
afterEach(() => database.destroy());

const id = (installationId: string, isCopy = false) =>
  archiveClientId(tablesOf(database), installationId, isCopy);

it('stays the same from start to start, so that a restarted bridge owns its locks', async () => {
  const first = await id('default');
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(await id('default')).toBe(first);
  expect(await id('other')).not.toBe(first);
});

it('is made anew in a copied folder: the original may be in use', async () => {
  const first = await id('default');
  const second = await id('default', true);
  expect(second).not.toBe(first);
  expect(await id('default')).toBe(second);
});
