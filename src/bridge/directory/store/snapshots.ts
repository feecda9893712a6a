/**
 * Reading: every question sees one state of the store, whatever is pushed meanwhile. A large question goes through its
 * keys in portions and lets other work run in between; it has a connection of its own, so that others need not wait.
 */
import type { Transaction } from 'kysely';
import type { DirectoryDatabase, DirectorySchema } from './schema.js';

export type Snapshot = Transaction<DirectorySchema>;

/** Questions with more keys than this are large; one with fewer costs a fixed number of queries. */
export const ORDINARY_KEYS = 500;

export class Snapshots {
  #large: Promise<DirectoryDatabase> | null = null;

  constructor(
    private readonly ordinary: DirectoryDatabase,
    private readonly open: () => Promise<DirectoryDatabase>,
  ) {}

  /** @param keyCount of the question */
  async read<T>(keyCount: number, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const isLarge = keyCount > ORDINARY_KEYS;
    const database = isLarge ? await (this.#large ??= this.open()) : this.ordinary;
    return database.transaction().execute(work);
  }

  /** What is asked is answered before. */
  async close(): Promise<void> {
    await Promise.all([this.ordinary.destroy(), this.#large?.then((large) => large.destroy())]);
  }
}

/** Slices of the list; whoever goes through them lets other work run between two of them. */
export async function* portions<T>(list: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let start = 0; start < list.length; start += size) {
    if (start > 0) await otherWork();
    yield list.slice(start, start + size);
  }
}

/** Resolves when what waits in the event loop has had its turn. */
export const otherWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
