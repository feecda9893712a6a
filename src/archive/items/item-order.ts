/**
 * The order of lists. What items refer to is ordered by its name, texts without regard to case, nothing before
 * something; what is equal is ordered by id, so that pages neither repeat nor leave out an item.
 */
import { sql, type Expression, type SelectQueryBuilder } from 'kysely';
import { OrderBy, OrderDirection } from '../../greyhound/index.js';
import { invalid } from '../objects/validation.js';
import type { ArchiveSchema } from '../store/database.js';

const text = (column: string): Expression<unknown> =>
  sql`${sql.ref(`items.${column}`)} collate nocase`;
const value = (column: string): Expression<unknown> => sql.ref(`items.${column}`);
/** A damaged object has no name. */
const nameOf = (column: string): Expression<unknown> =>
  sql`(select case when json_valid(struct) then json_extract(struct, '$.Name') end
    from objects where objects.id = ${sql.ref(`items.${column}`)}) collate nocase`;

const orders: Readonly<Record<number, Expression<unknown>>> = {
  [OrderBy.iobGroup]: nameOf('group_ref'),
  [OrderBy.iobUser]: sql`(select username from realm_users
    where realm_users.id = items.user_ref) collate nocase`,
  [OrderBy.iobTopic]: nameOf('topic_ref'),
  [OrderBy.iobColor]: nameOf('color_ref'),
  [OrderBy.iobPriority]: value('priority'),
  [OrderBy.iobFrom]: text('from_text'),
  [OrderBy.iobSubject]: text('subject'),
  [OrderBy.iobNumber]: text('number'),
  [OrderBy.iobSize]: value('size'),
  [OrderBy.iobStartDate]: value('start_date'),
  [OrderBy.iobEndDate]: value('end_date'),
  [OrderBy.iobCreated]: value('created'),
  [OrderBy.iobModified]: value('modified'),
  [OrderBy.iobRemind]: value('remind'),
  [OrderBy.iobRecipient]: text('recipients_text'),
};

export interface Order {
  readonly OrderBy: number;
  readonly OrderDirection: number;
  readonly OrderUserFieldRef: number;
}

/** iobID, iobNone and what is not known: by id. @throws RpcError invalidValue for a user field */
export function ordered<Row>(
  query: SelectQueryBuilder<ArchiveSchema, 'items', Row>,
  order: Order,
): SelectQueryBuilder<ArchiveSchema, 'items', Row> {
  if (order.OrderUserFieldRef !== 0)
    throw invalid('OrderUserFieldRef', 'this archive has no user fields');
  const direction = directionOf(order);
  const first = orders[order.OrderBy];
  return (first === undefined ? query : query.orderBy(first, direction)).orderBy(
    'items.id',
    direction,
  );
}

export const isNewestFirst = (order: Order): boolean =>
  orders[order.OrderBy] === undefined && directionOf(order) === 'desc';

const directionOf = ({ OrderDirection: direction }: Order) =>
  direction === OrderDirection.iodDescending ? 'desc' : 'asc';
