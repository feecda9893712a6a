import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { SqliteStatement } from 'kysely';
import { PreparedStatements } from '../../src/platform/prepared-statements.js';

let database: Database.Database;
let prepared: string[];
let statements: PreparedStatements;
beforeEach(() => {
  database = new Database(':memory:');
  database.exec('create table t (n integer); insert into t values (1), (2), (3)');
  prepared = [];
  statements = new PreparedStatements((sql) => {
    prepared.push(sql);
    const statement = database.prepare(sql);
    return {
      reader: statement.reader,
      all: (parameters) => statement.all(...parameters),
      run: (parameters) => statement.run(...parameters),
      iterate: (parameters) => statement.iterate(...parameters),
    } satisfies SqliteStatement;
  });
});
afterEach(() => {
  database.close();
});

const ALL = 'select * from t order by n';

describe('statements of a connection', () => {
  it('are prepared once', () => {
    for (let time = 0; time < 3; time += 1) statements.get(ALL).all([]);
    expect(prepared).toEqual([ALL]);
  });

  it('see a changed schema', () => {
    expect(statements.get(ALL).all([])[0]).toEqual({ n: 1 });
    database.exec("alter table t add column name text default 'x'");
    expect(statements.get(ALL).all([])[0]).toEqual({ n: 1, name: 'x' });
  });

  it('can be read row by row twice at a time, and run meanwhile', () => {
    const rows = statements.get(ALL).iterate([]);
    const first = rows.next();
    const others = statements.get(ALL).iterate([]);
    expect(others.next()).toEqual(first);
    expect(statements.get(ALL).all([])).toHaveLength(3);
    expect([...rows, ...others]).toHaveLength(4);
  });

  it('are not kept without end, the unused ones go first', () => {
    statements.get(ALL);
    for (let n = 0; n < 600; n += 1) {
      statements.get(`select ${String(n)} from t`);
      statements.get(ALL);
    }
    expect(prepared.filter((sql) => sql === ALL)).toHaveLength(1);
    statements.get('select 599 from t');
    expect(prepared).toHaveLength(601);
    statements.get('select 0 from t');
    expect(prepared).toHaveLength(602);
  });

  it('with lists of values of any length are not kept', () => {
    const long = `select * from t where n in (${Array(2000).fill('1').join(', ')})`;
    statements.get(long);
    statements.get(long);
    expect(prepared).toHaveLength(2);
  });
});
