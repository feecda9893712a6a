/** A database of its own with items to search in. */
import Database from 'better-sqlite3';
import {
  archiveFile,
  openArchiveDatabase,
  type ArchiveDatabase,
} from '../../../src/archive/store/database.js';
import { ItemStore, type NewItemRow } from '../../../src/archive/store/mail-items.js';
import { newestHits } from '../../../src/archive/search/item-search.js';
import { searchQuery } from '../../../src/archive/search/search-query.js';
import { Realms } from '../../../src/archive/rpc/realms.js';
import { systemClock } from '../../../src/platform/clock.js';

export interface SearchableItem {
  readonly address?: string;
  readonly subject?: string;
  readonly body?: string;
  readonly number?: string;
  readonly remarks?: string;
  /** Name and text of an attachment. */
  readonly attachment?: readonly [string, string];
}

export class Searchable {
  private constructor(
    readonly database: ArchiveDatabase,
    readonly items: ItemStore,
    readonly realmId: number,
  ) {}

  static async open(dataDir = ':memory:'): Promise<Searchable> {
    const database = await openArchiveDatabase(dataDir);
    const realms = new Realms(database, systemClock);
    const { realmId } = await realms.ensureRealmUser({ username: 'search', password: 'x' });
    return new Searchable(database, new ItemStore(database, systemClock, () => undefined), realmId);
  }

  /** @returns its id */
  add(item: SearchableItem, { within }: { readonly within?: ItemStore } = {}): Promise<number> {
    return within === undefined
      ? this.items.transaction((items) => this.#add(item, items))
      : this.#add(item, within);
  }

  async #add(item: SearchableItem, items: ItemStore): Promise<number> {
    const [id = 0] = await items.insert([this.#row(item)]);
    await items.putBody({ item_id: id, realm_id: this.realmId, text: item.body ?? '', html: '' });
    if (item.attachment !== undefined) {
      const [name, text] = item.attachment;
      const added = await items.addAttachments([
        {
          realm_id: this.realmId,
          item_id: id,
          part_index: 0,
          raw_hash: null,
          name,
          content_type: 'text/plain',
          content_id: '',
          size: text.length,
          user_ref: 0,
          created: '',
        },
      ]);
      await items.addAttachmentTexts(added, [text]);
    }
    await items.index([id]);
    return id;
  }

  /** Ids, newest first. */
  search(text: string, fields = 0): Promise<number[]> {
    const query = searchQuery(text, fields);
    if (query === null) throw new Error('nothing is searched for');
    return newestHits(this.database, query, { limit: 1000 });
  }

  close(): Promise<void> {
    return this.database.destroy();
  }

  #row({ address = '', subject = '', number = '', remarks = '' }: SearchableItem): NewItemRow {
    return {
      realm_id: this.realmId,
      kind: 0,
      state: 0,
      flags: 0,
      priority: 2,
      from_text: address,
      recipients_text: '',
      subject,
      number,
      remarks,
      size: 0,
      start_date: '2026-01-05T08:00:00.000Z',
      end_date: null,
      remind: null,
      created: '2026-01-05T08:00:00.000Z',
      modified: '2026-01-05T08:00:00.000Z',
      message_id: '',
      thread_id: '',
      raw_hash: null,
      parse_state: 1,
      detail: '{}',
    };
  }
}

/** As a failing disk would: the index as a whole, or its contents while the list of its segments still stands. */
export function breakIndex(dataDir: string, what: 'all' | 'segments' = 'all'): void {
  const database = new Database(archiveFile(dataDir));
  database.unsafeMode(true);
  const condition = what === 'all' ? '' : 'where id > 10';
  database.exec(`update item_search_data set block = x'${'ff'.repeat(16)}' ${condition}`);
  database.close();
}
