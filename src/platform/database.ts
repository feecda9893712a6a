/**
 * The embedded relational store: SQLite through Kysely, one connection a file, durable on commit (WAL with
 * synchronous=FULL). Repositories are written against Kysely only, so that another dialect can stand here.
 */
import Database from 'better-sqlite3';
import { CompiledQuery, Kysely, Migrator, SqliteDialect, type Migration } from 'kysely';

/** Migrations in the order of their names; a name once released never changes. */
export type Migrations = Readonly<Record<string, Migration>>;

export interface SqliteOptions {
  /** Page cache in KiB; 8 MiB unless told. */
  readonly cacheKib?: number;
}

/** @param file path, or `:memory:` */
export async function openSqlite<Schema>(
  file: string,
  migrations: Migrations,
  options: SqliteOptions = {},
): Promise<Kysely<Schema>> {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 5000');
  database.pragma(`cache_size = -${String(options.cacheKib ?? 8192)}`);
  const kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await kysely.destroy();
    throw new Error(`${file}: the database could not be brought up to date`, { cause: error });
  }
  return kysely;
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
