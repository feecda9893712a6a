import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pathToFileURL } from 'node:url';
import { indexFile } from '../../../src/archive/search/index-file.js';
import { IndexThread } from '../../../src/archive/search/index-work.js';
import { archiveFile } from '../../../src/archive/store/database.js';
import { compileSource, type CompiledSource } from '../../support/compiled-source.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { breakIndex, Searchable } from './searchable.js';

let source: CompiledSource;
let directory: TemporaryDirectory;
let threads: IndexThread[];
beforeAll(async () => {
  source = await compileSource();
  directory = await makeTemporaryDirectory();
}, 60_000);
afterAll(async () => {
  await source.remove();
  await directory.remove();
});

const openThread = (): IndexThread => {
  const files = { archive: archiveFile(directory.path), index: indexFile(directory.path) };
  const thread = new IndexThread(
    files,
    pathToFileURL(source.path('archive/search/index-thread.js')),
  );
  threads.push(thread);
  return thread;
};

describe('the thread that writes the index', () => {
  it('writes what is noted, and says which damage it met', async () => {
    threads = [];
    const store = await Searchable.open(directory.path, openThread);
    store.start();
    const id = await store.add({ subject: 'Aus dem Faden', body: 'gefunden' });
    await store.indexed();
    expect(await store.search('gefunden')).toEqual([id]);
    expect(threads).toHaveLength(1);

    await threads[0]!.close();
    await expect(threads[0]!.step(2)).rejects.toThrow('ended');
    const other = await store.add({ body: 'gefunden' });
    await store.indexed();
    expect(await store.search('gefunden')).toEqual([other, id]);
    await store.close();

    breakIndex(directory.path);
    const damaged = await Searchable.open(directory.path, openThread);
    await damaged.add({ body: 'gefunden' });
    await damaged.indexed();
    expect(await damaged.search('gefunden')).toHaveLength(3);
    await damaged.close();
  }, 60_000);
});
