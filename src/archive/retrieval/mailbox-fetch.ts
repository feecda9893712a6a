/**
 * One session with one mailbox: list, fetch what the ledger does not know, store it, delete what the account's policy
 * says, leave. Deletions take effect when it leaves (RFC 1939 §6, RFC 4315) and are noted before: whether they were
 * carried out, the next session finds out.
 *
 * A mail is known by its unique-id. Where the server gives none, or the same one twice, it is known by the SHA-256 of
 * its bytes: then it is read in every session, and deleted only in one that has read it. It is also read again when
 * it may have been gone from the server since it was stored: its unique-id may be another mail's by now.
 */
import type { StoredPop3 } from '../accounts/account-store.js';
import { MailFailure } from '../../mail/errors.js';
import type { Arming } from '../../platform/arming.js';
import type { Logger } from '../../platform/log.js';
import type { Comparison } from '../store/completeness-records.js';
import {
  HASH_PREFIX,
  isCertain,
  type LedgerEntry,
  type MailLedger,
  type Mailbox,
} from '../store/mail-ledger.js';
import type { EarlierMail, EarlierMails } from '../store/earlier-mails.js';
import type { MailStore } from '../store/mail-store.js';
import { receive } from './arrivals.js';
import { isToBeDeleted, mayDelete } from './deletion-policy.js';
import { DiskLow, type DiskGuard } from './disk-guard.js';
import { earlierMailsOf } from './earlier-mails.js';
import { failureText } from './failure-text.js';
import { inGroups } from './group-commit.js';
import type { Arrival, MailIntake } from './intake.js';
import { compareMailbox, neededHashes, storedOnServer } from './mailbox-comparison.js';
import { quarantineKey, type ListedMail } from './mailbox-listing.js';
import { openMailbox } from './open-mailbox.js';
import type { MailboxDependencies, RemoteMailbox } from './remote-mailbox.js';
import { deleteVerified, type DueMail, type VerifiedDeletion } from './verified-deletion.js';

const MIB = 1024 * 1024;
const GROUP = { count: 100, bytes: 4 * MIB, waitMs: 50 };

export interface FetchDependencies extends MailboxDependencies {
  readonly store: MailStore;
  readonly ledger: MailLedger;
  readonly earlierMails: EarlierMails;
  readonly intake: MailIntake;
  readonly guard: Pick<DiskGuard, 'lowSince'>;
  readonly arming: Arming;
  readonly logger: Logger;
}

interface Fetched extends Arrival {
  readonly message: ListedMail;
}

export interface FetchResult {
  readonly fetched: number;
  readonly deleted: number;
  /** What the session has left on the server, compared with what is stored. */
  readonly comparison: Comparison;
}

export class MailboxFetch {
  readonly #mailbox: Mailbox;
  /** What is certainly stored, by unique-id or hash; grows while fetching. */
  readonly #entries = new Map<string, LedgerEntry>();
  /** Unique-ids and hashes of mails that are certainly on the server and stored. */
  readonly #present = new Set<string>();
  /** Unique-id or hash by message number, for deletion in this session. */
  readonly #identities = new Map<number, string>();
  /** Deleted mails that may still be there under new unique-ids: read again, they are recognized. */
  #renamed: readonly string[] = [];
  #remote: RemoteMailbox | null = null;
  /** Old mails by their unique-ids. */
  #earlier: ReadonlyMap<string, EarlierMail> = new Map();
  readonly #aborting = new AbortController();
  #fetched = 0;

  constructor(
    private readonly stored: StoredPop3,
    private readonly dependencies: FetchDependencies,
  ) {
    this.#mailbox = { realmId: stored.realmId, accountId: stored.account.ID };
  }

  get isAborted(): boolean {
    return this.#aborting.signal.aborted;
  }

  /** Mails taken in so far. */
  get fetched(): number {
    return this.#fetched;
  }

  /** Ends the session at once, also one that still connects; nothing that it marked for deletion is deleted. */
  abort(): void {
    this.#aborting.abort();
    this.#remote?.close();
  }

  /**
   * @param onSignIn called when the server has let us in
   * @throws MailFailure; or the store's own error when it cannot write
   */
  async run(onSignIn: () => Promise<void>): Promise<FetchResult> {
    const remote = await openMailbox(this.stored, this.dependencies, {
      signal: this.#aborting.signal,
      isReadOnly: !mayDelete(this.stored.account),
    });
    this.#remote = remote;
    try {
      if (this.isAborted) throw new MailFailure('connectionLost');
      await onSignIn();
      const listing = await this.#list(remote);
      await this.#fetch(remote, listing);
      const { marked, damaged } = await this.#delete(remote, listing);
      await this.dependencies.ledger.markDeleted(
        this.#mailbox,
        marked.map(({ entry }) => entry.uidl),
      );
      await remote.quit();
      const comparison = await this.#compare(listing, marked, damaged);
      return { fetched: this.#fetched, deleted: marked.length, comparison };
    } finally {
      remote.close();
    }
  }

  async #list(remote: RemoteMailbox): Promise<readonly ListedMail[]> {
    const { ledger, earlierMails: store } = this.dependencies;
    const known = await ledger.entries(this.#mailbox);
    const isCertainly = (uidl: string) => {
      const entry = known.get(uidl);
      return entry !== undefined && isCertain(entry);
    };
    const before = await store.of(this.#mailbox);
    const isToldBefore = (uidl: string) =>
      isCertainly(uidl) || before?.get(uidl)?.isWanted === false;
    const listing = await remote.list(isToldBefore);
    const { mails, uidls, isNamed } = listing;
    const wanted = { known: before, store, options: this.stored.options };
    this.#earlier = await earlierMailsOf(this.#mailbox, listing, remote, wanted);
    const unlisted = [...known.values()].filter(
      ({ uidl }) => !uidls.has(uidl) && !uidl.startsWith(HASH_PREFIX),
    );
    const named = (which: (entry: LedgerEntry) => boolean) =>
      unlisted.filter(which).map(({ uidl }) => uidl);
    await ledger.forget(
      this.#mailbox,
      named(({ isDeleted, uidl }) => isDeleted && isNamed(uidl)),
    );
    this.#renamed = named(({ isDeleted, uidl }) => isDeleted && !isNamed(uidl));
    await ledger.markAbsent(
      this.#mailbox,
      named(({ isDeleted, isAbsent }) => !isDeleted && !isAbsent),
    );
    for (const [uidl, entry] of known) if (isCertainly(uidl)) this.#entries.set(uidl, entry);
    return mails;
  }

  async #fetch(remote: RemoteMailbox, listing: readonly ListedMail[]): Promise<void> {
    const { ledger } = this.dependencies;
    const quarantined = await ledger.quarantined(this.#mailbox);
    const tries = await ledger.failedTries(this.#mailbox);
    const wanted = listing.filter((message) => {
      const { uidl, number } = message;
      if (uidl === null || !this.#entries.has(uidl))
        return !quarantined.has(quarantineKey(message)) && this.#isWanted(uidl);
      this.#present.add(uidl);
      this.#identities.set(number, uidl);
      return false;
    });
    // one that failed before comes last, so that it holds up no other
    const triesOf = (message: ListedMail) => tries.get(quarantineKey(message)) ?? 0;
    wanted.sort((one, other) => triesOf(one) - triesOf(other));
    const groups = inGroups(this.#arrivals(remote, wanted), GROUP, ({ staged }) =>
      staged.unfinishedId === null ? staged.sizeBytes : MIB,
    );
    for await (const group of groups) {
      await this.#requireRoom(group);
      await this.#keep(group);
    }
    await ledger.forget(this.#mailbox, this.#renamed);
  }

  /** @throws DiskLow; then the session has ended, and nothing of the group is kept */
  async #requireRoom(group: readonly Fetched[]): Promise<void> {
    const { guard, store } = this.dependencies;
    if ((await guard.lowSince()) === null) return;
    this.#remote?.close();
    for (const { staged } of group) await store.raw.discard(staged);
    throw new DiskLow();
  }

  #isWanted(uidl: string | null): boolean {
    return this.#earlier.get(uidl ?? '')?.isWanted !== false;
  }

  async *#arrivals(
    remote: RemoteMailbox,
    wanted: readonly ListedMail[],
  ): AsyncGenerator<Fetched, void, void> {
    for await (const received of receive(remote, this.dependencies.store.raw, wanted)) {
      const { message } = received;
      if (!('staged' in received)) await this.#refused(message, received.failure);
      else {
        const { staged } = received;
        const uidl = message.uidl ?? `${HASH_PREFIX}${staged.hash}`;
        const isEarlier = this.#earlier.has(uidl);
        let isTaken = false;
        try {
          yield { message, staged, uidl, isRead: message.isSeen === true, isEarlier };
          isTaken = true;
        } finally {
          // read ahead when the session ended: a long one lies on the disk already
          if (!isTaken) await this.dependencies.store.raw.discard(staged);
        }
      }
    }
  }

  async #refused(message: ListedMail, failure: MailFailure): Promise<void> {
    // a busy server is not the mail's fault; a connection that breaks within it may be, again and again
    if (failure.code === 'temporarilyUnavailable' || this.isAborted) return;
    const isFinal = failure.code === 'messageTooLarge';
    await this.#countFailure(message, failureText(failure), isFinal);
  }

  async #countFailure(message: ListedMail, reason: string, isFinal: boolean): Promise<void> {
    const { ledger, logger } = this.dependencies;
    const mail = { uidl: quarantineKey(message), sizeBytes: message.sizeBytes, reason };
    const { quarantined } = await ledger.countFailure(this.#mailbox, mail, isFinal);
    logger.warn({ ...this.#mailbox, sizeBytes: message.sizeBytes, quarantined }, 'mail not taken');
  }

  /** Stores a group; if one of its mails cannot be stored, the others are, one by one. */
  async #keep(group: readonly Fetched[]): Promise<void> {
    const fresh = new Map<string, Fetched>();
    const needless: Fetched[] = [];
    for (const mail of group) {
      this.#identities.set(mail.message.number, mail.uidl);
      if (this.#entries.has(mail.uidl) || fresh.has(mail.uidl)) needless.push(mail);
      else fresh.set(mail.uidl, mail);
    }
    for (const { uidl, staged } of needless) {
      this.#present.add(uidl);
      await this.dependencies.store.raw.discard(staged);
    }
    const mails = [...fresh.values()];
    if (mails.length === 0) return;
    try {
      await this.#store(mails);
    } catch (error) {
      if (isStoreFault(error)) throw error;
      for (const mail of mails) await this.#storeAlone(mail);
    }
  }

  async #storeAlone(mail: Fetched): Promise<void> {
    try {
      await this.#store([mail]);
    } catch (error) {
      if (isStoreFault(error)) throw error;
      await this.#countFailure(mail.message, 'The archive could not read this mail.', false);
    }
  }

  async #store(mails: readonly Fetched[]): Promise<void> {
    const { intake } = this.dependencies;
    const { account } = this.stored;
    const { entries, created } = await intake.keep(this.#mailbox, account, mails, this.#present);
    for (const entry of entries) {
      this.#entries.set(entry.uidl, entry);
      this.#present.add(entry.uidl);
    }
    this.#fetched += created;
  }

  async #delete(
    remote: RemoteMailbox,
    listing: readonly ListedMail[],
  ): Promise<VerifiedDeletion<DueMail>> {
    const { store, arming, logger } = this.dependencies;
    if (arming.disarmed !== null) return { marked: [], damaged: [] };
    const now = store.clock.now();
    const due = listing.flatMap((message) => {
      const entry = this.#entries.get(this.#identities.get(message.number) ?? '');
      const isDue = entry !== undefined && isToBeDeleted(entry, this.stored.account, now);
      return isDue ? [{ ...message, entry }] : [];
    });
    const deletion = await deleteVerified(remote, store, due);
    const damaged = deletion.damaged.length;
    if (damaged > 0)
      logger.error(
        { ...this.#mailbox, damaged },
        'stored mails are damaged; they stay on the server',
      );
    return deletion;
  }

  /** @param damaged as far as bytes were read back in this session */
  async #compare(
    listing: readonly ListedMail[],
    marked: readonly DueMail[],
    damaged: readonly DueMail[],
  ): Promise<Comparison> {
    const { ledger, store } = this.dependencies;
    const gone = new Set(marked.map(({ number }) => number));
    const left = listing.filter(({ number }) => !gone.has(number));
    const quarantined = await ledger.quarantined(this.#mailbox);
    const known = {
      entries: this.#entries,
      identities: this.#identities,
      quarantined,
      earlier: this.#earlier,
    };
    const broken = new Set(damaged.map(({ entry }) => entry.rawHash));
    const there = await store.raw.stored(neededHashes(storedOnServer(left, known)));
    const intact = new Set([...there].filter((hash) => !broken.has(hash)));
    const comparison = compareMailbox(left, known, intact);
    if (comparison.missing + comparison.unidentified === 0)
      await this.dependencies.earlierMails.forgetStored(this.#mailbox);
    return comparison;
  }
}

/** Disk full, file damaged: not the fault of one mail. */
const isStoreFault = (error: unknown): boolean =>
  error instanceof MailFailure ||
  /^SQLITE_(?!CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(String((error as { code?: unknown }).code));
