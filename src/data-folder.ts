/** The data folder as one process owns it. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BRIDGE_DATABASE } from './bridge/store/database.js';
import type { Config } from './platform/config.js';
import { lockFolder, type FolderLock } from './platform/folder-lock.js';
import { randomIds } from './platform/ids.js';
import { InstanceArming } from './platform/instance.js';
import type { Logger } from './platform/log.js';
import {
  hasContent,
  requireContent,
  storageFaultOf,
  throwStorageError,
} from './platform/storage-fault.js';

/** The embedded archive's folder within the data folder. */
export const ARCHIVE_FOLDER = 'archive';

/** A copy of the folder that was made within the same period of a running process cannot be told from it. */
const GENERATION_INTERVAL_MS = 10 * 60_000;

export interface OwnedFolder {
  readonly arming: InstanceArming;
  /** At a clean end, when nothing works with the folder any more. */
  readonly release: () => void;
}

const UNWRITTEN = 'the generation of the data folder could not be written';

/** @throws FolderInUse when another process owns it, ConfigError, StorageError; then nothing was changed */
export function ownFolder({ dataDir, instance }: Config, logger: Logger): OwnedFolder {
  const lock = acquire(dataDir);
  try {
    const database = join(dataDir, BRIDGE_DATABASE);
    if (hasContent(join(dataDir, ARCHIVE_FOLDER, 'archive.db'))) requireContent(database);
    const hasData = existsSync(database);
    const options = { folder: dataDir, anchor: instance, hasData, ids: randomIds };
    const arming = InstanceArming.open(options);
    begin(arming, logger);
    const advance = () => {
      try {
        arming.advance();
      } catch (error) {
        logger.warn({ err: error }, UNWRITTEN);
      }
    };
    const timer = setInterval(advance, GENERATION_INTERVAL_MS).unref();
    const release = () => {
      clearInterval(timer);
      advance();
      lock.release();
    };
    return { arming, release };
  } catch (error) {
    lock.release();
    throwStorageError(dataDir, error);
    throw error;
  }
}

function acquire(dataDir: string): FolderLock {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return lockFolder(dataDir);
  } catch (error) {
    throwStorageError(dataDir, error);
    throw error;
  }
}

/** A full disk is no reason not to start: mail that is stored can be read, and what was found is found again. */
function begin(arming: InstanceArming, logger: Logger): void {
  try {
    arming.begin();
  } catch (error) {
    if (storageFaultOf(error) === null) throw error;
    logger.warn({ err: error }, UNWRITTEN);
  }
  if (arming.disarmed !== null)
    logger.warn(
      { reason: arming.disarmed },
      'not armed: nothing is deleted on mail servers and nothing is sent until POST /api/v1/arming/confirm',
    );
}
