/**
 * One process a data folder. The lock is the operating system's, on `lock.db` in the folder, taken and held by an
 * SQLite transaction: the kernel releases it with the process, however that ends, so there is nothing stale to clear.
 */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { systemCode } from './system-error.js';

/** Another process, or this one already, works with the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  constructor(readonly folder: string) {
    super(
      `The data folder ${folder} is in use by another process. ` +
        'Stop that one first, or set MB_DATA_DIR to another folder.',
    );
  }
}

export interface FolderLock {
  release(): void;
}

/**
 * @param folder an existing folder on a file system with working locks; network file systems often have none
 * @throws FolderInUse; then nothing was changed
 */
export function lockFolder(folder: string): FolderLock {
  const database = new Database(join(folder, 'lock.db'), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    throw systemCode(error) === 'SQLITE_BUSY' ? new FolderInUse(folder) : error;
  }
  return { release: () => database.close() };
}
