import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { packed, type PackedMessage } from '../../../fixtures/messages/real-life/tnef.js';
import { unpack } from '../../../src/archive/items/mime/packed-parts.js';
import { readTnef } from '../../../src/archive/items/mime/tnef.js';

const files = fc.array(
  fc.record(
    {
      title: fc.constant(Buffer.from('KURZ~1.TXT')),
      content: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      longName: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      contentType: fc.constant('text/plain'),
    },
    { requiredKeys: ['title', 'content'] },
  ),
  { maxLength: 4 },
);
const messages: fc.Arbitrary<PackedMessage> = fc.record({
  files: files.filter((all) => all.every(({ longName }) => longName?.includes('\0') !== true)),
});

describe('TNEF', () => {
  it('gives back every file with its name', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const read = readTnef(packed(message));
        expect(read?.isWhole).toBe(true);
        expect(read?.files.map(({ name, content }) => [name, content.toString('hex')])).toEqual(
          (message.files ?? []).map(({ title, content, longName }) => [
            longName ?? title.toString('latin1'),
            content.toString('hex'),
          ]),
        );
      }),
    );
  });

  it('gives what comes before the end, wherever it is cut off, and says that it is not all', () => {
    const bytes = packed({
      files: [
        { title: Buffer.from('eins.txt'), content: Buffer.from('eins') },
        { title: Buffer.from('zwei.txt'), content: Buffer.from('zwei') },
      ],
      text: 'Text',
    });
    for (let length = 0; length < bytes.length; length += 1) {
      const read = readTnef(bytes.subarray(0, length));
      for (const { content } of read?.files ?? [])
        expect(['eins', 'zwei']).toContain(content.toString());
      // between two attributes nothing is missing as far as one can see
      if (read?.isWhole === true) expect(read.files.length).toBeLessThanOrEqual(2);
    }
    expect(readTnef(bytes.subarray(0, bytes.length - 1))).toMatchObject({ isWhole: false });
  });

  it('ends with whatever is in it', () => {
    const bytes = packed({
      files: [{ title: Buffer.from('a'), content: Buffer.from('b'), longName: 'c' }],
    });
    const changes = fc.array(
      fc.tuple(fc.integer({ min: 6, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 })),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(changes, (changed) => {
        const broken = Buffer.from(bytes);
        for (const [at, byte] of changed) broken[at] = byte;
        expect(readTnef(broken)?.files.length ?? 0).toBeLessThanOrEqual(1);
      }),
      { numRuns: 5000 },
    );
  });

  it('is no other thing', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 50 }),
        (bytes) => readTnef(Buffer.from(bytes)) === null,
      ),
    );
  });

  it('stops at a number of files that no mail has', () => {
    const many = Array.from({ length: 1200 }, (_, at) => ({
      title: Buffer.from(String(at)),
      content: Buffer.from('x'),
    }));
    const read = readTnef(packed({ files: many }));
    expect(read?.files).toHaveLength(1000);
    expect(read?.isWhole).toBe(false);
  });
});

describe('a packed part', () => {
  it('stays as it is, to the last byte, when it is too large to be held', async () => {
    const title = Buffer.from('gross.bin');
    const bytes = packed({ files: [{ title, content: Buffer.alloc(33 * 1024 * 1024, 'ab') }] });
    const pieces = function* () {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    };
    const part = { filename: 'winmail.dat', contentType: 'application/ms-tnef' };
    const { parts } = await unpack({ ...part, content: Readable.from(pieces()) }, 3);
    expect(parts.map(([{ filename }, index]) => [filename, index])).toEqual([['winmail.dat', 3]]);
    const hash = createHash('sha256');
    for await (const piece of parts[0]![0].content) hash.update(piece as Buffer);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});
