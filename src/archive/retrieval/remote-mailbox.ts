/**
 * A mailbox on its server, opened as its account says, whatever the protocol: what retrieval, checks and comparisons
 * need of it. Two implementations: POP3 and IMAP.
 */
import type { StoredPop3 } from '../accounts/account-store.js';
import { Pop3Protocol } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import type {
  DeletionResult,
  MessageListing,
  MessageSink,
  Retrieved,
} from '../../mail/message-transfer.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { untilAborted } from './in-turn.js';
import type { MailboxListing } from './mailbox-listing.js';
import { openPop3Mailbox } from './pop3-mailbox.js';

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

const MIB = 1024 * 1024;
/** Unless the account says otherwise (MaxSize, bytes). */
const DEFAULT_MAX_BYTES = 100 * MIB;

/** Signed in. @throws MailFailure */
export async function openMailbox(
  stored: StoredPop3,
  dependencies: MailboxDependencies,
  wish: Omit<MailboxWish, 'maxMessageBytes'>,
): Promise<RemoteMailbox> {
  const { Protocol, MaxSize } = stored.account;
  const whole = { ...wish, maxMessageBytes: MaxSize > 0 ? MaxSize : DEFAULT_MAX_BYTES };
  if (Protocol === Pop3Protocol.ppPop3) return openPop3Mailbox(stored, dependencies, whole);
  if (Protocol !== Pop3Protocol.ppImap4)
    throw new MailFailure('invalidInput', { field: 'protocol' });
  // its library is large, and POP3 does not need it
  const { openImapMailbox } = await import('./imap-mailbox.js');
  return openImapMailbox(stored, dependencies, whole);
}

/**
 * The connection is closed when the work has ended, or at the signal; `quit` is the work's to say.
 * @throws MailFailure
 */
export function inMailbox<T>(
  stored: StoredPop3,
  dependencies: MailboxDependencies,
  wish: Omit<MailboxWish, 'maxMessageBytes'>,
  work: (mailbox: RemoteMailbox) => Promise<T>,
): Promise<T> {
  const done = async () => {
    const mailbox = await openMailbox(stored, dependencies, wish);
    try {
      return await work(mailbox);
    } finally {
      mailbox.close();
    }
  };
  // no signal ends the look-up of a name, or the request for a token
  return untilAborted(done(), wish.signal);
}
