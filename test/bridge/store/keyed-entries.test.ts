import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BRIDGE_DATABASE,
  openBridgeDatabase,
  tablesOf,
  type BridgeDatabase,
} from '../../../src/bridge/store/database.js';
import { KeyedEntries } from '../../../src/bridge/store/keyed-entries.js';
import { systemClock } from '../../../src/platform/clock.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';

let directory: TemporaryDirectory;
let database: BridgeDatabase;
let entries: KeyedEntries<'idempotency'>;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  database = await openBridgeDatabase(directory.path);
  const common = { installationId: 'default', clock: systemClock };
  entries = new KeyedEntries({ database: tablesOf(database), table: 'idempotency', ...common });
});
afterEach(async () => {
  await database.destroy();
  await directory.remove();
});

/** As another process sees it: what is committed. */
function onDisk(): Record<string, string> {
  const file = new Database(join(directory.path, BRIDGE_DATABASE), { readonly: true });
  const rows = file.prepare('select key, value from idempotency').all();
  file.close();
  return Object.fromEntries(
    (rows as { key: string; value: string }[]).map((r) => [r.key, r.value]),
  );
}

describe('entries that come many at a time', () => {
  it('are on disk when each resolves, and the last one of a key stands', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    const set = numbers.map(async (number) => {
      await entries.set(`key ${String(number)}`, String(number));
      expect(onDisk()[`key ${String(number)}`]).toBe(String(number));
    });
    const twice = [entries.set('twice', 'first'), entries.set('twice', 'second')];
    await Promise.all([...set, ...twice]);
    expect(onDisk()['twice']).toBe('second');
    expect(await entries.getMany(['key 7', 'none', 'twice'])).toEqual(['7', undefined, 'second']);
  });

  it('replace those of before, with the time they last', async () => {
    await entries.set('key', 'old', 60_000);
    await Promise.all([entries.set('key', 'new', -1), entries.set('other', 'x')]);
    expect(await entries.getMany(['key', 'other'])).toEqual([undefined, 'x']);
  });

  it('are written in the order in which they were set', async () => {
    const sets = [entries.set('key', 'first')];
    await nextTurn();
    sets.push(entries.set('key', 'second'));
    await Promise.all(sets);
    expect(await entries.get('key')).toBe('second');
  });

  it('can be deleted while they are being written', async () => {
    const set = entries.set('key', 'value');
    await nextTurn();
    expect(await entries.delete('key')).toBe(true);
    await set;
    expect(await entries.get('key')).toBeUndefined();
  });

  it('can be deleted before they are written', async () => {
    const set = entries.set('key', 'value');
    expect(await entries.delete('key')).toBe(true);
    await set;
    expect(await entries.get('key')).toBeUndefined();
  });

  it('fail for all who share a commit, and for nobody after it', async () => {
    const file = new Database(join(directory.path, BRIDGE_DATABASE));
    file.exec(
      "create trigger full before insert on idempotency begin select raise(abort, 'x'); end",
    );
    const shared = await Promise.allSettled([entries.set('one', '1'), entries.set('two', '2')]);
    expect(shared.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    file.exec('drop trigger full');
    file.close();
    await entries.set('three', '3');
    expect(Object.keys(onDisk())).toEqual(['three']);
  });
});
