/**
 * A part that packs files (`winmail.dat`) gives these instead of itself. It stays beside them where something would else
 * be out of sight: a message within, or words that are packed as formatted text only.
 */
import { Readable } from 'node:stream';
import libmime from 'libmime';
import { readTnef, type TnefFile } from './tnef.js';

/** A larger one is not unpacked: it would have to be in memory as a whole. */
const MAX_PACKED_BYTES = 32 * 1024 * 1024;
/** A file's index within the message is its part's and this for each place within; parts are fewer. */
const PLACE = 1_000_000;
const TYPES = ['application/ms-tnef', 'application/vnd.ms-tnef'];

/** As much of a part as is needed here. */
export interface Part {
  readonly filename?: string | false;
  readonly contentType?: string;
  readonly content: Readable;
  /** `1` for one with no part before it, null for one that is the whole message. */
  readonly partId?: string | null;
}

export interface Unpacked<P extends Part> {
  /** To be read in this order. */
  readonly parts: readonly (readonly [part: P | (Part & Packed), index: number])[];
  /** What the message says where it has no text part; else ''. */
  readonly text: string;
  readonly html: string;
}

interface Packed {
  readonly cid: string;
  readonly related: boolean;
}

const isPacked = ({ contentType = '', filename }: Part): boolean =>
  TYPES.includes(contentType.toLowerCase()) || /^winmail\.dat$/i.test(filename || '');

export async function unpack<P extends Part>(part: P, index: number): Promise<Unpacked<P>> {
  if (!isPacked(part)) return { parts: [[part, index]], text: '', html: '' };
  const { begin, rest } = await beginningOf(part.content);
  const packed = rest === null ? readTnef(begin) : null;
  const itself = [{ ...part, content: Readable.from(joined(begin, rest)) }, index] as const;
  if (packed === null) return { parts: [itself], text: '', html: '' };
  const files = packed.files.map(
    (file, place) => [partOf(file), index + PLACE * (place + 1)] as const,
  );
  const { text, html, isWhole } = packed;
  // mostly a text part before it says what the formatted text says
  const isFirst = part.partId == null || part.partId === '1';
  const isSaid = text !== '' || html !== '' || (files.length > 0 && !isFirst);
  return { parts: isWhole && isSaid ? files : [...files, itself], text, html };
}

const partOf = ({ name, contentType, contentId, content }: TnefFile): Part & Packed => ({
  filename: name,
  contentType: contentType || libmime.detectMimeType(name) || 'application/octet-stream',
  cid: contentId,
  related: contentId !== '',
  content: Readable.from([content]),
});

/** @returns the whole and null, or the beginning and what follows it */
async function beginningOf(
  content: Readable,
): Promise<{ begin: Buffer; rest: AsyncIterator<Buffer> | null }> {
  const pieces = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const begin: Buffer[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= MAX_PACKED_BYTES) {
    const next = await pieces.next();
    if (next.done === true) return { begin: Buffer.concat(begin), rest: null };
    begin.push(next.value);
    sizeBytes += next.value.length;
  }
  return { begin: Buffer.concat(begin), rest: pieces };
}

async function* joined(
  begin: Buffer,
  rest: AsyncIterator<Buffer> | null,
): AsyncGenerator<Buffer, void, void> {
  yield begin;
  for (let next = await rest?.next(); next?.done === false; next = await rest?.next())
    yield next.value;
}
