import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pageOfIds } from '../../../src/archive/items/item-page.js';
import { MANY_HITS } from '../../../src/archive/search/item-search.js';
import { searchQuery } from '../../../src/archive/search/search-query.js';
import { OrderBy, OrderDirection } from '../../../src/greyhound/index.js';
import { Searchable } from './searchable.js';

const COUNT = MANY_HITS + 1500;

/** Dates in another order than ids. */
const dayOf = (index: number): number => (index * 7919) % COUNT;
const hasRare = (index: number): boolean => index % 100 === 0;
/** Among the oldest only. */
const groupOf = (index: number): number => (index < 50 ? 1 : 2);

describe('a page of a search', () => {
  let store: Searchable;
  const ids: number[] = [];
  beforeAll(async () => {
    store = await Searchable.open();
    await store.items.transaction(async (items, transaction) => {
      for (let index = 0; index < COUNT; index += 1) {
        const subject = `häufig ${hasRare(index) ? 'selten' : ''} ${index >= COUNT - 1400 ? 'neu' : ''}`;
        const id = await store.add({ subject }, { within: items });
        const start_date = new Date(dayOf(index) * 86_400_000).toISOString();
        await transaction
          .updateTable('items')
          .set({ start_date, group_ref: groupOf(index) })
          .where('id', '=', id)
          .execute();
        ids.push(id);
      }
    });
    await store.indexed();
  }, 120_000);
  afterAll(() => store.close());

  const page = (
    search: string,
    {
      group,
      order = OrderBy.iobID,
      direction = OrderDirection.iodDescending,
      offset = 0,
    }: {
      group?: number;
      order?: number;
      direction?: number;
      offset?: number;
    },
  ) => {
    const all = store.database.selectFrom('items').where('realm_id', '=', store.realmId);
    const matching = group === undefined ? all : all.where('group_ref', '=', group);
    return pageOfIds(
      store.searching,
      matching,
      searchQuery(search, 0),
      { OrderBy: order, OrderDirection: direction, OrderUserFieldRef: 0 },
      { limit: 100, offset },
    );
  };

  const expected = (
    isHit: (index: number) => boolean,
    order: 'id' | 'date',
    direction: 'asc' | 'desc',
    offset: number,
  ) => {
    const indexes = ids.map((_, index) => index).filter(isHit);
    const keyOf = order === 'id' ? (index: number) => index : dayOf;
    indexes.sort((one, other) => keyOf(one) - keyOf(other));
    if (direction === 'desc') indexes.reverse();
    return indexes.slice(offset, offset + 100).map((index) => ids[index]);
  };

  it.each<[string, number | undefined, (index: number) => boolean]>([
    ['haeufig', undefined, () => true],
    ['häufig', 1, (index) => groupOf(index) === 1],
    ['häufig', 2, (index) => groupOf(index) === 2],
    ['selten', undefined, hasRare],
    ['selten häufig', 1, (index) => groupOf(index) === 1 && hasRare(index)],
    ['neu', 1, () => false],
    ['neu', 2, (index) => index >= COUNT - 1400],
    ['niemals', undefined, () => false],
  ])(
    'of "%s" in group %p is that of all its hits, in every order',
    async (search, group, isHit) => {
      const of = group === undefined ? {} : { group };
      for (const [order, order_] of [
        ['id', OrderBy.iobID],
        ['date', OrderBy.iobStartDate],
      ] as const)
        for (const [direction, direction_] of [
          ['asc', OrderDirection.iodAscending],
          ['desc', OrderDirection.iodDescending],
        ] as const)
          for (const offset of [0, 50, 350, MANY_HITS - 50])
            expect(
              await page(search, { ...of, order: order_, direction: direction_, offset }),
            ).toEqual(expected(isHit, order, direction, offset));
    },
  );
});
