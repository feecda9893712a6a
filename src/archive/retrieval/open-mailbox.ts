/** Opens an account's mailbox by its protocol. */
import type { StoredPop3 } from '../accounts/account-store.js';
import { Pop3Protocol } from '../../greyhound/index.js';
import { MailFailure } from '../../mail/errors.js';
import { untilAborted } from './in-turn.js';
import { openPop3Mailbox } from './pop3-mailbox.js';
import type { MailboxDependencies, MailboxWish, RemoteMailbox } from './remote-mailbox.js';

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
