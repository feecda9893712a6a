/** What the archive's files take: mails, their bytes, the index, and what SQLite has not put in order yet. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AskDiskSpace } from '../platform/disk-space.js';
import type { StorageUse } from './rpc/ports.js';

export const storageUseOf =
  (dataDir: string, askDisk: AskDiskSpace): StorageUse =>
  async () => {
    const names = await readdir(dataDir);
    // files come and go while SQLite works
    const sizes = await Promise.all(
      names.map((name) =>
        stat(join(dataDir, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    const usedBytes = sizes.reduce((sum, size) => sum + size, 0);
    return { usedBytes, disk: await askDisk().catch(() => null) };
  };
