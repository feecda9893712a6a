/** A database that another process works with, copied as it is at one moment. */
import Database from 'better-sqlite3';
import { rmSync } from 'node:fs';
import { syncFile } from './durable-file.js';

/** A copied database whose pages do not fit together: the original is damaged, or the disk is. */
export class DatabaseDamaged extends Error {
  override readonly name = 'DatabaseDamaged';
  constructor(
    readonly file: string,
    found: string,
  ) {
    super(`${file}: the copy of this database is damaged: ${found}`);
  }
}

const ALL_PAGES = 0x7fffffff;

/**
 * Copies what is committed now, under one read snapshot: writers go on meanwhile and do not make it begin again. The
 * original is opened for reading only and not migrated. Durable and checked when it resolves.
 * @param to replaced if it is there
 * @throws DatabaseDamaged, or SQLite's error
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  rmSync(to, { force: true });
  const source = new Database(from, { readonly: true, timeout: 5000 });
  try {
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    await source.backup(to, { progress: () => ALL_PAGES });
  } finally {
    source.close();
  }
  const copy = new Database(to);
  try {
    // one file without companions; whoever opens it as its own turns WAL on again
    copy.pragma('journal_mode = DELETE');
    const found = String(copy.pragma('quick_check(1)', { simple: true }));
    if (found !== 'ok') throw new DatabaseDamaged(from, found);
  } finally {
    copy.close();
  }
  syncFile(to);
}
