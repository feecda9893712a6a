/**
 * `main.js backup TARGET`: a copy of the data folder while the service works with it. It is restored by putting the
 * folder and the key file in their places and starting: it then stands disarmed, because it carries a restore marker.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { copyArchive, type ArchiveCopy } from './archive/backup.js';
import { DIRECTORY_DATABASE } from './bridge/directory/index.js';
import { BRIDGE_DATABASE } from './bridge/store/database.js';
import { ARCHIVE_FOLDER } from './data-folder.js';
import type { Clock } from './platform/clock.js';
import type { Config } from './platform/config.js';
import { copyDatabase } from './platform/database-copy.js';
import { syncFolder } from './platform/durable-file.js';
import { writeRestoreMarker } from './platform/instance.js';

/** The target, or what is to be copied, cannot be used; nothing was written. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

export interface Backup {
  readonly target: string;
  /** Null when there is no embedded archive: a remote one is not part of the data folder. */
  readonly archive: ArchiveCopy | null;
}

/**
 * Everything that was committed before the call is in the copy. Under `target` there is the whole backup or nothing.
 * @param target a path that does not exist, or an empty folder
 * @throws BackupRefused, or as copyArchive and copyDatabase
 */
export async function backUp(
  { dataDir }: Pick<Config, 'dataDir'>,
  target: string,
  { version, clock }: { readonly version: string; readonly clock: Clock },
): Promise<Backup> {
  const place = resolve(target);
  const partial = `${place}.partial`;
  refuseUnusable(dataDir, place, partial);
  mkdirSync(dirname(place), { recursive: true });
  mkdirSync(partial, { mode: 0o700 });
  try {
    // First: an answer that it keeps for a repeated request tells of a mail that the archive then holds, too.
    await copyDatabase(join(dataDir, BRIDGE_DATABASE), join(partial, BRIDGE_DATABASE));
    await copyDirectory(dataDir, partial);
    const archive = await copyArchiveFolder(dataDir, partial);
    writeRestoreMarker(dataDir, partial, { takenAt: clock.now(), version });
    if (existsSync(place)) rmdirSync(place);
    renameSync(partial, place);
    syncFolder(dirname(place));
    return { target: place, archive };
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/** The records that the ERP pushed. */
async function copyDirectory(dataDir: string, partial: string): Promise<void> {
  const from = join(dataDir, DIRECTORY_DATABASE);
  if (existsSync(from)) await copyDatabase(from, join(partial, DIRECTORY_DATABASE));
}

async function copyArchiveFolder(dataDir: string, partial: string): Promise<ArchiveCopy | null> {
  const from = join(dataDir, ARCHIVE_FOLDER);
  if (!existsSync(from)) return null;
  const to = join(partial, ARCHIVE_FOLDER);
  mkdirSync(to, { mode: 0o700 });
  const copied = await copyArchive(from, to);
  syncFolder(to);
  return copied;
}

function refuseUnusable(dataDir: string, place: string, partial: string): void {
  if (!existsSync(join(dataDir, BRIDGE_DATABASE)))
    throw new BackupRefused(`${dataDir} holds no data to back up`);
  if (`${place}${sep}`.startsWith(`${dataDir}${sep}`))
    throw new BackupRefused(`${place} lies in the data folder; name a place outside it`);
  if (existsSync(place) && readdirSync(place).length > 0)
    throw new BackupRefused(`${place} is not empty; a backup is never written over anything`);
  if (existsSync(partial))
    throw new BackupRefused(
      `${partial} exists: another backup is under way, or one was broken off; then remove it`,
    );
}

/** What an administrator has to know about it, for the terminal. */
export function describeBackup({ target, archive }: Backup, keyFile: string | null): string {
  const lines = [`Backed up to ${target}`];
  if (archive === null) lines.push('No embedded archive: a remote archive is backed up there.');
  else {
    const { messages, sizeBytes, lost } = archive;
    lines.push(`Mails and uploaded attachments: ${String(messages)} (${String(sizeBytes)} bytes)`);
    if (lost > 0)
      lines.push(`Warning: the bytes of ${String(lost)} of them are missing in the original, too.`);
  }
  const key = keyFile === null ? 'the key in MB_SECRET_KEY' : `the key file ${keyFile}`;
  lines.push(`NOT in it, and without it the backup is useless: ${key}. Keep it elsewhere.`);
  return `${lines.join('\n')}\n`;
}
