/**
 * When which mailbox is fetched. Every active account has its own round: at once when it becomes active or changes,
 * then `Interval` seconds after the end of the last session, later after one that failed (retry-policy.ts). With an
 * `Interval` of 0 it is fetched only when asked. One session an account at a time; accounts do not wait for each other.
 *
 * New mail in an IMAP mailbox is told by its server (mailbox-watch.ts), and fetched at once.
 *
 * Whoever asks, or saves the account, gets a session at once; its failure does not count towards switching the account
 * off, so that pressing a button five times does not do it.
 */
import type { AccountRef, AccountStore, StoredPop3 } from '../accounts/account-store.js';
import type { TryFailure } from '../accounts/account-traffic.js';
import { MailFailure } from '../../mail/errors.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { CompletenessRecords } from '../store/completeness-records.js';
import type { Mailbox, MailLedger } from '../store/mail-ledger.js';
import { isOfLink, remainingMs } from '../accounts/retry-policy.js';
import { DiskLow } from './disk-guard.js';
import { failureText } from './failure-text.js';
import { MailboxFetch, type FetchDependencies } from './mailbox-fetch.js';
import { MailboxWatches } from './mailbox-watch.js';

/** After an unexpected end. */
const RETRY_MS = 300_000;
/** Until it is looked again whether there is room on the disk. */
const DISK_RETRY_MS = 60_000;
/** node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Round {
  readonly realmId: number;
  readonly accountId: number;
  timer: NodeJS.Timeout | null;
  fetch: MailboxFetch | null;
  /** Ends when no session is under way and none is asked for. */
  running: Promise<void> | null;
  /** Told when a session that begins from now on has ended. */
  readonly waiters: (() => void)[];
  /** What else is to be done with the mailbox while no session is under way. */
  readonly tasks: (() => Promise<void>)[];
  /** Whether somebody asked for the next session; else it is only due. */
  isAsked: boolean;
  /** Whether the account was saved since the last session began. */
  isChanged: boolean;
}

export interface SchedulerDependencies extends FetchDependencies {
  readonly accounts: AccountStore;
  readonly ledger: MailLedger;
  readonly completeness: CompletenessRecords;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class MailboxScheduler {
  readonly #rounds = new Map<number, Round>();
  readonly #stopListening: (() => void)[] = [];
  /** Resets that have to be written before the next session begins. */
  #resets: Promise<void> = Promise.resolve();
  #isClosed = false;
  readonly #closing = new AbortController();

  readonly #watches: MailboxWatches;

  constructor(private readonly dependencies: SchedulerDependencies) {
    this.#watches = new MailboxWatches(dependencies, (realmId, accountId) => {
      void this.#request(this.#round(realmId, accountId));
    });
  }

  async start(): Promise<void> {
    const { accounts } = this.dependencies;
    this.#stopListening.push(
      accounts.onResetUidl((ref) => this.#reset(ref)),
      accounts.onChange((ref) => {
        if (ref.kind === 'pop3') this.#changed(ref);
      }),
    );
    for (const { realmId, account } of await accounts.activePop3())
      void this.#request(this.#round(realmId, account.ID));
  }

  /**
   * Runs a task while no session of this account is under way, and begins none until it has ended: a mailbox serves
   * one POP3 session at a time (RFC 1939 §4).
   * @param task its signal is aborted when everything ends
   */
  inTurn<T>(
    realmId: number,
    accountId: number,
    task: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const round = this.#round(realmId, accountId);
    return new Promise((resolve, reject) => {
      round.tasks.push(() => task(this.#closing.signal).then(resolve, reject));
      round.running ??= this.#work(round);
    });
  }

  /** Stops timers and sessions; resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.abort();
    for (const stop of this.#stopListening) stop();
    const rounds = [...this.#rounds.values()];
    for (const round of rounds) {
      if (round.timer !== null) clearTimeout(round.timer);
      round.fetch?.abort();
    }
    await this.#watches.close();
    await Promise.all(rounds.map((round) => round.running ?? Promise.resolve()));
    await this.#resets;
  }

  /** Fetches all active accounts of the realm. Resolves when sessions that began after this call have ended. */
  async fetchNow(realmId: number): Promise<void> {
    const active = await this.dependencies.accounts.activePop3();
    const own = active.filter((stored) => stored.realmId === realmId);
    await Promise.all(own.map(({ account }) => this.fetchAccount(realmId, account.ID)));
  }

  /** As fetchNow, one account; nothing happens while it is inactive. */
  fetchAccount(realmId: number, accountId: number): Promise<void> {
    const round = this.#round(realmId, accountId);
    round.isAsked = true;
    return this.#request(round);
  }

  #round(realmId: number, accountId: number): Round {
    const known = this.#rounds.get(accountId);
    if (known !== undefined) return known;
    const round: Round = {
      realmId,
      accountId,
      timer: null,
      fetch: null,
      running: null,
      waiters: [],
      tasks: [],
      isAsked: false,
      isChanged: false,
    };
    this.#rounds.set(accountId, round);
    return round;
  }

  /** What a session does under settings that no longer hold is not wanted: it ends, the next one has the new ones. */
  #changed({ realmId, id }: AccountRef): void {
    const round = this.#round(realmId, id);
    round.fetch?.abort();
    this.#watches.end(id);
    round.isChanged = true;
    void this.#request(round);
  }

  #reset({ realmId, id }: AccountRef): void {
    this.#round(realmId, id).fetch?.abort();
    this.#resets = this.#resets.then(() =>
      this.#forget({ realmId, accountId: id }).catch((error: unknown) => {
        this.dependencies.logger.error({ err: error }, 'ledger could not be reset');
      }),
    );
  }

  async #forget(mailbox: Mailbox): Promise<void> {
    await this.dependencies.earlierMails.wantAll(mailbox);
    await this.dependencies.ledger.reset(mailbox);
  }

  #request(round: Round): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      round.waiters.push(resolve);
      round.running ??= this.#work(round);
    });
  }

  /** Sessions one after the other as long as somebody waits for one that begins later. */
  async #work(round: Round): Promise<void> {
    while (round.waiters.length > 0 || round.tasks.length > 0) {
      for (const task of round.tasks.splice(0)) await task();
      if (round.waiters.length === 0) continue;
      const waiters = round.waiters.splice(0);
      if (round.timer !== null) clearTimeout(round.timer);
      round.timer = null;
      await this.#session(round);
      for (const resolve of waiters) resolve();
    }
    round.running = null;
  }

  async #session(round: Round): Promise<void> {
    const { accounts, logger } = this.dependencies;
    await this.#resets;
    const { isAsked, isChanged } = round;
    round.isAsked = false;
    round.isChanged = false;
    try {
      const stored = (await accounts.activePop3()).find(
        ({ account }) => account.ID === round.accountId,
      );
      if (stored === undefined || (stored.account.Interval <= 0 && !isAsked)) return;
      if ((await this.dependencies.guard.lowSince()) !== null) {
        this.#arm(round, DISK_RETRY_MS);
        return;
      }
      const isDue = !isAsked && !isChanged;
      const waitMs = isDue ? await this.#remainingMs(stored) : 0;
      const nextInMs = waitMs > 0 ? waitMs : await this.#fetch(round, stored, isDue);
      if (nextInMs !== null) this.#arm(round, nextInMs);
    } catch (error) {
      logger.error({ err: error, accountId: round.accountId }, 'fetching ended unexpectedly');
      this.#arm(round, RETRY_MS);
    }
  }

  /** Until the next try after a failure, also one of an earlier process. */
  async #remainingMs({ realmId, account }: StoredPop3): Promise<number> {
    const { accounts, clock } = this.dependencies;
    const traffic = await accounts.traffic.find({ kind: 'pop3', realmId, id: account.ID });
    return remainingMs(traffic?.nextTry ?? null, clock.now(), account.Interval);
  }

  /** @returns when to fetch next; null: only when asked */
  async #fetch(round: Round, stored: StoredPop3, isDue: boolean): Promise<number | null> {
    const { accounts, clock, completeness, logger } = this.dependencies;
    const { realmId, accountId } = round;
    if (this.#isClosed) return null;
    const { Interval } = stored.account;
    const intervalMs = Interval > 0 ? Interval * 1000 : null;
    const ref = { kind: 'pop3', realmId, id: accountId } as const;
    const fetch = new MailboxFetch(stored, this.dependencies);
    round.fetch = fetch;
    logger.debug({ realmId, accountId }, 'fetching mailbox');
    const progress = { isSignedIn: false };
    try {
      const result = await fetch.run(() => {
        progress.isSignedIn = true;
        return accounts.traffic.recordSignIn(ref, clock.now());
      });
      const endedAt = clock.now();
      await accounts.traffic.recordSuccess(ref, endedAt, (transaction) =>
        completeness.record({ realmId, accountId }, result.comparison, endedAt, transaction),
      );
      logger.info({ realmId, accountId, ...result }, 'mailbox fetched');
      this.#watches.begin(stored, result.comparison.onServer);
      return intervalMs;
    } catch (error) {
      if (fetch.isAborted) return intervalMs;
      if (error instanceof DiskLow) return DISK_RETRY_MS;
      // a session that took mails in came further: the next one goes on from there
      const isExcused = !isDue || fetch.fetched > 0;
      const isOfServer = error instanceof MailFailure && saysSomethingOfServer(error);
      const kind = isExcused
        ? 'excused'
        : isOfServer && !progress.isSignedIn
          ? 'signIn'
          : 'session';
      return await this.#failed(ref, { ...describe(error), at: clock.now(), kind });
    } finally {
      round.fetch = null;
    }
  }

  /** @returns when to try again; null: only when asked */
  async #failed(ref: AccountRef, failure: TryFailure): Promise<number | null> {
    const { accounts, logger } = this.dependencies;
    this.#watches.end(ref.id);
    const { nextTry, switchedOff } = await accounts.traffic.recordFailure(ref, failure);
    const { realmId, id: accountId } = ref;
    logger.warn({ realmId, accountId, code: failure.code, switchedOff }, 'mailbox not fetched');
    return nextTry === null ? null : nextTry.getTime() - failure.at.getTime();
  }

  #arm(round: Round, afterMs: number): void {
    if (this.#isClosed) return;
    const waitMs = Math.min(afterMs, MAX_TIMER_MS);
    round.timer = setTimeout(() => void this.#request(round), waitMs).unref();
  }
}

/** A link that has ended is told and waited for; switching the account off would only add a second thing to put right. */
const saysSomethingOfServer = ({ code }: MailFailure): boolean =>
  code !== 'invalidInput' && !isOfLink(code);

const describe = (error: unknown): { code: string; message: string } =>
  error instanceof MailFailure
    ? { code: error.code, message: failureText(error) }
    : { code: 'storageFailed', message: 'The archive could not store the mails.' };
