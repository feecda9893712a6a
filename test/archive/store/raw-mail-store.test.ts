import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, open } from 'node:fs/promises';
import { RawMailStore, type StagedRaw } from '../../../src/archive/store/raw-mail-store.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';

const MIB = 1024 * 1024;

let directory: TemporaryDirectory;
let store: RawMailStore;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  store = await RawMailStore.open(`${directory.path}/raw.db`);
});
afterEach(async () => {
  await store.close();
  await directory.remove();
});

async function stage(bytes: Buffer, pieceBytes = 64 * 1024): Promise<StagedRaw> {
  const writer = store.writer();
  for (let at = 0; at < bytes.length; at += pieceBytes)
    await writer.write(Buffer.from(bytes.subarray(at, at + pieceBytes)));
  return writer.finish();
}

async function read(hash: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of store.read(hash)) pieces.push(piece);
  for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(MIB);
  return Buffer.concat(pieces);
}

describe('RawMailStore', () => {
  it.each([0, 1, 10_240, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 17])(
    'gives back %i bytes exactly, under their SHA-256, also after opening anew',
    async (size) => {
      const bytes = randomBytes(size);
      const staged = await stage(bytes, 70_001);
      expect(staged.hash).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(staged.head.equals(bytes.subarray(0, MIB))).toBe(true);
      await store.commit([staged]);
      await store.close();
      store = await RawMailStore.open(`${directory.path}/raw.db`);
      expect(await store.sizeOf(staged.hash)).toBe(size);
      expect((await read(staged.hash)).equals(bytes)).toBe(true);
    },
  );

  it('stores identical bytes once, within a group and across groups, short and long', async () => {
    for (const bytes of [randomBytes(100), randomBytes(3 * MIB)]) {
      const [first, second, third] = [await stage(bytes), await stage(bytes), await stage(bytes)];
      await store.commit([first, second]);
      await store.commit([third]);
      expect((await read(first.hash)).equals(bytes)).toBe(true);
      await store.remove([first.hash]);
      expect(await store.sizeOf(first.hash)).toBeNull();
      expect(await read(first.hash)).toHaveLength(0);
    }
  });

  it('knows nothing of what was not committed, and sweeps it away at the next start', async () => {
    const staged = await stage(randomBytes(4 * MIB));
    expect(await store.stored([staged.hash])).toEqual(new Set());
    await store.close();
    store = await RawMailStore.open(`${directory.path}/raw.db`);
    await store.commit([await stage(randomBytes(10))]);
    // the unfinished rows are gone: the same message can be written again
    const again = await stage(randomBytes(4 * MIB));
    await store.commit([again]);
    expect(await store.stored([staged.hash, again.hash])).toEqual(new Set([again.hash]));
  });

  it('reads back from the disk what it was told is there', async () => {
    const mails = [randomBytes(0), ...Array.from({ length: 250 }, () => randomBytes(9000))];
    mails.push(randomBytes(MIB), randomBytes(3 * MIB + 1));
    const staged = [];
    for (const bytes of mails) staged.push(await stage(bytes));
    await store.commit(staged);
    const hashes = staged.map(({ hash }) => hash);
    const unknown = createHash('sha256').update('unknown').digest('hex');
    expect(await store.agreeing([...hashes, unknown])).toEqual(new Set(hashes));

    // bytes change in the file itself, which the connection that wrote them does not notice
    const file = `${directory.path}/raw.db`;
    const other = new Database(file);
    other.pragma('wal_checkpoint(truncate)');
    other.close();
    const victims = [mails[17], mails[140], mails[252]].map((bytes) => bytes ?? Buffer.alloc(0));
    for (const victim of victims) {
      const found = victim.subarray(victim.length - 600, victim.length - 560);
      const at = (await readFile(file)).indexOf(found);
      expect(at).toBeGreaterThan(0);
      const disk = await open(file, 'r+');
      await disk.write(Buffer.from([(found[0] ?? 0) ^ 1]), 0, 1, at);
      await disk.close();
    }
    const damaged = victims.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    const expected = hashes.filter((hash) => !damaged.includes(hash));
    expect(await store.agreeing(hashes)).toEqual(new Set(expected));
  });

  it('puts bytes in the place of damaged ones', async () => {
    const bytes = randomBytes(2 * MIB);
    const { hash } = await stage(bytes);
    await store.commit([await stage(bytes)]);
    const other = new Database(`${directory.path}/raw.db`);
    other.prepare('update raw_chunks set bytes = zeroblob(5) where number = 1').run();
    other.close();
    expect(await store.agreeing([hash])).toEqual(new Set());
    await store.replace([await stage(bytes)]);
    expect(await store.agreeing([hash])).toEqual(new Set([hash]));
    expect((await read(hash)).equals(bytes)).toBe(true);
  });
});
