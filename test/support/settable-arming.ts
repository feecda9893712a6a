import type { Arming, DisarmedReason } from '../../src/platform/arming.js';

/** Armed or not, as a test wants it. */
export class SettableArming implements Arming {
  readonly #listeners = new Set<() => void>();

  constructor(public disarmed: DisarmedReason | null = null) {}

  arm(): Promise<void> {
    this.disarmed = null;
    for (const listener of this.#listeners) listener();
    return Promise.resolve();
  }

  onArmed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
