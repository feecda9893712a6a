import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ReplyParser, type ReplyShape } from '../../../src/mail/pop3/reply-parser.js';

/** Feeds chunks to a parser that awaits the given shapes, and records every reply. */
function parse(chunks: readonly Buffer[], shapes: readonly ReplyShape[]) {
  const replies: { status: string; text: string; content: Buffer }[] = [];
  let pieces: Buffer[] = [];
  let head = { status: '', text: '' };
  const parser = new ReplyParser({
    get awaited() {
      return shapes[replies.length] ?? null;
    },
    onStatus(status, text) {
      head = { status, text };
    },
    onContent(piece) {
      pieces.push(piece);
    },
    onEnd() {
      replies.push({ ...head, content: Buffer.concat(pieces) });
      pieces = [];
    },
  });
  for (const chunk of chunks) parser.push(Buffer.from(chunk));
  return replies;
}

/** RFC 1939 §3, byte by byte: what a server sends for a message that ends with CRLF. */
function stuff(message: Buffer): Buffer {
  return Buffer.from(message.toString('latin1').replace(/(^|\r\n)\./g, '$1..'), 'latin1');
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes.length === 0 ? bytes.length : sizes[i % sizes.length]!;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe('POP3 reply parser', () => {
  // few distinct bytes, so that line ends and dots meet in every way
  const unit = fc.constantFrom(
    '\r',
    '\n',
    '.',
    '\r\n',
    '\r\n.',
    '..',
    'a',
    '\0',
    '\xff',
    '+OK',
    '-ERR x\r\n',
  );
  const message = fc
    .array(unit, { maxLength: 40 })
    .map((parts) => Buffer.from(`${parts.join('')}\r\n`, 'latin1'));
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 });

  it('gives every byte of any messages in any chunking', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        sizes,
        (messages, chunkSizes) => {
          const wire = Buffer.concat(
            messages.flatMap((m) => [Buffer.from('+OK\r\n'), stuff(m), Buffer.from('.\r\n')]),
          );
          const replies = parse(
            cut(wire, chunkSizes),
            messages.map(() => 'multiline' as const),
          );
          expect(replies.map((reply) => reply.content.toString('hex'))).toEqual(
            messages.map((m) => m.toString('hex')),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('drops the dot of a line that a server forgot to stuff, and goes on', () => {
    expect(
      parse([Buffer.from('+OK\r\n.x\r\n.\rz\r\n.\r\n')], ['multiline'])[0]!.content.toString(),
    ).toBe('x\r\n\rz\r\n');
  });

  it.each([
    ['a reply that nobody asked for', ['+OK\r\n+OK\r\n'], ['line'], 'unsolicitedReply'],
    ['the beginning of such a reply', ['+OK\r\n', '+'], ['line'], 'unsolicitedReply'],
    ['another protocol, at its first byte', ['* OK IMAP'], ['line'], 'notAPop3Reply'],
    ['a challenge to a command without one', ['+ abc\r\n'], ['line'], 'notAPop3Reply'],
    ['a line without end', [`+OK ${'x'.repeat(9000)}`], ['line'], 'replyLineTooLong'],
  ] as const)('refuses %s', (_name, chunks, shapes, detail) => {
    expect(() =>
      parse(
        chunks.map((chunk) => Buffer.from(chunk)),
        shapes,
      ),
    ).toThrow(expect.objectContaining({ detail }));
  });
});
