import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { JointReading } from '../../src/bridge/joint-reading.js';

/** Answers with the number of the call once it is told to. */
function slowCalls() {
  const open: (() => void)[] = [];
  const reading = new JointReading(async () => {
    const number = open.length + 1;
    await new Promise<void>((resolve) => open.push(resolve));
    return number;
  });
  return { reading, open };
}

const begun = () => new Promise((resolve) => setImmediate(resolve));

describe('a joint reading', () => {
  it('gives one call to all who come before it begins', async () => {
    const { reading, open } = slowCalls();
    const answers = [reading.read(), reading.read(), reading.read()];
    await begun();
    open[0]?.();
    expect(await Promise.all(answers)).toEqual([1, 1, 1]);
  });

  it('gives nobody what was asked for before they came', async () => {
    const { reading, open } = slowCalls();
    const first = reading.read();
    await begun();
    const later = [reading.read(), reading.read()];
    await begun();
    expect(open).toHaveLength(1);
    open[0]?.();
    expect(await first).toBe(1);
    await begun();
    open[1]?.();
    expect(await Promise.all(later)).toEqual([2, 2]);
  });

  it('does not wait for a call that takes long', async () => {
    const { reading, open } = slowCalls();
    const stuck = reading.read();
    await begun();
    const next = reading.read();
    while (open.length < 2) await sleep(5);
    open[1]?.();
    expect(await next).toBe(2);
    open[0]?.();
    expect(await stuck).toBe(1);
  });

  it('lets a failure fail for those who shared it, and nobody else', async () => {
    let calls = 0;
    const reading = new JointReading(async () => {
      calls += 1;
      if (calls === 1) throw new Error('the first one fails');
      return Promise.resolve(calls);
    });
    const shared = await Promise.allSettled([reading.read(), reading.read()]);
    expect(shared.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await reading.read()).toBe(2);
  });
});
