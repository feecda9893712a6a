/**
 * The characters of a text part whose declaration is missing, means nothing or is wrong. Programs declare us-ascii or
 * nothing and send windows-1252, or declare Latin-1 and send UTF-8: the bytes tell more than the declaration.
 */
import { isUtf8 } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import libmime from 'libmime';

/** IANA's name for "8-bit, nobody knows which" (RFC 1428). */
export const UNKNOWN = 'unknown-8bit';

const UNTRUSTED = /^(?:|us-?ascii|ascii|7bit|8bit|utf-?8|unknown-8bit)$/i;
const WESTERN = /^(?:iso-8859-1|iso-8859-15|windows-1252)$/i;

/** Whether a declaration leaves open what the bytes are: they may be UTF-8 as well as windows-1252. */
export const isUntrusted = (charset: string): boolean => UNTRUSTED.test(charset.trim());

/** A stream from the bytes of a part to UTF-8. Others than Western ones are taken at their word. */
export function bodyDecoder(charset: string): Transform {
  if (isUntrusted(charset)) return new WholeText(guessed);
  if (WESTERN.test(libmime.normalizeCharset(charset)))
    return new WholeText((bytes) => (isUtf8(whole(bytes)) ? bytes : decode(bytes, charset)));
  const declared = libmime.createDecodeStream(charset);
  return declared.supported ? declared : new WholeText(guessed);
}

/** Text is held in memory by whoever reads it anyway; only the whole tells what it is. */
class WholeText extends Transform {
  readonly #pieces: Buffer[] = [];

  constructor(private readonly decoded: (bytes: Buffer) => Buffer) {
    super();
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pieces.push(piece);
    done();
  }

  override _flush(done: TransformCallback): void {
    const [first = Buffer.alloc(0), ...others] = this.#pieces;
    done(null, this.decoded(others.length === 0 ? first : Buffer.concat(this.#pieces)));
  }
}

/** UTF-8, unless more of it is broken than is not: a damaged character makes no other charset of a text. */
function guessed(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  const beyondAscii = bytes.toString('utf8').match(/[^\0-\x7f]/gu) ?? [];
  const broken = beyondAscii.filter((character) => character === '\uFFFD').length;
  return broken * 2 < beyondAscii.length ? bytes : decode(bytes, 'windows-1252');
}

/** Without the character that a cut at the end has left incomplete. */
function whole(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) return isUtf8(bytes) ? bytes : bytes.subarray(0, -back);
  }
  return bytes;
}

const decode = (bytes: Buffer, charset: string): Buffer =>
  Buffer.from(libmime.decodeWord(charset, 'B', bytes.toString('base64')), 'utf8');
