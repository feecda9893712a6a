import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
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
});
