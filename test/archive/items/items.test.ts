import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  asSet,
  GreyhoundClient,
  includes,
  ItemFlag,
  ItemState,
  ListValue,
  OrderBy,
  RpcItemFilter,
  SearchField,
  type ItemFilter,
} from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from '../retrieval/running-archive.js';

let archive: RunningArchive;
const ids: Record<string, number> = {};
beforeAll(async () => {
  archive = await RunningArchive.open();
  const items = [
    ['open', { state: ItemState.isOpen, flags: 0, subject: '100% Rabatt_Aktion' }],
    ['question', { state: ItemState.isQuestion, flags: 0, from: 'Müller <m@example.test>' }],
    ['spam', { state: ItemState.isOpen, flags: asSet(ItemFlag.ifSpam) }],
    ['checked', { state: ItemState.isOpen, flags: asSet(ItemFlag.ifSpam) }],
    ['draft', { state: ItemState.isDraft, flags: 0, text: 'Wörter im Text' }],
  ] as const;
  for (const [name, given] of items) {
    const draft = { from: 'a@example.test', to: 'b@example.test', subject: name, ...given };
    ids[name] = await archive.client.items.New({
      Item: archive.draft(draft),
      CreateLocked: false,
    });
  }
});
afterAll(() => archive.close());

const found = async (filter: Partial<ItemFilter>) => {
  const listed = (await archive.list(filter)).map(({ ID }) => ID);
  return Object.keys(ids).filter((name) => listed.includes(ids[name]!));
};
const get = (ID: number) => archive.client.items.Get({ ID, MarkAsReading: false });
const otherClient = () =>
  new GreyhoundClient({
    url: `http://127.0.0.1:${archive.port}`,
    username: 'bridge',
    password: 'geheim',
    clientId: randomBytes(16).toString('hex'),
  });

describe('GetList', () => {
  const all = ['open', 'question', 'spam', 'checked', 'draft'];
  it.each<[string, Partial<ItemFilter>, string[]]>([
    ['nothing', {}, all],
    ['-1 in every set', { Kinds: -1, States: -1, Priorities: -1 }, all],
    [
      'states',
      { States: asSet(ItemState.isOpen, ItemState.isDraft) },
      ['open', 'spam', 'checked', 'draft'],
    ],
    ['flags that must be set', { PositiveFlags: asSet(ItemFlag.ifSpam) }, ['spam', 'checked']],
    [
      'flags that must not',
      { NegativeFlags: asSet(ItemFlag.ifSpam) },
      ['open', 'question', 'draft'],
    ],
    ['another kind', { Kinds: 2 }, []],
    ['a group', { GroupRefs: [4711] }, []],
    ['a contact, of which there are none', { ContactRef: 1 }, []],
    ['a percent sign, literally', { SearchFor: '100%', SearchFields: 2 }, ['open']],
    ['a joker that is none', { SearchFor: 'R%bbat' }, []],
    ['an underscore, literally', { SearchFor: 't_A' }, ['open']],
    [
      'an address',
      { SearchFor: 'm@example', SearchFields: asSet(SearchField.sfAddress) },
      ['question'],
    ],
    ['the wrong field', { SearchFor: 'm@example', SearchFields: asSet(SearchField.sfSubject) }, []],
    [
      'words of the text',
      { SearchFor: 'Text Wörter', SearchFields: asSet(SearchField.sfData) },
      ['draft'],
    ],
    ['a date after now', { StartDate: new Date('2100-01-01'), StartOperator: 4 }, []],
    ['a date before now', { StartDate: new Date('2100-01-01'), StartOperator: 1 }, all],
    ['a size that none has', { MinSize: 1_000_000 }, []],
  ])('filters by %s', async (_what, filter, expected) => {
    // what was just written is in the index for search a moment later
    await waitFor(async () => isDeepStrictEqual(await found(filter), expected));
  });

  it('fills only what was asked for, and orders', async () => {
    const [first] = await archive.client.items.GetList({
      Filter: RpcItemFilter.empty(),
      OrderBy: OrderBy.iobSubject,
      OrderDirection: 1,
      Offset: 0,
      ListValues: asSet(ListValue.lvSubject),
      UserFields: [],
      OrderUserFieldRef: 0,
      ListValuesEx: 0,
    });
    expect(first).toMatchObject({ ID: ids['spam'], Subject: 'spam', From: '', Flags: 0 });
  });
});

describe('changing an item', () => {
  it('keeps the mark "checked" as the state done on a spam item', async () => {
    await archive.client.items.SetState({
      ID: ids['checked']!,
      State: ItemState.isDone,
      Remark: 'gesehen',
    });
    const checked = { States: asSet(ItemState.isDone), PositiveFlags: asSet(ItemFlag.ifSpam) };
    expect(await found(checked)).toEqual(['checked']);
    const item = await get(ids['checked']!);
    expect(item.Remarks).toBe('gesehen');
    expect(includes(item.Flags, ItemFlag.ifRemarks)).toBe(true);
  });

  it('needs the own lock for Put, Delete and attachments', async () => {
    const ID = ids['draft']!;
    const Item = await get(ID);
    const { items } = archive.client;
    await expect(items.Put({ Item })).rejects.toMatchObject({ params: { rawCode: 9004 } });
    await expect(items.Delete({ ID })).rejects.toMatchObject({ params: { rawCode: 9004 } });
    const other = otherClient();
    await other.items.Lock({ ID });
    for (const call of [
      () => items.Lock({ ID }),
      () => items.Put({ Item }),
      () => items.SetState({ ID, State: ItemState.isDone, Remark: '' }),
    ])
      await expect(call()).rejects.toMatchObject({ params: { rawCode: 9005 } });
    await other.items.Unlock({ ID });
    other.close();
    await items.Lock({ ID });
    await items.Put({ Item: { ...Item, Subject: 'geändert' } });
    await items.Unlock({ ID });
    expect((await get(ID)).Subject).toBe('geändert');
  });

  it('writes back what it read without loss', async () => {
    const ID = ids['question']!;
    const before = await get(ID);
    await archive.client.items.Lock({ ID });
    await archive.client.items.Put({ Item: before });
    await archive.client.items.Unlock({ ID });
    const after = await get(ID);
    expect({ ...after, Modified: null }).toEqual({ ...before, Modified: null });
  });

  it('refuses a group, a user and ids that do not exist, and changes nothing', async () => {
    const { items } = archive.client;
    const ID = ids['open']!;
    const refused = { params: { rawCode: 9006 } };
    await expect(items.SetUser({ ID, UserRef: 99, Remark: '' })).rejects.toMatchObject(refused);
    await expect(items.SetGroupList({ IDs: [ID], GroupRef: 99, Remark: '' })).rejects.toMatchObject(
      refused,
    );
    await expect(
      items.SetGroupList({ IDs: [ID, 12345], GroupRef: 0, Remark: 'x' }),
    ).rejects.toMatchObject({ params: { rawCode: 9003 } });
    expect((await get(ID)).Remarks).toBe('');
  });

  it('deletes for good with its bytes and its place in lists', async () => {
    const ID = await archive.client.items.New({
      Item: archive.draft({ from: 'a@example.test', to: 'b@example.test', flags: 0 }),
      CreateLocked: true,
    });
    await archive.client.items.Delete({ ID });
    await expect(get(ID)).rejects.toMatchObject({ params: { rawCode: 9003 } });
    await expect(archive.original(ID)).rejects.toMatchObject({ code: 'archiveNotFound' });
  });
});
