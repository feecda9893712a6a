/** The process is killed while the index for search is written: afterwards nothing is missing from it. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { indexFile } from '../../src/archive/search/index-file.js';
import { archiveFile } from '../../src/archive/store/database.js';
import { ARCHIVE_FOLDER } from '../../src/data-folder.js';
import { Searchable } from '../archive/search/searchable.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { ProductProcess } from '../support/product-process.js';
import { waitFor } from '../support/wait-for.js';
import { extent, randomFrom, report } from './extent.js';

const COUNT = 1500;
const KILLS = extent({ short: 8, full: 100 });

let source: CompiledSource;
let product: ProductProcess;
let folder: string;
beforeAll(async () => {
  source = await compileSource();
  product = await ProductProcess.open(source);
  folder = join(product.dataDir, ARCHIVE_FOLDER);
}, 60_000);
afterAll(async () => {
  await product.close();
  await source.remove();
});

function inDatabase<Result>(file: string, work: (database: Database.Database) => Result): Result {
  const database = new Database(file);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const pendingCount = (): number =>
  inDatabase(archiveFile(folder), (archive) =>
    archive.prepare<[], number>('select count(*) from search_pending').pluck().get(),
  ) ?? 0;

const hits = (word: string): number[] =>
  inDatabase(indexFile(folder), (index) =>
    index
      .prepare<[string], number>('select rowid from item_search where item_search match ?')
      .pluck()
      .all(`"${word}"`),
  );

describe('a process that is killed while it indexes', () => {
  it(`leaves an index that is completed (${String(KILLS)} kills)`, async () => {
    await product.stop();
    const store = await Searchable.open(folder);
    const ids: number[] = [];
    await store.items.transaction(async (items) => {
      for (let index = 0; index < COUNT; index += 1)
        ids.push(await store.add({ body: `Lieferung ${String(index)}` }, { within: items }));
    });
    await store.close();

    const random = randomFrom(1);
    let word = '';
    let killedWithin = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      // everything is noted again, with what it was not before
      word = `runde${String(kill)}`;
      inDatabase(archiveFile(folder), (archive) =>
        archive.prepare('update items set remarks = ?').run(word),
      );
      await product.start();
      await sleep(random() * 400);
      await product.kill();
      const left = pendingCount();
      if (left > 0 && left < COUNT) killedWithin += 1;
    }
    expect(killedWithin).toBeGreaterThan(0);

    await product.start();
    await waitFor(() => pendingCount() === 0, { timeoutMs: 60_000 });
    expect(product.output).not.toContain('the index for search');
    await product.stop();
    expect(hits('lieferung')).toEqual(ids);
    expect(hits(word)).toEqual(ids);
    report('index-killed', { kills: KILLS, 'while indexing': killedWithin, mails: COUNT });
  }, 600_000);
});
