/** The writer in its own thread, as compiled; and that it behaves as the one in the calling thread. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { PushedDirectory } from '../../../../src/bridge/directory/store/pushed-directory.js';
import type { PushRequest } from '../../../../src/bridge/directory/store/push-run.js';
import {
  DIRECTORY_DATABASE,
  directoryMigrations,
  type DirectorySchema,
} from '../../../../src/bridge/directory/store/schema.js';
import { otherWork, Snapshots } from '../../../../src/bridge/directory/store/snapshots.js';
import { WorkerWriter } from '../../../../src/bridge/directory/store/writers.js';
import { openSqlite } from '../../../../src/platform/database.js';
import { compileSource, type CompiledSource } from '../../../support/compiled-source.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../../support/temporary-directory.js';
import { bodyOf, order } from './store-under-test.js';

let source: CompiledSource;
let directory: TemporaryDirectory;
let writer: WorkerWriter;
let file: string;

beforeAll(async () => (source = await compileSource()), 60_000);
afterAll(() => source.remove());
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  file = join(directory.path, DIRECTORY_DATABASE);
  writer = open();
});
afterEach(async () => {
  await writer.close();
  await directory.remove();
});

const open = (idleMs?: number) =>
  new WorkerWriter(
    { file, installationId: 'default' },
    pathToFileURL(source.path('bridge/directory/store/writer-worker.js')),
    idleMs,
  );

const plain: PushRequest = { type: 'order', upload: null };

function ids(): unknown[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare('select id from record order by id').pluck().all();
  } finally {
    database.close();
  }
}

describe('a writer in a thread of its own', () => {
  it('does its jobs, several at a time', async () => {
    const pushes = await Promise.all(
      ['1', '2', '3'].map((id) => writer.push(plain, bodyOf([order(id, ['keine'])]))),
    );
    expect(pushes.map(({ lines, warnings }) => [lines, warnings.count])).toEqual(
      Array(3).fill([1, 1]),
    );
    await writer.remove('order', '2');
    await writer.sweep();
    expect(ids()).toEqual(['1', '3']);
  });

  it('fails as the other one does', async () => {
    await expect(writer.push(plain, bodyOf([order('1', []), {}]))).rejects.toMatchObject({
      name: 'BridgeFailure',
      code: 'directoryLineInvalid',
      disposition: 'permanent',
      field: 'id',
      params: { line: 2, stored: 1 },
    });
    expect(ids()).toEqual(['1']);
  });

  it('replaces records in one moment, for whoever asks meanwhile', async () => {
    const emails = ['kunde@x.example'];
    const sets = ['a', 'b'].map((set) =>
      Array.from({ length: 20 }, (_, index) => order(`${set}${index}`, emails, [`RE-${index}`])),
    );
    await writer.push(plain, bodyOf(sets[0] ?? []));
    const connect = () => openSqlite<DirectorySchema>(file, directoryMigrations);
    const snapshots = new Snapshots(await connect(), connect);
    const directory = new PushedDirectory(snapshots, 'default');
    const question = { addresses: emails, references: ['re-7'], bodyReferences: [] };
    const seen = new Set<string>();
    const state = { isDone: false };
    const pushing = (async () => {
      for (let round = 1; round <= 40; round += 1) {
        const upload = { name: 'r', fromLine: null, mode: 'replace', hasMore: false } as const;
        await writer.push({ type: 'order', upload }, bodyOf(sets[round % 2] ?? []));
        if (round % 10 === 0) await writer.sweep();
      }
      state.isDone = true;
    })();
    while (!state.isDone) {
      const { byAddress, records } = await directory.trade('order', question);
      const answer = byAddress.get('kunde@x.example');
      const of = new Set(answer?.ids.map((id) => id.slice(0, 1)));
      expect([answer?.ids.length, of.size, answer?.confirmed.length]).toEqual([20, 1, 1]);
      expect(records.size).toBe(20);
      for (const set of of) seen.add(set);
      await otherWork();
    }
    await pushing;
    expect(seen.size).toBe(2);
    await snapshots.close();
  });

  it('hands on what the body failed with', async () => {
    const gone = new Error('gone');
    const broken = (async function* () {
      yield await Promise.resolve(Buffer.from('{"id"'));
      throw gone;
    })();
    await expect(writer.push(plain, broken)).rejects.toBe(gone);
  });

  it('reads no faster than it stores', async () => {
    const line = `${JSON.stringify(order('1', ['a@x.example'], ['RE-1', 'RE-2']))}\n`;
    const chunk = Buffer.from(line.repeat(500));
    let read = 0;
    const endless = (async function* () {
      for (;;) {
        read += 1;
        yield await Promise.resolve(chunk);
      }
    })();
    const pushing = writer.push(plain, endless);
    const failed = expect(pushing).rejects.toThrow('closed');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const before = read;
    await writer.close();
    await failed;
    expect(before).toBeLessThan(5000);
    expect(read).toBeLessThan(before + 200);
  });

  it('ends when nothing comes, and starts again', async () => {
    await writer.close();
    writer = open(20);
    await writer.push(plain, bodyOf([order('1', [])]));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await writer.push(plain, bodyOf([order('2', [])]));
    expect(ids()).toEqual(['1', '2']);
  });

  it('is closed within two seconds while a body hangs', async () => {
    const hanging = (async function* () {
      yield await Promise.resolve(Buffer.from(`${JSON.stringify(order('1', []))}\n`));
      await new Promise(() => undefined);
    })();
    const failed = expect(writer.push(plain, hanging)).rejects.toThrow('closed');
    await writer.push({ type: 'contact', upload: null }, bodyOf([]));
    const startedAt = performance.now();
    await writer.close();
    await failed;
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await expect(writer.remove('order', '1')).rejects.toThrow('closed');
  });

  it('fails its jobs when it cannot work', async () => {
    await writer.close();
    file = join(directory.path, 'no', 'such', 'folder');
    writer = open();
    await expect(writer.push(plain, bodyOf([]))).rejects.toThrow();
  });
});
