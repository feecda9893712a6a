/**
 * Message bytes and rows together. They lie in two files, so whatever writes or removes bytes for the sake of rows
 * runs alone (`exclusive`): otherwise bytes could be removed between their own commit and that of the row that needs
 * them.
 */
import type { Clock } from '../../platform/clock.js';
import type { ArchiveDatabase } from './database.js';
import { ItemStore } from './mail-items.js';
import type { RawMailStore } from './raw-mail-store.js';

export class MailStore {
  readonly items: ItemStore;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly database: ArchiveDatabase,
    readonly raw: RawMailStore,
    readonly clock: Clock,
  ) {
    this.items = new ItemStore(database, clock);
  }

  /** Runs `work` when everything that was given here before has ended. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Deletes items for good, and the bytes that nothing else needs. */
  deleteItems(realmId: number, ids: readonly number[]): Promise<void> {
    return this.exclusive(async () => {
      const hashes = await this.items.transaction((items) => items.delete(realmId, ids));
      await this.raw.remove(hashes);
    });
  }

  /** Deletes an attachment, and its bytes when nothing else needs them. */
  deleteAttachment(realmId: number, id: number): Promise<void> {
    return this.exclusive(async () => {
      const row = await this.items.attachment(realmId, id);
      if (row === undefined) return;
      await this.items.deleteAttachment(realmId, id);
      if (row.raw_hash !== null)
        await this.raw.remove(await this.items.unreferenced([row.raw_hash]));
    });
  }
}
