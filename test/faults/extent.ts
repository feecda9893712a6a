/** How far the fault suites go: a short form with fixed seeds for every run, the whole by `npm run test:faults`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../../fixtures/servers/project-file.js';

/** Set by jest.faults.config.js. */
export const isFull = (globalThis as { faultExtent?: string }).faultExtent === 'full';

export const extent = (numbers: { readonly short: number; readonly full: number }): number =>
  isFull ? numbers.full : numbers.short;

/** A generator of numbers in [0, 1): the same seed yields the same numbers (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Prints the size and the result of a suite, and keeps them in `.cache/faults` for the report.
 * @param figures by name, in the order in which they are told
 */
export function report(suite: string, figures: Readonly<Record<string, number | string>>): void {
  const folder = projectFile('.cache', 'faults');
  mkdirSync(folder, { recursive: true });
  const all = { extent: isFull ? 'full' : 'short', ...figures };
  writeFileSync(join(folder, `${suite}.json`), `${JSON.stringify(all, null, 2)}\n`);
  const told = Object.entries(all).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`faults, ${suite}: ${told.join(', ')}\n`);
}
