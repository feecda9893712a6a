/**
 * A mailbox on its server, opened as its account says, whatever the protocol: what retrieval, checks and comparisons
 * need of it. Two implementations: POP3 and IMAP.
 */
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type {
  DeletionResult,
  MessageListing,
  MessageSink,
  Retrieved,
} from '../../mail/message-transfer.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import type { MailboxListing } from './mailbox-listing.js';

export interface RemoteMailbox {
  /** @param isKnown of what is known more than the identity need not be told. @throws MailFailure */
  list(isKnown?: (uidl: string) => boolean): Promise<MailboxListing>;
  /**
   * Fetches messages, each into a sink of its own. One that the server refuses, or that is too large, fails alone.
   * @throws MailFailure when the connection fails; whatever a sink throws
   */
  retrieve(
    messages: readonly MessageListing[],
    openSink: (message: MessageListing) => MessageSink,
  ): AsyncGenerator<Retrieved, void, void>;
  /** The header, or the whole message. @throws MailFailure */
  header(number: number): Promise<Buffer>;
  /** Marks messages as deleted. Rejects only when the connection fails. */
  deleteAll(numbers: readonly number[]): Promise<DeletionResult[]>;
  /**
   * Ends the session; messages marked as deleted are gone when this resolves. When it rejects they may be there or not.
   * @throws MailFailure
   */
  quit(): Promise<void>;
  /** Drops the connection at once; nothing that is marked is deleted. */
  close(): void;
}

export interface MailboxDependencies {
  readonly connect: ConnectDependencies;
  readonly credentials: Pick<AccountCredentials, 'pop3'>;
}

export interface MailboxWish {
  /** Ends the session, also one that still connects. */
  readonly signal: AbortSignal;
  /** A larger message fails with `messageTooLarge`. */
  readonly maxMessageBytes: number;
  /** Nothing will be deleted. */
  readonly isReadOnly: boolean;
}
