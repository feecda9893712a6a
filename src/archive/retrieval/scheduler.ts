/**
 * When which mailbox is fetched. Every active account has its own round: at once when it becomes active or changes,
 * then `Interval` seconds after the end of the last session. With an `Interval` of 0 it is fetched only when asked.
 * One session an account at a time; accounts do not wait for each other.
 */
import type { AccountRef, AccountStore, StoredPop3 } from '../accounts/account-store.js';
import { Pop3Protocol } from '../../greyhound/index.js';
import { MailFailure } from '../../mail/errors.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { MailLedger } from '../store/mail-ledger.js';
import { failureText } from './failure-text.js';
import { MailboxFetch, type FetchDependencies } from './mailbox-fetch.js';

/** After an unexpected end. */
const RETRY_S = 300;
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
  /** Whether somebody asked for the next session; else it is only due. */
  isAsked: boolean;
}

export interface SchedulerDependencies extends FetchDependencies {
  readonly accounts: AccountStore;
  readonly ledger: MailLedger;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class MailboxScheduler {
  readonly #rounds = new Map<number, Round>();
  readonly #stopListening: (() => void)[] = [];
  /** Resets that have to be written before the next session begins. */
  #resets: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(private readonly dependencies: SchedulerDependencies) {}

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

  /** Stops timers and sessions; resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stopListening) stop();
    const rounds = [...this.#rounds.values()];
    for (const round of rounds) {
      if (round.timer !== null) clearTimeout(round.timer);
      round.fetch?.abort();
    }
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
      isAsked: false,
    };
    this.#rounds.set(accountId, round);
    return round;
  }

  /** What a session does under settings that no longer hold is not wanted: it ends, the next one has the new ones. */
  #changed({ realmId, id }: AccountRef): void {
    const round = this.#round(realmId, id);
    round.fetch?.abort();
    void this.#request(round);
  }

  #reset({ realmId, id }: AccountRef): void {
    this.#round(realmId, id).fetch?.abort();
    this.#resets = this.#resets.then(() =>
      this.dependencies.ledger.reset({ realmId, accountId: id }).catch((error: unknown) => {
        this.dependencies.logger.error({ err: error }, 'ledger could not be reset');
      }),
    );
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
    while (round.waiters.length > 0) {
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
    try {
      const stored = (await accounts.activePop3()).find(
        ({ account }) => account.ID === round.accountId,
      );
      const { isAsked } = round;
      round.isAsked = false;
      if (stored === undefined || (stored.account.Interval <= 0 && !isAsked)) return;
      await this.#fetch(round, stored);
      if (stored.account.Interval > 0) this.#arm(round, stored.account.Interval);
    } catch (error) {
      logger.error({ err: error, accountId: round.accountId }, 'fetching ended unexpectedly');
      this.#arm(round, RETRY_S);
    }
  }

  async #fetch(round: Round, stored: StoredPop3): Promise<void> {
    const { accounts, clock, logger } = this.dependencies;
    const { realmId, accountId } = round;
    if (this.#isClosed) return;
    const fetch = new MailboxFetch(stored, this.dependencies);
    round.fetch = fetch;
    try {
      if (stored.account.Protocol !== Pop3Protocol.ppPop3)
        throw new MailFailure('invalidInput', { field: 'protocol' });
      const result = await fetch.run(() =>
        accounts.recordSignIn('pop3', realmId, accountId, clock.now()),
      );
      await accounts.recordSuccess('pop3', realmId, accountId, clock.now());
      logger.info({ realmId, accountId, ...result }, 'mailbox fetched');
    } catch (error) {
      if (fetch.isAborted) return;
      const failure = describe(error);
      logger.warn({ realmId, accountId, code: failure.code }, 'mailbox not fetched');
      await accounts.recordFailure('pop3', realmId, accountId, { ...failure, at: clock.now() });
    } finally {
      round.fetch = null;
    }
  }

  #arm(round: Round, seconds: number): void {
    if (this.#isClosed) return;
    const waitMs = Math.min(seconds * 1000, MAX_TIMER_MS);
    round.timer = setTimeout(() => void this.#request(round), waitMs).unref();
  }
}

const describe = (error: unknown): { code: string; message: string } =>
  error instanceof MailFailure
    ? { code: error.code, message: failureText(error) }
    : { code: 'storageFailed', message: 'The archive could not store the mails.' };
