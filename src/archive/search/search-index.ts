/** The index as the archive asks it (item-search.ts), and what makes a file the archive's index. */
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { storageFaultOf } from '../../platform/storage-fault.js';
import type { ArchiveDatabase } from '../store/database.js';
import { ParseState } from '../store/mail-schema.js';
import { createIndex, indexState } from './index-file.js';

export class SearchIndex {
  /** null while there is no index of this archive. */
  #reader: Database.Database | null = null;
  #onDamaged = (): void => undefined;

  private constructor(
    private readonly archive: ArchiveDatabase,
    readonly file: string,
  ) {}

  /** @param file of the index; without it, or with another archive's, nothing is found until it is renewed */
  static async open(archive: ArchiveDatabase, file: string): Promise<SearchIndex> {
    const index = new SearchIndex(archive, file);
    if (await index.#isOwn()) index.#reader = new Database(file, { readonly: true });
    return index;
  }

  get isThere(): boolean {
    return this.#reader !== null;
  }

  /** @param listener called when a reading meets damage */
  onDamaged(listener: () => void): void {
    this.#onDamaged = listener;
  }

  /** @returns the rows; none while there is no index */
  rows<Row>(query: string, ...values: readonly (string | number)[]): Row[] {
    if (this.#reader === null) return [];
    try {
      return this.#reader.prepare<(string | number)[], Row>(query).all(...values);
    } catch (error) {
      if (storageFaultOf(error) === 'damaged') this.#onDamaged();
      throw error;
    }
  }

  /** Puts an empty one in its place, and notes all items. Nobody may be writing it. */
  async renew(): Promise<void> {
    this.close();
    const id = createIndex(this.file);
    await this.archive.transaction().execute(async (transaction) => {
      await sql`update search_notes set index_id = ${id}, step = 0, last_note = last_note + 1`.execute(
        transaction,
      );
      await sql`insert into search_pending
        select id, last_note from items, search_notes where parse_state <> ${ParseState.open}
        on conflict (item_id) do update set note = excluded.note`.execute(transaction);
    });
    this.#reader = new Database(this.file, { readonly: true });
  }

  close(): void {
    this.#reader?.close();
    this.#reader = null;
  }

  /**
   * Both files take part in every step of indexing: one that was put in the place of another, from a backup or another
   * archive, has not taken part in the last.
   */
  async #isOwn(): Promise<boolean> {
    const noted = await this.archive
      .selectFrom('search_notes')
      .selectAll()
      .executeTakeFirstOrThrow();
    const state = indexState(this.file);
    // a step that was written and not confirmed is done again
    return state?.id === noted.index_id && [noted.step, noted.step + 1].includes(state.step);
  }
}
