/**
 * Sends the mails of one account over one connection after the other, in their order.
 *
 * The journal's mark is written between the message and its final dot. Whatever ends before the mark, a connection or
 * the process itself, has sent nothing and is tried again; what ends after it without a reply is in doubt.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { includes, ItemFlag } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import type { SubmissionResult } from '../../mail/smtp/outcome.js';
import type { SmtpSession } from '../../mail/smtp/session.js';
import { monotonic } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { AccountStore, StoredSmtp } from '../accounts/account-store.js';
import type { FailureKind } from '../accounts/account-traffic.js';
import { isOfLink, remainingMs } from '../accounts/retry-policy.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { failureText } from '../retrieval/failure-text.js';
import { detailOf, type ItemRow } from '../store/mail-items.js';
import type { MailOutbox, OutboxRow } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import { BytesDamaged } from '../store/raw-mail-store.js';
import { ComposedMessages } from './composed-messages.js';
import type { DeliveryRecord } from './delivery-record.js';
import { envelopeOf, forcedSender } from './release.js';
import { openSubmission } from './submission-session.js';

/** Between two attempts to write down what a server said. */
const RECORD_RETRY_MS = 2000;
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
export interface Batch {
  readonly stored: StoredSmtp;
  readonly rows: OutboxRow[];
  /** Somebody asked for it: it is tried at once, and a failure does not count towards switching the account off. */
  readonly isAsked: boolean;
}

/** A mail whose turn it is. */
interface Turn {
  readonly row: OutboxRow;
  readonly item: ItemRow;
  readonly batch: Batch;
}

/** Its stored bytes are not what they were: nothing was sent. */
interface Damaged {
  readonly outcome: 'damaged';
}

export interface BatchDependencies {
  readonly store: MailStore;
  readonly outbox: MailOutbox;
  readonly record: DeliveryRecord;
  readonly accounts: AccountStore;
  readonly connect: ConnectDependencies;
  readonly credentials: AccountCredentials;
  /** No other message is begun. */
  readonly closing: AbortSignal;
  /** Ends every connection, whatever it waits for. */
  readonly cut: AbortSignal;
  readonly logger: Logger;
}

export class BatchSender {
  /** When a success was last written down, by account; none after a failure. */
  readonly #successes = new Map<number, number>();

  constructor(private readonly dependencies: BatchDependencies) {}

  /** Until all are settled, or there is no getting through. @throws the store's own errors */
  async send(batch: Batch): Promise<void> {
    const { stored, rows } = batch;
    const { outbox } = this.dependencies;
    const waitMs = await this.#remainingMs(batch);
    if (waitMs > 0) return outbox.putOff(idsOf(rows), waitMs);
    const messages = new ComposedMessages(this.dependencies, stored, rows);
    let session: SmtpSession | null = null;
    let broken = 0;
    /** Of the mail before: written down while the server is told of the next one. */
    let recorded = Promise.resolve();
    try {
      for (const row of rows) {
        if (this.#isClosing() || broken >= MAX_BROKEN) {
          await recorded;
          return;
        }
        const item = await messages.of(row);
        if (item === null) continue;
        if (session?.isOpen !== true) {
          await recorded;
          session?.destroy();
          session = await this.#connect(batch, rows.slice(rows.indexOf(row)));
        }
        if (session === null) return;
        const result = await this.#submit(session, { row, item, batch, before: recorded });
        recorded = this.#record(session, { row, item, batch }, result);
        recorded.catch(() => undefined);
        if (result.outcome === 'accepted') broken = 0;
        else {
          await recorded;
          if (result.outcome !== 'refused') broken += 1;
        }
      }
      await recorded;
      if (session?.isOpen === true) await session.quit();
    } finally {
      session?.destroy();
      // nobody may touch these mails before
      await Promise.allSettled([recorded, messages.settled()]);
    }
  }

  /** Until the account is tried again by itself. */
  async #remainingMs({ stored, isAsked }: Batch): Promise<number> {
    if (isAsked) return 0;
    const { accounts, store } = this.dependencies;
    const traffic = await accounts.traffic.find(refOf(stored));
    return remainingMs(traffic?.nextTry ?? null, store.clock.now(), 0);
  }

  /** @returns null when there is no getting through: then everything that waits for this connection is put off */
  async #connect(batch: Batch, waiting: readonly OutboxRow[]): Promise<SmtpSession | null> {
    try {
      return await this.#signIn(batch.stored);
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      // we broke it off: the mails are as they were
      if (this.dependencies.cut.aborted) return null;
      const isLink = isOfLink(error.code);
      await this.#recordFailure(batch, error, isLink ? 'session' : 'signIn');
      // mails wait for their account to be linked again, however long
      if (isLink) await this.dependencies.outbox.putOff(idsOf(waiting), LINK_WAIT_MS);
      else
        for (const row of waiting) await this.dependencies.record.postpone(row, failureText(error));
      return null;
    }
  }

  async #signIn(stored: StoredSmtp): Promise<SmtpSession> {
    const { accounts, store } = this.dependencies;
    const session = await openSubmission(stored, this.dependencies, this.dependencies.cut);
    await accounts.traffic.recordSignIn(refOf(stored), store.clock.now());
    return session;
  }

  /** @param before what has to be on disk before the server may take the mail */
  async #submit(
    session: SmtpSession,
    { row, item, batch: { stored }, before }: Turn & { readonly before: Promise<void> },
  ): Promise<SubmissionResult | Damaged> {
    const { outbox, store } = this.dependencies;
    const envelope = {
      ...envelopeOf(forcedSender(stored) ?? item.from_text, detailOf(item)),
      ...(wantsReports(item) && { reportId: item.message_id }),
    };
    const message = Readable.from(store.raw.readIntact(item.raw_hash ?? ''), { objectMode: false });
    try {
      return await session.submit(envelope, message, async () => {
        await before;
        await outbox.markSending(row.item_id);
      });
    } catch (error) {
      if (error instanceof BytesDamaged) return { outcome: 'damaged' };
      if (!(error instanceof MailFailure)) throw error;
      return { outcome: 'notSent', failure: error };
    }
  }

  async #record(
    session: SmtpSession,
    { row, item, batch }: Turn,
    result: SubmissionResult | Damaged,
  ): Promise<void> {
    const { record, logger } = this.dependencies;
    const { realmId, account } = batch.stored;
    logger.info({ realmId, itemId: row.item_id, outcome: result.outcome }, 'submission');
    if (result.outcome === 'damaged') return record.fail(row, MESSAGE_DAMAGED);
    const note = wantsReports(item) && !session.offersReports ? NO_REPORTS : '';
    await this.#write(() => record.settle(row, { accountName: account.Name, note }, result));
    await this.#recordTraffic(batch, result);
  }

  /** What a server said must not be lost because the disk is full: it is written as soon as that is possible. */
  async #write(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (this.#isClosing()) throw error;
        this.dependencies.logger.error({ err: error }, 'an outcome could not be written');
        await sleep(RECORD_RETRY_MS, undefined, { signal: this.dependencies.closing }).catch(
          () => null,
        );
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

  async #recordFailure(batch: Batch, failure: MailFailure, kind: FailureKind): Promise<void> {
    const { accounts, store, logger, cut } = this.dependencies;
    if (cut.aborted || (await this.#isReplaced(batch))) return;
    const { stored, isAsked } = batch;
    const at = store.clock.now();
    const error = { ...errorOf(failure), at, kind: isAsked ? 'excused' : kind } as const;
    this.#successes.delete(stored.account.ID);
    const { switchedOff } = await accounts.traffic.recordFailure(refOf(stored), error);
    const { realmId, account } = stored;
    logger.warn({ realmId, accountId: account.ID, code: failure.code, switchedOff }, 'not sent');
  }

  /** Whether the account was saved meanwhile: what failed before does not stand against its new settings. */
  async #isReplaced({ stored }: Batch): Promise<boolean> {
    const current = await this.dependencies.accounts.smtp(stored.realmId, stored.account.ID);
    return current?.account.Modified?.getTime() !== stored.account.Modified?.getTime();
  }

  /** Asked again after every wait. */
  #isClosing(): boolean {
    return this.dependencies.closing.aborted;
  }
}

const idsOf = (rows: readonly OutboxRow[]): number[] => rows.map(({ item_id }) => item_id);

const wantsReports = (item: ItemRow): boolean =>
  includes(item.flags, ItemFlag.ifDeliveryNotification);

const refOf = ({ realmId, account }: StoredSmtp) =>
  ({ kind: 'smtp', realmId, id: account.ID }) as const;

const errorOf = (failure: MailFailure) => ({ code: failure.code, message: failureText(failure) });
