/** What fetching and deleting messages means to its caller, whatever the protocol. */
import type { MailFailure } from './errors.js';

export interface MessageListing {
  /** POP3: the message number, valid within this session only. IMAP: the UID. */
  readonly number: number;
  /** Size that the server gives; servers that count line breaks as one octet give too little. */
  readonly sizeBytes: number;
}

export interface MessageSink {
  /** Takes one piece of the message. Pieces come one at a time: the next only after the returned promise settled. */
  write(piece: Buffer): void | Promise<void>;
}

export interface Retrieved {
  readonly message: MessageListing;
  /** Bytes handed to the sink. */
  readonly sizeBytes: number;
  /**
   * null when the message is complete; otherwise what its sink got is to be thrown away. When the connection fails,
   * the message that the server was to deliver comes with that failure before it is thrown.
   */
  readonly failure: MailFailure | null;
}

export interface DeletionResult {
  readonly number: number;
  /** null when the server marked the message as deleted. */
  readonly failure: MailFailure | null;
}
