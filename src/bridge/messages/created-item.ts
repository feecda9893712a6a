/** The item that a request created, found again by a line in its remarks: the one text of an item that a client writes,
 * that is searched, and that never leaves the archive. */
import {
  asSet,
  ListValue,
  ListValueEx,
  OrderBy,
  OrderDirection,
  RpcItemFilter,
  SearchField,
  type GreyhoundClient,
  type ListItem,
} from '../../greyhound/index.js';

export const remarkOf = (marker: string): string => `Request ${marker}`;

/** The first that was created with the marker; users may have added to its remarks. */
export async function createdBy(
  client: GreyhoundClient,
  marker: string,
): Promise<Pick<ListItem, 'ID' | 'State'> | undefined> {
  const items = await client.items.GetList({
    Filter: RpcItemFilter.make({ SearchFor: marker, SearchFields: asSet(SearchField.sfRemarks) }),
    OrderBy: OrderBy.iobID,
    OrderDirection: OrderDirection.iodAscending,
    Offset: 0,
    ListValues: asSet(ListValue.lvState),
    UserFields: [],
    OrderUserFieldRef: 0,
    ListValuesEx: asSet(ListValueEx.lvRemarks),
  });
  return items.find(({ Remarks }) => Remarks.includes(remarkOf(marker)));
}
