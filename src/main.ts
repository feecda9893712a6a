/**
 * The only place that wires things together: the bridge, and the embedded archive when no other one is configured.
 *
 * As a program: `main.js` starts and runs until SIGTERM or SIGINT; `main.js backup …`, `main.js token create …` and the
 * like act on the data folder, also while it is in use. As a module: a host on Node calls `activate(context)` and `deactivate()`.
 */
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { saleswareRoutes } from '../adapters/salesware/index.js';
import { openArchive, type Archive } from './archive/index.js';
import { scopes, type Scope } from './bridge/http/index.js';
import { ManifestError, readManifest } from './bridge/manifest/index.js';
import type { BrowserReply, BrowserRequest } from './bridge/oauth/browser-routes.js';
import { openDirectoryStore } from './bridge/directory/index.js';
import { openBridge, type Bridge } from './bridge/open-bridge.js';
import { embeddedCredentials, Settings, SettingsStore } from './bridge/settings/index.js';
import { openBridgeDatabase, tablesOf, type BridgeDatabase } from './bridge/store/database.js';
import { DEFAULT_INSTALLATION } from './bridge/store/installation.js';
import { secretKeyFits } from './bridge/store/key-check.js';
import { Tokens } from './bridge/tokens/index.js';
import { BackupRefused, backUp, describeBackup } from './backup.js';
import { ARCHIVE_FOLDER, ownFolder } from './data-folder.js';
import type { ConnectDependencies } from './mail/endpoint.js';
import { lookupBy } from './mail/lookup.js';
import type { Arming } from './platform/arming.js';
import { systemClock } from './platform/clock.js';
import { ConfigError, readConfig, redactedConfig, type Config } from './platform/config.js';
import { EgressPolicy } from './platform/egress.js';
import { ExitCode } from './platform/exit-codes.js';
import { FolderInUse } from './platform/folder-lock.js';
import { randomIds } from './platform/ids.js';
import { createLogger, type Logger } from './platform/log.js';
import { StorageError } from './platform/storage-fault.js';
import { Vault } from './platform/vault.js';

export interface Running {
  readonly url: string;
  /** Made at this start, to be shown once; else null. */
  readonly newAdminToken: string | null;
  /** Ends everything within 10 seconds. */
  close(): Promise<void>;
}

interface Opened {
  readonly database: BridgeDatabase;
  readonly vault: Vault;
  readonly tokens: Tokens;
}

const LOOPBACK = '127.0.0.1';
const installationId = DEFAULT_INSTALLATION;

/** @throws ConfigError when the secrets of the data folder do not open with the key */
async function openData(config: Config): Promise<Opened> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const vault = new Vault(config.secretKeys);
  const database = await openBridgeDatabase(config.dataDir);
  if (!(await secretKeyFits(tablesOf(database), vault, installationId))) {
    await database.destroy();
    throw new ConfigError([
      `MB_SECRET_KEY or MB_SECRET_KEY_FILE: the secrets in ${config.dataDir} were sealed with another key`,
    ]);
  }
  const common = { installationId, clock: systemClock, ids: randomIds };
  return { database, vault, tokens: new Tokens({ database: tablesOf(database), ...common }) };
}

/** The embedded archive while it is the one in use: two archives must not fetch the same mailboxes. */
class EmbeddedArchiveRunner {
  #archive: Archive | undefined;
  #port: number;

  constructor(
    private readonly open: (port: number) => Promise<Archive>,
    port: number,
  ) {
    this.#port = port;
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.#port}`;
  }

  /** Null while it is not the one in use. */
  async browser(request: BrowserRequest): Promise<BrowserReply | null> {
    return (await this.#archive?.browser.handle(request)) ?? null;
  }

  async run(wanted: boolean): Promise<void> {
    if (!wanted) {
      const archive = this.#archive;
      this.#archive = undefined;
      await archive?.close();
      return;
    }
    this.#archive ??= await this.open(this.#port);
    this.#port = this.#archive.port;
  }
}

/**
 * @throws ConfigError, ManifestError, FolderInUse, StorageError, or the system's error for a port that is taken; then
 * nothing runs
 */
export async function start(config: Config): Promise<Running> {
  const manifest = readManifest();
  const connect = connectDependencies(config);
  const logger = createLogger(config.logLevel);
  logger.info(redactedConfig(config), 'configuration');
  const { arming, release } = ownFolder(config, logger);
  const closing: (() => unknown)[] = [release];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const opened = await openData(config);
    const { database, vault, tokens } = opened;
    closing.push(() => database.destroy());
    // known once the bridge listens; nobody signs in before
    let bridgeUrl = '';
    const publicUrl = () => (config.publicUrl ?? bridgeUrl).replace(/\/+$/, '');
    const environment = { config, connect, arming, logger, publicUrl };
    const { settings, runner } = await openSettings(opened, environment);
    closing.push(() => runner.run(false));
    const directoryStore = await openDirectoryStore({
      dataDir: config.dataDir,
      installationId,
      clock: systemClock,
      logger,
    });
    closing.push(() => directoryStore.close());
    const newAdminToken = await tokens.ensureAdmin(config.adminToken);
    const bridge: Bridge = await openBridge({
      host: config.host,
      port: config.port,
      publicUrl: config.publicUrl,
      installationId,
      database,
      vault,
      settings,
      directoryStore,
      connect,
      nameServers: config.dnsServers,
      browserSignIn: (request) => runner.browser(request),
      manifest,
      storageQuotaBytes: config.storageQuotaBytes,
      adapters: [saleswareRoutes],
      arming,
      clock: systemClock,
      ids: randomIds,
      logger,
    });
    closing.push(() => bridge.close());
    bridgeUrl = bridge.url;
    return { url: bridge.url, newAdminToken, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function connectDependencies(config: Config): ConnectDependencies {
  const trust = { ca: config.tlsAuthorities, maxVersion: config.tlsMaxVersion };
  try {
    const lookup = config.dnsServers.length === 0 ? undefined : lookupBy(config.dnsServers);
    return { egress: EgressPolicy.parse(config.egressAllow, lookup), trust };
  } catch (error) {
    throw new ConfigError([`MB_EGRESS_ALLOW: ${error instanceof Error ? error.message : ''}`]);
  }
}

interface ArchiveEnvironment {
  readonly config: Config;
  readonly connect: ConnectDependencies;
  readonly arming: Arming;
  readonly logger: Logger;
  readonly publicUrl: () => string;
}

/** The settings, with the embedded archive running if it is the one in use. */
async function openSettings(
  { database, vault }: Opened,
  { config, connect, arming, logger, publicUrl }: ArchiveEnvironment,
): Promise<{ settings: Settings; runner: EmbeddedArchiveRunner }> {
  const store = new SettingsStore(tablesOf(database), vault, installationId);
  const { url, username, password } = config.archive;
  const realm = await embeddedCredentials(
    tablesOf(database),
    vault,
    installationId,
    url === undefined ? { username, password } : {},
  );
  const runner = new EmbeddedArchiveRunner((port) => {
    const dataDir = join(config.dataDir, ARCHIVE_FOLDER);
    const common = { vault, clock: systemClock, arming, logger, publicUrl, ...connect };
    const { diskReserveBytes } = config;
    return openArchive({ dataDir, host: LOOPBACK, port, realm, diskReserveBytes, ...common });
  }, config.archive.port);
  const embedded = {
    get url() {
      return runner.url;
    },
    ...realm,
  };
  const environment = url === undefined ? {} : { url, username, password };
  const settings = new Settings(store, environment, url === undefined ? embedded : null);
  settings.onChanged(({ archive }) => runner.run(archive === 'embedded'));
  await runner.run((await settings.read()).archive === 'embedded');
  return { settings, runner };
}

// --- as a module of a host ---

/** What a host hands over. */
export interface ActivationContext {
  /** Variables as in the environment, on top of the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

let active: Promise<Running> | undefined;

/** Starts the bridge; a second call gets the one that runs. A failed start can be tried again. */
export function activate(context: ActivationContext = {}): Promise<Running> {
  active ??= (async () => start(readConfig({ ...process.env, ...context.environment })))();
  const mine = active;
  mine.catch(() => {
    if (active === mine) active = undefined;
  });
  return mine;
}

/** Ends server, timers and archive sessions. */
export async function deactivate(): Promise<void> {
  const running = active;
  active = undefined;
  await (await running)?.close();
}

// --- as a program ---

const USAGE = `Usage:
  main.js                                              start
  main.js backup TARGET                                copy the data folder, also while it is in use
  main.js token create --name NAME --scope SCOPE …     make an access token and print it
  main.js token revoke --name NAME                     make the tokens of that name useless
  main.js settings hand-over                           take over an account that the vendor managed
Scopes: ${scopes.join(', ')}
`;

const isScope = (text: string): text is Scope => (scopes as readonly string[]).includes(text);

/** null when there is an option that nobody knows. */
function parseProgramArgs(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { name: { type: 'string' }, scope: { type: 'string', multiple: true } },
    });
  } catch {
    return null;
  }
}

/** @returns the exit code; undefined when the program goes on running */
async function program(args: readonly string[]): Promise<number | undefined> {
  const parsed = parseProgramArgs(args);
  if (parsed === null) {
    process.stderr.write(USAGE);
    return ExitCode.usage;
  }
  const { positionals, values } = parsed;
  const command = positionals.join(' ');
  const { name, scope = [] } = values;
  const config = readConfig(process.env);
  if (command === '') return serve(config);
  const [verb, target, ...rest] = positionals;
  if (verb === 'backup' && target !== undefined && rest.length === 0) {
    const { version } = readManifest();
    const backup = await backUp(config, target, { version, clock: systemClock });
    process.stdout.write(describeBackup(backup, config.secretKeyFile));
    return ExitCode.ok;
  }
  const data = await openData(config);
  try {
    if (
      command === 'token create' &&
      name !== undefined &&
      scope.length > 0 &&
      scope.every(isScope)
    ) {
      process.stdout.write(`${await data.tokens.create(name, scope)}\n`);
      return ExitCode.ok;
    }
    if (command === 'token revoke' && name !== undefined) {
      process.stdout.write(`${await data.tokens.revoke(name)} revoked\n`);
      return ExitCode.ok;
    }
    if (command === 'settings hand-over') {
      const store = new SettingsStore(tablesOf(data.database), data.vault, installationId);
      await new Settings(store, {}, null).handOver();
      return ExitCode.ok;
    }
  } finally {
    await data.database.destroy();
  }
  process.stderr.write(USAGE);
  return ExitCode.usage;
}

async function serve(config: Config): Promise<undefined> {
  const running = await start(config);
  process.stdout.write(`ERP mail bridge: ${running.url}\n`);
  if (running.newAdminToken !== null)
    process.stdout.write(`Admin token, shown only this once: ${running.newAdminToken}\n`);
  let isStopping = false;
  const stop = () => {
    // a second signal neither hurries nor breaks off what is ending
    if (isStopping) return;
    isStopping = true;
    // Whatever still holds on after this is cut off: a supervisor would kill the process anyway.
    setTimeout(() => process.exit(ExitCode.failed), 9_500).unref();
    running.close().then(
      () => process.exit(ExitCode.ok),
      (error: unknown) => {
        process.stderr.write(`${errorText(error)}\n`);
        process.exit(exitCodeOf(error));
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return undefined;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError || error instanceof ManifestError) return ExitCode.configuration;
  if (error instanceof StorageError) return ExitCode.storage;
  return ExitCode.failed;
}

/** What an operator can act upon is told in a sentence, anything else with its stack. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = [ConfigError, ManifestError, StorageError, FolderInUse, BackupRefused];
  if (expected.some((kind) => error instanceof kind)) return error.message;
  return error.stack ?? error.message;
}

const isProgram =
  process.argv[1] !== undefined &&
  import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href;

if (isProgram) {
  try {
    const exitCode = await program(process.argv.slice(2));
    if (exitCode !== undefined) process.exitCode = exitCode;
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
