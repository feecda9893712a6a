/** What a server lists, compared with what is stored. */
import type { Comparison } from '../store/completeness-records.js';
import type { LedgerEntry } from '../store/mail-ledger.js';
import { quarantineKey, type ListedMail } from './mailbox-listing.js';

export interface KnownMails {
  /** What is stored, by identity: a unique-id, or the hash of the bytes. */
  readonly entries: ReadonlyMap<string, LedgerEntry>;
  /** Keys of mails that are left alone. */
  readonly quarantined: ReadonlySet<string>;
  /** Old mails by their unique-ids, wanted or not. */
  readonly earlier: ReadonlyMap<string, { readonly isWanted: boolean }>;
  /** Identities of mails without a unique-id, as far as they were read; by message number. */
  readonly identities: ReadonlyMap<number, string>;
}

/** A mail that is stored, as the server lists it. */
export interface StoredOnServer {
  readonly mail: ListedMail;
  readonly entry: LedgerEntry;
}

const identityOf = (
  { uidl, number }: ListedMail,
  { identities }: Pick<KnownMails, 'identities'>,
): string | undefined => uidl ?? identities.get(number);

export const storedOnServer = (
  listing: readonly ListedMail[],
  known: Pick<KnownMails, 'entries' | 'identities'>,
): StoredOnServer[] =>
  listing.flatMap((mail) => {
    const entry = known.entries.get(identityOf(mail, known) ?? '');
    return entry === undefined ? [] : [{ mail, entry }];
  });

/** A mail that was deleted for good in the archive needs no bytes any more; every other one must have them. */
export const needsBytes = ({ item }: Pick<LedgerEntry, 'item'>): boolean =>
  item !== 'gone' && item !== 'expired';

export const neededHashes = (stored: readonly StoredOnServer[]): string[] => [
  ...new Set(stored.flatMap(({ entry }) => (needsBytes(entry) ? entry.rawHash : []))),
];

/** @param intact hashes whose bytes are there */
export const isIntact = ({ entry }: StoredOnServer, intact: ReadonlySet<string>): boolean =>
  !needsBytes(entry) || intact.has(entry.rawHash);

/** Pure. @param intact hashes whose bytes are there */
export function compareMailbox(
  listing: readonly ListedMail[],
  known: KnownMails,
  intact: ReadonlySet<string>,
): Comparison {
  const stored = storedOnServer(listing, known);
  const taken = new Set(stored.map(({ mail }) => mail));
  const isPassedOver = ({ uidl }: ListedMail) => known.earlier.get(uidl ?? '')?.isWanted === false;
  const untaken = listing.filter((mail) => !taken.has(mail));
  const open = untaken.filter((mail) => !isPassedOver(mail));
  const free = open.filter((mail) => !known.quarantined.has(quarantineKey(mail)));
  const missing = free.filter((mail) => identityOf(mail, known) !== undefined);
  return {
    onServer: listing.length,
    stored: stored.length,
    missing: missing.length,
    quarantined: open.length - free.length,
    unidentified: free.length - missing.length,
    passedOver: untaken.length - open.length,
    damaged: stored.filter((one) => !isIntact(one, intact)).length,
  };
}
