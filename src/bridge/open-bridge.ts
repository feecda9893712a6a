/** The bridge put together: every capability with its routes, listening. */
import type { ConnectDependencies } from '../mail/endpoint.js';
import type { Clock } from '../platform/clock.js';
import { databaseAnswers } from '../platform/database.js';
import type { IdSource } from '../platform/ids.js';
import type { Logger } from '../platform/log.js';
import type { Vault } from '../platform/vault.js';
import { accountRoutes } from './accounts/index.js';
import { changesetRoutes } from './changesets/index.js';
import { checkRoutes } from './checks/index.js';
import { filterRoutes } from './filters/index.js';
import { groupRoutes } from './groups/index.js';
import { healthRoutes } from './health/index.js';
import { createApp, documentRoutes, listen, type AnyRoute } from './http/index.js';
import { DatabaseStore, Idempotency } from './idempotency/index.js';
import { manifestRoutes, type Manifest } from './manifest/index.js';
import { messageRoutes } from './messages/index.js';
import { operationRoutes } from './operations/index.js';
import {
  createAccountManagement,
  provisioningRoutes,
  type AccountManagement,
} from './provisioning/index.js';
import { ruleRoutes } from './rules/routes.js';
import { ArchiveConnection, newClientId, settingsRoutes, type Settings } from './settings/index.js';
import { signatureRoutes } from './signatures/routes.js';
import { tablesOf, type BridgeDatabase } from './store/database.js';
import { Tokens } from './tokens/index.js';

export interface BridgeOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Where hosts reach the bridge; by its own address unless told. */
  readonly publicUrl: string | undefined;
  readonly installationId: string;
  readonly database: BridgeDatabase;
  readonly vault: Vault;
  readonly settings: Settings;
  readonly connect: ConnectDependencies;
  readonly manifest: Manifest;
  /** Routes that are built on the bridge's own. */
  readonly adapters: readonly ((api: readonly AnyRoute[]) => readonly AnyRoute[])[];
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}

export interface Bridge {
  readonly port: number;
  readonly url: string;
  /** Every route that is mounted. */
  readonly routes: readonly AnyRoute[];
  /** Ends timers, archive connection and server; requests under way may end within 5 seconds. */
  close(): Promise<void>;
}

/** How often operations that an unreachable archive left open are taken up again. */
const RECOVERY_INTERVAL_MS = 30_000;

export async function openBridge(options: BridgeOptions): Promise<Bridge> {
  const { database, vault, settings, clock, ids, logger, installationId } = options;
  const clientId = newClientId();
  const archive = new ArchiveConnection(settings, clientId);
  const management = createAccountManagement({
    access: archive,
    database: tablesOf(database),
    clock,
    ids,
  });
  let url = options.publicUrl ?? '';
  const api = [
    ...capabilityRoutes(options, archive, clientId, management),
    ...manifestRoutes({ manifest: options.manifest, baseUrl: () => url }),
  ];
  const extended = [...api, ...options.adapters.flatMap((adapter) => adapter(api))];
  const routes = [...extended, ...documentRoutes(extended, options.manifest.version)];
  const tokens = new Tokens({ database: tablesOf(database), installationId, clock, ids });
  const store = new DatabaseStore(tablesOf(database), installationId, clock);
  const idempotency = new Idempotency(store, vault);
  const app = createApp({ routes, tokens, idempotency, logger, ids });
  const server = await listen(app, options.host, options.port);
  const ownUrl = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${server.port}`;
  if (url === '') url = ownUrl;
  const stopRecovery = recoverRegularly(management, logger);
  return {
    port: server.port,
    url: ownUrl,
    routes,
    close: async () => {
      stopRecovery();
      await server.close();
      archive.close();
    },
  };
}

function capabilityRoutes(
  { settings, connect, database }: BridgeOptions,
  archive: ArchiveConnection,
  clientId: string,
  management: AccountManagement,
): readonly AnyRoute[] {
  const isReady = () => databaseAnswers(tablesOf<unknown>(database));
  return [
    ...healthRoutes({ archive, isReady }),
    ...settingsRoutes({ settings, clientId }),
    ...accountRoutes(management),
    ...checkRoutes({ archive, connect }),
    ...provisioningRoutes(management.provisioning),
    ...changesetRoutes(management.saving),
    ...operationRoutes(management.operations),
    ...groupRoutes(management.groups),
    ...signatureRoutes(archive),
    ...filterRoutes(archive),
    ...ruleRoutes(archive),
    ...messageRoutes(archive),
  ];
}

/** @returns ends it */
function recoverRegularly(management: AccountManagement, logger: Logger): () => void {
  const recover = () => {
    management.recoverOperations().catch((error: unknown) => {
      logger.warn({ err: error }, 'operations stay open until the archive answers');
    });
  };
  recover();
  const timer = setInterval(recover, RECOVERY_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
