import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { realMails } from '../../../fixtures/messages/real-life/index.js';
import { readDeliveryReport } from '../../../src/archive/items/mime/delivery-report.js';
import { headerText, readHeader } from '../../../src/archive/items/mime/header.js';
import { InProcessMailParser } from '../../../src/archive/items/mime/mail-parsers.js';
import { parseMail } from '../../../src/archive/items/mime/parse-mail.js';
import { RawMailStore } from '../../../src/archive/store/raw-mail-store.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';

let directory: TemporaryDirectory;
let store: RawMailStore;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  store = await RawMailStore.open(`${directory.path}/raw.db`);
});
afterAll(async () => {
  await store.close();
  await directory.remove();
});

/** The header at once, as from the store, whose pieces are larger; the rest in pieces of that size. */
async function* inPieces(bytes: Buffer, sizeBytes: number) {
  const head = headerText(bytes).length + 4;
  yield await Promise.resolve(bytes.subarray(0, head));
  for (let at = head; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

/** Stored, read by the parser, and read back. */
async function throughTheStore(bytes: Buffer): Promise<Buffer> {
  const writer = store.writer();
  await writer.write(bytes);
  const staged = await writer.finish();
  await store.commit([staged]);
  await new InProcessMailParser(store).parse(staged.hash).catch((error: unknown) => {
    expect(error).toBeInstanceOf(Error);
  });
  const pieces: Buffer[] = [];
  for await (const piece of store.read(staged.hash)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const small = realMails.filter(({ bytes }) => bytes.length < 8000).map(({ bytes }) => bytes);
/** What means something in a message, and bytes that mean nothing. */
const disturbance = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc
    .constantFrom(
      ...[
        '\r\n',
        '\n',
        '\r\n\r\n',
        '\r',
        '\0',
        '--b',
        '--b--\r\n',
        '=?',
        '?=',
        '"',
        '(',
        '<',
        ';',
        '%',
      ],
      ...['Content-Type: multipart/mixed; boundary=b\r\n', 'Content-Type: message/rfc822\r\n'],
      ...['Content-Transfer-Encoding: base64\r\n', 'charset=utf-16', 'filename*0*=', '\xff\xfe'],
    )
    .map((text) => Uint8Array.from(Buffer.from(text, 'latin1'))),
);
const damaged = fc
  .tuple(
    fc.constantFrom(...small),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(20), disturbance), {
      maxLength: 6,
    }),
  )
  .map(([bytes, changes]) =>
    changes.reduce((all, [where, length, by]) => {
      const at = Math.floor(where * all.length);
      return Buffer.concat([all.subarray(0, at), by, all.subarray(at + length)]);
    }, bytes),
  )
  .filter((bytes) => bytes.length > 0);

describe('mail of real life', () => {
  it('comes out of the store byte for byte, after it was read', async () => {
    for (const { bytes } of realMails)
      expect((await throughTheStore(bytes)).equals(bytes)).toBe(true);
  }, 60_000);
});

describe('any mail, however damaged', () => {
  it('is read to an end, and its bytes are what they were', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async (bytes) => {
        const before = Buffer.from(bytes);
        const header = readHeader(bytes);
        expect(header.subject.length).toBeLessThanOrEqual(4096);
        expect(await throughTheStore(bytes)).toEqual(before);
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  it.each([
    '=?a?q?x?',
    '=?',
    'a@b,',
    '<a',
    '(',
    '1:11 ',
    '-',
    '\t',
    '"',
    ';=',
    '<a@b>:\n',
    '\r\n ',
  ])('is read to an end when its header or text is nothing but %j', (piece) => {
    const long = piece.repeat(Math.ceil(200_000 / piece.length));
    for (const field of ['From', 'Subject', 'Date', 'Message-ID', 'References'])
      expect(readHeader(Buffer.from(`${field}: ${long}`)).messageId.length).toBeLessThan(999);
    const opening = 'From: MAILER-DAEMON@mx.test\r\n\r\nHi. This is the program\n';
    expect(readDeliveryReport(Buffer.from(`${opening}${long}`))).toBeNull();
  });

  it('shows no attachment under a name that is a path or not what it looks', async () => {
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.webPath());
    await fc.assert(
      fc.asyncProperty(name, async (given) => {
        const encoded = encodeURIComponent(given).replace(/['()*]/g, '_');
        const bytes = Buffer.from(
          `Content-Type: image/png\r\nContent-Disposition: attachment; filename*=utf-8''${encoded}\r\n\r\nx\r\n`,
        );
        const { attachments } = await parseMail(inPieces(bytes, bytes.length));
        expect(attachments).toHaveLength(1);
        expect(attachments[0]?.name).toMatch(
          /^(?!\.{0,2}$)[^\p{Cc}/\\\u061C\u200B-\u200F\u202A-\u202E\u2060\u2066-\u2069]{1,255}$/u,
        );
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it('is the same in whatever pieces it is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...small),
        fc.integer({ min: 1, max: 4000 }),
        async (bytes, sizeBytes) => {
          const whole = await parseMail(inPieces(bytes, bytes.length));
          const { text, html, attachments } = await parseMail(inPieces(bytes, sizeBytes));
          expect({ text, html, attachments }).toEqual({
            text: whole.text,
            html: whole.html,
            attachments: whole.attachments,
          });
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
