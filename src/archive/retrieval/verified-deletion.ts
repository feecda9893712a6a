/**
 * Deletion on the server, of each mail only after its bytes were read back from the disk and agree with their hash.
 * A mail whose bytes are gone or damaged is fetched once more and put in their place; until they agree, it stays.
 */
import type { DeletionResult, MessageListing } from '../../mail/message-transfer.js';
import type { LedgerEntry } from '../store/mail-ledger.js';
import type { MailStore } from '../store/mail-store.js';
import { receive } from './arrivals.js';
import { needsBytes } from './mailbox-comparison.js';
import type { RemoteMailbox } from './remote-mailbox.js';

/** A mail that is to be deleted, as the session lists it. */
export interface DueMail extends MessageListing {
  readonly entry: LedgerEntry;
}

export interface VerifiedDeletion<M extends DueMail> {
  /** The server has marked them; they are gone after QUIT. */
  readonly marked: readonly M[];
  /** Their bytes are gone or do not agree. */
  readonly damaged: readonly M[];
}

/** So many are read back while the server answers for the ones before. */
const GROUP_COUNT = 100;

/** @throws MailFailure when the connection fails; the store's own error */
export async function deleteVerified<M extends DueMail>(
  mailbox: RemoteMailbox,
  store: MailStore,
  due: readonly M[],
): Promise<VerifiedDeletion<M>> {
  const answers: Promise<DeletionResult[]>[] = [];
  const mark = (mails: readonly M[]): void => {
    const answer = mailbox.deleteAll(mails.map(({ number }) => number));
    // it may come to nothing while the next ones are read; it is looked at in the end
    answer.catch(() => undefined);
    answers.push(answer);
  };
  const doubtful: M[] = [];
  for (let at = 0; at < due.length; at += GROUP_COUNT) {
    const { sound, others } = await readBack(store, due.slice(at, at + GROUP_COUNT));
    mark(sound);
    doubtful.push(...others);
  }
  await repair(mailbox, store, doubtful);
  const { sound: repaired, others: damaged } = await readBack(store, doubtful);
  mark(repaired);
  const results = (await Promise.all(answers)).flat();
  const accepted = new Set(results.flatMap((one) => (one.failure === null ? one.number : [])));
  return { marked: due.filter(({ number }) => accepted.has(number)), damaged };
}

async function readBack<M extends DueMail>(
  store: MailStore,
  mails: readonly M[],
): Promise<{ readonly sound: readonly M[]; readonly others: readonly M[] }> {
  const needed = mails.filter(({ entry }) => needsBytes(entry));
  const agreeing = await store.raw.agreeing(needed.map(({ entry }) => entry.rawHash));
  const isSound = ({ entry }: M) => !needsBytes(entry) || agreeing.has(entry.rawHash);
  return { sound: mails.filter(isSound), others: mails.filter((mail) => !isSound(mail)) };
}

async function repair(
  mailbox: RemoteMailbox,
  store: MailStore,
  mails: readonly DueMail[],
): Promise<void> {
  const byHash = new Map(mails.map((mail) => [mail.entry.rawHash, mail]));
  for await (const received of receive(mailbox, store.raw, [...byHash.values()])) {
    if (!('staged' in received)) continue;
    const { message, staged } = received;
    if (staged.hash === message.entry.rawHash) await store.repair(staged);
    else await store.raw.discard(staged);
  }
}
