import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** What is waited for, for the message on failure. */
  readonly what?: string;
}

/**
 * Asks again every 20 ms until the answer is something other than `false`, `null` or `undefined`, and
 * returns it. An error thrown by the question counts as "not yet" and becomes the cause of the
 * failure when the time is over.
 */
export async function waitFor<Answer>(
  ask: () => Answer | Promise<Answer>,
  { timeoutMs = 5_000, what = 'the condition' }: WaitOptions = {},
): Promise<Exclude<Awaited<Answer>, false | null | undefined>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<Awaited<Answer>, false | null | undefined>;
      }
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`${what} did not come true within ${timeoutMs} ms`, { cause });
    }
    await sleep(20);
  }
}
