/** Where keyv keeps its entries: the bridge's own database. Expired rows go when new ones come. */
import { EventEmitter } from 'node:events';
import type { Kysely } from 'kysely';
import type { KeyvStoreAdapter, StoredData } from 'keyv';
import type { Clock } from '../../platform/clock.js';
import type { IdempotencySchema } from './schema.js';

export class DatabaseStore extends EventEmitter implements KeyvStoreAdapter {
  readonly opts = {};
  readonly #database: Kysely<IdempotencySchema>;
  readonly #installationId: string;
  readonly #clock: Clock;

  constructor(database: Kysely<IdempotencySchema>, installationId: string, clock: Clock) {
    super();
    this.#database = database;
    this.#installationId = installationId;
    this.#clock = clock;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  async get<Value>(key: string): Promise<StoredData<Value> | undefined> {
    const row = await this.#database
      .selectFrom('idempotency')
      .select(['value', 'expires_at'])
      .where('installation_id', '=', this.#installationId)
      .where('key', '=', key)
      .executeTakeFirst();
    if (row === undefined || (row.expires_at !== null && row.expires_at <= this.#now()))
      return undefined;
    return row.value as StoredData<Value>;
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    const row = { value, expires_at: ttlMs === undefined ? null : this.#now() + ttlMs };
    await this.#database.deleteFrom('idempotency').where('expires_at', '<=', this.#now()).execute();
    await this.#database
      .insertInto('idempotency')
      .values({ installation_id: this.#installationId, key, ...row })
      .onConflict((conflict) => conflict.columns(['installation_id', 'key']).doUpdateSet(row))
      .execute();
  }

  async delete(key: string): Promise<boolean> {
    const result = await this.#database
      .deleteFrom('idempotency')
      .where('installation_id', '=', this.#installationId)
      .where('key', '=', key)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async clear(): Promise<void> {
    await this.#database
      .deleteFrom('idempotency')
      .where('installation_id', '=', this.#installationId)
      .execute();
  }
}
