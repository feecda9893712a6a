/** What reading the MIME structure of a message yields, and who does it. */
import type { DeliveryReport } from './delivery-report.js';

export interface ParsedAttachment {
  /** Finds the content again: counted from 0 over the message, with files packed in a part apart (packed-parts.ts). */
  readonly partIndex: number;
  readonly name: string;
  readonly contentType: string;
  /** Without angle brackets. */
  readonly contentId: string;
  /** Decoded. */
  readonly sizeBytes: number;
  /** Belongs to the HTML (an image in it): does not make a mail one with attachments. */
  readonly isInline: boolean;
  /** For search: its beginning, as far as it is text; null when it is none. */
  readonly text: string | null;
}

export interface ParsedMail {
  readonly text: string;
  /** '' when there is none. */
  readonly html: string;
  readonly attachments: readonly ParsedAttachment[];
  /** First 256 characters as plain text. */
  readonly preview: string;
  /** What the message reports on the delivery of another; null for most. */
  readonly report: DeliveryReport | null;
}

/** Reads a stored message. Implemented by a worker thread and, for tests, in the calling thread. */
export interface MailParser {
  /** @throws Error when the message cannot be read at all */
  parse(rawHash: string): Promise<ParsedMail>;
  close(): Promise<void>;
}
