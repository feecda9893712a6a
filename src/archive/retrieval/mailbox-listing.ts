/** What a mailbox holds, as its server lists it. */
import type { MessageListing } from '../../mail/message-transfer.js';
import { HASH_PREFIX } from '../store/mail-ledger.js';

export interface ListedMail extends MessageListing {
  /** null when it has none that identifies it: the server gives none, or the same one twice. */
  readonly uidl: string | null;
  /** Whether somebody has read it (IMAP). */
  readonly isSeen?: boolean;
  /** When it came into its first mailbox (IMAP). */
  readonly receivedAt?: Date | null;
}

/** Without a unique-id, a mail that failed is known by what the server lists of it. */
export const quarantineKey = ({ uidl, number, sizeBytes }: ListedMail): string =>
  uidl ?? `${HASH_PREFIX}message ${number} of ${sizeBytes} bytes`;

export interface MailboxListing {
  readonly mails: readonly ListedMail[];
  /** Every unique-id that the server named, also those that it gave twice. */
  readonly uidls: ReadonlySet<string>;
  /** Whether it names mails like this now. If not, a mail of this name may be listed under another. */
  readonly isNamed: (uidl: string) => boolean;
}

/** Unique-ids of IMAP begin with it. */
export const IMAP_PREFIX = 'imap:';

/**
 * @param uidls what the server named, by number
 * @param prefix what its unique-ids begin with; none begins like those of IMAP unless told
 */
export function listed(
  messages: readonly Omit<ListedMail, 'uidl'>[],
  uidls: ReadonlyMap<number, string>,
  prefix: string | null = null,
): MailboxListing {
  const counts = new Map<string, number>();
  for (const uidl of uidls.values()) counts.set(uidl, (counts.get(uidl) ?? 0) + 1);
  // a number that is listed twice names one mail
  const mails = [...new Map(messages.map((one) => [one.number, one])).values()].map((message) => {
    const uidl = uidls.get(message.number);
    return { ...message, uidl: uidl !== undefined && counts.get(uidl) === 1 ? uidl : null };
  });
  const isNamed = (uidl: string) =>
    prefix === null ? !uidl.startsWith(IMAP_PREFIX) : uidl.startsWith(prefix);
  return { mails, uidls: new Set(counts.keys()), isNamed };
}
