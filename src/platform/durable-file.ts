/** Small files that are there as a whole or not at all, also after a power cut. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from './system-error.js';

/** Makes a folder's entries durable: new, renamed and removed files. */
export function syncFolder(folder: string): void {
  // Windows opens no folders; there NTFS keeps its own journal of names
  if (process.platform !== 'win32') sync(folder, 'r');
}

/** Makes what was written to a file durable. */
export const syncFile = (file: string): void => sync(file, 'r+');

function sync(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Replaces the file, readable by its owner only. Durable when it returns. */
export function writeDurably(file: string, text: string): void {
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  syncFolder(dirname(file));
}

/** Nothing happens when there is none. */
export function removeDurably(file: string): void {
  rmSync(file, { force: true });
  syncFolder(dirname(file));
}

/** @returns null when there is no such file */
export function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
