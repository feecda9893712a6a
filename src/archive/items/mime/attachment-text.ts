/**
 * The text of attachments, for search: of plain text, CSV, HTML, calendars and attached messages, told by their type or
 * by the name of the file. Only the beginning is kept, so that a large file costs no memory.
 */
import { headerText, readHeader } from './header.js';

/** Of all attachments of a mail together. */
export const MAX_ATTACHMENT_TEXT_BYTES = 256 * 1024;

interface Described {
  readonly contentType: string;
  readonly name: string;
}

const isHtml = ({ contentType, name }: Described): boolean =>
  /^text\/html$/i.test(contentType) || /\.html?$/i.test(name);
const isMessage = ({ contentType, name }: Described): boolean =>
  /^message\/rfc822$/i.test(contentType) || /\.eml$/i.test(name);
export const isTextual = (attachment: Described): boolean =>
  /^text\//i.test(attachment.contentType) ||
  /\.(?:txt|csv|ics)$/i.test(attachment.name) ||
  isHtml(attachment) ||
  isMessage(attachment);

/** Takes the pieces of one attachment after the other, and keeps of them what is still allowed. */
export class AttachmentTexts {
  #leftBytes = MAX_ATTACHMENT_TEXT_BYTES;
  #pieces: Buffer[] = [];

  /** @param bodyOf the text of a message, without its attachments */
  constructor(private readonly bodyOf: (message: AsyncIterable<Buffer>) => Promise<string>) {}

  add(piece: Buffer): void {
    if (this.#leftBytes <= 0) return;
    // a copy: the piece may be a window on something large
    const kept = Buffer.from(piece.subarray(0, this.#leftBytes));
    this.#pieces.push(kept);
    this.#leftBytes -= kept.length;
  }

  /** The text of what was added since it was last asked. */
  async take(attachment: Described, charset: string): Promise<string> {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    if (isMessage(attachment)) return this.#messageText(bytes);
    const text = decoded(bytes, charset);
    if (!isHtml(attachment)) return text;
    const { textOfHtml } = await import('../../../mail/html-text.js');
    return textOfHtml(text);
  }

  async #messageText(bytes: Buffer): Promise<string> {
    if (headerText(bytes) === '') return '';
    const { from, to, cc, subject } = readHeader(bytes);
    // what cannot be parsed has its header all the same
    const body = await this.bodyOf(inOnePiece(bytes)).catch(() => '');
    return [from, ...to, ...cc, subject, body].join('\n');
  }
}

/** Of an attachment that is stored for itself; null when it is none of text. */
export async function textOfUpload(
  content: AsyncIterable<Buffer>,
  attachment: Described,
): Promise<string | null> {
  if (!isTextual(attachment)) return null;
  const texts = new AttachmentTexts(() => Promise.resolve(''));
  for await (const piece of content) {
    texts.add(piece);
    // rows of the raw store are larger than what is kept
    break;
  }
  return texts.take(attachment, 'utf-8');
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer, void, void> {
  yield await Promise.resolve(bytes);
}

/** As it says of itself; else UTF-8, else what Windows programs write. */
function decoded(bytes: Buffer, charset: string): string {
  for (const name of [charset, 'utf-8']) {
    try {
      // the beginning may end within a character: only `stream` lets that pass
      return new TextDecoder(name, { fatal: true }).decode(bytes, { stream: true });
    } catch {
      // not this one
    }
  }
  return new TextDecoder('windows-1252').decode(bytes);
}
