/**
 * How each account's connections went: sign-ins, successes, failures, and what follows from failures in a row, which
 * is waiting longer and longer and at last being switched off.
 *
 * The count begins anew only when a whole session has ended well, or when a person saved the account: a server that
 * lets us in and then breaks every time must not be asked again and again without a pause.
 * Recording changes neither `Modified` nor a lock, so that a mailbox that is polled every minute does not spoil the
 * edit of whoever has its form open; switching off changes a setting and therefore does.
 */
import type { Selectable } from 'kysely';
import { Pop3State, SmtpState } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { AccountTable } from '../store/admin-schema.js';
import type { ArchiveDatabase } from '../store/database.js';
import { RealmMailOptions } from './mail-options.js';
import { remainingMs, waitAfterMs } from './retry-policy.js';

export type AccountKind = 'pop3' | 'smtp';

export interface AccountRef {
  readonly kind: AccountKind;
  readonly realmId: number;
  readonly id: number;
}

/** Dates are null until it happened once. */
export interface TrafficRecord {
  readonly id: number;
  readonly passwordSet: boolean;
  readonly lastSignIn: Date | null;
  readonly lastSuccess: Date | null;
  readonly lastErrorAt: Date | null;
  /** '' when there was no error. */
  readonly lastErrorCode: string;
  /** Failures in a row that count towards switching off. */
  readonly failedTries: number;
  readonly nextTry: Date | null;
  readonly switchedOffAt: Date | null;
  readonly switchedOffCode: string;
}

export interface TryFailure {
  readonly code: string;
  /** The account's last error; no secrets, no mail text. */
  readonly message: string;
  readonly at: Date;
  readonly kind: FailureKind;
}

/**
 * `signIn`: no connection, or not let in; counts towards switching the account off (TEC-16). `session`: broke after
 * the sign-in, or could not be stored; waits longer and longer. `excused`: somebody asked for it, or it came further
 * than the one before; the wait stays as it is.
 */
export type FailureKind = 'signIn' | 'session' | 'excused';

/** What follows from a failure. */
export interface Consequence {
  readonly switchedOff: boolean;
  /** When it is tried again by itself; null: not before somebody asks or activates it. */
  readonly nextTry: Date | null;
}

type Row = Selectable<AccountTable>;

const INACTIVE = { pop3: Pop3State.psInactive, smtp: SmtpState.ssInactive };

/** Columns of an account that nothing has failed on. */
export const NOTHING_FAILED = {
  error_count: 0,
  failed_tries: 0,
  failed_sessions: 0,
  next_try_at: null,
} as const;
export const NOT_SWITCHED_OFF = { switched_off_at: null, switched_off_code: '' } as const;

const date = (value: string | null): Date | null => (value === null ? null : new Date(value));

export const trafficOf = (row: Row): TrafficRecord => ({
  id: row.id,
  passwordSet: row.password !== null,
  lastSignIn: date(row.last_sign_in),
  lastSuccess: date(row.last_success),
  lastErrorAt: date(row.last_error_at),
  lastErrorCode: row.last_error_code,
  failedTries: row.failed_tries,
  nextTry: date(row.next_try_at),
  switchedOffAt: date(row.switched_off_at),
  switchedOffCode: row.switched_off_code,
});

export class AccountTraffic {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly clock: Clock,
  ) {}

  /** Null when there is no such account. */
  async find(ref: AccountRef): Promise<TrafficRecord | null> {
    const row = await this.#row(this.database, ref);
    return row === undefined ? null : trafficOf(row);
  }

  recordSignIn(ref: AccountRef, at: Date): Promise<void> {
    return this.#record(ref, { last_sign_in: at.toISOString() });
  }

  /**
   * A session that ended well. ErrorCount counts consecutive errors and starts again; Message stays the text of the
   * last error.
   * @param alongside what is to be written in the same commit
   */
  async recordSuccess(
    ref: AccountRef,
    at: Date,
    alongside: (transaction: ArchiveDatabase) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const columns = { last_success: at.toISOString(), ...NOTHING_FAILED };
    await this.database.transaction().execute(async (transaction) => {
      await this.#update(transaction, ref).set(columns).execute();
      await alongside(transaction);
    });
  }

  /** An error that says nothing about the next try: what the server said about one mail, a key that does not fit. */
  async recordError(ref: AccountRef, error: Omit<TryFailure, 'kind'>): Promise<void> {
    await this.#update(this.database, ref)
      .set((columns) => ({ ...errorColumns(error), error_count: columns('error_count', '+', 1) }))
      .execute();
  }

  /** A session that failed: waits, or switches the account off. */
  async recordFailure(ref: AccountRef, failure: TryFailure): Promise<Consequence> {
    const limit = (await new RealmMailOptions(this.database).get(ref.realmId)).SwitchOffAfter;
    return this.database.transaction().execute(async (transaction) => {
      const row = await this.#row(transaction, ref);
      if (row === undefined) return { switchedOff: false, nextTry: null };
      const struct = JSON.parse(row.struct) as Record<string, unknown>;
      const tries = row.failed_tries + Number(failure.kind === 'signIn');
      const sessions = row.failed_sessions + Number(failure.kind !== 'excused');
      const isOver = failure.kind === 'signIn' && limit > 0 && tries >= limit;
      const switchedOff = isOver && struct['State'] !== INACTIVE[ref.kind];
      const planned = failure.kind === 'excused' ? date(row.next_try_at) : null;
      const next = nextTryOf(ref.kind, struct, { sessions, at: failure.at, planned });
      const nextTry = switchedOff ? null : next;
      await this.#update(transaction, ref)
        .set({
          ...errorColumns(failure),
          error_count: row.error_count + 1,
          failed_tries: tries,
          failed_sessions: sessions,
          next_try_at: nextTry?.toISOString() ?? null,
          ...(switchedOff ? this.#switchedOff(ref.kind, struct, failure) : {}),
        })
        .execute();
      return { switchedOff, nextTry };
    });
  }

  #switchedOff(kind: AccountKind, struct: Record<string, unknown>, { code, at }: TryFailure) {
    return {
      struct: JSON.stringify({ ...struct, State: INACTIVE[kind] }),
      modified: this.clock.now().toISOString(),
      switched_off_at: at.toISOString(),
      switched_off_code: code,
    };
  }

  #row(database: ArchiveDatabase, { kind, realmId, id }: AccountRef): Promise<Row | undefined> {
    return database
      .selectFrom('accounts')
      .selectAll()
      .where('kind', '=', kind)
      .where('realm_id', '=', realmId)
      .where('id', '=', id)
      .executeTakeFirst();
  }

  #update(database: ArchiveDatabase, { kind, realmId, id }: AccountRef) {
    return database
      .updateTable('accounts')
      .where('kind', '=', kind)
      .where('realm_id', '=', realmId)
      .where('id', '=', id);
  }

  async #record(ref: AccountRef, columns: Partial<Row>): Promise<void> {
    await this.#update(this.database, ref).set(columns).execute();
  }
}

const errorColumns = ({ code, message, at }: Omit<TryFailure, 'kind'>) => ({
  message,
  last_error_code: code,
  last_error_at: at.toISOString(),
});

/** An incoming account without an interval is fetched only when asked for. What was planned already stays. */
function nextTryOf(
  kind: AccountKind,
  struct: Record<string, unknown>,
  { sessions, at, planned }: { sessions: number; at: Date; planned: Date | null },
): Date | null {
  const intervalSeconds = kind === 'smtp' ? 0 : Number(struct['Interval'] ?? 0);
  if (kind === 'pop3' && intervalSeconds <= 0) return null;
  if (remainingMs(planned, at, intervalSeconds) > 0) return planned;
  return new Date(at.getTime() + waitAfterMs(sessions, intervalSeconds));
}
