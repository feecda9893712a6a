/**
 * What is wrong in a report. Shared by health, which words it, and events, which tell when it changes. Pure.
 *
 * A mail that waits a while for its next try is no fault, and an account that a person switched off is none either;
 * nobody being left to fetch or to send is.
 */
import type { AccountReport, FlowReport } from './flow-report.js';

const MINUTE_MS = 60_000;
/** A mail in the outbox that is older has not simply not had its turn. */
const OUTBOX_PATIENCE_MS = 15 * MINUTE_MS;
/** A fetch is overdue after so many intervals, but not sooner than this. */
const FETCH_INTERVALS = 3;
const FETCH_PATIENCE_MS = 15 * MINUTE_MS;
/** A session may take long as long as it is young: the first one with a large mailbox does. */
const SESSION_PATIENCE_MS = 60 * MINUTE_MS;

export const isFailing = ({ active, lastError }: AccountReport): boolean =>
  active && lastError !== null && lastError.count > 0;

/** A fetch that should have been and was not, and nobody says why: the fetching itself has stopped. */
export function isOverdue(account: AccountReport, now: Date): boolean {
  const { active, intervalMs, lastSuccessAt, lastSignInAt, savedAt } = account;
  if (!active || intervalMs === null || isFailing(account)) return false;
  const since = lastSuccessAt ?? savedAt;
  if (since === null) return false;
  const patienceMs = Math.max(FETCH_INTERVALS * intervalMs, FETCH_PATIENCE_MS);
  if (distanceMs(since, now) <= patienceMs) return false;
  const isAtWork = lastSignInAt !== null && distanceMs(lastSignInAt, now) <= SESSION_PATIENCE_MS;
  return !isAtWork || (lastSuccessAt !== null && lastSignInAt <= lastSuccessAt);
}

/** A time that lies ahead was written before the clock was set back: it says as little as one long ago. */
const distanceMs = (time: Date, now: Date): number => Math.abs(now.getTime() - time.getTime());

/** Null: nothing waits, or the archive does not tell. */
export function oldestInOutbox({ flow, accounts }: FlowReport): Date | null {
  const times = accounts.flatMap(({ kind, oldestWaitingAt }) =>
    kind === 'smtp' && oldestWaitingAt !== null ? [oldestWaitingAt] : [],
  );
  if (flow?.OldestInOutbox != null) times.push(flow.OldestInOutbox);
  times.sort((one, other) => one.getTime() - other.getTime());
  return times[0] ?? null;
}

export const isStuck = (oldest: Date | null, now: Date): oldest is Date =>
  oldest !== null && distanceMs(oldest, now) > OUTBOX_PATIENCE_MS;
