import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backUp } from '../src/backup.js';
import { openDirectoryStore } from '../src/bridge/directory/index.js';
import { openBridgeDatabase } from '../src/bridge/store/database.js';
import { systemClock } from '../src/platform/clock.js';
import { createLogger } from '../src/platform/log.js';
import { bodyOf, order } from './bridge/directory/store/store-under-test.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.js';

let directory: TemporaryDirectory;
beforeEach(async () => (directory = await makeTemporaryDirectory()));
afterEach(() => directory.remove());

const open = (dataDir: string) =>
  openDirectoryStore({
    dataDir,
    installationId: 'default',
    clock: systemClock,
    logger: createLogger('silent'),
  });

describe('a backup', () => {
  it('holds the records that the ERP pushed, also while the store is in use', async () => {
    const dataDir = join(directory.path, 'data');
    mkdirSync(dataDir);
    const bridge = await openBridgeDatabase(dataDir);
    const original = await open(dataDir);
    await original.push({ type: 'order', upload: null }, bodyOf([order('1', ['a@x.example'])]));
    const target = join(directory.path, 'backup');
    await backUp({ dataDir }, target, { version: '0.0.0', clock: systemClock });
    await original.close();
    await bridge.destroy();
    const restored = await open(target);
    expect(await restored.records.record('order', '1')).toEqual(order('1', ['a@x.example']));
    await restored.close();
  });
});
