/**
 * Saving a new account with 50 ms added to every archive call: bridge and archive talk through a proxy. The bridge's
 * parts run here, the archive in the product's process. Rounds, the calls on the longest chain, are read off a save
 * with 500 ms added to every call, where what both sides do themselves does not count.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDelayProxy } from '../../fixtures/servers/delay-proxy.js';
import { incomingAccountCreate } from '../../src/bridge/accounts/index.js';
import {
  createAccountManagement,
  type AccountManagement,
} from '../../src/bridge/provisioning/index.js';
import { openBridgeDatabase, tablesOf } from '../../src/bridge/store/database.js';
import { GreyhoundClient, newClientId } from '../../src/greyhound/index.js';
import { systemClock } from '../../src/platform/clock.js';
import { randomIds } from '../../src/platform/ids.js';
import { Vault } from '../../src/platform/vault.js';
import { startProduct } from './product.js';
import type { Figure } from './report.js';

export async function benchSave(): Promise<Figure[]> {
  const inactive = await savesMs(50, false);
  const active = await savesMs(50, true);
  const slow = await savesMs(500, true);
  return [
    { name: 'save, inactive, 50 ms a call', value: inactive, unit: 'ms', limit: 400 },
    { name: 'save, active, 50 ms a call', value: active, unit: 'ms', limit: null },
    { name: 'save, active: rounds', value: Math.floor(slow / 500), unit: 'rounds', limit: 9 },
  ];
}

/** The second of two saves: connections are opened and code is compiled once, not at every save. */
async function savesMs(callMs: number, active: boolean): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'mail-bridge-save-'));
  const product = await startProduct();
  const proxy = await startDelayProxy({ targetPort: product.archivePort, delayMs: callMs / 2 });
  const database = await openBridgeDatabase(directory);
  const client = new GreyhoundClient({
    url: `http://127.0.0.1:${proxy.port}`,
    ...product.archiveCredentials,
    clientId: newClientId(),
  });
  const management = createAccountManagement({
    access: { client: () => Promise.resolve(client), hasMailBridge: () => Promise.resolve(true) },
    database: tablesOf(database),
    vault: new Vault([Vault.newKey()]),
    clock: systemClock,
    ids: randomIds,
  });
  try {
    await saveMs(management, 'Einkauf', active);
    return await saveMs(management, 'Verkauf', active);
  } finally {
    client.close();
    await proxy.stop();
    await database.destroy();
    await product.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function saveMs(
  management: AccountManagement,
  name: string,
  active: boolean,
): Promise<number> {
  const wanted = incomingAccountCreate.parse({
    name,
    host: 'pop.example.test',
    username: `${name.toLowerCase()}@example.test`,
    password: 'bench-secret',
    active,
  });
  const startedAt = performance.now();
  await management.incomingAccounts.create('default', wanted);
  return performance.now() - startedAt;
}
