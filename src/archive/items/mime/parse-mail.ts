/**
 * Reads body and attachments of a message with mailparser, as a stream: attachments are counted, never kept.
 */
import { Readable, type Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { attachmentName } from './attachment-name.js';
import {
  announcesReport,
  MAX_REPORT_BYTES,
  readDeliveryReport,
  type DeliveryReport,
} from './delivery-report.js';
import { AttachmentTexts, isTextual } from './attachment-text.js';
import { headerText } from './header.js';
import { MimeStream } from './mime-stream.js';
import { unpack } from './packed-parts.js';
import { previewOf } from './preview.js';
import type { ParsedAttachment, ParsedMail } from './parsed-mail.js';

/** A longer text is cut: nobody reads it on a screen, and the bytes are there. */
const MAX_BODY_CHARACTERS = 4 * 1024 * 1024;

interface TextEvent {
  readonly type: 'text';
  readonly text?: string;
  readonly html?: string | false;
}

interface AttachmentEvent {
  readonly type: 'attachment';
  readonly filename?: string | false;
  readonly contentType?: string;
  readonly headers?: ReadonlyMap<string, unknown>;
  readonly cid?: string;
  readonly related?: boolean;
  readonly partId?: string | null;
  readonly content: Readable;
  release(): void;
}

type PartEvent = TextEvent | AttachmentEvent;

/** What `readParts` gives of a part that is no text. */
type AttachmentPart = Omit<AttachmentEvent, 'type' | 'release'>;

/**
 * Runs over a message; `onAttachment` must read or drop the content it is given. What a packed part says is the
 * message's text where it has none.
 */
async function readParts(
  message: AsyncIterable<Buffer>,
  onText: (event: TextEvent) => void,
  onAttachment: (part: AttachmentPart, index: number) => Promise<void>,
): Promise<void> {
  let index = 0;
  const said = { byParts: false, packed: [] as TextEvent[] };
  const unpackAll = async (event: AttachmentEvent, partIndex: number): Promise<void> => {
    const { parts: unpackedParts, text, html } = await unpack<AttachmentPart>(event, partIndex);
    for (const [part, at] of unpackedParts) await onAttachment(part, at);
    if (text !== '' || html !== '') said.packed.push({ type: 'text', text, html });
  };
  const mime = new MimeStream({
    skipImageLinks: true,
    skipTextLinks: true,
    skipTextToHtml: true,
    maxHtmlLengthToParse: MAX_BODY_CHARACTERS,
  });
  const written = writeAll(withoutExcessText(message), mime);
  // told when it is awaited, unless reading fails before
  written.catch(() => undefined);
  for await (const event of mime as AsyncIterable<PartEvent>) {
    if (event.type === 'attachment') {
      await unpackAll(event, index++);
      event.release();
      continue;
    }
    said.byParts ||= (event.text ?? '').trim() !== '' || (event.html || '') !== '';
    onText(event);
  }
  await written;
  const [first] = said.packed;
  if (!said.byParts && first !== undefined) onText(first);
}

/**
 * As `pipeline` of node:stream/promises, for a stream that the caller reads to its end. That one makes an AbortController
 * and an error with every use, and needs a stream at either end: a third of the time that a short mail takes.
 */
async function writeAll(pieces: AsyncIterable<Buffer>, stream: Duplex): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (stream.destroyed) return;
      if (!stream.write(piece)) await settled(stream);
    }
    stream.end();
  } catch (error) {
    stream.destroy(error as Error);
    throw error;
  }
}

const settled = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });

/**
 * The beginning of a message that is one long text: mailparser keeps text in memory, and more than this is not shown.
 * A message with parts is passed on whole, because its attachments follow.
 */
async function* withoutExcessText(
  message: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, void> {
  let isText: boolean | null = null;
  let sizeBytes = 0;
  for await (const piece of message) {
    isText ??= isSingleText(headerText(piece));
    yield piece;
    sizeBytes += piece.length;
    if (isText && sizeBytes >= MAX_BODY_CHARACTERS) return;
  }
}

/** Without Content-Type a message is text (RFC 2045 §5.2). */
const isSingleText = (header: string): boolean =>
  (/^content-type:\s*([^\s;/]+)/im.exec(header)?.[1] ?? 'text').toLowerCase() === 'text' &&
  !/^content-disposition:\s*attachment/im.test(header);

export async function parseMail(message: AsyncIterable<Buffer>): Promise<ParsedMail> {
  const head = new Head();
  const read = await readShown(head.watch(message));
  const shown = read.isEmpty ? { ...read, text: head.unparsedText() } : read;
  // mailparser makes text of HTML only where that is the whole message
  const text =
    shown.text.trim() === '' && shown.html !== '' ? await textOf(shown.html) : shown.text;
  return {
    ...shown,
    text,
    preview: previewOf(text),
    report: head.report(),
  };
}

interface Shown extends Pick<ParsedMail, 'text' | 'html' | 'attachments'> {
  /** Not a single part was found. */
  readonly isEmpty: boolean;
}

async function readShown(message: AsyncIterable<Buffer>): Promise<Shown> {
  let text = '';
  let html = '';
  const attachments: ParsedAttachment[] = [];
  const texts = new AttachmentTexts(bodyOf);
  await readParts(
    message,
    (event) => {
      text = shownText(event.text ?? '');
      html = shownText(event.html || '');
    },
    async (event, partIndex) => {
      let sizeBytes = 0;
      const { filename, contentType = 'application/octet-stream', cid = '' } = event;
      const name = attachmentName(filename || '', contentType, attachments.length);
      const hasText = isTextual({ contentType, name });
      for await (const piece of event.content) {
        sizeBytes += (piece as Buffer).length;
        if (hasText) texts.add(piece as Buffer);
      }
      attachments.push({
        partIndex,
        name,
        contentType: contentType.slice(0, 127),
        contentId: cid.slice(0, 255),
        sizeBytes,
        isInline: event.related === true && cid !== '',
        text: hasText ? await texts.take({ contentType, name }, charsetOf(event)) : null,
      });
    },
  );
  // the text comes after the attachments: only now is it known which of them the HTML shows
  const inHtml = (one: ParsedAttachment) => one.isInline && html.includes(`cid:${one.contentId}`);
  return {
    text,
    html,
    attachments: attachments.map((one) => ({ ...one, isInline: inHtml(one) })),
    isEmpty: text === '' && html === '' && attachments.length === 0,
  };
}

/** A NUL ends a text for many programs, and databases refuse it. */
const shownText = (text: string): string => text.slice(0, MAX_BODY_CHARACTERS).replaceAll('\0', '');

async function textOf(html: string): Promise<string> {
  const message = Buffer.from(`Content-Type: text/html; charset=utf-8\r\n\r\n${html}`);
  return (await readShown(Readable.from([message]))).text;
}

/** Of a message within a message; its attachments are passed over. */
async function bodyOf(message: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  await readParts(
    message,
    (event) => {
      text = event.text ?? '';
    },
    (event) => {
      event.content.resume();
      return finished(event.content);
    },
  );
  return text;
}

function charsetOf({ headers }: AttachmentPart): string {
  const type = headers?.get('content-type') as { params?: { charset?: string } } | undefined;
  return type?.params?.charset ?? 'utf-8';
}

/** Keeps the beginning of a message that may be read in another way than by its parts, and of no other. */
class Head {
  #pieces: Buffer[] = [];
  #sizeBytes = 0;

  async *watch(message: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    let isWanted: boolean | null = null;
    for await (const piece of message) {
      isWanted ??= mayBeReadApart(headerText(piece));
      if (isWanted && this.#sizeBytes < MAX_REPORT_BYTES) {
        this.#pieces.push(Buffer.from(piece.subarray(0, MAX_REPORT_BYTES - this.#sizeBytes)));
        this.#sizeBytes += piece.length;
      }
      yield piece;
    }
  }

  report(): DeliveryReport | null {
    return this.#sizeBytes === 0 ? null : readDeliveryReport(Buffer.concat(this.#pieces));
  }

  /** What follows the header: all that can be shown of a multipart whose boundary never comes. */
  unparsedText(): string {
    const bytes = Buffer.concat(this.#pieces);
    return shownText(bytes.toString('utf8').slice(headerText(bytes).length).trim());
  }
}

const mayBeReadApart = (header: string): boolean =>
  /^content-type:\s*multipart\//im.test(header) || announcesReport(header);

/** The decoded content of one attachment; it ends empty when the message has no such part. */
export function attachmentContent(message: AsyncIterable<Buffer>, wanted: number): Readable {
  const output = new Readable({ read: () => resume?.() });
  let resume: (() => void) | null = null;
  const push = async (piece: Buffer) => {
    if (output.destroyed) throw new Error('the reader has gone');
    if (output.push(piece)) return;
    await new Promise<void>((resolve) => {
      resume = resolve;
      output.once('close', resolve);
    });
    resume = null;
  };
  readParts(
    message,
    () => undefined,
    async (event, index) => {
      for await (const piece of event.content) if (index === wanted) await push(piece as Buffer);
    },
  ).then(
    () => output.push(null),
    (error: unknown) => output.destroy(error as Error),
  );
  return output;
}
