/**
 * Old mail: what lies in a mailbox when its account is fetched for the first time. The account says what becomes of
 * it: all of it is stored, what came since a day, or none. The rest is passed over: it is never read or deleted, and
 * counted as such. Old mail that is stored starts nothing by itself.
 *
 * When all unique-ids change (IMAP: UIDVALIDITY), old mail is recognized by its date of arrival and size: else what
 * was passed over would come in as new.
 */
import { ImportMode, type AccountOptions } from '../../greyhound/index.js';
import { MailFailure } from '../../mail/errors.js';
import { readHeader } from '../items/mime/header.js';
import type { EarlierMail, EarlierMails } from '../store/earlier-mails.js';
import type { Mailbox } from '../store/mail-ledger.js';
import type { ListedMail, MailboxListing } from './mailbox-listing.js';
import type { RemoteMailbox } from './remote-mailbox.js';

/** Headers that are asked for at once. */
const HEADERS = 100;

interface Wanted {
  readonly known: ReadonlyMap<string, EarlierMail> | null;
  readonly store: EarlierMails;
  readonly options: AccountOptions;
}

/**
 * Old mails of a mailbox that has been listed, by their unique-ids; written down when it is the first time.
 * @param known what was written down before; null: nothing yet
 * @throws MailFailure; the store's own error
 */
export async function earlierMailsOf(
  mailbox: Mailbox,
  { mails, uidls }: MailboxListing,
  remote: RemoteMailbox,
  { known, store, options }: Wanted,
): Promise<ReadonlyMap<string, EarlierMail>> {
  if (known === null) {
    const found = await judged(mails, remote, options);
    await store.begin(mailbox, found);
    return new Map(found.map((mail) => [mail.uidl, mail]));
  }
  const renamed = recognized(known, mails, uidls);
  if (renamed.size === 0) return known;
  await store.rename(mailbox, renamed);
  const kept = [...known].filter(([uidl]) => !renamed.has(uidl));
  return new Map([...kept, ...[...renamed.values()].map((mail) => [mail.uidl, mail] as const)]);
}

/** Which are wanted. One that the server gives no unique-id to cannot be passed over. */
async function judged(
  mails: readonly ListedMail[],
  remote: RemoteMailbox,
  { Import, ImportSince }: AccountOptions,
): Promise<EarlierMail[]> {
  const named = mails.flatMap((mail) => (mail.uidl === null ? [] : { ...mail, uidl: mail.uidl }));
  const isDated = Import === ImportMode.imSince && ImportSince !== null;
  const dates = isDated ? await datesOf(named, remote) : new Map<number, Date | null>();
  return named.map((mail) => {
    const date = dates.get(mail.number) ?? null;
    const isRecent = date === null || ImportSince === null || date >= ImportSince;
    const isWanted = Import !== ImportMode.imNone && isRecent;
    return { uidl: mail.uidl, isWanted, fingerprint: fingerprintOf(mail) };
  });
}

/** When each mail arrived, or else was written; null when nobody tells: such a mail counts as recent. */
async function datesOf(
  mails: readonly ListedMail[],
  remote: RemoteMailbox,
): Promise<ReadonlyMap<number, Date | null>> {
  const dates = new Map(mails.map(({ number, receivedAt = null }) => [number, receivedAt]));
  const undated = mails.filter(({ number }) => dates.get(number) === null);
  for (let at = 0; at < undated.length; at += HEADERS) {
    const part = undated.slice(at, at + HEADERS);
    const found = await Promise.all(part.map(({ number }) => writtenAt(remote, number)));
    part.forEach(({ number }, index) => dates.set(number, found[index] ?? null));
  }
  return dates;
}

/** null when the server does not give the header, or that tells no date. */
async function writtenAt(remote: RemoteMailbox, number: number): Promise<Date | null> {
  try {
    return readHeader(await remote.header(number)).date;
  } catch (error) {
    if (error instanceof MailFailure && error.code === 'serverRefused') return null;
    throw error;
  }
}

/** '' when the server tells nothing that stays. */
const fingerprintOf = ({ receivedAt = null, sizeBytes }: ListedMail): string =>
  receivedAt === null ? '' : `${receivedAt.toISOString()} ${sizeBytes}`;

/** Old mails that the server lists under other unique-ids than before, by the old ones. Each counts once. */
function recognized(
  known: ReadonlyMap<string, EarlierMail>,
  mails: readonly ListedMail[],
  uidls: ReadonlySet<string>,
): ReadonlyMap<string, EarlierMail> {
  const lost = new Map<string, EarlierMail[]>();
  for (const mail of known.values())
    if (mail.fingerprint !== '' && !uidls.has(mail.uidl))
      lost.set(mail.fingerprint, [...(lost.get(mail.fingerprint) ?? []), mail]);
  const renamed = new Map<string, EarlierMail>();
  if (lost.size === 0) return renamed;
  for (const mail of mails) {
    if (mail.uidl === null || known.has(mail.uidl)) continue;
    const before = lost.get(fingerprintOf(mail))?.shift();
    if (before !== undefined) renamed.set(before.uidl, { ...before, uidl: mail.uidl });
  }
  return renamed;
}
