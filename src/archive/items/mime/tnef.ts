/**
 * What is packed in a `winmail.dat`: TNEF (MS-OXTNEF), which Outlook and Exchange send instead of MIME parts. Whatever
 * is told wrong about lengths ends the reading; what was found before is given.
 */
import libmime from 'libmime';

export interface TnefFile {
  /** As the sender wrote it; '' when there is none. */
  readonly name: string;
  /** '' when none is told. */
  readonly contentType: string;
  /** Without angle brackets; '' when there is none. */
  readonly contentId: string;
  readonly content: Buffer;
}

export interface Tnef {
  readonly files: readonly TnefFile[];
  /** The message's own words, where they are packed as text or HTML; else ''. */
  readonly text: string;
  readonly html: string;
  /** All of it could be read, and there is no message within and no object of another program. */
  readonly isWhole: boolean;
}

const SIGNATURE = 0x223e9f78;
const HEADER_BYTES = 6;
/** Level, identifier and length before an attribute's data, a checksum behind it. */
const ATTRIBUTE_HEAD_BYTES = 9;
const CHECKSUM_BYTES = 2;
/** Far more than any mail has. */
const MAX_FILES = 1000;

/** MS-OXTNEF 2.1.3.2; of a message and of its attachments. */
const attribute = {
  oemCodePage: 0x00069007,
  messageProperties: 0x00069003,
  body: 0x0002800c,
  attachmentBegins: 0x00069002,
  attachmentTitle: 0x00018010,
  attachmentData: 0x0006800f,
  attachmentProperties: 0x00069005,
} as const;

/** MS-OXPROPS. */
const property = {
  body: 0x1000,
  html: 0x1013,
  displayName: 0x3001,
  attachData: 0x3701,
  attachFilename: 0x3704,
  attachLongFilename: 0x3707,
  attachMimeTag: 0x370e,
  attachContentId: 0x3712,
  internetCodePage: 0x3fde,
} as const;

/** MS-OXCDATA 2.11.1. */
const propertyType = { object: 0x000d, string8: 0x001e, unicode: 0x001f, binary: 0x0102 } as const;
const MULTIPLE = 0x1000;
const FIRST_NAMED = 0x8000;
const GUID_BYTES = 16;
/** Bytes of a value, filled up to four. */
const valueBytes: Readonly<Record<number, number>> = {
  0x0001: 4,
  0x0002: 4,
  0x0003: 4,
  0x0004: 4,
  0x0005: 8,
  0x0006: 8,
  0x0007: 8,
  0x000a: 4,
  0x000b: 4,
  0x0014: 8,
  0x0040: 8,
  0x0048: 16,
};

interface Value {
  readonly type: number;
  readonly bytes: Buffer;
}

type Properties = ReadonlyMap<number, Value>;

const nothing: Properties = new Map();

interface Attachment {
  title: Buffer | null;
  data: Buffer | null;
  properties: Properties;
}

/** @returns null for what is no TNEF */
export function readTnef(bytes: Buffer): Tnef | null {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== SIGNATURE) return null;
  const attachments: Attachment[] = [];
  let message: Properties = nothing;
  let codePage = 1252;
  let body: Buffer | null = null;
  const { isComplete } = eachAttribute(bytes, (id, data) => {
    const current = attachments.at(-1);
    if (id === attribute.attachmentBegins) {
      // one more than is given tells that this is not all
      if (attachments.length <= MAX_FILES)
        attachments.push({ title: null, data: null, properties: nothing });
    } else if (id === attribute.oemCodePage && data.length >= 4) codePage = data.readUInt32LE(0);
    else if (id === attribute.body) body = data;
    else if (id === attribute.messageProperties) message = readProperties(data);
    else if (current === undefined) return;
    else if (id === attribute.attachmentTitle) current.title = data;
    else if (id === attribute.attachmentData) current.data = data;
    else if (id === attribute.attachmentProperties) current.properties = readProperties(data);
  });
  const files = attachments.slice(0, MAX_FILES).flatMap((one) => fileOf(one, codePage) ?? []);
  const text = textOf(message.get(property.body), codePage) || decoded(body, codePage);
  const html = textOf(message.get(property.html), codePageOfHtml(message) ?? codePage);
  return { files, text, html, isWhole: isComplete && files.length === attachments.length };
}

/** @returns whether all of it could be read */
function eachAttribute(
  bytes: Buffer,
  take: (id: number, data: Buffer) => void,
): { readonly isComplete: boolean } {
  let at = HEADER_BYTES;
  while (at + ATTRIBUTE_HEAD_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at + 5);
    const begin = at + ATTRIBUTE_HEAD_BYTES;
    const end = begin + length;
    if (end + CHECKSUM_BYTES > bytes.length) return { isComplete: false };
    take(bytes.readUInt32LE(at + 1), bytes.subarray(begin, end));
    at = end + CHECKSUM_BYTES;
  }
  return { isComplete: at === bytes.length };
}

/** Properties by their ids, of several values the first one; named ones are passed over. */
function readProperties(bytes: Buffer): Properties {
  const found = new Map<number, Value>();
  const reader = new Reader(bytes);
  try {
    for (let left = reader.number32(); left > 0; left -= 1) {
      const type = reader.number16();
      const id = reader.number16();
      if (id >= FIRST_NAMED) passName(reader);
      const first = readFirst(reader, type);
      if (id < FIRST_NAMED && first !== null)
        found.set(id, { type: type & ~MULTIPLE, bytes: first });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

function passName(reader: Reader): void {
  reader.bytes(GUID_BYTES);
  const isText = reader.number32() === 1;
  if (isText) reader.filled(reader.number32());
  else reader.number32();
}

/** @returns null when there is no value. @throws RangeError */
function readFirst(reader: Reader, type: number): Buffer | null {
  const fixed = valueBytes[type & ~MULTIPLE];
  const isCounted = fixed === undefined || (type & MULTIPLE) !== 0;
  let first: Buffer | null = null;
  for (let left = isCounted ? reader.number32() : 1; left > 0; left -= 1) {
    const value = fixed === undefined ? reader.filled(reader.number32()) : reader.bytes(fixed);
    first ??= value;
  }
  return first;
}

/** @returns null for a message within and for objects: they are no files */
function fileOf({ title, data, properties }: Attachment, codePage: number): TnefFile | null {
  const embedded = properties.get(property.attachData);
  if (embedded?.type === propertyType.object) return null;
  const content = data ?? embedded?.bytes;
  if (content === undefined) return null;
  const text = (id: number) => textOf(properties.get(id), codePage);
  return {
    name:
      text(property.attachLongFilename) ||
      decoded(title, codePage) ||
      text(property.attachFilename) ||
      text(property.displayName),
    contentType: text(property.attachMimeTag).toLowerCase(),
    contentId: text(property.attachContentId).replace(/^<|>$/g, ''),
    content,
  };
}

function codePageOfHtml(message: Properties): number | undefined {
  const told = message.get(property.internetCodePage);
  return told !== undefined && told.bytes.length >= 4 ? told.bytes.readUInt32LE(0) : undefined;
}

/** '' when there is none. HTML is kept as bytes, in the code page that the message tells. */
function textOf(value: Value | undefined, codePage: number): string {
  if (value === undefined) return '';
  if (value.type === propertyType.unicode) return withoutEnd(value.bytes.toString('utf16le'));
  const isText = value.type === propertyType.string8 || value.type === propertyType.binary;
  return isText ? decoded(value.bytes, codePage) : '';
}

const charsets: Readonly<Record<number, string>> = {
  65001: 'utf-8',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
};

/** Code pages of Windows have a charset of their number; for any other it is that of Western Europe. */
function decoded(bytes: Buffer | null, codePage: number): string {
  if (bytes === null) return '';
  const isWindows = codePage >= 1250 && codePage <= 1258;
  const charset = charsets[codePage] ?? `windows-${String(isWindows ? codePage : 1252)}`;
  return withoutEnd(libmime.decodeWord(charset, 'B', bytes.toString('base64')));
}

/** Texts end with a NUL, and some with what was in the memory behind it. */
const withoutEnd = (text: string): string => text.split('\0', 1)[0] ?? '';

/** Reads on from where it stands. Every method throws RangeError at the end. */
class Reader {
  #at = 0;

  constructor(private readonly source: Buffer) {}

  number16(): number {
    return this.bytes(2).readUInt16LE(0);
  }

  number32(): number {
    return this.bytes(4).readUInt32LE(0);
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.source.length) throw new RangeError('the data ends before');
    const bytes = this.source.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  /** A value of that length, filled up to a multiple of four; the last one of all may lack that. */
  filled(length: number): Buffer {
    const bytes = this.bytes(length);
    this.#at = Math.min(this.#at + ((4 - (length % 4)) % 4), this.source.length);
    return bytes;
  }
}
