import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeCursor,
  encodeCursor,
  readPage,
  type Cursor,
} from '../../../src/bridge/filters/message-page.js';
import {
  RpcItemFilter,
  RpcListItem,
  type GreyhoundClient,
  type ListItem,
} from '../../../src/greyhound/index.js';

/** Pages of a mailbox whose content changes between calls, as the wire contract defines them. */
function mailbox(ids: number[], pageSize: number) {
  const state = { ids };
  const GetList = ({ Offset }: { Offset: number }): Promise<ListItem[]> =>
    Promise.resolve(
      [...state.ids]
        .sort((one, other) => other - one)
        .slice(Offset, Offset + pageSize)
        .map((ID) => RpcListItem.make({ ID })),
    );
  return { state, client: { items: { GetList } } as unknown as GreyhoundClient };
}

const next = (
  client: GreyhoundClient,
  after: Cursor | null,
  limit: number,
  accept = (_: ListItem) => true,
) => readPage(client, RpcItemFilter.make(), { after, limit, accept });

async function readAll(
  client: GreyhoundClient,
  limit: number,
  between: () => void = () => undefined,
  accept?: (item: ListItem) => boolean,
) {
  const seen: number[] = [];
  let after: Cursor | null = null;
  do {
    const page = await next(client, after, limit, accept);
    seen.push(...page.items.map(({ ID }) => ID));
    after = page.next === null ? null : decodeCursor(encodeCursor(page.next));
    between();
  } while (after !== null);
  return seen;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('pages of messages', () => {
  it('hold everything once, newest first, whatever the page sizes are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        async (count, pageSize, limit) => {
          const seen = await readAll(mailbox(upTo(count), pageSize).client, limit);
          expect(seen).toEqual(upTo(count).reverse());
        },
      ),
    );
  });

  it('leave out nothing and repeat nothing while mails come and go', async () => {
    const change = fc.record({ arrive: fc.nat(5), leave: fc.array(fc.nat(80), { maxLength: 30 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 10 }),
        fc.array(change, { maxLength: 20 }),
        async (count, pageSize, limit, changes) => {
          const { state, client } = mailbox(upTo(count), pageSize);
          const gone = new Set<number>();
          let newest = count;
          const seen = await readAll(client, limit, () => {
            const { arrive, leave } = changes.shift() ?? { arrive: 0, leave: [] };
            for (const id of leave) gone.add(id);
            for (let index = 0; index < arrive; index += 1) state.ids.push((newest += 1));
            state.ids = state.ids.filter((id) => !gone.has(id));
          });
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen).toEqual(expect.arrayContaining(upTo(count).filter((id) => !gone.has(id))));
        },
      ),
    );
  });

  it('fill up when a condition is added that the contract cannot say', async () => {
    const { client } = mailbox(upTo(50), 7);
    const seen = await readAll(client, 5, undefined, ({ ID }) => ID % 3 === 0);
    expect(seen).toEqual(
      upTo(50)
        .filter((id) => id % 3 === 0)
        .reverse(),
    );
  });

  it('know no cursor but their own', () => {
    for (const text of [
      '',
      'x',
      'MTIz',
      Buffer.from('1.2.3').toString('base64url'),
      Buffer.from('-1.2').toString('base64url'),
    ])
      expect(decodeCursor(text)).toBeNull();
  });
});
