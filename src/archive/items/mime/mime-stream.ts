/**
 * mailparser, with other words on two things that it takes literally: the charset of a text part (body-charset.ts),
 * and a Content-Type that is none. Both are methods that the library has for itself: `real-mail.test.ts` fails when an
 * update changes them.
 */
import type { Transform } from 'node:stream';
import { MailParser, type MailParserOptions } from 'mailparser';
import { bodyDecoder, isUntrusted, UNKNOWN } from './body-charset.js';

/** A part as the splitter found it. */
interface Part {
  charset: string | false;
  contentType: string | false;
}

interface Internals extends MailParser {
  createNode(part: Part): unknown;
  getDecoder(): { decodeStream(charset: string): Transform };
}

const Base = MailParser as unknown as new (options: MailParserOptions) => Internals;

export class MimeStream extends Base {
  override createNode(part: Part): unknown {
    // RFC 2045 §5.2: what is no type is text
    if (part.contentType !== false && !/^[^\s/;]+\/[^\s/;]+$/.test(part.contentType))
      part.contentType = 'text/plain';
    // under the names that it knows, mailparser decodes as UTF-8 without asking
    if (isUntrusted(part.charset || '')) part.charset = UNKNOWN;
    return super.createNode(part);
  }

  override getDecoder(): { decodeStream(charset: string): Transform } {
    return { decodeStream: bodyDecoder };
  }
}
