/**
 * Message bytes and rows together. They lie in two files, so whatever writes or removes bytes for the sake of rows
 * runs alone (`exclusive`): otherwise bytes could be removed between their own commit and that of the row that needs
 * them.
 */
import type { Clock } from '../../platform/clock.js';
import type { ArchiveDatabase } from './database.js';
import { ItemStore, type ItemsChanged } from './mail-items.js';
import type { RawMailStore, StagedRaw } from './raw-mail-store.js';

export class MailStore {
  readonly items: ItemStore;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly database: ArchiveDatabase,
    readonly raw: RawMailStore,
    readonly clock: Clock,
    onItemsChanged: ItemsChanged = () => undefined,
  ) {
    this.items = new ItemStore(database, clock, onItemsChanged);
  }

  /**
   * Runs `work` when everything that was given here before has ended. Once it resolves, rows must refer to all bytes
   * that it committed; when it fails, bytes that no row refers to are removed again.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const begin = async (): Promise<T> => {
      try {
        const result = await work();
        this.raw.settle();
        return result;
      } catch (error) {
        // what this cannot remove stays in the journal
        await this.#sweep().catch(() => undefined);
        throw error;
      }
    };
    const turn = this.#last.then(begin);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** At start: removes bytes that a process left when it died between their commit and that of their rows. */
  sweep(): Promise<void> {
    return this.exclusive(() => this.#sweep());
  }

  async #sweep(): Promise<void> {
    await this.raw.remove(await this.items.unreferenced(await this.raw.undecided()));
    this.raw.settle();
  }

  /** Puts bytes in the place of those that are gone or do not agree with their hash any more. */
  repair(staged: StagedRaw): Promise<void> {
    return this.exclusive(async () => {
      await this.raw.replace([staged]);
      // the item may have been deleted meanwhile
      await this.raw.remove(await this.items.unreferenced([staged.hash]));
    });
  }

  /** Deletes items for good, and the bytes that nothing else needs. */
  deleteItems(
    realmId: number,
    ids: readonly number[],
    alongside: (transaction: ArchiveDatabase) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    return this.exclusive(async () => {
      await this.raw.doubt(await this.items.rawHashes(realmId, ids));
      const hashes = await this.items.transaction(async (items, transaction) => {
        await alongside(transaction);
        return items.delete(realmId, ids);
      });
      await this.raw.remove(hashes);
    });
  }

  /** Deletes an attachment, and its bytes when nothing else needs them. */
  deleteAttachment(realmId: number, id: number): Promise<void> {
    return this.exclusive(async () => {
      const row = await this.items.attachment(realmId, id);
      if (row === undefined) return;
      const hashes = row.raw_hash === null ? [] : [row.raw_hash];
      await this.raw.doubt(hashes);
      await this.items.deleteAttachment(realmId, id);
      await this.raw.remove(await this.items.unreferenced(hashes));
    });
  }
}
