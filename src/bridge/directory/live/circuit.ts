/**
 * Leaves an ERP alone that does not answer: after five failures in a row nobody asks for ten seconds, and whoever
 * wants to hears at once what the last one heard. Then one may try, and the others still do not wait for it.
 */
import type { Elapsed } from '../../../platform/clock.js';

const FAILURES = 5;
const PAUSE_MS = 10_000;

export class Circuit {
  #failures = 0;
  #pausedAt = 0;
  #isTrying = false;
  #last: Error | null = null;

  /** @param onPause hears why, whenever asking stops */
  constructor(
    private readonly elapsed: Elapsed,
    private readonly onPause: (last: Error) => void,
  ) {}

  /** @throws what `call` throws, or what it threw last */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const isOpen = this.#failures >= FAILURES;
    if (isOpen && this.#last !== null && !this.#mayTry()) throw this.#last;
    if (isOpen) this.#isTrying = true;
    try {
      const result = await call();
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#failed(error);
      throw error;
    } finally {
      if (isOpen) this.#isTrying = false;
    }
  }

  #mayTry(): boolean {
    return !this.#isTrying && this.elapsed() - this.#pausedAt >= PAUSE_MS;
  }

  #failed(error: unknown): void {
    this.#last = error instanceof Error ? error : new Error('the call failed', { cause: error });
    this.#failures += 1;
    if (this.#failures < FAILURES) return;
    this.#pausedAt = this.elapsed();
    this.onPause(this.#last);
  }
}
