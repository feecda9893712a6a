/**
 * The embedded relational store: SQLite through Kysely, one connection a file, durable on commit (WAL with
 * synchronous=FULL). Repositories are written against Kysely only, so that another dialect can stand here.
 */
import Database from 'better-sqlite3';
import { CompiledQuery, Kysely, Migrator, SqliteDialect, type Migration } from 'kysely';
import { systemClock } from './clock.js';
import { StorageWatch, throwStorageError } from './storage-fault.js';

/** Migrations in the order of their names; a name once released never changes. */
export type Migrations = Readonly<Record<string, Migration>>;

export interface SqliteOptions {
  /** Page cache in KiB; 8 MiB unless told. */
  readonly cacheKib?: number;
  /** Sees how reading and writing go. */
  readonly watch?: StorageWatch | undefined;
}

/**
 * @param file path, or `:memory:`
 * @throws StorageError when the file cannot be written or is damaged
 */
export async function openSqlite<Schema>(
  file: string,
  migrations: Migrations,
  options: SqliteOptions = {},
): Promise<Kysely<Schema>> {
  try {
    return await open<Schema>(file, migrations, options);
  } catch (error) {
    throwStorageError(file, error);
    throw error;
  }
}

/** A connection of its own to a file that this program has open, which changes nothing in it. */
export const openToRead = <Schema>(file: string): Kysely<Schema> =>
  queries(new Database(file, { readonly: true }), new StorageWatch(systemClock));

const queries = <Schema>(database: Database.Database, watch: StorageWatch): Kysely<Schema> =>
  new Kysely({ dialect: new SqliteDialect({ database: watch.observe(database) }) });

async function open<Schema>(
  file: string,
  migrations: Migrations,
  { cacheKib = 8192, watch = new StorageWatch(systemClock) }: SqliteOptions,
): Promise<Kysely<Schema>> {
  const database = new Database(file);
  try {
    setUp(database, cacheKib);
  } catch (error) {
    database.close();
    throw error;
  }
  const kysely = queries<Schema>(database, watch);
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await kysely.destroy();
    throwStorageError(file, error);
    throw new Error(`${file}: the database could not be brought up to date`, { cause: error });
  }
  return kysely;
}

function setUp(database: Database.Database, cacheKib: number): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 5000');
  database.pragma(`cache_size = -${String(cacheKib)}`);
}

/** Whether the database answers. */
export async function databaseAnswers(database: Kysely<unknown>): Promise<boolean> {
  try {
    await database.executeQuery(CompiledQuery.raw('select 1'));
    return true;
  } catch {
    return false;
  }
}
