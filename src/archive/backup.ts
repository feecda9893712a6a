/** The archive's part of a backup: both databases, so that every mail in the one has its bytes in the other. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { copyDatabase } from '../platform/database-copy.js';

const ARCHIVE = 'archive.db';
const RAW = 'raw.db';

/** While mails are deleted for good the two copies may not fit; then both are taken anew, at most this often. */
const TRIES = 5;

export interface ArchiveCopy {
  /** Distinct messages and uploaded attachments. */
  readonly messages: number;
  readonly sizeBytes: number;
  /** Among what the items refer to: bytes that the original has lost, too. */
  readonly lost: number;
}

/**
 * Copies the archive while it works. Bytes are committed before the item that refers to them, so `archive.db` is
 * copied first.
 * @param from an archive's data folder
 * @param to an existing folder
 * @throws Error when mails are deleted faster than they can be copied, or as copyDatabase
 */
export async function copyArchive(from: string, to: string): Promise<ArchiveCopy> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    await copyDatabase(join(from, ARCHIVE), join(to, ARCHIVE));
    await copyDatabase(join(from, RAW), join(to, RAW));
    const missing = withoutBytes(to);
    // The items of the others are gone by now, their bytes with them.
    const lost = missing.size === 0 ? missing : withoutBytes(from);
    if ([...missing].every((hash) => lost.has(hash))) return { ...sizeOf(to), lost: missing.size };
  }
  throw new Error('Mails are being deleted while they are copied; try again when that has ended');
}

/** Hashes that items or attachments refer to, and whose bytes are not stored. */
function withoutBytes(folder: string): ReadonlySet<string> {
  const database = new Database(join(folder, ARCHIVE), { readonly: true });
  try {
    database.prepare('attach ? as raw').run(join(folder, RAW));
    const hashes = database
      .prepare<[], string>(
        `select raw_hash from (
           select raw_hash from items union select raw_hash from attachments
         ) where raw_hash is not null and raw_hash not in
           (select hash from raw.raw_mails where hash is not null)`,
      )
      .pluck()
      .all();
    return new Set(hashes);
  } finally {
    database.close();
  }
}

function sizeOf(folder: string): Pick<ArchiveCopy, 'messages' | 'sizeBytes'> {
  const database = new Database(join(folder, RAW), { readonly: true });
  try {
    const [row] = database
      .prepare<[], { messages: number; sizeBytes: number }>(
        `select count(*) as messages, coalesce(sum(size), 0) as sizeBytes
         from raw_mails where hash is not null`,
      )
      .all();
    return row ?? { messages: 0, sizeBytes: 0 };
  } finally {
    database.close();
  }
}
