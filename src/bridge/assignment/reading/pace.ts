/**
 * Long work in slices. Work counts what it does in units of some nanoseconds, and rests when a slice is used up, so that
 * other mails and requests get their turn. What fits into one slice never rests.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Some milliseconds of work: a mail of ordinary size stays below. */
const SLICE_UNITS = 600_000;

/** Work that can stop anywhere and go on from there. */
export interface Work {
  readonly isDone: boolean;
  /** Goes on until it is done or the slice is used up. */
  advance(pace: Pace): void;
}

export class Pace {
  #left: number;

  constructor(private readonly sliceUnits = SLICE_UNITS) {
    this.#left = sliceUnits;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  spend(units: number): void {
    this.#left -= units;
  }

  /** Lets others run if the slice is used up. */
  async rest(): Promise<void> {
    if (!this.isSpent) return;
    await nextTurn();
    this.#left = this.sliceUnits;
  }

  async finish(work: Work): Promise<void> {
    while (!work.isDone) {
      work.advance(this);
      await this.rest();
    }
  }
}
