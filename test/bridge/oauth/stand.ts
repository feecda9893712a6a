/** Links over a scripted archive, with all routes that have to do with them. */
import { ScriptedArchive } from '../../../fixtures/scripted-archive.js';
import type { ScriptedSignIns } from '../../../fixtures/scripted-sign-ins.js';
import { accountRoutes } from '../../../src/bridge/accounts/index.js';
import { changesetRoutes } from '../../../src/bridge/changesets/index.js';
import { sendingRoutes } from '../../../src/bridge/checks/index.js';
import { createLinks, createOAuth, type Links } from '../../../src/bridge/oauth/index.js';
import {
  createAccountManagement,
  OperationJournal,
  type AccountManagement,
} from '../../../src/bridge/provisioning/index.js';
import {
  openBridgeDatabase,
  tablesOf,
  type BridgeDatabase,
} from '../../../src/bridge/store/database.js';
import { GreyhoundClient, newClientId } from '../../../src/greyhound/index.js';
import { randomIds } from '../../../src/platform/ids.js';
import { createLogger } from '../../../src/platform/log.js';
import { Vault } from '../../../src/platform/vault.js';
import { SettableArming } from '../../support/settable-arming.js';
import { ShiftedClock } from '../../archive/retrieval/running-archive.js';
import { startBridge, type Answer, type BridgeHarness } from '../http/bridge-harness.js';

export const INSTALLATION = 'default';
export const PUBLIC_URL = 'https://bridge.example.test';
export const RETURN_URL = 'https://erp.example.test/accounts/1?tab=mail#form';

/** The bridge as one process. */
interface Process {
  readonly bridge: BridgeHarness;
  readonly links: Links;
  readonly management: AccountManagement;
  readonly oauth: ReturnType<typeof createOAuth>;
}

interface Shared {
  readonly archive: ScriptedArchive;
  readonly database: BridgeDatabase;
  readonly vault: Vault;
  readonly clientId: string;
  readonly clock: ShiftedClock;
  readonly hasMailBridge: boolean;
  readonly log: string[];
  readonly arming: SettableArming;
}

async function startProcess(shared: Shared, clients: GreyhoundClient[]): Promise<Process> {
  const { archive, database, vault, clientId, clock, hasMailBridge, log, arming } = shared;
  const credentials = { username: 'bridge', password: 'secret' };
  const client = new GreyhoundClient({ url: archive.url, ...credentials, clientId });
  clients.push(client);
  const access = {
    client: () => Promise.resolve(client),
    hasMailBridge: () => Promise.resolve(hasMailBridge),
  };
  const common = { access, database: tablesOf<never>(database), vault, clock };
  const logger = createLogger('debug', { write: (line) => void log.push(line) });
  const links = createLinks({
    ...common,
    journal: new OperationJournal(tablesOf(database), clock, vault),
    installationId: INSTALLATION,
    publicUrl: () => PUBLIC_URL,
  });
  const management = createAccountManagement({
    ...common,
    ids: randomIds,
    links,
    pause: () => Promise.resolve(),
  });
  const { saving } = management;
  const oauth = createOAuth({
    access,
    links,
    saving,
    installationId: INSTALLATION,
    arming,
    logger,
    lookIntervalMs: 20,
  });
  const routes = [
    ...accountRoutes(management),
    ...changesetRoutes(saving),
    ...sendingRoutes({ archive: access, arming }),
    ...oauth.routes,
  ];
  const embedded = { url: archive.url, ...credentials };
  return { bridge: await startBridge({ routes, embedded, links }), links, management, oauth };
}

export class OAuthStand {
  readonly #clients: GreyhoundClient[] = [];
  readonly #bridges: BridgeHarness[] = [];
  #process!: Process;

  private constructor(private readonly shared: Shared) {}

  static async open(hasMailBridge: boolean): Promise<OAuthStand> {
    const stand = new OAuthStand({
      archive: await ScriptedArchive.start({ hasMailBridge }),
      database: await openBridgeDatabase(':memory:'),
      vault: new Vault([Vault.newKey()]),
      clientId: newClientId(),
      clock: new ShiftedClock(),
      hasMailBridge,
      log: [],
      arming: new SettableArming(),
    });
    await stand.restart();
    return stand;
  }

  /** Another process on the same archive and database. */
  async restart(): Promise<void> {
    this.#process = await startProcess(this.shared, this.#clients);
    this.#bridges.push(this.#process.bridge);
  }

  get archive(): ScriptedArchive {
    return this.shared.archive;
  }

  get signIns(): ScriptedSignIns {
    return this.shared.archive.oauth;
  }

  get database(): BridgeDatabase {
    return this.shared.database;
  }

  get clock(): ShiftedClock {
    return this.shared.clock;
  }

  get arming(): SettableArming {
    return this.shared.arming;
  }

  get process(): Process {
    return this.#process;
  }

  /** What both the bridge and the watch have logged. */
  get log(): string {
    return this.shared.log.join('') + this.#bridges.map(({ log }) => log()).join('');
  }

  request(path: string, method = 'GET', body?: unknown, headers: Record<string, string> = {}) {
    return this.#process.bridge.request(path, {
      method,
      headers: { 'Accept-Language': 'de', ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, 'POST', body, headers);
  }

  /** Changes an account as a form does: with the tag of what it shows. */
  async put(path: string, body: unknown): Promise<Answer> {
    const read = await this.request(path);
    return this.request(path, 'PUT', body, { 'If-Match': read.headers.get('etag') ?? '' });
  }

  /** The browser, which follows no redirect. */
  async browse(path: string, language = 'de') {
    const url = this.#process.bridge.url + path;
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { 'Accept-Language': language },
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** Calls of these methods so far, by name only. */
  called(pattern: RegExp): string[] {
    return this.archive.calls.map(({ method }) => method).filter((method) => pattern.test(method));
  }

  async close(): Promise<void> {
    await this.#process.oauth.close();
    for (const bridge of this.#bridges) await bridge.close();
    for (const client of this.#clients) client.close();
    await this.archive.close();
    await this.database.destroy();
  }
}

export const incoming = '/api/v1/incoming-accounts';
export const smtp = '/api/v1/smtp-accounts';
export const links = '/api/v1/oauth/links';

export const account = (more: Record<string, unknown> = {}) => ({
  name: 'Verkauf',
  host: 'outlook.office365.com',
  username: 'verkauf@example.com',
  authentication: 'oauth2',
  ...more,
});

export const newLink = (more: Record<string, unknown> = {}) => ({
  host: 'outlook.office365.com',
  emailAddress: 'verkauf@example.com',
  ...more,
});

export const linkIdOf = ({ body }: Answer): string => String(body['linkId']);

export const failureOf = ({ body }: Answer) => {
  const { status, code, field } = body;
  return { status, code, ...(field === undefined ? {} : { field }) };
};
