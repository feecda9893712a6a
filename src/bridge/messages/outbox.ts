/** What is on its way out, and taking it back. */
import {
  asSet,
  ItemFlag,
  ItemKind,
  ItemPriority,
  ItemState,
  ListValue,
  OrderBy,
  OrderDirection,
  RpcItemFilter,
  withLock,
  type GreyhoundClient,
  type ListItem,
  type OutboxItem,
} from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { refuse } from '../failure.js';
import { delivery } from './flags.js';
import { lockableItems } from './send-message.js';

export interface OutgoingMail {
  readonly item: ListItem;
  /** null: the archive tells no more than that it waits. */
  readonly progress: OutboxItem | null;
}

const MOST = 500;

/** Oldest first, at most 500. */
export async function listOutbox(archive: ArchiveAccess): Promise<OutgoingMail[]> {
  const client = await archive.client();
  const [items, progress] = await Promise.all([
    unsentItems(client),
    (await archive.hasMailBridge()) ? client.mailBridge.GetOutbox() : null,
  ]);
  const byItem = new Map(progress?.map((one) => [one.ItemRef, one]));
  return items.flatMap((item) => {
    const own = byItem.get(item.ID) ?? null;
    // between the two answers it may have left
    return progress !== null && own === null ? [] : { item, progress: own };
  });
}

async function unsentItems(client: GreyhoundClient): Promise<ListItem[]> {
  const found: ListItem[] = [];
  for (;;) {
    const page = await client.items.GetList({
      Filter: RpcItemFilter.make({
        Kinds: asSet(ItemKind.ikEmail),
        States: asSet(ItemState.isNew, ItemState.isAnswer, ItemState.isForward),
        Priorities: asSet(...Object.values(ItemPriority)),
        PositiveFlags: asSet(ItemFlag.ifUnsent),
        NegativeFlags: asSet(ItemFlag.ifFailure, ItemFlag.ifDeleted, ItemFlag.ifWaiting),
      }),
      OrderBy: OrderBy.iobID,
      OrderDirection: OrderDirection.iodAscending,
      Offset: found.length,
      ListValues: asSet(
        ListValue.lvFrom,
        ListValue.lvRecipients,
        ListValue.lvSubject,
        ListValue.lvCreated,
        ListValue.lvState,
        ListValue.lvFlags,
      ),
      UserFields: [],
      OrderUserFieldRef: 0,
      ListValuesEx: 0,
    });
    found.push(...page);
    if (page.length === 0 || found.length >= MOST) return found.slice(0, MOST);
  }
}

/**
 * Makes a mail that waits a draft again. One that is being handed over at this moment is refused by the archive.
 * @throws BridgeFailure messageNotQueued, notFound, lockedInArchive
 */
export function takeBack(client: GreyhoundClient, id: number): Promise<void> {
  return withLock(lockableItems(client), id, async (item) => {
    if (delivery(item)?.state !== 'queued') throw refuse('messageNotQueued');
    const Flags = item.Flags & ~asSet(ItemFlag.ifUnsent);
    await client.items.Put({ Item: { ...item, Flags, State: ItemState.isDraft } });
  });
}
