/**
 * One call for all who want to read the same at the same time. Nobody gets what was asked for before they came: whoever
 * comes while a call is under way shares the next one, which begins when that one has ended, or soon.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** A call that takes longer is not waited for. */
const LONGEST_WAIT_MS = 20;

export class JointReading<T> {
  #next: Promise<T> | null = null;
  #before: Promise<unknown> = Promise.resolve();

  constructor(private readonly call: () => Promise<T>) {}

  read(): Promise<T> {
    this.#next ??= this.#before.then(() => {
      this.#next = null;
      const answer = this.call();
      const ended = answer.catch(() => undefined);
      this.#before = Promise.race([ended, sleep(LONGEST_WAIT_MS, undefined, { ref: false })]);
      return answer;
    });
    return this.#next;
  }
}
