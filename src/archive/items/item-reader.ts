/** Lists, conversations and single items; the queries behind RpcItems' reading methods. */
import {
  includes,
  ListValue,
  ListValueEx,
  type AttachmentItem,
  type DetailedItem,
  type Filter,
  type ItemFilter,
  type ListItem,
  type VariableItem,
} from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { ItemQuery, ItemVariables } from '../rpc/ports.js';
import { ELEMENTS_PER_PAGE } from '../rpc/info-service.js';
import type { LockTable } from '../rpc/locks.js';
import type { ItemSearch } from '../search/item-search.js';
import { searchQuery } from '../search/search-query.js';
import type { ItemRow } from '../store/mail-items.js';
import type { MailStore } from '../store/mail-store.js';
import { matchesCriteria, matchesItemFilter } from './filter-query.js';
import type { Order } from './item-order.js';
import { pageOfIds } from './item-page.js';
import { itemVariables } from './item-variables.js';
import { attachmentItem, detailedItem, listItem, type NameDirectory } from './item-views.js';
import { headerText } from './mime/header.js';
import type { ParseQueue } from './parse-queue.js';
import type { ReadingStates } from './reading-states.js';

/** No conversation is shown longer. */
const MAX_THREAD = 1000;

export interface ListRequest extends Order {
  readonly Filter: ItemFilter;
  readonly Offset: number;
  readonly ListValues: number;
  readonly ListValuesEx: number;
}

export interface ThreadRequest {
  readonly ID: number;
  readonly ListValues: number;
  readonly ListValuesEx: number;
  /** Whether the item that was named is among them. */
  readonly IncludeReferredItem: boolean;
}

export class ItemReader implements ItemQuery, ItemVariables {
  constructor(
    private readonly store: MailStore,
    private readonly search: ItemSearch,
    private readonly directory: NameDirectory,
    private readonly locks: LockTable,
    private readonly parsing: ParseQueue,
    private readonly reading: ReadingStates,
  ) {}

  /** @throws RpcError notFound */
  async row(realmId: number, id: number): Promise<ItemRow> {
    const row = await this.store.items.find(realmId, id);
    if (row === undefined) throw new RpcError('notFound', `There is no item ${id}.`);
    return row;
  }

  /** A page of the matching items, in a stable order: what is equal is ordered by id. */
  async list(realmId: number, request: ListRequest): Promise<ListItem[]> {
    const now = this.store.clock.now();
    const { SearchFor, SearchFields } = request.Filter;
    const matching = this.store.database
      .selectFrom('items')
      .where('realm_id', '=', realmId)
      .where((eb) => matchesItemFilter(eb, request.Filter, now));
    const page = { limit: ELEMENTS_PER_PAGE, offset: Math.max(request.Offset, 0) };
    const query = searchQuery(SearchFor, SearchFields);
    const ids = await pageOfIds(this.search, matching, query, request, page);
    const rows = new Map(
      (await this.store.items.findAll(realmId, ids)).map((row) => [row.id, row]),
    );
    const listed = ids.flatMap((id) => rows.get(id) ?? []);
    return this.#listItems(realmId, listed, request);
  }

  /** Oldest first. @throws RpcError notFound */
  async thread(realmId: number, request: ThreadRequest): Promise<ListItem[]> {
    return this.#listItems(realmId, await this.threadRows(realmId, request), request);
  }

  /** Oldest first. @throws RpcError notFound */
  async threadRows(
    realmId: number,
    { ID, IncludeReferredItem }: Pick<ThreadRequest, 'ID' | 'IncludeReferredItem'>,
  ): Promise<ItemRow[]> {
    const referred = await this.row(realmId, ID);
    return this.store.database
      .selectFrom('items')
      .selectAll()
      .where('realm_id', '=', realmId)
      .where('thread_id', '=', referred.thread_id)
      .$if(!IncludeReferredItem, (query) => query.where('id', '<>', ID))
      .orderBy('start_date')
      .orderBy('id')
      .limit(MAX_THREAD)
      .execute();
  }

  /** Whole, with everything that can be read of its message. @throws RpcError notFound */
  async get(realmId: number, id: number): Promise<DetailedItem> {
    const row = await this.parsing.complete(await this.row(realmId, id));
    const { items } = this.store;
    const item = {
      row,
      attachments: await items.attachments([id]),
      body: await items.body(id),
      protocol: await items.protocol([id]),
      readingUsers: this.reading.of(realmId, id),
      header: await this.#header(row),
      lockData: this.locks.lockData('item', id, realmId),
    };
    return detailedItem(item, await this.directory.names(realmId));
  }

  async variables(realmId: number, id: number): Promise<VariableItem[]> {
    return itemVariables(await this.get(realmId, id));
  }

  /** @throws RpcError notFound */
  async attachments(realmId: number, id: number): Promise<AttachmentItem[]> {
    await this.parsing.complete(await this.row(realmId, id));
    const rows = await this.store.items.attachments([id]);
    const names = await this.directory.names(realmId);
    return rows.map((row) => attachmentItem(row, names));
  }

  async idsOfFilter(realmId: number, filter: Filter): Promise<number[]> {
    const { database, clock } = this.store;
    const now = clock.now();
    const query = searchQuery(filter.SearchFor, filter.SearchFields);
    const hits = query === null ? null : new Set(await this.search.newest(query));
    const rows = await database
      .selectFrom('items')
      .select('id')
      .where('realm_id', '=', realmId)
      .where((eb) => matchesCriteria(eb, filter, now))
      .orderBy('id')
      .execute();
    return rows.map(({ id }) => id).filter((id) => hits?.has(id) ?? true);
  }

  async areLabelled(
    realmId: number,
    kind: 'topic' | 'color' | 'user',
    id: number,
  ): Promise<boolean> {
    const row = await this.store.database
      .selectFrom('items')
      .select('id')
      .where('realm_id', '=', realmId)
      .where(`${kind}_ref` as const, '=', id)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async #listItems(
    realmId: number,
    rows: readonly ItemRow[],
    { ListValues, ListValuesEx }: { ListValues: number; ListValuesEx: number },
  ): Promise<ListItem[]> {
    const ids = rows.map(({ id }) => id);
    const { items } = this.store;
    const wantsAttachments = includes(ListValues, ListValue.lvAttachments);
    const attachments = await items.attachments(wantsAttachments ? ids : []);
    const wantsProtocol = includes(ListValuesEx, ListValueEx.lvProtocol);
    const lines = await items.protocol(wantsProtocol ? ids : []);
    const names = await this.directory.names(realmId);
    return rows.map((row) => {
      const isOwn = ({ item_id }: { item_id: number }) => item_id === row.id;
      const lockData = this.locks.lockData('item', row.id, realmId);
      const wanted = { values: ListValues, valuesEx: ListValuesEx };
      const parts = { attachments: attachments.filter(isOwn), protocol: lines.filter(isOwn) };
      const item = { row, ...parts, lockData };
      return listItem(item, names, wanted);
    });
  }

  async #header(row: ItemRow): Promise<string> {
    if (row.raw_hash === null) return '';
    for await (const head of this.store.raw.read(row.raw_hash)) return headerText(head);
    return '';
  }
}
