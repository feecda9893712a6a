/**
 * Puts a copy of each sent mail into the folder for sent mails of the IMAP account that has the name of its SMTP
 * account, so that other programs with that mailbox show it. Never twice: the folder is asked for the mail's Message-ID
 * before, which finds a copy that the server has put there itself, and one of ours whose confirmation was lost.
 * Providers that are known to keep copies themselves are not asked at all: theirs may come later.
 *
 * A copy that cannot be made is tried again for days; then the mail's protocol says so. Sending never waits for it.
 */
import type { AccountStore, StoredPop3 } from '../accounts/account-store.js';
import { Pop3Protocol, Pop3State, SentCopy } from '../../greyhound/index.js';
import { MailFailure } from '../../mail/errors.js';
import { providerOfHost } from '../../mail/providers/index.js';
import type { ImapSession } from '../../mail/imap/session.js';
import type { Arming } from '../../platform/arming.js';
import type { Logger } from '../../platform/log.js';
import { failureText } from '../retrieval/failure-text.js';
import type { MailboxDependencies } from '../retrieval/remote-mailbox.js';
import type { MailStore } from '../store/mail-store.js';
import { BytesDamaged } from '../store/raw-mail-store.js';
import type { SentCopies, SentCopyRow } from '../store/sent-copies.js';
import type { SentFolder } from './sent-folder.js';

const BATCH = 50;
const MINUTE_MS = 60_000;
/** After the first, second … failed try; the last one repeats. */
const WAITS_MINUTES = [1, 5, 15, 60];
const GIVE_UP_AFTER_MS = 7 * 24 * 60 * MINUTE_MS;
/** After a failure of our own storage. */
const RETRY_MS = 60_000;

export interface CopierDependencies extends MailboxDependencies {
  readonly store: MailStore;
  readonly copies: SentCopies;
  readonly accounts: AccountStore;
  readonly arming: Arming;
  readonly logger: Logger;
}

export class SentCopier {
  #running: Promise<void> | null = null;
  #isWanted = false;
  #timer: NodeJS.Timeout | null = null;
  readonly #closing = new AbortController();
  #stopListening: () => void = () => undefined;

  constructor(private readonly dependencies: CopierDependencies) {}

  start(): void {
    this.#stopListening = this.dependencies.arming.onArmed(() => this.wake());
    this.wake();
  }

  /** There may be something to copy. */
  wake(): void {
    this.#isWanted = true;
    if (this.#closing.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted) this.wake();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopListening();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { copies, arming, logger, store } = this.dependencies;
    try {
      while (this.#isWanted && !this.#closing.signal.aborted) {
        this.#isWanted = false;
        // woken again once it is armed
        if (arming.disarmed !== null) return;
        const rows = await copies.due(BATCH);
        for (const group of bySmtpAccount(rows)) await this.#copyAll(group);
        if (rows.length === BATCH) this.#isWanted = true;
      }
      const next = await copies.nextDueAt();
      if (next !== null) this.#wakeIn(next.getTime() - store.clock.now().getTime());
    } catch (error) {
      logger.error({ err: error }, 'copies of sent mails could not be worked on');
      this.#isWanted = false;
      this.#wakeIn(RETRY_MS);
    }
  }

  #wakeIn(waitMs: number): void {
    if (this.#closing.signal.aborted) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const boundedMs = Math.min(Math.max(waitMs, 1000), RETRY_MS);
    this.#timer = setTimeout(() => this.wake(), boundedMs).unref();
  }

  async #copyAll(rows: readonly SentCopyRow[]): Promise<void> {
    const { copies, logger } = this.dependencies;
    const [first] = rows;
    if (first === undefined) return;
    const stored = await this.#mailboxOf(first);
    if (stored === null) return copies.remove(rows.map(({ item_id }) => item_id));
    const open = new Set(rows);
    try {
      await this.#inSentFolder(stored, async (folder) => {
        for (const row of rows) {
          await this.#copy(row, folder).catch((error: unknown) => this.#refused(row, error));
          open.delete(row);
        }
      });
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      if (!(error instanceof MailFailure)) throw error;
      const { realmId, account } = stored;
      logger.warn({ realmId, accountId: account.ID, code: error.code }, 'sent mails not copied');
      for (const row of open) await this.#failed(row, error);
    }
  }

  /** Where copies of an SMTP account's mails go; null: nowhere. */
  async #mailboxOf({ realm_id, smtp_id }: SentCopyRow): Promise<StoredPop3 | null> {
    const { accounts } = this.dependencies;
    const smtp = await accounts.smtp(realm_id, smtp_id);
    if (smtp === null || providerOfHost(smtp.account.Host)?.savesSentMail === true) return null;
    const name = smtp.account.Name.toLowerCase();
    const partner = (await accounts.list('pop3', realm_id)).find(
      ({ Name, Protocol, State }) =>
        Name.toLowerCase() === name &&
        Protocol === Pop3Protocol.ppImap4 &&
        State === Pop3State.psActive,
    );
    const stored = partner === undefined ? null : await accounts.pop3(realm_id, partner.ID);
    return stored?.options.SentCopy === SentCopy.scSentFolder ? stored : null;
  }

  async #inSentFolder(
    stored: StoredPop3,
    work: (folder: SentFolder) => Promise<void>,
  ): Promise<void> {
    // its library is large, and POP3 does not need it
    const { openImapSession } = await import('../retrieval/imap-mailbox.js');
    const { openSentFolder } = await import('./sent-folder.js');
    const session: ImapSession = await openImapSession(stored, this.dependencies, {
      signal: this.#closing.signal,
      maxMessageBytes: 0,
    });
    try {
      await work(await openSentFolder(session, stored.options.SentFolder));
      await session.quit();
    } finally {
      session.close();
    }
  }

  async #copy(row: SentCopyRow, folder: SentFolder): Promise<void> {
    const { store, copies } = this.dependencies;
    const item = await store.items.find(row.realm_id, row.item_id);
    if (item?.raw_hash != null && item.message_id !== '') {
      if (!(await folder.holds(item.message_id))) {
        const pieces: Buffer[] = [];
        for await (const piece of store.raw.readIntact(item.raw_hash)) pieces.push(piece);
        await folder.append(Buffer.concat(pieces), new Date(item.start_date ?? item.created));
      }
    }
    await copies.remove([row.item_id]);
  }

  /** A mail that the server does not take, or of which the bytes are gone, holds up no other. */
  async #refused(row: SentCopyRow, error: unknown): Promise<void> {
    if (error instanceof BytesDamaged) await this.#giveUp(row, error.message);
    else if (error instanceof MailFailure && error.code === 'serverRefused')
      await this.#failed(row, error);
    else throw error;
  }

  async #failed(row: SentCopyRow, failure: MailFailure): Promise<void> {
    const { store, copies } = this.dependencies;
    const now = store.clock.now().getTime();
    const minutes = WAITS_MINUTES[Math.min(row.attempts, WAITS_MINUTES.length - 1)] ?? 60;
    const isOver = now - new Date(row.created).getTime() >= GIVE_UP_AFTER_MS;
    if (!isOver) return copies.postpone(row, new Date(now + minutes * MINUTE_MS));
    return this.#giveUp(row, failureText(failure));
  }

  async #giveUp({ realm_id, item_id }: SentCopyRow, reason: string): Promise<void> {
    const { store, copies } = this.dependencies;
    const text = `No copy in the folder for sent mails: ${reason}`;
    await store.items.addProtocol(realm_id, [{ itemId: item_id, text }]);
    await copies.remove([item_id]);
  }
}

const bySmtpAccount = (rows: readonly SentCopyRow[]): SentCopyRow[][] => {
  const groups = new Map<number, SentCopyRow[]>();
  for (const row of rows) groups.set(row.smtp_id, [...(groups.get(row.smtp_id) ?? []), row]);
  return [...groups.values()];
};
