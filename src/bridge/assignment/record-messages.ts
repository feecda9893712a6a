/** The mails of a record, newest first: what the ERP shows in the tab „Kommunikation“ (SAL-126). */
import {
  asSet,
  includes,
  ItemFlag,
  ItemKind,
  ItemPriority,
  RpcItemFilter,
  type GreyhoundClient,
  type ListItem,
} from '../../greyhound/index.js';
import type { RecordRef } from '../directory/record.js';
import { readPage } from '../filters/message-page.js';
import type { AssignmentStore } from './assignment-store.js';

export interface RecordMessages {
  readonly items: readonly ListItem[];
  /** The message after which it goes on; null: nothing follows. */
  readonly next: number | null;
}

export interface RecordMessagesRequest {
  /** Messages older than this one. */
  readonly before: number | null;
  readonly limit: number;
  /** Also those that are marked as deleted. */
  readonly deleted: boolean;
}

/** Mails that the archive no longer has are left out. */
export async function messagesOfRecord(
  client: GreyhoundClient,
  store: AssignmentStore,
  record: RecordRef,
  { before, limit, deleted }: RecordMessagesRequest,
): Promise<RecordMessages> {
  const items: ListItem[] = [];
  let last = before;
  for (;;) {
    const ids = await store.messagesOf(record, { before: last, limit: limit + 1 });
    const page = ids.length === 0 ? [] : await readItems(client, ids);
    for (const id of ids) {
      if (items.length === limit) return { items, next: last };
      last = id;
      const item = page.find(({ ID }) => ID === id);
      if (item !== undefined && (deleted || !includes(item.Flags, ItemFlag.ifDeleted)))
        items.push(item);
    }
    if (ids.length <= limit) return { items, next: null };
  }
}

async function readItems(
  client: GreyhoundClient,
  ids: readonly number[],
): Promise<readonly ListItem[]> {
  const filter = RpcItemFilter.make({
    ItemRefs: [...ids],
    Kinds: asSet(ItemKind.ikEmail),
    States: -1,
    Priorities: asSet(...Object.values(ItemPriority)),
  });
  const all = { after: null, limit: ids.length, accept: () => true };
  return (await readPage(client, filter, all)).items;
}
