/**
 * One session with one mailbox: list, fetch what the ledger does not know, store it, delete what the account's policy
 * says, QUIT. Deletions take effect with QUIT (RFC 1939 §6) and are noted after it; when it fails, the next session
 * finds out what is left and goes on.
 *
 * A mail is known by its unique-id. Where the server gives none, or the same one twice, it is known by the SHA-256 of
 * its bytes: then it is read in every session, and deleted only in one that has read it.
 */
import type { StoredPop3 } from '../accounts/account-store.js';
import { endpointOf, pop3CredentialsOf } from '../accounts/mail-endpoint.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import type { MessageListing } from '../../mail/pop3/replies.js';
import { Pop3Session } from '../../mail/pop3/session.js';
import type { Logger } from '../../platform/log.js';
import type { LedgerEntry, MailLedger, Mailbox } from '../store/mail-ledger.js';
import type { MailStore } from '../store/mail-store.js';
import type { RawWriter } from '../store/raw-mail-store.js';
import { isToBeDeleted } from './deletion-policy.js';
import { failureText } from './failure-text.js';
import { inGroups } from './group-commit.js';
import type { Arrival, MailIntake } from './intake.js';

const MIB = 1024 * 1024;
/** Unless the account says otherwise (MaxSize, bytes). */
const DEFAULT_MAX_BYTES = 100 * MIB;
const GROUP = { count: 100, bytes: 4 * MIB, waitMs: 50 };

export interface FetchDependencies {
  readonly store: MailStore;
  readonly ledger: MailLedger;
  readonly intake: MailIntake;
  readonly connect: ConnectDependencies;
  readonly logger: Logger;
}

interface ListedMail extends MessageListing {
  /** null when it has none that identifies it. */
  readonly uidl: string | null;
}

interface Fetched extends Arrival {
  readonly message: ListedMail;
}

export interface FetchResult {
  readonly fetched: number;
  readonly deleted: number;
}

export class MailboxFetch {
  readonly #mailbox: Mailbox;
  /** What is stored, by unique-id; grows while fetching. */
  #entries = new Map<string, LedgerEntry>();
  /** Unique-id or hash by message number, for deletion in this session. */
  readonly #identities = new Map<number, string>();
  #session: Pop3Session | null = null;
  #isAborted = false;
  #fetched = 0;

  constructor(
    private readonly stored: StoredPop3,
    private readonly dependencies: FetchDependencies,
  ) {
    this.#mailbox = { realmId: stored.realmId, accountId: stored.account.ID };
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** Ends the session at once; nothing that it marked for deletion is deleted. */
  abort(): void {
    this.#isAborted = true;
    this.#session?.close();
  }

  /**
   * @param onSignIn called when the server has let us in
   * @throws MailFailure; or the store's own error when it cannot write
   */
  async run(onSignIn: () => Promise<void>): Promise<FetchResult> {
    const { account, options } = this.stored;
    const maxMessageBytes = account.MaxSize > 0 ? account.MaxSize : DEFAULT_MAX_BYTES;
    const credentials = pop3CredentialsOf(account);
    if (credentials === undefined) throw new MailFailure('authenticationUnavailable');
    const session = await Pop3Session.connect(
      endpointOf(account, options),
      this.dependencies.connect,
      { limits: { maxMessageBytes } },
    );
    this.#session = session;
    try {
      if (this.#isAborted) throw new MailFailure('connectionLost');
      await session.login(credentials);
      await onSignIn();
      const listing = await this.#list(session);
      await this.#fetch(session, listing);
      const deleted = await this.#delete(session);
      await session.quit();
      await this.dependencies.ledger.markDeleted(this.#mailbox, deleted);
      return { fetched: this.#fetched, deleted: deleted.length };
    } finally {
      session.close();
    }
  }

  async #list(session: Pop3Session): Promise<ListedMail[]> {
    const { ledger } = this.dependencies;
    const uidls = await session.uidl();
    const messages = await session.list();
    const counts = new Map<string, number>();
    for (const uidl of uidls?.values() ?? []) counts.set(uidl, (counts.get(uidl) ?? 0) + 1);
    this.#entries = new Map(await ledger.entries(this.#mailbox));
    const removed = [...this.#entries.values()].filter(
      ({ uidl, isDeleted }) => isDeleted && !counts.has(uidl) && !uidl.startsWith(HASH_PREFIX),
    );
    for (const { uidl } of removed) this.#entries.delete(uidl);
    await ledger.forget(
      this.#mailbox,
      removed.map(({ uidl }) => uidl),
    );
    return messages.map((message) => {
      const uidl = uidls?.get(message.number);
      return { ...message, uidl: uidl !== undefined && counts.get(uidl) === 1 ? uidl : null };
    });
  }

  async #fetch(session: Pop3Session, listing: readonly ListedMail[]): Promise<void> {
    const quarantined = await this.dependencies.ledger.quarantined(this.#mailbox);
    const listed = new Set(listing.flatMap(({ uidl }) => uidl ?? []));
    const wanted = listing.filter(({ uidl, number }) => {
      if (uidl === null) return true;
      if (this.#entries.has(uidl)) this.#identities.set(number, uidl);
      return !this.#entries.has(uidl) && !quarantined.has(uidl);
    });
    const groups = inGroups(this.#arrivals(session, wanted), GROUP, ({ staged }) =>
      staged.unfinishedId === null ? staged.sizeBytes : MIB,
    );
    for await (const group of groups) await this.#keep(group, listed);
  }

  /** Complete mails, staged. One that the server refuses, or that is too large, fails alone. */
  async *#arrivals(
    session: Pop3Session,
    wanted: readonly ListedMail[],
  ): AsyncGenerator<Fetched, void, void> {
    const byNumber = new Map(wanted.map((message) => [message.number, message]));
    const writers = new Map<number, RawWriter>();
    const openSink = ({ number }: MessageListing): RawWriter => {
      const writer = this.dependencies.store.raw.writer();
      writers.set(number, writer);
      return writer;
    };
    try {
      for await (const { message, failure } of session.retrieve(wanted, openSink)) {
        const listed = byNumber.get(message.number);
        const writer = writers.get(message.number);
        if (listed === undefined) continue;
        if (failure !== null || writer === undefined) {
          if (failure !== null) await this.#refused(listed, failure);
          continue;
        }
        const staged = await writer.finish();
        writers.delete(message.number);
        yield { message: listed, staged, uidl: listed.uidl ?? `${HASH_PREFIX}${staged.hash}` };
      }
    } finally {
      for (const writer of writers.values()) await writer.discard();
    }
  }

  async #refused(message: ListedMail, failure: MailFailure): Promise<void> {
    // later it may be had: not the mail's fault
    if (failure.disposition === 'transient') return;
    const isFinal = failure.code === 'messageTooLarge';
    await this.#countFailure(message, failureText(failure), isFinal);
  }

  async #countFailure(message: ListedMail, reason: string, isFinal: boolean): Promise<void> {
    const { ledger, logger } = this.dependencies;
    const uidl = message.uidl ?? `${HASH_PREFIX}message ${message.number}`;
    const mail = { uidl, sizeBytes: message.sizeBytes, reason };
    const { quarantined } = await ledger.countFailure(this.#mailbox, mail, isFinal);
    logger.warn({ ...this.#mailbox, sizeBytes: message.sizeBytes, quarantined }, 'mail not taken');
  }

  /** Stores a group; if one of its mails cannot be stored, the others are, one by one. */
  async #keep(group: readonly Fetched[], listed: ReadonlySet<string>): Promise<void> {
    const fresh = new Map<string, Fetched>();
    for (const mail of group) {
      if (!this.#entries.has(mail.uidl) && !fresh.has(mail.uidl)) fresh.set(mail.uidl, mail);
      else this.#identities.set(mail.message.number, mail.uidl);
    }
    const mails = [...fresh.values()];
    if (mails.length === 0) return;
    try {
      await this.#store(mails, listed);
    } catch (error) {
      if (isStoreFault(error)) throw error;
      for (const mail of mails) await this.#storeAlone(mail, listed);
    }
  }

  async #storeAlone(mail: Fetched, listed: ReadonlySet<string>): Promise<void> {
    try {
      await this.#store([mail], listed);
    } catch (error) {
      if (isStoreFault(error)) throw error;
      await this.#countFailure(mail.message, 'The archive could not read this mail.', false);
    }
  }

  async #store(mails: readonly Fetched[], listed: ReadonlySet<string>): Promise<void> {
    const { intake, store } = this.dependencies;
    await intake.keep(this.#mailbox, this.stored.account, mails, listed);
    const storedAt = store.clock.now();
    for (const { uidl, staged, message } of mails) {
      const rawHash = staged.hash;
      this.#entries.set(uidl, { uidl, rawHash, storedAt, isDeleted: false, item: 'present' });
      this.#identities.set(message.number, uidl);
    }
    this.#fetched += mails.length;
  }

  /** @returns what the server has marked; it is gone after QUIT */
  async #delete(session: Pop3Session): Promise<string[]> {
    const { store } = this.dependencies;
    const now = store.clock.now();
    const due = [...this.#identities].flatMap(([number, uidl]) => {
      const entry = this.#entries.get(uidl);
      const isDue = entry !== undefined && isToBeDeleted(entry, this.stored.account, now);
      return isDue ? [{ number, entry }] : [];
    });
    // a mail that somebody deleted for good has no bytes any more; every other one must have them
    const hashes = due.filter(({ entry }) => entry.item !== 'gone').map((one) => one.entry.rawHash);
    const present = await store.raw.stored([...new Set(hashes)]);
    const safe = due.filter(({ entry }) => entry.item === 'gone' || present.has(entry.rawHash));
    const uidls = new Map(safe.map(({ number, entry }) => [number, entry.uidl]));
    const results = await session.deleteAll([...uidls.keys()]);
    return results.flatMap(({ number, failure }) =>
      failure === null ? (uidls.get(number) ?? []) : [],
    );
  }
}

const HASH_PREFIX = 'sha256:';

/** Disk full, file damaged: not the fault of one mail. */
const isStoreFault = (error: unknown): boolean =>
  error instanceof MailFailure ||
  /^SQLITE_(?!CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(String((error as { code?: unknown }).code));
