/** A real archive behind the fault proxy, put back to how it stood before every run. */
import Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FaultProxy } from '../../fixtures/fault-proxy.js';
import {
  createAccountManagement,
  type AccountManagement,
} from '../../src/bridge/provisioning/index.js';
import {
  provisioningMigrations,
  type ProvisioningSchema,
} from '../../src/bridge/provisioning/schema.js';
import { GreyhoundClient } from '../../src/greyhound/index.js';
import { openSqlite } from '../../src/platform/database.js';
import { randomIds } from '../../src/platform/ids.js';
import { Vault } from '../../src/platform/vault.js';
import { RunningArchive, ShiftedClock } from '../archive/retrieval/running-archive.js';

/** Every account, group, signature, filter and rule as it is kept, by `kind.id`. */
export type Contents = ReadonlyMap<string, StoredElement>;

export interface StoredElement {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  /** Everything that is kept of it, sealed password and options among it. */
  readonly stored: string;
}

interface SavedTables {
  readonly accounts: readonly Record<string, unknown>[];
  readonly objects: readonly Record<string, unknown>[];
}

/** How the archive is reached: past the proxy, or through it. */
export type Way = 'direct' | 'watched' | 'disturbed';

/** Long enough for a busy machine to answer, short enough to be waited for at every call. */
const CALL_TIMEOUT_MS = 500;

export class ArchiveUnderFaults {
  readonly #tables: Database.Database;
  readonly #clients: GreyhoundClient[] = [];
  readonly #clientIds = new Set<string>();

  private constructor(
    readonly archive: RunningArchive,
    readonly proxy: FaultProxy,
  ) {
    this.#tables = new Database(join(archive.dataDir, 'archive.db'));
  }

  static async open(): Promise<ArchiveUnderFaults> {
    const archive = await RunningArchive.open();
    return new ArchiveUnderFaults(archive, await FaultProxy.start(archive.port));
  }

  /** A client through the proxy, or past it; one whose calls are disturbed does not wait long. */
  client(way: Way, clientId: string): GreyhoundClient {
    const client = new GreyhoundClient({
      url: way === 'direct' ? `http://127.0.0.1:${this.archive.port}` : this.proxy.url,
      username: 'bridge',
      password: 'geheim',
      clientId,
      ...(way === 'disturbed' ? { timeoutMs: CALL_TIMEOUT_MS } : {}),
    });
    this.#clients.push(client);
    this.#clientIds.add(clientId);
    return client;
  }

  /** Another process calls the archive by this id: its locks are dropped before the next run. */
  willUse(clientId: string): void {
    this.#clientIds.add(clientId);
  }

  contents(): Contents {
    const accounts = this.#tables
      .prepare('select id, kind, struct, options, password from accounts')
      .all() as { id: number; kind: string; struct: string }[];
    const objects = this.#tables.prepare('select id, kind, struct from objects').all();
    const rows = [...accounts, ...(objects as typeof accounts)];
    return new Map(
      rows.map((row) => {
        const { Name } = JSON.parse(row.struct) as { Name: string };
        const { id, kind } = row;
        return [`${kind}.${id}`, { id, kind, name: Name, stored: JSON.stringify(row) }];
      }),
    );
  }

  save(): SavedTables {
    const all = (table: string) =>
      this.#tables.prepare(`select * from ${table}`).all() as Record<string, unknown>[];
    return { accounts: all('accounts'), objects: all('objects') };
  }

  /** As it was; the locks of earlier runs are dropped. */
  async restore(saved: SavedTables): Promise<void> {
    this.proxy.reset();
    for (const clientId of this.#clientIds) await this.client('direct', clientId).users.Logout();
    this.#clientIds.clear();
    for (const client of this.#clients.splice(0)) client.close();
    this.#tables.transaction(() => {
      for (const [table, rows] of Object.entries(saved) as [string, SavedTables['accounts']][]) {
        this.#tables.exec(`delete from ${table}`);
        for (const row of rows) {
          const columns = Object.keys(row);
          const values = columns.map((column) => `@${column}`);
          this.#tables
            .prepare(`insert into ${table} (${columns.join()}) values (${values.join()})`)
            .run(row);
        }
      }
    })();
  }

  /** Names of what is locked, by whomever. */
  async locked(): Promise<string[]> {
    const client = this.client('direct', newClientId());
    const all = { AdvancedFields: true };
    const lists = await Promise.all([
      client.pop3Accounts.GetList(),
      client.smtpAccounts.GetList(),
      client.groups.GetCompleteList(all),
      client.signatures.GetList(all),
      client.filters.GetCompleteList(all),
      client.rules.GetList({ TriggerOption: 0 }),
    ]);
    return lists.flatMap((list: readonly { Name: string; LockData: { LockState: number } }[]) =>
      list.filter(({ LockData }) => LockData.LockState !== 0).map(({ Name }) => Name),
    );
  }

  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    this.#tables.close();
    await this.proxy.close();
    await this.archive.stop();
  }
}

export const newClientId = (): string => randomBytes(16).toString('hex');

/** What a bridge keeps while its process comes and goes: database, key, client id, and the clock it reads. */
export class BridgeInProcess {
  readonly clock = new ShiftedClock();
  readonly #vault = new Vault([Vault.newKey()]);

  private constructor(
    readonly database: Awaited<ReturnType<typeof openSqlite<ProvisioningSchema>>>,
    private readonly stand: ArchiveUnderFaults,
    private readonly clientId: string,
  ) {}

  /** @param file of the database, which outlives a process */
  static async open(stand: ArchiveUnderFaults, file = ':memory:'): Promise<BridgeInProcess> {
    const database = await openSqlite<ProvisioningSchema>(file, provisioningMigrations);
    return new BridgeInProcess(database, stand, newClientId());
  }

  start(way: Way = 'disturbed'): AccountManagement {
    const client = this.stand.client(way, this.clientId);
    return createAccountManagement({
      access: { client: () => Promise.resolve(client), hasMailBridge: () => Promise.resolve(true) },
      database: this.database,
      vault: this.#vault,
      clock: this.clock,
      ids: randomIds,
      pause: () => Promise.resolve(),
    });
  }

  close(): Promise<void> {
    return this.database.destroy();
  }
}
