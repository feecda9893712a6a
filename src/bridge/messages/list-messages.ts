/** A page of messages, by stored filter or by criteria of the caller. */
import {
  asSet,
  ItemFlag,
  ItemKind,
  ItemPriority,
  RpcItemFilter,
  SearchField,
  type GreyhoundClient,
} from '../../greyhound/index.js';
import { decodeCursor, encodeCursor, readPage } from '../filters/message-page.js';
import { queryOf, type MessageQuery } from '../filters/stored-filter.js';
import { stateOrdinal } from './flags.js';
import { summaryOf } from './message-view.js';
import type { MessageQueryInput } from './schemas.js';

export type ListRequest = Omit<MessageQueryInput, 'filterId'>;

/** Criteria are always written out: 0 would leave them unused. */
export function ownQuery(request: ListRequest): MessageQuery {
  const { groupId, userId, state, unread, deleted, spam, search } = request;
  const wanted = [
    ...(deleted ? [ItemFlag.ifDeleted] : []),
    ...(spam ? [ItemFlag.ifSpam] : []),
    ...(unread === false ? [ItemFlag.ifRead] : []),
  ];
  const unwanted = [
    ...(deleted ? [] : [ItemFlag.ifDeleted]),
    ...(spam ? [] : [ItemFlag.ifSpam]),
    ...(unread === true ? [ItemFlag.ifRead] : []),
  ];
  const filter = RpcItemFilter.make({
    GroupRefs: groupId === undefined ? [] : [groupId],
    UserRefs: userId === undefined ? [] : [userId],
    Kinds: asSet(ItemKind.ikEmail),
    States: state === undefined ? -1 : asSet(stateOrdinal(state)),
    Priorities: asSet(...Object.values(ItemPriority)),
    PositiveFlags: asSet(...wanted),
    NegativeFlags: asSet(...unwanted),
    SearchFor: search ?? '',
    SearchFields:
      search === undefined
        ? 0
        : asSet(
            SearchField.sfAddress,
            SearchField.sfSubject,
            SearchField.sfData,
            SearchField.sfAttachments,
          ),
  });
  return { filter, accept: () => true };
}

export async function storedQuery(
  client: GreyhoundClient,
  filterId: number,
): Promise<MessageQuery> {
  return queryOf(client, await client.filters.Get({ ID: filterId }));
}

export async function listMessages(
  client: GreyhoundClient,
  { filter, accept }: MessageQuery,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
) {
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const page = await readPage(client, filter, { after, limit, accept });
  return {
    messages: page.items.map(summaryOf),
    nextCursor: page.next === null ? null : encodeCursor(page.next),
  };
}
