/**
 * The index for search: `search.db`, an FTS5 table of trigrams without the text itself, whose rowid is the item's id. It
 * holds nothing that is not stored elsewhere: one that is missing, damaged or does not belong to the archive is made
 * anew and filled beside the work. It is a file of its own, so that it can be written in a thread of its own
 * (index-writer.ts) while the archive's file is written in another.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

export const indexFile = (dataDir: string): string => join(dataDir, 'search.db');

/** Of another one nothing is used. */
const FORMAT = 1;

export interface IndexState {
  /** Of this file; the archive notes which one it has told of its items. */
  readonly id: string;
  /** Number of the last step that was written. */
  readonly step: number;
}

/** @returns null when there is none, or none that can be used */
export function indexState(file: string): IndexState | null {
  if (!existsSync(file)) return null;
  try {
    const database = new Database(file);
    try {
      if (database.pragma('user_version', { simple: true }) !== FORMAT) return null;
      return database.prepare<[], IndexState>('select id, step from index_state').get() ?? null;
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

/** An empty index in the place of what was there. Nobody may have it open. @returns its id. @throws SQLite's error */
export function createIndex(file: string): string {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  const database = new Database(file);
  try {
    database.pragma('journal_mode = WAL');
    const id = randomUUID();
    database.exec(
      // text is folded before (folding.ts): the tokenizer shall not touch it
      `create virtual table item_search using fts5(
         address, subject, body, number, remarks, attachments,
         content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1');
       create table index_state (id text not null, step integer not null);
       insert into index_state values ('${id}', 0);
       pragma user_version = ${String(FORMAT)};`,
    );
    return id;
  } finally {
    database.close();
  }
}
