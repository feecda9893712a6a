/** Why a database cannot be written or read, in words that a person can act upon; and since when. */
import { statSync } from 'node:fs';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import type { Clock } from './clock.js';
import { PreparedStatements } from './prepared-statements.js';
import { systemCode } from './system-error.js';

/** `failed`: for a reason that the system does not tell more about. */
export type StorageFault = 'diskFull' | 'readOnly' | 'damaged' | 'failed';

/** By SQLite's result codes (sqlite.org/rescode.html) and the system's own; the first that matches counts. */
const faults: readonly (readonly [RegExp, StorageFault])[] = [
  [/^(SQLITE_FULL|ENOSPC|EDQUOT|EFBIG)$/, 'diskFull'],
  [/^SQLITE_IOERR_(CORRUPTFS|DATA|SHORT_READ)/, 'damaged'],
  // also what a quota or a limit of the file's size makes of a write
  [/^SQLITE_IOERR/, 'diskFull'],
  [/^(SQLITE_READONLY.*|SQLITE_PERM|SQLITE_AUTH|EACCES|EPERM|EROFS)$/, 'readOnly'],
  [/^(SQLITE_CORRUPT.*|SQLITE_NOTADB)$/, 'damaged'],
  [/^(SQLITE_CANTOPEN.*|EIO|ENOTDIR|ENODEV)$/, 'failed'],
];

/** @returns null for an error that does not come from the storage */
export function storageFaultOf(error: unknown): StorageFault | null {
  const code = systemCode(error);
  if (code === undefined) return null;
  return faults.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}

/** `missing`: other files of the folder show that it was there; beginning it anew would hide the loss. */
type StartFault = StorageFault | 'missing';

const reasons: Readonly<Record<StartFault, string>> = {
  diskFull: 'it cannot be written: the disk is full, or a quota is used up. Free space there',
  readOnly:
    'it cannot be written: file or folder are read-only for this user. Give the user that runs the bridge the right to write there',
  damaged:
    'it is damaged. Keep it for an examination and put a backup of the whole folder in its place',
  missing:
    'it is missing or empty, although the folder holds data. Put a backup of the whole folder in its place',
  failed: 'it cannot be opened. Check the disk, and that the path is right',
};

/** The data folder, or a file in it, cannot be used. The message is all that an operator needs. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  constructor(
    readonly path: string,
    readonly fault: StartFault,
    cause?: unknown,
  ) {
    const code = systemCode(cause);
    const told = code === undefined ? '' : ` (${code})`;
    super(`${path}: ${reasons[fault]}, then start again.${told}`, { cause });
  }
}

/** Throws a StorageError for an error that comes from the storage; any other is the caller's. */
export function throwStorageError(path: string, error: unknown): void {
  if (error instanceof StorageError) throw error;
  const fault = storageFaultOf(error);
  if (fault !== null) throw new StorageError(path, fault, error);
}

/** @throws StorageError when the file is missing or empty */
export function requireContent(file: string): void {
  if (!hasContent(file)) throw new StorageError(file, 'missing');
}

export const hasContent = (file: string): boolean =>
  (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;

export interface FaultRecord {
  readonly fault: StorageFault;
  readonly at: Date;
}

/** Looks at every statement of its databases. A damaged file counts as damaged until the program starts again. */
export class StorageWatch {
  /** By database; by name where damage was found in rows. */
  readonly #faults = new Map<SqliteDatabase | string, FaultRecord>();

  constructor(private readonly clock: Clock) {}

  /** The latest failure since the same file was last written; null when all is well. */
  get fault(): FaultRecord | null {
    const all = [...this.#faults.values()];
    return all.sort((one, other) => other.at.getTime() - one.at.getTime())[0] ?? null;
  }

  /** Rows were found that cannot be read. */
  damaged(rows: string): void {
    this.#faults.set(rows, { fault: 'damaged', at: this.clock.now() });
  }

  /** @returns the database, observed */
  observe(database: SqliteDatabase): SqliteDatabase {
    let wrote = false;
    const attempt = <T>(sql: string, isReading: boolean, work: () => T): T => {
      try {
        const result = work();
        if (sql === 'begin' || sql === 'rollback') wrote = false;
        else if (!isReading) wrote = true;
        if (wrote && !isInTransaction(database)) {
          wrote = false;
          this.#written(database);
        }
        return result;
      } catch (error) {
        if (!isInTransaction(database)) wrote = false;
        this.#failed(database, error);
        throw error;
      }
    };
    const prepare = (sql: string): SqliteStatement => {
      const statement = attempt(sql, true, () => database.prepare(sql));
      return observed(statement, (work) => attempt(sql, isReadOnly(statement), work));
    };
    const prepared = new PreparedStatements(prepare);
    return {
      close: () => database.close(),
      prepare: (sql) => {
        // SQLite has rolled back by itself when the disk was full; the error that said so must not be lost
        if (sql === 'rollback' && !isInTransaction(database)) return nothingToDo;
        return prepared.get(sql);
      },
    };
  }

  #failed(database: SqliteDatabase, error: unknown): void {
    const fault = storageFaultOf(error);
    if (fault !== null && this.#faults.get(database)?.fault !== 'damaged')
      this.#faults.set(database, { fault, at: this.clock.now() });
  }

  #written(database: SqliteDatabase): void {
    if (this.#faults.size > 0 && this.#faults.get(database)?.fault !== 'damaged')
      this.#faults.delete(database);
  }
}

/** better-sqlite3 tells more than Kysely's interface asks for. */
const isInTransaction = (database: SqliteDatabase): boolean =>
  (database as { readonly inTransaction?: boolean }).inTransaction === true;

const isReadOnly = (statement: SqliteStatement): boolean =>
  (statement as { readonly readonly?: boolean }).readonly === true;

const nothingToDo: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
};

const observed = (
  statement: SqliteStatement,
  attempt: <T>(work: () => T) => T,
): SqliteStatement => ({
  reader: statement.reader,
  all: (parameters) => attempt(() => statement.all(parameters)),
  run: (parameters) => attempt(() => statement.run(parameters)),
  iterate: (parameters) => attempt(() => statement.iterate(parameters)),
});
