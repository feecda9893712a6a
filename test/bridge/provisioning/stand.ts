/** An account management over a scripted archive, as the tests of this folder and its neighbours need it. */
import type { Kysely } from 'kysely';
import { ScriptedArchive } from '../../../fixtures/scripted-archive.js';
import {
  createAccountManagement,
  type AccountManagement,
} from '../../../src/bridge/provisioning/index.js';
import {
  provisioningMigrations,
  type ProvisioningSchema,
} from '../../../src/bridge/provisioning/schema.js';
import type { Limits } from '../../../src/bridge/provisioning/verify.js';
import { incomingAccountCreate } from '../../../src/bridge/accounts/index.js';
import { GreyhoundClient, newClientId } from '../../../src/greyhound/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openSqlite } from '../../../src/platform/database.js';
import { randomIds } from '../../../src/platform/ids.js';
import { Vault } from '../../../src/platform/vault.js';

export const INSTALLATION = 'default';

export interface Stand {
  readonly archive: ScriptedArchive;
  readonly management: AccountManagement;
  readonly database: Kysely<ProvisioningSchema>;
  /** The same archive and database as another process would have them. */
  restart(): AccountManagement;
  close(): Promise<void>;
}

export async function openStand(
  options: { hasMailBridge?: boolean; limits?: Limits; timeoutMs?: number } = {},
): Promise<Stand> {
  const hasMailBridge = options.hasMailBridge ?? true;
  const archive = await ScriptedArchive.start({ hasMailBridge });
  const database = await openSqlite<ProvisioningSchema>(':memory:', provisioningMigrations);
  const vault = new Vault([Vault.newKey()]);
  const clientId = newClientId();
  const clients: GreyhoundClient[] = [];
  const start = (): AccountManagement => {
    const client = new GreyhoundClient({
      url: archive.url,
      username: 'bridge',
      password: 'secret',
      clientId,
      timeoutMs: options.timeoutMs ?? 2000,
    });
    clients.push(client);
    return createAccountManagement({
      access: {
        client: () => Promise.resolve(client),
        hasMailBridge: () => Promise.resolve(hasMailBridge),
      },
      database,
      vault,
      clock: systemClock,
      ids: randomIds,
      pause: () => Promise.resolve(),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
  };
  return {
    archive,
    management: start(),
    database,
    restart: start,
    async close() {
      for (const client of clients) client.close();
      await archive.close();
      await database.destroy();
    },
  };
}

/** A request for a new incoming account, with what a test does not care about. */
export const wanted = (name: string, more: Record<string, unknown> = {}) =>
  incomingAccountCreate.parse({
    name,
    host: 'pop3.example.com',
    username: `${name.toLowerCase()}@example.com`,
    password: 'geheim',
    ...more,
  });

/** The code of the failure that a promise ends with. */
export const codeOf = (task: Promise<unknown>): Promise<string> =>
  task.then(
    () => 'no failure',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
