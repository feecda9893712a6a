import { describe, expect, it } from '@jest/globals';
import { remainingMs, waitAfterMs } from '../../../src/archive/accounts/retry-policy.js';

const MINUTE_MS = 60_000;
const now = new Date('2026-11-22T12:00:00Z');
const later = (ms: number) => new Date(now.getTime() + ms);

describe('the wait after a failure', () => {
  it.each([
    [1, 30, 1],
    [2, 30, 3],
    [3, 30, 9],
    [4, 30, 27],
    [5, 30, 60],
    [100, 30, 60],
    [1, 15 * 60, 15],
    [4, 15 * 60, 27],
    [9, 7 * 86_400, 7 * 1440],
  ])(
    'after %i in a row with an interval of %i s it is %i minutes',
    (failures, interval, minutes) => {
      expect(waitAfterMs(failures, interval)).toBe(minutes * MINUTE_MS);
    },
  );

  it.each([
    ['nothing is planned', null, 0],
    ['it lies behind', later(-1), 0],
    ['it lies ahead', later(5 * MINUTE_MS), 5 * MINUTE_MS],
    ['it is the longest', later(60 * MINUTE_MS), 60 * MINUTE_MS],
    ['it lies further ahead than any wait: the clock was set back', later(61 * MINUTE_MS), 0],
  ])('when %s', (_what, nextTry, remaining) => {
    expect(remainingMs(nextTry, now, 60)).toBe(remaining);
  });
});
