/** Work on tens of thousands of records that must not hold up everybody else. */
import { otherWork } from './snapshots.js';

/** How long it goes on before others have their turn. */
const STEP_MS = 5;

/** An ordinary question is answered in one go. */
export async function inSteps<T>(steps: Generator<void, T>): Promise<T> {
  let since = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - since < STEP_MS) continue;
    await otherWork();
    since = performance.now();
  }
}

interface Identified {
  readonly id: string;
}

const RUN_LENGTH = 1000;

/** By merging sorted runs; sorting the result again costs next to nothing. */
export function* sortedById<T extends Identified>(records: readonly T[]): Generator<void, T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < records.length; start += RUN_LENGTH) {
    runs.push(
      records.slice(start, start + RUN_LENGTH).sort((one, other) => (one.id < other.id ? -1 : 1)),
    );
    yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let index = 0; index < runs.length; index += 2)
      merged.push(yield* mergedRuns(runs[index] ?? [], runs[index + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergedRuns<T extends Identified>(
  one: readonly T[],
  other: readonly T[],
): Generator<void, T[]> {
  const merged: T[] = [];
  let [at, otherAt] = [0, 0];
  for (;;) {
    const [left, right] = [one[at], other[otherAt]];
    if (left === undefined && right === undefined) return merged;
    if (left !== undefined && (right === undefined || left.id < right.id)) {
      merged.push(left);
      at += 1;
    } else if (right !== undefined) {
      merged.push(right);
      otherAt += 1;
    }
    if (merged.length % RUN_LENGTH === 0) yield;
  }
}
