/**
 * Writes the index, with connections of its own: entries of items that the archive noted, newest first. An item's text
 * is never older than the note that is answered for; what changes meanwhile has a newer note, and comes again.
 */
import Database from 'better-sqlite3';
import type { Kysely } from 'kysely';
import { openToRead } from '../../platform/database.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import type { ArchiveSchema } from '../store/database.js';
import { entriesOf, type Entry } from './item-entries.js';

/** Items of one step, and so of one commit. */
const STEP_COUNT = 128;
/** Items whose texts are in memory at a time: each may have a million characters. */
const HELD_COUNT = 16;

export interface IndexedStep {
  readonly step: number;
  /** Of items whose entry is durable, or gone with the item; empty when nothing is noted. */
  readonly ids: readonly number[];
  /** The entries contain every change up to it. */
  readonly lastNote: number;
}

export interface IndexWork {
  /** @param number of the step; it must be confirmed before the next begins */
  step(number: number): Promise<IndexedStep>;
  close(): Promise<void>;
}

export interface IndexFiles {
  readonly archive: string;
  readonly index: string;
}

type Values = [number, string, string, string, string, string, string];

export class IndexWriter implements IndexWork {
  readonly #archive: Kysely<ArchiveSchema>;
  readonly #index: Database.Database;
  readonly #put: Database.Statement<Values>;
  readonly #remove: Database.Statement<[number]>;
  readonly #setStep: Database.Statement<[number]>;

  constructor({ archive, index }: IndexFiles) {
    this.#archive = openToRead<ArchiveSchema>(archive);
    this.#index = new Database(index, { fileMustExist: true });
    // the archive forgets what has been written here
    this.#index.pragma('synchronous = FULL');
    this.#put = this.#index.prepare(
      `insert or replace into item_search
       (rowid, address, subject, body, number, remarks, attachments) values (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#remove = this.#index.prepare('delete from item_search where rowid = ?');
    this.#setStep = this.#index.prepare('update index_state set step = ?');
  }

  async step(number: number): Promise<IndexedStep> {
    const { lastNote } = await this.#archive
      .selectFrom('search_notes')
      .select('last_note as lastNote')
      .executeTakeFirstOrThrow();
    const pending = await this.#archive
      .selectFrom('search_pending')
      .select('item_id')
      .orderBy('item_id', 'desc')
      .limit(STEP_COUNT)
      .execute();
    // FTS5 collects entries only as long as their ids grow
    const ids = pending.map((row) => row.item_id).reverse();
    if (ids.length > 0) await this.#write(number, ids);
    return { step: number, ids, lastNote };
  }

  async close(): Promise<void> {
    await this.#archive.destroy();
    this.#index.close();
  }

  /** An item whose text brings an error is not found; it must not keep the others from it. */
  async #entriesOf(ids: readonly number[]): Promise<ReadonlyMap<number, Entry>> {
    try {
      return await entriesOf(this.#archive, ids);
    } catch (error) {
      if (storageFaultOf(error) !== null) throw error;
      if (ids.length === 1) return new Map();
      const entries = new Map<number, Entry>();
      for (const id of ids)
        for (const [key, entry] of await this.#entriesOf([id])) entries.set(key, entry);
      return entries;
    }
  }

  async #write(step: number, ids: readonly number[]): Promise<void> {
    this.#index.exec('begin');
    try {
      for (let at = 0; at < ids.length; at += HELD_COUNT) {
        const held = ids.slice(at, at + HELD_COUNT);
        this.#putAll(held, await this.#entriesOf(held));
      }
      this.#setStep.run(step);
      this.#index.exec('commit');
    } finally {
      if (this.#index.inTransaction) this.#index.exec('rollback');
    }
  }

  #putAll(ids: readonly number[], entries: ReadonlyMap<number, Entry>): void {
    for (const id of ids) {
      const entry = entries.get(id);
      if (entry === undefined) this.#remove.run(id);
      else {
        const { address, subject, body, number, remarks, attachments } = entry;
        this.#put.run(id, address, subject, body, number, remarks, attachments);
      }
    }
  }
}
