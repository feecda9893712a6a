/** An archive's databases with items to search in, and their index. */
import Database from 'better-sqlite3';
import { InProcessMailParser } from '../../../src/archive/items/mime/mail-parsers.js';
import { Realms } from '../../../src/archive/rpc/realms.js';
import { indexFile } from '../../../src/archive/search/index-file.js';
import {
  IndexKeeper,
  type IndexKeeperDependencies,
} from '../../../src/archive/search/index-keeper.js';
import { ItemSearch } from '../../../src/archive/search/item-search.js';
import { SearchIndex } from '../../../src/archive/search/search-index.js';
import { searchQuery } from '../../../src/archive/search/search-query.js';
import { openArchiveDatabase, type ArchiveDatabase } from '../../../src/archive/store/database.js';
import type { ItemStore, NewItemRow } from '../../../src/archive/store/mail-items.js';
import { MailStore } from '../../../src/archive/store/mail-store.js';
import { RawMailStore } from '../../../src/archive/store/raw-mail-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { createLogger } from '../../../src/platform/log.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { waitFor } from '../../support/wait-for.js';

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
  readonly database: ArchiveDatabase;
  readonly items: ItemStore;
  readonly searching: ItemSearch;

  private constructor(
    /** null when it is somebody else's. */
    private readonly folder: TemporaryDirectory | null,
    readonly store: MailStore,
    private readonly index: SearchIndex,
    private readonly keeper: IndexKeeper,
    readonly realmId: number,
  ) {
    this.database = store.database;
    this.items = store.items;
    this.searching = new ItemSearch(store.database, index);
  }

  /** @param keptIn a folder that is there before and stays; else one of its own */
  static async open(
    keptIn?: string,
    openWork?: IndexKeeperDependencies['openWork'],
  ): Promise<Searchable> {
    const folder = keptIn === undefined ? await makeTemporaryDirectory() : null;
    const dataDir = keptIn ?? folder?.path ?? '';
    const raw = await RawMailStore.open(`${dataDir}/raw.db`);
    const database = await openArchiveDatabase(dataDir);
    const index = await SearchIndex.open(database, indexFile(dataDir));
    const store = new MailStore(database, raw, systemClock, () => keeper.wake());
    const keeper = new IndexKeeper({
      dataDir,
      index,
      store,
      parser: new InProcessMailParser(raw),
      logger: createLogger('silent'),
      ...(openWork === undefined ? {} : { openWork }),
    });
    const { realmId } = await new Realms(database, systemClock).ensureRealmUser({
      username: 'search',
      password: 'x',
    });
    return new Searchable(folder, store, index, keeper, realmId);
  }

  /** Indexes what is noted now, and from now on what changes. */
  start(): void {
    this.keeper.start();
  }

  noted(): Promise<{ item_id: number }[]> {
    return this.database.selectFrom('search_pending').select('item_id').execute();
  }

  /** Until nothing is noted any more. */
  async indexed(): Promise<void> {
    const isIndexed = async () => {
      this.keeper.wake();
      return (await this.noted()).length === 0;
    };
    await waitFor(isIndexed, { timeoutMs: 60_000 });
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
    return id;
  }

  /** Ids, newest first. */
  search(text: string, fields = 0): Promise<number[]> {
    const query = searchQuery(text, fields);
    if (query === null) throw new Error('nothing is searched for');
    return this.searching.newest(query, 1000);
  }

  async close(): Promise<void> {
    await this.keeper.close();
    this.index.close();
    await this.store.raw.close();
    await this.database.destroy();
    await this.folder?.remove();
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
  const database = new Database(indexFile(dataDir));
  database.unsafeMode(true);
  const condition = what === 'all' ? '' : 'where id > 10';
  database.exec(`update item_search_data set block = x'${'ff'.repeat(16)}' ${condition}`);
  database.close();
}
