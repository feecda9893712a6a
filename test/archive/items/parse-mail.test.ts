import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { attachmentContent, parseMail } from '../../../src/archive/items/mime/parse-mail.js';

const HEADER = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
const attachment = (content: Buffer) =>
  `--b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n${content
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n')}\r\n`;
const mail = (content: Buffer) =>
  Buffer.from(
    `${HEADER}--b\r\nContent-Type: text/plain\r\n\r\nText\r\n${attachment(content)}--b--\r\n`,
  );

async function* inPieces(bytes: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += sizeBytes) {
    await Promise.resolve();
    yield bytes.subarray(at, at + sizeBytes);
  }
}

describe('reading a message', () => {
  it('far more than a buffer holds passes through, piece by piece', async () => {
    const content = randomBytes(3_000_000);
    const { text, attachments } = await parseMail(inPieces(mail(content), 50_000));
    expect(text.trim()).toBe('Text');
    expect(attachments).toEqual([expect.objectContaining({ name: 'a.bin', sizeBytes: 3_000_000 })]);
  });

  it('bytes that cannot be read to their end are no shorter message', async () => {
    const bytes = mail(randomBytes(200_000));
    async function* broken() {
      yield* inPieces(bytes.subarray(0, 150_000), 10_000);
      throw new Error('the disk is gone');
    }
    await expect(parseMail(broken())).rejects.toThrow('the disk is gone');
  });

  it('a reader that leaves an attachment has its source closed', async () => {
    const closed = new EventEmitter();
    const isClosed = once(closed, 'closed');
    async function* watched() {
      try {
        yield* inPieces(mail(randomBytes(3_000_000)), 10_000);
      } finally {
        closed.emit('closed');
      }
    }
    const content = attachmentContent(watched(), 0);
    for await (const piece of content) {
      expect(piece).toBeInstanceOf(Buffer);
      break;
    }
    await isClosed;
  });
});
