/** Work with a mailbox that somebody waits for: it may neither begin nor go on once they have given up. */
import { MailFailure } from '../../mail/errors.js';
import type { Mailbox } from '../store/mail-ledger.js';

/** Whoever asks over RPC waits 30 seconds. */
export const CALL_LIMIT_MS = 25_000;

/** Who sees to it that a mailbox serves one session at a time. */
interface Turns {
  inTurn<T>(
    realmId: number,
    accountId: number,
    task: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

/**
 * Does a task in the mailbox's turn; the wait for the turn counts. A turn that comes too late is given back unused.
 * @param task its signal is aborted when the time is over, or everything ends
 * @throws MailFailure temporarilyUnavailable when the turn did not come in time, responseTimeout when the task did not
 *   end in time
 */
export function inTurnWithin<T>(
  limitMs: number,
  turns: Turns,
  { realmId, accountId }: Mailbox,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  let hasBegun = false;
  const turn = turns.inTurn(realmId, accountId, (closing) => {
    if (limit.aborted) return Promise.reject(inUse());
    hasBegun = true;
    return task(AbortSignal.any([limit, closing]));
  });
  return untilAborted(turn, limit, () => (hasBegun ? silent() : inUse()));
}

/** As the work, which may go on; but no longer than to the signal. */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  failure: () => MailFailure = silent,
): Promise<T> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(failure());
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const silent = () => new MailFailure('responseTimeout');

const inUse = () =>
  new MailFailure('temporarilyUnavailable', {
    params: { serverText: 'the mailbox is being fetched' },
  });
