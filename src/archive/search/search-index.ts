/** The index as the archive asks it (item-search.ts), and what makes a file the archive's index. */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { openToRead } from '../../platform/database.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import type { ArchiveDatabase } from '../store/database.js';
import { ParseState } from '../store/mail-schema.js';
import { createIndex, indexState } from './index-file.js';

export class SearchIndex {
  /** null while there is no index of this archive. */
  #reader: Kysely<unknown> | null = null;
  #onDamaged = (): void => undefined;

  private constructor(
    private readonly archive: ArchiveDatabase,
    readonly file: string,
  ) {}

  /** @param file of the index; without it, or with another archive's, nothing is found until it is renewed */
  static async open(archive: ArchiveDatabase, file: string): Promise<SearchIndex> {
    const index = new SearchIndex(archive, file);
    if (await index.#isOwn()) index.#reader = openToRead(file);
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
  async rows<Row>(query: RawBuilder<Row>): Promise<Row[]> {
    if (this.#reader === null) return [];
    try {
      return (await query.execute(this.#reader)).rows;
    } catch (error) {
      if (storageFaultOf(error) === 'damaged') this.#onDamaged();
      throw error;
    }
  }

  /** Puts an empty one in its place, and notes all items. Nobody may be writing it. */
  async renew(): Promise<void> {
    await this.close();
    const id = createIndex(this.file);
    await this.archive.transaction().execute(async (transaction) => {
      await sql`update search_notes set index_id = ${id}, step = 0, last_note = last_note + 1`.execute(
        transaction,
      );
      await sql`insert into search_pending
        select id, last_note from items, search_notes where parse_state <> ${ParseState.open}
        on conflict (item_id) do update set note = excluded.note`.execute(transaction);
    });
    this.#reader = openToRead(this.file);
  }

  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    await reader?.destroy();
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
