/** What a question costs, however many keys it has. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SqliteDatabase } from 'kysely';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PushedDirectory } from '../../../../src/bridge/directory/store/pushed-directory.js';
import {
  DIRECTORY_DATABASE,
  directoryMigrations,
  type DirectorySchema,
} from '../../../../src/bridge/directory/store/schema.js';
import { Snapshots } from '../../../../src/bridge/directory/store/snapshots.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { openSqlite } from '../../../../src/platform/database.js';
import { StorageWatch } from '../../../../src/platform/storage-fault.js';
import { contact, order, StoreUnderTest } from './store-under-test.js';

/** Sees every statement. */
class CountingWatch extends StorageWatch {
  statements = 0;

  override observe(database: SqliteDatabase): SqliteDatabase {
    const observed = super.observe(database);
    return {
      close: () => observed.close(),
      prepare: (sql) => {
        this.statements += 1;
        return observed.prepare(sql);
      },
    };
  }
}

const ORDERS = 3000;

let under: StoreUnderTest;
let snapshots: Snapshots;
let directory: PushedDirectory;
const watch = new CountingWatch(systemClock);
beforeAll(async () => {
  under = await StoreUnderTest.open();
  const indexes = Array.from({ length: ORDERS }, (_, index) => index);
  await under.push(
    'order',
    indexes.map((index) => order(`o${index}`, [`k${index}@x.example`], [`RE-${index}`, 'KD-1'])),
  );
  await under.push(
    'contact',
    indexes.map((index) => contact(`c${index}`, [`k${index}@x.example`])),
  );
  const open = () =>
    openSqlite<DirectorySchema>(`${under.dataDir}/${DIRECTORY_DATABASE}`, directoryMigrations, {
      watch,
    });
  snapshots = new Snapshots(await open(), open);
  directory = new PushedDirectory(snapshots, 'default');
}, 60_000);
afterAll(async () => {
  await snapshots.close();
  await under.close();
});

const keys = (count: number) => ({
  addresses: Array.from({ length: count }, (_, index) => `k${index}@x.example`),
  references: Array.from({ length: count }, (_, index) => `re-${index}`),
});

async function statementsFor(work: () => Promise<unknown>): Promise<number> {
  const before = watch.statements;
  await work();
  return watch.statements - before;
}

const trade = ({ addresses, references }: ReturnType<typeof keys>) =>
  directory.trade('order', { addresses, references, bodyReferences: references });

describe('the queries of a question', () => {
  it.each<[string, (asked: ReturnType<typeof keys>) => Promise<unknown>]>([
    ['about orders', trade],
    ['about contacts', ({ addresses }) => directory.contacts(addresses)],
    ['about users', ({ addresses }) => directory.userAddresses(addresses)],
    [
      'about what exists',
      ({ addresses }) =>
        directory.existing(addresses.map((_, at) => ({ type: 'order', id: `o${at}` }))),
    ],
  ])('%s are as many for two keys as for 240', async (_, ask) => {
    const few = await statementsFor(() => ask(keys(2)));
    expect(await statementsFor(() => ask(keys(240)))).toBe(few);
    expect(few).toBeLessThanOrEqual(8);
  });

  it('are portions of a question that is made to hurt: other work is done in between', async () => {
    const asked = keys(50_000);
    await trade(keys(1000));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const answer = await trade(asked);
    delay.disable();
    expect(answer.byAddress.size).toBe(ORDERS);
    expect(answer.knownReferences.size).toBe(ORDERS);
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
    expect(delay.count).toBeGreaterThan(50);
  });
});
