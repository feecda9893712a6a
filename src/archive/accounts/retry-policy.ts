/** When an account that failed is tried again by itself. Pure. */
import type { MailFailureCode } from '../../mail/errors.js';

const MINUTE_MS = 60_000;
/** After the first, second … failure in a row; the last one repeats. */
const WAITS_MINUTES = [1, 3, 9, 27, 60];

/**
 * @param failures in a row, this one included
 * @param intervalSeconds how often the account is fetched when all is well; 0 for SMTP
 */
export function waitAfterMs(failures: number, intervalSeconds: number): number {
  const index = Math.min(Math.max(failures, 1), WAITS_MINUTES.length) - 1;
  return Math.max((WAITS_MINUTES[index] ?? 0) * MINUTE_MS, intervalSeconds * 1000);
}

/**
 * How long to wait for a time that was noted, perhaps by an earlier process. A time further away than any wait was
 * noted before the clock was set back: it counts as come.
 * @returns 0 when it has come
 */
export function remainingMs(nextTry: Date | null, now: Date, intervalSeconds: number): number {
  if (nextTry === null) return 0;
  const remaining = nextTry.getTime() - now.getTime();
  const longest = waitAfterMs(WAITS_MINUTES.length, intervalSeconds);
  return remaining > longest ? 0 : Math.max(remaining, 0);
}

const OF_LINK: ReadonlySet<MailFailureCode> = new Set<MailFailureCode>([
  'notLinked',
  'linkEnded',
  'oauthClientRefused',
  'oauthUnavailable',
]);

/** Whether the mail server was not even asked, because there was no token for it. */
export const isOfLink = (code: MailFailureCode): boolean => OF_LINK.has(code);
