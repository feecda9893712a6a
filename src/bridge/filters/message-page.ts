/**
 * Pages of messages, newest first. The archive pages by offset, which shifts while mails come and go; a cursor
 * therefore remembers the last message that was shown, and the next page begins below its id: no message is shown
 * twice or left out because of what happened in between.
 */
import {
  asSet,
  ListValue,
  ListValueEx,
  OrderBy,
  OrderDirection,
  type GreyhoundClient,
  type ItemFilter,
  type ListItem,
} from '../../greyhound/index.js';

export interface Cursor {
  /** Id of the last message shown. */
  readonly lastId: number;
  /** Where it stood in the archive's list. */
  readonly offset: number;
}

export interface Page {
  readonly items: readonly ListItem[];
  /** Null: nothing follows. */
  readonly next: Cursor | null;
}

export const encodeCursor = ({ lastId, offset }: Cursor): string =>
  Buffer.from(`${String(lastId)}.${String(offset)}`).toString('base64url');

/** Null for what encodeCursor did not write. */
export function decodeCursor(text: string): Cursor | null {
  const match = /^(\d{1,10})\.(\d{1,10})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  return match === null ? null : { lastId: Number(match[1]), offset: Number(match[2]) };
}

const values = asSet(
  ListValue.lvGroupRef,
  ListValue.lvGroupName,
  ListValue.lvUserRef,
  ListValue.lvUserName,
  ListValue.lvState,
  ListValue.lvKind,
  ListValue.lvFlags,
  ListValue.lvFrom,
  ListValue.lvRecipients,
  ListValue.lvSubject,
  ListValue.lvSize,
  ListValue.lvStartDate,
  ListValue.lvCreated,
  ListValue.lvModified,
  ListValue.lvText,
);
const valuesEx = asSet(ListValueEx.lvPop3Ref);

/** @param accept what the contract's criteria cannot say */
export async function readPage(
  client: GreyhoundClient,
  filter: ItemFilter,
  {
    after,
    limit,
    accept,
  }: {
    readonly after: Cursor | null;
    readonly limit: number;
    readonly accept: (item: ListItem) => boolean;
  },
): Promise<Page> {
  const read = (Offset: number) =>
    client.items.GetList({
      Filter: filter,
      OrderBy: OrderBy.iobID,
      OrderDirection: OrderDirection.iodDescending,
      Offset,
      ListValues: values,
      UserFields: [],
      OrderUserFieldRef: 0,
      ListValuesEx: valuesEx,
    });
  let { offset, rows } = await startBelow(read, after);
  const items: ListItem[] = [];
  let lastId = after?.lastId ?? Infinity;
  while (rows.length > 0) {
    for (const [index, row] of rows.entries()) {
      if (row.ID >= lastId) continue;
      lastId = row.ID;
      if (!accept(row)) continue;
      if (items.length === limit) {
        const last = items.at(-1);
        return { items, next: { lastId: last?.ID ?? row.ID + 1, offset: offset + index } };
      }
      items.push(row);
    }
    offset += rows.length;
    rows = await read(offset);
  }
  return { items, next: null };
}

type Read = (offset: number) => Promise<ListItem[]>;

/**
 * The rows from a place that is surely not below the cursor's message. When mails above it went away, it stands
 * higher than remembered: go back until a row at or above it is seen, or the top is reached.
 */
async function startBelow(
  read: Read,
  after: Cursor | null,
): Promise<{ offset: number; rows: ListItem[] }> {
  if (after === null) return { offset: 0, rows: await read(0) };
  let step = 1;
  for (let offset = Math.max(0, after.offset - 1); ; offset = Math.max(0, offset - step)) {
    const rows = await read(offset);
    const [first] = rows;
    if (offset === 0 || (first !== undefined && first.ID >= after.lastId)) return { offset, rows };
    step = Math.max(2 * step, 16);
  }
}
