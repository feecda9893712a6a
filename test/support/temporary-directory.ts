import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryDirectory {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** An empty directory of the test's own; the test removes it in `afterEach` or `afterAll`. */
export async function makeTemporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'mb-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
