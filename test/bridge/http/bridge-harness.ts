/** A bridge on a free port with the routes that a test names, and a client for it. */
import { Idempotency, idempotencyEntries } from '../../../src/bridge/idempotency/index.js';
import {
  createApp,
  documentRoutes,
  listen,
  type AnyRoute,
} from '../../../src/bridge/http/index.js';
import { scopes, type Scope } from '../../../src/bridge/http/route.js';
import { newClientId } from '../../../src/greyhound/index.js';
import {
  ArchiveConnection,
  Settings,
  settingsRoutes,
  SettingsStore,
  type ArchiveEnvironment,
  type EmbeddedArchive,
} from '../../../src/bridge/settings/index.js';
import {
  openBridgeDatabase,
  tablesOf,
  type BridgeDatabase,
} from '../../../src/bridge/store/database.js';
import { DEFAULT_INSTALLATION } from '../../../src/bridge/store/installation.js';
import { Tokens } from '../../../src/bridge/tokens/index.js';
import { checkRoutes } from '../../../src/bridge/checks/index.js';
import { filterRoutes } from '../../../src/bridge/filters/index.js';
import { healthRoutes } from '../../../src/bridge/health/index.js';
import type { LinkPort } from '../../../src/bridge/oauth/index.js';
import { messageRoutes, type OutgoingMarks } from '../../../src/bridge/messages/index.js';
import { ruleRoutes } from '../../../src/bridge/rules/routes.js';
import { signatureRoutes } from '../../../src/bridge/signatures/routes.js';
import type { Users } from '../../../src/bridge/users/index.js';
import type { ConnectDependencies } from '../../../src/mail/endpoint.js';
import { alwaysArmed } from '../../../src/platform/arming.js';
import { systemClock } from '../../../src/platform/clock.js';
import { databaseAnswers } from '../../../src/platform/database.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { randomIds } from '../../../src/platform/ids.js';
import { createLogger } from '../../../src/platform/log.js';
import { Vault } from '../../../src/platform/vault.js';

/** What routes are built upon. */
export interface HarnessParts {
  readonly archive: ArchiveConnection;
  readonly database: BridgeDatabase;
}

export interface HarnessOptions {
  readonly embedded?: EmbeddedArchive | null;
  readonly environment?: ArchiveEnvironment;
  /** Beside the bridge's own. */
  readonly routes?: readonly AnyRoute[] | ((parts: HarnessParts) => readonly AnyRoute[]);
  readonly dataDir?: string;
  readonly connect?: ConnectDependencies;
  /** None unless told. */
  readonly links?: LinkPort;
  /** Outgoing messages carry none unless told. */
  readonly marks?: OutgoingMarks;
  /** Nobody is known unless told. */
  readonly users?: Users;
  /** Storage agreed on for the archive; none unless told. */
  readonly quotaBytes?: () => Promise<number | null>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, when it is JSON. */
  readonly body: Record<string, unknown>;
}

export interface RequestOptions {
  readonly method?: string;
  /** Sent as JSON; a string or buffer as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** null: none. */
  readonly token?: string | null;
}

export interface BridgeHarness {
  readonly url: string;
  readonly routes: readonly AnyRoute[];
  readonly token: string;
  readonly tokens: Tokens;
  readonly settings: Settings;
  readonly archive: ArchiveConnection;
  readonly database: BridgeDatabase;
  /** Everything that was logged. */
  readonly log: () => string;
  tokenWith(scope: Scope): Promise<string>;
  request(path: string, options?: RequestOptions): Promise<Answer>;
  close(): Promise<void>;
}

export async function startBridge(options: HarnessOptions = {}): Promise<BridgeHarness> {
  const database = await openBridgeDatabase(options.dataDir ?? ':memory:');
  const vault = new Vault([Vault.newKey()]);
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  const installationId = DEFAULT_INSTALLATION;
  const tokens = new Tokens({
    database: tablesOf(database),
    installationId,
    clock: systemClock,
    ids: randomIds,
  });
  const token = await tokens.create('test', scopes);
  const store = new SettingsStore(tablesOf(database), vault, installationId);
  const settings = new Settings(store, options.environment ?? {}, options.embedded ?? null);
  const clientId = newClientId();
  const archive = new ArchiveConnection(settings, clientId);
  const connect = options.connect ?? { egress: EgressPolicy.parse('127.0.0.0/8'), trust: {} };
  const links = options.links === undefined ? {} : { links: options.links };
  const isReady = () => databaseAnswers(tablesOf<unknown>(database));
  const quota = options.quotaBytes === undefined ? {} : { quotaBytes: options.quotaBytes };
  const own = [
    ...settingsRoutes({ settings, clientId }),
    ...filterRoutes(archive),
    ...signatureRoutes(archive),
    ...ruleRoutes(archive),
    ...messageRoutes(archive, alwaysArmed, options.marks),
    ...checkRoutes({ archive, connect, ...links }),
    ...healthRoutes({ archive, clock: systemClock, isReady, ...links, ...quota }),
    ...(typeof options.routes === 'function'
      ? options.routes({ archive, database })
      : (options.routes ?? [])),
  ];
  const routes = [...own, ...documentRoutes(own, '0.0.0')];
  const idempotencyStore = idempotencyEntries(tablesOf(database), installationId, systemClock);
  const idempotency = new Idempotency(idempotencyStore, vault);
  const { users = { user: () => Promise.resolve(null) } } = options;
  const app = createApp({ routes, tokens, users, idempotency, logger, ids: randomIds });
  const server = await listen(app, '127.0.0.1', 0);
  const url = `http://127.0.0.1:${String(server.port)}`;
  return {
    url,
    routes,
    token,
    tokens,
    settings,
    archive,
    database,
    log: () => lines.join(''),
    tokenWith: (scope) => tokens.create(scope, [scope]),
    request: (path, request = {}) => send(url + path, token, request),
    close: async () => {
      archive.close();
      await server.close(100);
      await database.destroy();
    },
  };
}

async function send(
  url: string,
  defaultToken: string,
  { method = 'GET', body, headers = {}, token = defaultToken }: RequestOptions,
): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  const parsed = isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, headers: response.headers, text, body: parsed };
}
