/** Everything that writes to the store of records. One of these works at a time, mostly in a thread of its own. */
import { sql } from 'kysely';
import { openSqlite } from '../../../platform/database.js';
import { refuse } from '../../failure.js';
import type { PushedType } from '../schemas.js';
import { Closing } from './closing.js';
import { currentSet } from './key-search.js';
import { readLines } from './line-reader.js';
import { PushRun, type PushEnvironment, type PushOutcome, type PushRequest } from './push-run.js';
import { giveUpAbandoned, growSet, removeRetired } from './record-sets.js';
import { directoryMigrations, type DirectorySchema } from './schema.js';
import { writeBatch } from './set-batch.js';

export interface DirectoryWriter {
  /**
   * @param body NDJSON; read no faster than it is stored
   * @throws BridgeFailure directoryLineInvalid, uploadOutOfStep, uploadBusy, invalidRequest; what the body throws
   */
  push(request: PushRequest, body: AsyncIterable<Uint8Array>): Promise<PushOutcome>;
  /** Does nothing when there is no such record. */
  remove(type: PushedType, id: string): Promise<void>;
  /** Removes what replacements left behind. */
  sweep(): Promise<void>;
  /** What is under way ends at its next step. */
  close(): Promise<void>;
}

/** Small: rows come in the order of their keys, and every page is needed once a batch. */
const CACHE_KIB = 4096;

/**
 * Of 4 KiB in the write-ahead log before they are put into their places. Keys come in no order: many batches touch the
 * same pages, and putting them into their places is what costs.
 */
const CHECKPOINT_PAGES = 40_000;

export class RecordWriter implements DirectoryWriter {
  /** Uploads under way, as `type/name`. */
  readonly #busy = new Set<string>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closing = new Closing();

  constructor(private readonly environment: PushEnvironment) {}

  static async open(
    file: string,
    options: Omit<PushEnvironment, 'database'>,
  ): Promise<RecordWriter> {
    const database = await openSqlite<DirectorySchema>(file, directoryMigrations, {
      cacheKib: CACHE_KIB,
    });
    await sql`pragma wal_autocheckpoint = ${sql.lit(CHECKPOINT_PAGES)}`.execute(database);
    return new RecordWriter({ database, ...options });
  }

  push(request: PushRequest, body: AsyncIterable<Uint8Array>): Promise<PushOutcome> {
    return this.#watched(async () => {
      const { type, upload } = request;
      if (upload === null) return this.#push(request, body);
      const name = `${type}/${upload.name}`;
      if (this.#busy.has(name)) throw refuse('uploadBusy');
      this.#busy.add(name);
      try {
        return await this.#push(request, body);
      } finally {
        this.#busy.delete(name);
      }
    });
  }

  async #push(request: PushRequest, body: AsyncIterable<Uint8Array>): Promise<PushOutcome> {
    const run = await PushRun.begin(this.environment, request);
    for await (const lines of readLines(this.#closing.interrupts(body)))
      for (const line of lines) {
        this.#closing.check();
        await run.take(line);
      }
    return run.end();
  }

  remove(type: PushedType, id: string): Promise<void> {
    const { database, installationId, now } = this.environment;
    return this.#watched(() =>
      database.transaction().execute(async (transaction) => {
        const setId = await currentSet(transaction, installationId, type);
        if (setId === null) return;
        const growth = await writeBatch(transaction, setId, new Map([[id, null]]));
        await growSet(transaction, setId, growth, now());
      }),
    );
  }

  sweep(): Promise<void> {
    const { database, now } = this.environment;
    return this.#watched(async () => {
      if (this.#busy.size === 0) await giveUpAbandoned(database, now());
      await removeRetired(database, () => !this.#closing.isClosed);
    });
  }

  async close(): Promise<void> {
    this.#closing.close();
    await Promise.allSettled(this.#underWay);
    await sql`pragma wal_checkpoint(passive)`.execute(this.environment.database);
    await this.environment.database.destroy();
  }

  async #watched<T>(work: () => Promise<T>): Promise<T> {
    this.#closing.check();
    const promise = work();
    this.#underWay.add(promise);
    try {
      return await promise;
    } finally {
      this.#underWay.delete(promise);
    }
  }
}
