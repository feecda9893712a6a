/** A stored filter as an item query. The contract has no reference to a filter: its criteria are copied. */
import {
  criteria,
  RpcItemFilter,
  type Filter,
  type GreyhoundClient,
  type ItemFilter,
  type ListItem,
} from '../../greyhound/index.js';
import { readCondition } from '../provisioning/filter-definitions.js';

export interface MessageQuery {
  readonly filter: ItemFilter;
  readonly accept: (item: ListItem) => boolean;
}

const everything = () => true;

/** User fields have the same form in both structs, but only the filter declares them. */
export function criteriaOf(stored: Filter): ItemFilter {
  const shared = Object.fromEntries(
    Object.keys(criteria).map((name) => [name, stored[name as keyof typeof criteria]]),
  ) as Partial<ItemFilter>;
  const userFields = stored.UserFields.length === 0 ? {} : { UserFields: stored.UserFields };
  return { ...RpcItemFilter.make(shared), ...userFields };
}

/** The query of a filter, with the condition that the contract cannot say. */
export async function queryOf(client: GreyhoundClient, stored: Filter): Promise<MessageQuery> {
  const filter = criteriaOf(stored);
  const condition = readCondition(stored.Name);
  if (condition === 'pool') return { filter, accept: (item) => item.UserRef === 0 };
  if (condition !== 'mine') return { filter, accept: everything };
  const { ID } = await client.users.GetUserInfo();
  return { filter: { ...filter, UserRefs: [ID] }, accept: (item) => item.UserRef === ID };
}
