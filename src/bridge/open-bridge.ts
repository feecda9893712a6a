/** The bridge put together: every capability with its routes, listening. */
import type { ConnectDependencies } from '../mail/endpoint.js';
import type { Clock } from '../platform/clock.js';
import { databaseAnswers } from '../platform/database.js';
import type { IdSource } from '../platform/ids.js';
import type { InstanceArming } from '../platform/instance.js';
import type { Logger } from '../platform/log.js';
import type { Vault } from '../platform/vault.js';
import { accountRoutes } from './accounts/index.js';
import { armingRoutes } from './arming/index.js';
import { createAssignment, type AssignmentService } from './assignment/index.js';
import { autoconfigRoutes } from './autoconfig/index.js';
import { changesetRoutes } from './changesets/index.js';
import { checkRoutes, sendingRoutes } from './checks/index.js';
import { MailboxCompleteness, mailboxCompletenessRoutes } from './completeness/index.js';
import { createDirectory, type Directory, type DirectoryStore } from './directory/index.js';
import { createEvents } from './events/index.js';
import { exportRoutes } from './export/index.js';
import { filterRoutes } from './filters/index.js';
import { groupRoutes } from './groups/index.js';
import { healthRoutes, HOSTED_QUOTA_BYTES } from './health/index.js';
import { createApp, documentRoutes, listen, type AnyRoute } from './http/index.js';
import { Idempotency, idempotencyEntries } from './idempotency/index.js';
import { folderRoutes } from './folders/routes.js';
import { mailOptionsRoutes } from './mail-options/routes.js';
import { manifestRoutes, type Manifest } from './manifest/index.js';
import { personRoutes } from './retention/person-routes.js';
import { retentionRoutes } from './retention/routes.js';
import { messageRoutes, TrackingMarks } from './messages/index.js';
import { Metrics, metricsRoutes } from './metrics/index.js';
import { browserRoutes, type BrowserSignIn } from './oauth/browser-routes.js';
import { createLinks, createOAuth, linkOffersOf, type Links } from './oauth/index.js';
import { operationRoutes } from './operations/index.js';
import {
  abandonOperations,
  createAccountManagement,
  licensedLimits,
  OperationJournal,
  provisioningRoutes,
  type AccountManagement,
} from './provisioning/index.js';
import { ruleRoutes } from './rules/routes.js';
import {
  archiveClientId,
  ArchiveConnection,
  settingsRoutes,
  type Settings,
} from './settings/index.js';
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
  /** The ERP's records as it pushed them. */
  readonly directoryStore: DirectoryStore;
  readonly connect: ConnectDependencies;
  /** For autoconfiguration; empty: the system's. */
  readonly nameServers: readonly string[];
  /** What browsers do while somebody signs in at a provider of the embedded archive. */
  readonly browserSignIn: BrowserSignIn;
  readonly manifest: Manifest;
  /** Storage agreed on for the archive, 0 for none; null: what comes with the archive in use. */
  readonly storageQuotaBytes?: number | null;
  /** Routes that are built on the bridge's own. */
  readonly adapters: readonly ((api: readonly AnyRoute[]) => readonly AnyRoute[])[];
  /** Until it is armed nothing is sent. */
  readonly arming: InstanceArming;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}

export interface Bridge {
  readonly port: number;
  readonly url: string;
  /** Every route that is mounted. */
  readonly routes: readonly AnyRoute[];
  /** Ends timers, archive connection and server; requests under way may end within 3 seconds. */
  close(): Promise<void>;
}

/** A drain takes this and the archive's, together less than the 10 seconds that supervisors wait. */
const REQUEST_GRACE_MS = 3000;

/** How often operations that an unreachable archive left open are taken up again. */
const RECOVERY_INTERVAL_MS = 30_000;

export async function openBridge(options: BridgeOptions): Promise<Bridge> {
  const { database, vault, settings, arming, clock, ids, logger, installationId } = options;
  const isCopy = arming.inheritsOperations;
  const clientId = await archiveClientId(tablesOf(database), installationId, isCopy);
  if (isCopy) {
    await abandonOperations(tablesOf(database), clock);
    arming.operationsAbandoned();
  }
  const archive = new ArchiveConnection(settings, clientId);
  let url = options.publicUrl ?? '';
  const links = linksOf(options, archive, () => url);
  const management = createAccountManagement({
    access: archive,
    database: tablesOf(database),
    vault,
    clock,
    ids,
    links,
  });
  const oauth = createOAuth({ ...options, access: archive, links, saving: management.saving });
  const erp = createDirectory({
    ...options,
    database: tablesOf(database),
    store: options.directoryStore,
  });
  const { assignment, marks } = assignmentOf(options, archive, erp.directory);
  const events = createEvents({ ...options, archive, database: tablesOf(database), links });
  // the library is loaded with the first scrape: requests are counted from there on
  let metrics: Promise<Metrics> | null = null;
  const openMetrics = () => (metrics ??= Metrics.open());
  const api = [
    ...capabilityRoutes(options, archive, clientId, management, links),
    ...messageRoutes(archive, arming, marks),
    ...exportRoutes(archive, logger),
    ...erp.routes,
    ...assignment.routes,
    ...mailOptionsRoutes(archive),
    ...retentionRoutes(archive),
    ...personRoutes(archive),
    ...folderRoutes(archive),
    ...metricsRoutes({ archive, clock, metrics: openMetrics, links }),
    ...events.routes,
    ...oauth.routes,
    ...browserRoutes(options.browserSignIn),
    ...manifestRoutes({ manifest: options.manifest, baseUrl: () => url }),
  ];
  const extended = [...api, ...options.adapters.flatMap((adapter) => adapter(api))];
  const routes = [...extended, ...documentRoutes(extended, options.manifest.version)];
  const tokens = new Tokens({ database: tablesOf(database), installationId, clock, ids });
  const store = idempotencyEntries(tablesOf(database), installationId, clock);
  const idempotency = new Idempotency(store, vault);
  const app = createApp({
    routes,
    tokens,
    users: erp.directory,
    idempotency,
    logger,
    ids,
    onRequest: (measured) => void metrics?.then((loaded) => loaded.observe(measured)),
  });
  const server = await listen(app, options.host, options.port);
  const ownUrl = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${server.port}`;
  if (url === '') url = ownUrl;
  const stopRecovery = recoverRegularly(management, logger);
  events.start();
  oauth.start();
  assignment.start();
  return {
    port: server.port,
    url: ownUrl,
    routes,
    close: async () => {
      stopRecovery();
      await Promise.all([oauth.close(), events.close(), assignment.close()]);
      await server.close(REQUEST_GRACE_MS);
      archive.close();
    },
  };
}

function capabilityRoutes(
  { settings, connect, nameServers, database, clock, arming, storageQuotaBytes }: BridgeOptions,
  archive: ArchiveConnection,
  clientId: string,
  management: AccountManagement,
  links: Links,
): readonly AnyRoute[] {
  const isReady = () => databaseAnswers(tablesOf<unknown>(database));
  const quotaBytes = async () => {
    const isHosted = (await settings.read()).archive === 'remote';
    return (storageQuotaBytes ?? (isHosted ? HOSTED_QUOTA_BYTES : 0)) || null;
  };
  return [
    ...healthRoutes({ archive, clock, isReady, links, quotaBytes }),
    ...settingsRoutes({ settings, clientId }),
    ...accountRoutes(management),
    ...checkRoutes({ archive, connect, links }),
    ...sendingRoutes({ archive, arming }),
    ...autoconfigRoutes({ ...connect, nameServers, linkOffers: linkOffersOf(archive) }),
    ...mailboxCompletenessRoutes(
      new MailboxCompleteness({ access: archive, limits: licensedLimits }),
    ),
    ...provisioningRoutes(management.provisioning),
    ...changesetRoutes(management.saving),
    ...operationRoutes(management.operations),
    ...groupRoutes(management.groups),
    ...signatureRoutes(archive),
    ...filterRoutes(archive),
    ...ruleRoutes(archive),
    ...armingRoutes({ arming, archive }),
  ];
}

/** Marks are made where the policy of the assignment says so, and read where it decides: each needs the other. */
function assignmentOf(
  options: BridgeOptions,
  archive: ArchiveConnection,
  directory: Directory,
): { assignment: AssignmentService; marks: TrackingMarks } {
  const archiveId = () => archive.archiveId();
  const assignment = createAssignment({
    ...options,
    database: tablesOf(options.database),
    archive,
    archiveId,
    directory,
    markedMessages: (header) => marks.markedMessages(header),
  });
  const marks: TrackingMarks = new TrackingMarks({
    ...options,
    database: tablesOf(options.database),
    archiveId,
    isOn: assignment.marksOutgoing,
  });
  return { assignment, marks };
}

const linksOf = (
  { database, vault, installationId, clock }: BridgeOptions,
  access: ArchiveConnection,
  publicUrl: () => string,
): Links =>
  createLinks({
    access,
    database: tablesOf(database),
    vault,
    journal: new OperationJournal(tablesOf(database), clock, vault),
    installationId,
    clock,
    publicUrl,
  });

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
