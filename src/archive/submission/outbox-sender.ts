/**
 * Sends what the outbox holds: composes the message, keeps its bytes, hands exactly these to the server. A message
 * leaves the outbox when the server has taken it, when it is refused for good, or when nobody can know (`in doubt`):
 * then a person decides, because sending again might send twice.
 *
 * The journal's mark is written between the message and its final dot. Whatever ends before the mark, a connection or
 * the process itself, has sent nothing and is tried again; what ends after it without a reply is in doubt.
 *
 * Every account has a lane of its own: a server that hangs delays no mail of another account. After a connection that
 * failed all mails of the account wait together (retry-policy.ts), and while it is switched off until it is activated.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import type { AccountStore, StoredSmtp } from '../accounts/account-store.js';
import type { FailureKind } from '../accounts/account-traffic.js';
import { isOfLink, remainingMs } from '../accounts/retry-policy.js';
import { RpcError } from '../errors.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { includes, ItemFlag, SmtpState } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import type { SubmissionResult } from '../../mail/smtp/outcome.js';
import type { SmtpSession } from '../../mail/smtp/session.js';
import type { Arming } from '../../platform/arming.js';
import { monotonic } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { failureText } from '../retrieval/failure-text.js';
import { detailOf, type ItemRow } from '../store/mail-items.js';
import type { MailOutbox, OutboxRow } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import { BytesDamaged } from '../store/raw-mail-store.js';
import type { SentCopies } from '../store/sent-copies.js';
import { ComposedMessages } from './composed-messages.js';
import { DeliveryRecord } from './delivery-record.js';
import type { MailsUnderWay } from './mails-under-way.js';
import { envelopeOf, forcedSender, requireAccountFor } from './release.js';
import { openSubmission } from './submission-session.js';

const BATCH = 50;
/** After a failure of our own storage. */
const RETRY_MS = 60_000;
/** Between two attempts to write down what a server said. */
const RECORD_RETRY_MS = 2000;
/** Until it is looked again whether an account that is not active has been replaced by another. */
const INACTIVE_WAIT_MS = 3_600_000;
/** Until an account without a usable link is looked at again; linking it wakes everything at once. */
const LINK_WAIT_MS = 300_000;
/** After so many connections that broke while nothing was accepted, the rest of a batch waits. */
const MAX_BROKEN = 2;
/** A commit for each mail of many would tell nobody more. */
const SUCCESS_EVERY_MS = 5000;
const MESSAGE_DAMAGED =
  'the message is gone or damaged in the archive. Write it anew, or restore the archive from a backup.';
const NO_REPORTS = ' The server gives no reports on delivery.';

/** Messages for one account that wait for the same connection. */
interface Batch {
  readonly stored: StoredSmtp;
  readonly rows: OutboxRow[];
  /** Somebody asked for it: it is tried at once, and a failure does not count towards switching the account off. */
  readonly isAsked: boolean;
}

/** An account that is being worked on. */
interface Lane {
  readonly realmId: number;
  readonly ended: Promise<void>;
  /** Somebody asked meanwhile: what this work puts off is tried again at once, perhaps with other settings. */
  isAskedAgain: boolean;
}

export interface SenderDependencies {
  readonly store: MailStore;
  readonly outbox: MailOutbox;
  readonly underWay: MailsUnderWay;
  readonly copies: SentCopies;
  /** Told when mails may have been sent. */
  readonly onSent: () => void;
  readonly accounts: AccountStore;
  readonly connect: ConnectDependencies;
  readonly credentials: AccountCredentials;
  /** Until it is armed mails wait. */
  readonly arming: Arming;
  readonly logger: Logger;
}

export class OutboxSender {
  #running: Promise<void> | null = null;
  #isWanted = false;
  #timer: NodeJS.Timeout | null = null;
  readonly #closing = new AbortController();
  /** Ends every connection, whatever it waits for. */
  readonly #cut = new AbortController();
  /** By account. */
  readonly #lanes = new Map<number, Lane>();
  /** Realms whose mails somebody wants to be tried now. */
  readonly #asked = new Set<number>();
  /** When a success was last written down, by account; none after a failure. */
  readonly #successes = new Map<number, number>();
  readonly #record: DeliveryRecord;
  #stopListening: () => void = () => undefined;

  constructor(private readonly dependencies: SenderDependencies) {
    this.#record = new DeliveryRecord(dependencies.store, dependencies.outbox, dependencies.copies);
  }

  /** What may have been taken when the process ended is in doubt. To be called before anybody changes an item. */
  async recover(): Promise<void> {
    for (const row of await this.dependencies.outbox.interrupted())
      await this.#record.doubt(row, '');
  }

  start(): void {
    this.#stopListening = this.dependencies.arming.onArmed(() => this.wake());
    this.wake();
  }

  /** There may be something to send. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isClosed()) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted && !this.#isClosed()) this.wake();
    });
  }

  /** Tries everything of the realm now, also what waits for its next try. */
  async sendNow(realmId: number): Promise<void> {
    for (const lane of this.#lanes.values()) lane.isAskedAgain ||= lane.realmId === realmId;
    await this.dependencies.outbox.hurry(realmId);
    this.#asked.add(realmId);
    this.wake();
  }

  /** A message under way may end within `graceMs`; after that its connection is cut. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    this.#stopListening();
    if (this.#timer !== null) clearTimeout(this.#timer);
    const cut = setTimeout(() => this.#cut.abort(), graceMs);
    await this.#running;
    await Promise.all([...this.#lanes.values()].map(({ ended }) => ended));
    clearTimeout(cut);
  }

  /** Asked again after every wait. */
  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    const { outbox, arming, logger } = this.dependencies;
    const asked = new Set<number>();
    try {
      while (this.#isWanted && !this.#isClosed()) {
        this.#isWanted = false;
        // woken again once it is armed
        if (arming.disarmed !== null) return;
        for (const realmId of this.#asked) asked.add(realmId);
        this.#asked.clear();
        const rows = await outbox.due(BATCH, [...this.#lanes.keys()]);
        // those that a client is changing come again
        if (rows.length > 0 && (await this.#send(rows, asked))) this.#isWanted = true;
      }
      await this.#arm();
    } catch (error) {
      logger.error({ err: error }, 'outbox could not be worked on');
      this.#isWanted = false;
      this.#wakeIn(RETRY_MS);
    }
  }

  async #arm(): Promise<void> {
    const { outbox, store } = this.dependencies;
    const next = await outbox.nextDueAt([...this.#lanes.keys()]);
    if (next === null) return;
    const waitMs = next.getTime() - store.clock.now().getTime();
    this.#wakeIn(Math.min(Math.max(waitMs, 1000), RETRY_MS));
  }

  #wakeIn(waitMs: number): void {
    if (this.#isClosed()) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), waitMs).unref();
  }

  /** Begins to send, a lane an account. @returns whether any was begun or put off */
  async #send(rows: readonly OutboxRow[], asked: ReadonlySet<number>): Promise<boolean> {
    const { underWay, outbox } = this.dependencies;
    const ids = rows.map(({ item_id }) => item_id);
    const claimed = new Set(ids.filter((itemId) => underWay.beginSending(itemId)));
    const batches = new Map<number, Batch>();
    try {
      // a client may have changed or removed some before they were ours
      const current = await outbox.findAll([...claimed]);
      let isAnyDone = current.length < claimed.size;
      const accountOf = await this.#accounts(current);
      for (const row of current) {
        const stored = row.state === 'queued' ? await accountOf(row) : null;
        isAnyDone ||= stored === null;
        if (stored === null || this.#lanes.has(stored.account.ID)) continue;
        const isAsked = asked.has(stored.realmId);
        const batch = batches.get(stored.account.ID) ?? { stored, rows: [], isAsked };
        batch.rows.push(row);
        batches.set(stored.account.ID, batch);
      }
      for (const batch of batches.values()) {
        for (const { item_id } of batch.rows) claimed.delete(item_id);
        this.#begin(batch);
      }
      return isAnyDone || batches.size > 0;
    } finally {
      for (const itemId of claimed) underWay.endSending(itemId);
    }
  }

  #begin(batch: Batch): void {
    const { underWay, logger } = this.dependencies;
    const { realmId, account } = batch.stored;
    const work = async (): Promise<void> => {
      try {
        await this.#sendBatch(batch).finally(() => {
          for (const { item_id } of batch.rows) underWay.endSending(item_id);
          this.#lanes.delete(account.ID);
          this.dependencies.onSent();
        });
        if (lane.isAskedAgain) await this.sendNow(realmId);
        else this.wake();
      } catch (error) {
        logger.error({ err: error, accountId: account.ID }, 'an account could not be worked on');
        this.#wakeIn(RETRY_MS);
      }
    };
    const lane: Lane = { realmId, isAskedAgain: false, ended: work() };
    this.#lanes.set(account.ID, lane);
  }

  /** For each of the rows the account that serves its sender now; without one the item waits for it. */
  async #accounts(
    rows: readonly OutboxRow[],
  ): Promise<(row: OutboxRow) => Promise<StoredSmtp | null>> {
    const { store, outbox, accounts, logger } = this.dependencies;
    const items = new Map<number, ItemRow>();
    const active = new Map<number, readonly StoredSmtp[]>();
    for (const [realmId, ofRealm] of byRealm(rows)) {
      const ids = ofRealm.map(({ item_id }) => item_id);
      for (const item of await store.items.findAll(realmId, ids)) items.set(item.id, item);
      active.set(realmId, await accounts.activeSmtp(realmId));
    }
    return async (row) => {
      const item = items.get(row.item_id);
      if (item === undefined) {
        logger.error({ itemId: row.item_id }, 'mail to be sent is gone');
        await outbox.remove(row.item_id);
        return null;
      }
      try {
        const { from } = envelopeOf(item.from_text, detailOf(item));
        return requireAccountFor(active.get(row.realm_id) ?? [], from);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        if (error.code !== 'noAccountForSender') await this.#record.fail(row, error.message);
        else if (await this.#isInactive(row)) await this.#putOff([row], INACTIVE_WAIT_MS);
        else await this.#record.postpone(row, error.message);
        return null;
      }
    };
  }

  /** Whether the mail's account is there, but not active: then the mail waits for it, however long. */
  async #isInactive({ realm_id, account_id }: OutboxRow): Promise<boolean> {
    const stored = await this.dependencies.accounts.smtp(realm_id, account_id);
    return stored !== null && stored.account.State !== SmtpState.ssActive;
  }

  #putOff(rows: readonly OutboxRow[], waitMs: number): Promise<void> {
    const { outbox, store } = this.dependencies;
    const until = new Date(store.clock.now().getTime() + waitMs);
    return outbox.putOff(
      rows.map(({ item_id }) => item_id),
      until,
    );
  }

  /** Until the account is tried again by itself. */
  async #remainingMs({ stored, isAsked }: Batch): Promise<number> {
    if (isAsked) return 0;
    const { accounts, store } = this.dependencies;
    const traffic = await accounts.traffic.find(refOf(stored));
    return remainingMs(traffic?.nextTry ?? null, store.clock.now(), 0);
  }

  async #sendBatch(batch: Batch): Promise<void> {
    const { stored, rows } = batch;
    const waitMs = await this.#remainingMs(batch);
    if (waitMs > 0) return this.#putOff(rows, waitMs);
    const composing = { ...this.dependencies, record: this.#record };
    const messages = new ComposedMessages(composing, stored, rows);
    let session: SmtpSession | null = null;
    let broken = 0;
    try {
      for (const row of rows) {
        if (this.#isClosed() || broken >= MAX_BROKEN) return;
        const item = await messages.of(row);
        if (item === null) continue;
        if (session?.isOpen !== true) {
          session?.destroy();
          session = await this.#connect(batch, rows.slice(rows.indexOf(row)));
        }
        if (session === null) return;
        const outcome = await this.#submit(session, row, item, batch);
        if (outcome === 'accepted') broken = 0;
        else if (outcome !== 'refused') broken += 1;
      }
      if (session?.isOpen === true) await session.quit();
    } finally {
      session?.destroy();
    }
  }

  /** @returns null when there is no getting through: then everything that waits for this connection is put off */
  async #connect(batch: Batch, waiting: readonly OutboxRow[]): Promise<SmtpSession | null> {
    try {
      return await this.#signIn(batch.stored);
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      // we broke it off: the mails are as they were
      if (this.#cut.signal.aborted) return null;
      const isLink = isOfLink(error.code);
      await this.#recordFailure(batch, error, isLink ? 'session' : 'signIn');
      // mails wait for their account to be linked again, however long
      if (isLink) await this.#putOff(waiting, LINK_WAIT_MS);
      else for (const row of waiting) await this.#record.postpone(row, failureText(error));
      return null;
    }
  }

  async #signIn(stored: StoredSmtp): Promise<SmtpSession> {
    const { accounts, store } = this.dependencies;
    const session = await openSubmission(stored, this.dependencies, this.#cut.signal);
    await accounts.traffic.recordSignIn(refOf(stored), store.clock.now());
    return session;
  }

  async #submit(
    session: SmtpSession,
    row: OutboxRow,
    item: ItemRow,
    batch: Batch,
  ): Promise<SubmissionResult['outcome']> {
    const { outbox, store, logger } = this.dependencies;
    const { stored } = batch;
    const wantsReports = includes(item.flags, ItemFlag.ifDeliveryNotification);
    const envelope = {
      ...envelopeOf(forcedSender(stored) ?? item.from_text, detailOf(item)),
      ...(wantsReports && { reportId: item.message_id }),
    };
    const note = wantsReports && !session.offersReports ? NO_REPORTS : '';
    const message = Readable.from(store.raw.readIntact(item.raw_hash ?? ''), { objectMode: false });
    let result: SubmissionResult;
    try {
      result = await session.submit(envelope, message, () => outbox.markSending(row.item_id));
    } catch (error) {
      if (error instanceof BytesDamaged) {
        await this.#record.fail(row, MESSAGE_DAMAGED);
        return 'notSent';
      }
      if (!(error instanceof MailFailure)) throw error;
      result = { outcome: 'notSent', failure: error };
    }
    const { realmId, account } = stored;
    logger.info({ realmId, itemId: row.item_id, outcome: result.outcome }, 'submission');
    await this.#write(() => this.#record.settle(row, { accountName: account.Name, note }, result));
    await this.#recordTraffic(batch, result);
    return result.outcome;
  }

  /** What a server said must not be lost because the disk is full: it is written as soon as that is possible. */
  async #write(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (this.#isClosed()) throw error;
        this.dependencies.logger.error({ err: error }, 'an outcome could not be written');
        await sleep(RECORD_RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => null);
      }
    }
  }

  /** A server that refuses a mail or a recipient says nothing about the next connection. */
  async #recordTraffic(batch: Batch, result: SubmissionResult): Promise<void> {
    const { accounts, store } = this.dependencies;
    const ref = refOf(batch.stored);
    const at = store.clock.now();
    if (result.outcome === 'accepted') {
      if (monotonic() - (this.#successes.get(ref.id) ?? -Infinity) < SUCCESS_EVERY_MS) return;
      await accounts.traffic.recordSuccess(ref, at);
      this.#successes.set(ref.id, monotonic());
    } else if (result.outcome !== 'refused')
      await this.#recordFailure(batch, result.failure, 'session');
    else if (result.stage !== 'recipients') {
      this.#successes.delete(ref.id);
      await accounts.traffic.recordError(ref, { ...errorOf(result.failure), at });
    }
  }

  async #recordFailure(
    { stored, isAsked }: Batch,
    failure: MailFailure,
    kind: FailureKind,
  ): Promise<void> {
    if (this.#cut.signal.aborted) return;
    const { accounts, store, logger } = this.dependencies;
    const at = store.clock.now();
    const error = { ...errorOf(failure), at, kind: isAsked ? 'excused' : kind } as const;
    this.#successes.delete(stored.account.ID);
    const { switchedOff } = await accounts.traffic.recordFailure(refOf(stored), error);
    const { realmId, account } = stored;
    logger.warn({ realmId, accountId: account.ID, code: failure.code, switchedOff }, 'not sent');
  }
}

function byRealm(rows: readonly OutboxRow[]): ReadonlyMap<number, OutboxRow[]> {
  const realms = new Map<number, OutboxRow[]>();
  for (const row of rows) realms.set(row.realm_id, [...(realms.get(row.realm_id) ?? []), row]);
  return realms;
}

const refOf = ({ realmId, account }: StoredSmtp) =>
  ({ kind: 'smtp', realmId, id: account.ID }) as const;

const errorOf = (failure: MailFailure) => ({ code: failure.code, message: failureText(failure) });
