/**
 * The ERP's records as it pushed them, in a file of their own.
 *
 * They are read here and written in a thread of its own (writers.ts): a million of them may come in while mail is
 * assigned. What was acknowledged is durable; a question sees one state, never half of a batch.
 */
import { join } from 'node:path';
import type { Clock } from '../../../platform/clock.js';
import { openSqlite } from '../../../platform/database.js';
import type { Logger } from '../../../platform/log.js';
import type { PushedType } from '../schemas.js';
import { StoreClosed } from './closing.js';
import { PushedDirectory } from './pushed-directory.js';
import type { PushOutcome, PushRequest } from './push-run.js';
import { hasLeftovers } from './record-sets.js';
import { DIRECTORY_DATABASE, directoryMigrations, type DirectorySchema } from './schema.js';
import { Snapshots } from './snapshots.js';
import { StoredRecords } from './stored-records.js';
import { openWriter } from './writers.js';

export interface DirectoryStoreOptions {
  readonly dataDir: string;
  readonly installationId: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface DirectoryStore {
  readonly directory: PushedDirectory;
  readonly records: StoredRecords;
  /** @throws as DirectoryWriter */
  push(request: PushRequest, body: AsyncIterable<Uint8Array>): Promise<PushOutcome>;
  /** Does nothing when there is no such record. */
  remove(type: PushedType, id: string): Promise<void>;
  /** Within two seconds; pushes under way fail, and can be gone on with. */
  close(): Promise<void>;
}

/** Holds the upper pages of all look-up tables of some million records; taken as far as it is needed. */
const READ_CACHE_KIB = 65_536;

const SWEEP_INTERVAL_MS = 60 * 60_000;

/** @throws StorageError when the file cannot be used */
export async function openDirectoryStore(options: DirectoryStoreOptions): Promise<DirectoryStore> {
  const { dataDir, installationId, clock, logger } = options;
  const file = join(dataDir, DIRECTORY_DATABASE);
  const open = () =>
    openSqlite<DirectorySchema>(file, directoryMigrations, { cacheKib: READ_CACHE_KIB });
  const database = await open();
  const snapshots = new Snapshots(database, open);
  const writer = await openWriter({ file, installationId, clock });
  const sweep = async (): Promise<void> => {
    try {
      if (await hasLeftovers(database, clock.now().getTime())) await writer.sweep();
    } catch (error) {
      if (!(error instanceof StoreClosed))
        logger.warn({ err: error }, 'replaced directory records stay until the next attempt');
    }
  };
  const timer = setInterval(() => void sweep(), SWEEP_INTERVAL_MS).unref();
  let sweeping = sweep();
  return {
    directory: new PushedDirectory(snapshots, installationId),
    records: new StoredRecords(database, installationId),
    push: async (request, body) => {
      const outcome = await writer.push(request, body);
      if (outcome.upload?.mode === 'replace') sweeping = sweep();
      return outcome;
    },
    remove: (type, id) => writer.remove(type, id),
    close: async () => {
      clearInterval(timer);
      await writer.close();
      await sweeping;
      await snapshots.close();
    },
  };
}
