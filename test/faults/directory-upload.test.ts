/**
 * The product is killed while the ERP pushes its records, again and again, and the upload goes on each time from where
 * the bridge says: in the end everything is there as if nothing had happened, and no record was ever half there.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DIRECTORY_DATABASE } from '../../src/bridge/directory/store/schema.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { PRODUCT_TOKEN, ProductProcess } from '../support/product-process.js';
import { extent, randomFrom, report } from './extent.js';

const SEED = 20_261_126;
const ORDERS = extent({ short: 20_000, full: 400_000 });
const KILLS = extent({ short: 4, full: 60 });
/** So many kills come before the upload can be complete; the later ones may miss it. */
const EARLY_KILLS = 2;

const random = randomFrom(SEED);
const below = (limit: number): number => Math.floor(random() * limit);

let source: CompiledSource;
let product: ProductProcess;
beforeAll(async () => {
  source = await compileSource();
  product = await ProductProcess.open(source);
}, 120_000);
afterAll(async () => {
  await product.close();
  await source.remove();
}, 30_000);

const line = (index: number): string =>
  `${JSON.stringify({
    id: `o${index}`,
    number: `AB-${100_000 + index}`,
    emails: [`kunde${index % 5000}@x.example`],
    references: [`RE-${index}`, `KD-${index % 5000}`],
  })}\n`;

/**
 * From a line on, counted from 1.
 * @param mayEnd until then the last lines are held back, so that a fast machine does not finish before the kill
 * @returns whether the answer said that the upload is complete
 */
async function upload(query: string, fromLine: number, mayEnd: Promise<unknown>): Promise<boolean> {
  const lines = (async function* () {
    for (let index = fromLine; index <= ORDERS; index += 200) {
      const last = Math.min(index + 199, ORDERS);
      if (last === ORDERS) await mayEnd;
      yield Buffer.from(
        Array.from({ length: last - index + 1 }, (_, at) => line(index + at)).join(''),
      );
    }
  })();
  const response = await fetch(
    `${product.baseUrl}/api/v1/directory/orders?${query}&fromLine=${fromLine}`,
    {
      method: 'PUT',
      headers: {
        Authorization: `Bearer ${PRODUCT_TOKEN}`,
        'Content-Type': 'application/x-ndjson',
      },
      body: Readable.toWeb(Readable.from(lines)),
      duplex: 'half',
    },
  ).catch(() => null);
  if (response === null) return false;
  expect(response.status).toBe(200);
  const answer = (await response.json().catch(() => null)) as { upload: { state: string } } | null;
  return answer?.upload.state === 'complete';
}

async function storedLines(name: string): Promise<number> {
  const response = await product.request('GET', `/api/v1/directory/orders/uploads/${name}`);
  if (response.status === 404) return 0;
  return ((await response.json()) as { lines: number }).lines;
}

interface Row {
  readonly id: string;
  readonly keys: string;
  readonly found: string;
}

/** Looks into the file of the dead process: every record of every set stands in the look-up tables as its keys say. */
function check(): void {
  const database = new Database(join(product.dataDir, DIRECTORY_DATABASE), { readonly: true });
  try {
    const rows = database
      .prepare<[], Row>(
        `select id, keys, json_object(
           'emails', (select json_group_array(address) from record_address
              where set_id = record.set_id and record = record.key
                and address in (select value from json_each(keys, '$.emails'))),
           'references', (select json_group_array(reference) from record_reference
              where set_id = record.set_id and record = record.key
                and reference in (select value from json_each(keys, '$.references')))) as found
         from record`,
      )
      .all();
    const isHalf = ({ keys, found }: Row) => sorted(keys) !== sorted(found);
    expect(rows.filter(isHalf)).toEqual([]);
    const [total] = database
      .prepare<[], { addresses: number; references: number }>(
        `select (select count(*) from record_address) as addresses,
           (select count(*) from record_reference) as 'references'`,
      )
      .all();
    expect(total).toEqual({ addresses: rows.length, references: rows.length * 3 });
    const sizes = database.prepare('select sum(size) from record_set').pluck().get();
    expect(sizes ?? 0).toBe(rows.length);
  } finally {
    database.close();
  }
}

function sorted(keys: string): string {
  const { emails, references } = JSON.parse(keys) as Record<string, readonly string[]>;
  return JSON.stringify([emails, references].map((list) => [...(list ?? [])].sort()));
}

/** Ids and contents of what is answered, read past the bridge. */
function current(): string[] {
  const database = new Database(join(product.dataDir, DIRECTORY_DATABASE), { readonly: true });
  try {
    return database
      .prepare<[], string>(
        `select pushed from record join record_set on record_set.id = set_id
         where state = 'current' and type = 'order'`,
      )
      .pluck()
      .all()
      .sort();
  } finally {
    database.close();
  }
}

const everything = (): string[] =>
  Array.from({ length: ORDERS }, (_, at) => line(at + 1).trim()).sort();

/**
 * Kills come at any time: soon after some more lines were seen stored, or without regard to that.
 * @param mustStore the kill waits until lines were seen stored
 */
async function life(
  name: string,
  fromLine: number,
  pushing: Promise<boolean>,
  mustStore: boolean,
): Promise<number> {
  let seen = fromLine - 1;
  const state = { isOver: below(3) === 0 && !mustStore };
  const isDone = pushing.then((done) => (state.isOver = done) || done);
  if (state.isOver) await Promise.race([isDone, sleep(100 + below(1000))]);
  while (!state.isOver && seen < fromLine) {
    seen = await storedLines(name);
    await sleep(5);
  }
  await sleep(below(150));
  return seen;
}

async function uploadThroughKills(name: string, mode: string) {
  let kills = 0;
  let resumed = 0;
  let seen = 0;
  for (;;) {
    const stored = await storedLines(name);
    // what was told to be stored is there after a kill
    expect(stored).toBeGreaterThanOrEqual(seen);
    if (stored > 0) resumed += 1;
    const isEarly = kills < EARLY_KILLS;
    const killed = new EventEmitter();
    const mayEnd = isEarly ? once(killed, 'killed') : Promise.resolve();
    const pushing = upload(`upload=${name}&mode=${mode}`, stored + 1, mayEnd);
    if (kills === KILLS) {
      if (await pushing) return { kills, resumed };
      continue;
    }
    seen = await life(name, stored + 1, pushing, isEarly);
    await product.kill();
    killed.emit('killed');
    kills += 1;
    if (await pushing) {
      await product.start();
      return { kills, resumed };
    }
    check();
    await product.start();
  }
}

describe('a product that is killed while records are pushed', () => {
  it.each(['upsert', 'replace'])(
    'has them all in the end, as after an undisturbed upload (%s)',
    async (mode) => {
      const told = await uploadThroughKills(`durch-${mode}`, mode);
      expect(told.kills).toBeGreaterThanOrEqual(EARLY_KILLS);
      expect(told.resumed).toBeGreaterThan(0);
      await product.kill();
      expect(current()).toEqual(everything());
      await product.start();
      report(`directory-upload-${mode}`, { seed: SEED, orders: ORDERS, ...told });
    },
    extent({ short: 120_000, full: 3_600_000 }),
  );
});
