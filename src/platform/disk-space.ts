/** Room on the disk that a folder lies on (statvfs). */
import { statfs } from 'node:fs/promises';

export interface DiskSpace {
  readonly sizeBytes: number;
  /** What processes without privileges can still write. */
  readonly freeBytes: number;
}

/** @throws the system's error where that cannot be told */
export type AskDiskSpace = () => Promise<DiskSpace>;

export const diskSpaceOf =
  (folder: string): AskDiskSpace =>
  async () => {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize };
  };
