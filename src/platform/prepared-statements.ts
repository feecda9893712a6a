/**
 * Statements of one connection, prepared once: the queries are few and come again and again, and preparing costs as much
 * as running them. SQLite prepares a statement anew by itself when the schema has changed (sqlite3_prepare_v2).
 */
import type { SqliteStatement } from 'kysely';

const MAX_STATEMENTS = 500;
/** Longer ones are lists of values of any length, which hardly come again. */
const MAX_CHARACTERS = 2000;

export class PreparedStatements {
  /** The longest unused one first. */
  readonly #kept = new Map<string, SqliteStatement>();

  constructor(private readonly prepare: (sql: string) => SqliteStatement) {}

  get(sql: string): SqliteStatement {
    if (sql.length > MAX_CHARACTERS) return this.prepare(sql);
    const statement = this.#kept.get(sql) ?? this.#reusable(sql);
    this.#kept.delete(sql);
    this.#kept.set(sql, statement);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_STATEMENTS) break;
      this.#kept.delete(oldest);
    }
    return statement;
  }

  /** One that is read row by row is in use meanwhile: each such reading has its own. */
  #reusable(sql: string): SqliteStatement {
    const statement = this.prepare(sql);
    return { ...statement, iterate: (parameters) => this.prepare(sql).iterate(parameters) };
  }
}
