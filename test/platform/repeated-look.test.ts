import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { RepeatedLook } from '../../src/platform/repeated-look.js';
import { waitFor } from '../support/wait-for.js';

/** Looks that end when they are told to. */
class Slow {
  begun = 0;
  ended = 0;
  #end: (() => void) | null = null;

  readonly observe = async (): Promise<void> => {
    this.begun += 1;
    await new Promise<void>((resolve) => (this.#end = resolve));
    this.ended += 1;
  };

  end(): void {
    this.#end?.();
  }
}

describe('something that is looked at again and again', () => {
  it('is looked at once at a time, however long a look takes', async () => {
    const slow = new Slow();
    const looks = new RepeatedLook(slow.observe, 1);
    const first = looks.look();
    looks.start();
    await sleep(20);
    expect(slow.begun).toBe(1);
    slow.end();
    await first;
    await waitFor(() => slow.begun === 2);
    const closed = looks.close();
    slow.end();
    await closed;
  });

  it('is closed when the look under way has ended, and not looked at any more', async () => {
    const slow = new Slow();
    const looks = new RepeatedLook(slow.observe, 1);
    looks.start();
    await waitFor(() => slow.begun === 1);
    const closed = looks.close().then(() => slow.ended);
    await sleep(5);
    slow.end();
    expect(await closed).toBe(1);
    looks.start();
    await sleep(20);
    expect(slow.begun).toBe(1);
  });
});
