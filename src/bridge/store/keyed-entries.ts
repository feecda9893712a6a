/**
 * Where keyv keeps its entries: a table of the bridge's own database. Expired rows go when new ones come, once a minute.
 */
import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { KeyvStoreAdapter, StoredData } from 'keyv';
import type { Clock } from '../../platform/clock.js';

/** One row a key, made by keyv's serialization; `expires_at` in milliseconds since 1970. */
export interface KeyedEntryTable {
  installation_id: string;
  key: string;
  value: string;
  expires_at: number | null;
}

const CLEARING_EVERY_MS = 60_000;

/** The queries are the same for every such table. */
interface Entries {
  entry: KeyedEntryTable;
}

export interface KeyedEntriesOptions<Table extends string> {
  readonly database: Kysely<Record<Table, KeyedEntryTable>>;
  readonly table: Table;
  readonly installationId: string;
  readonly clock: Clock;
}

/** Entries that are written with one commit: requests come many at a time, and each sets its own. */
interface Batch {
  readonly rows: Map<string, KeyedEntryTable>;
  readonly written: Promise<void>;
}

export class KeyedEntries<Table extends string> extends EventEmitter implements KeyvStoreAdapter {
  readonly opts = {};
  readonly #database: Kysely<Entries>;
  readonly #table: 'entry';
  readonly #installationId: string;
  readonly #clock: Clock;
  #clearedAt: number | null = null;
  /** The one that is still open. */
  #batch: Batch | null = null;
  /** The latest batch is on disk, or has failed. */
  #ended: Promise<unknown> = Promise.resolve();

  constructor({ database, table, installationId, clock }: KeyedEntriesOptions<Table>) {
    super();
    this.#database = database as unknown as Kysely<Entries>;
    this.#table = table as unknown as 'entry';
    this.#installationId = installationId;
    this.#clock = clock;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  async get<Value>(key: string): Promise<StoredData<Value> | undefined> {
    const [value] = await this.getMany<Value>([key]);
    return value;
  }

  async getMany<Value>(keys: string[]): Promise<(StoredData<Value> | undefined)[]> {
    const rows = await this.#database
      .selectFrom(this.#table)
      .select(['key', 'value'])
      .where('installation_id', '=', this.#installationId)
      .where('key', 'in', keys)
      .where((where) =>
        where.or([where('expires_at', 'is', null), where('expires_at', '>', this.#now())]),
      )
      .execute();
    const values = new Map(rows.map(({ key, value }) => [key, value]));
    return keys.map((key) => values.get(key) as StoredData<Value> | undefined);
  }

  /** Resolves when the entry is on disk. */
  set(key: string, value: string, ttlMs?: number): Promise<void> {
    const expires_at = ttlMs === undefined ? null : this.#now() + ttlMs;
    this.#batch ??= this.#begin();
    this.#batch.rows.set(key, { installation_id: this.#installationId, key, value, expires_at });
    return this.#batch.written;
  }

  #begin(): Batch {
    const rows = new Map<string, KeyedEntryTable>();
    const before = this.#ended;
    const write = async () => {
      await Promise.all([before, nextTurn()]);
      this.#batch = null;
      await this.#write([...rows.values()]);
    };
    const written = write();
    this.#ended = written.catch(() => undefined);
    return { rows, written };
  }

  async #write(rows: readonly KeyedEntryTable[]): Promise<void> {
    await this.#clearExpired();
    await this.#database
      .insertInto(this.#table)
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['installation_id', 'key']).doUpdateSet((row) => ({
          value: row.ref('excluded.value'),
          expires_at: row.ref('excluded.expires_at'),
        })),
      )
      .execute();
  }

  async #clearExpired(): Promise<void> {
    const now = this.#now();
    // a clock that was set back is no reason to wait
    if (this.#clearedAt !== null && Math.abs(now - this.#clearedAt) < CLEARING_EVERY_MS) return;
    this.#clearedAt = now;
    await this.#database.deleteFrom(this.#table).where('expires_at', '<=', now).execute();
  }

  async delete(key: string): Promise<boolean> {
    await this.#ended;
    const result = await this.#database
      .deleteFrom(this.#table)
      .where('installation_id', '=', this.#installationId)
      .where('key', '=', key)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async clear(): Promise<void> {
    await this.#database
      .deleteFrom(this.#table)
      .where('installation_id', '=', this.#installationId)
      .execute();
  }

  /** Of the entries that have not expired, in order. */
  async keys(prefix: string): Promise<string[]> {
    const rows = await this.#database
      .selectFrom(this.#table)
      .select('key')
      .where('installation_id', '=', this.#installationId)
      .where('key', '>=', prefix)
      .where('key', '<', `${prefix}\uffff`)
      .where((where) =>
        where.or([where('expires_at', 'is', null), where('expires_at', '>', this.#now())]),
      )
      .orderBy('key')
      .execute();
    return rows.map(({ key }) => key);
  }
}
