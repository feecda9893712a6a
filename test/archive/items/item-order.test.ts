/** RpcItems.GetList: the order of its items, its pages, and the members that it fills. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  asSet,
  basicAuthorization,
  ItemPriority,
  ListValue,
  ListValueEx,
  newClientId,
  OrderBy,
  RpcColor,
  RpcGroup,
  RpcItemFilter,
  RpcTopic,
  RpcUser,
  type DetailedItem,
} from '../../../src/greyhound/index.js';
import { RunningArchive } from '../retrieval/running-archive.js';

let archive: RunningArchive;
const ids: number[] = [];

/** Three items, each by every criterion in another place; the third one twice. */
beforeAll(async () => {
  archive = await RunningArchive.open();
  const { client } = archive;
  const named = async (create: (Name: string) => Promise<number>) => ({
    z: await create('Z'),
    b: await create('b'),
  });
  const groups = await named((Name) => client.groups.New({ Group: RpcGroup.make({ Name }) }));
  const topics = await named((Name) => client.topics.New({ Topic: RpcTopic.make({ Name }) }));
  const colors = await named((Name) => client.colors.New({ Color: RpcColor.make({ Name }) }));
  const UserRef = await client.users.New({
    User: RpcUser.make({ Username: 'Anna', Password: 'x' }),
  });
  const write = async (given: Partial<DetailedItem>, text: string, to: string) => {
    const item = archive.draft({ from: 'x', to, text, flags: 0, state: 0 });
    ids.push(await client.items.New({ Item: { ...item, ...given }, CreateLocked: false }));
  };
  const at = (day: number) => new Date(Date.UTC(2026, 0, day));
  const address = (Text: string) => ({ ContactRef: 0, Text });
  const first = {
    GroupRef: groups.z,
    TopicRef: topics.z,
    ColorRef: colors.z,
    UserRef: 1,
    Priority: ItemPriority.ipHigh,
    From: address('Zoe <z@example.test>'),
    Subject: 'B',
    Number: '2',
    StartDate: at(3),
    EndDate: at(1),
    Remind: at(2),
  };
  await write(first, 'xx', 'Carl <c@example.test>');
  const last = {
    GroupRef: groups.b,
    TopicRef: topics.b,
    ColorRef: colors.b,
    UserRef,
    Priority: ItemPriority.ipLow,
    From: address('anna <a@example.test>'),
    Subject: 'a',
    Number: '1',
    StartDate: at(1),
    EndDate: at(2),
    Remind: at(1),
  };
  await write(last, 'xxx', 'adam <a@example.test>');
  await write({ ...last, Subject: 'ä' }, 'xxx', 'adam <a@example.test>');
});
afterAll(() => archive.close());

const list = (given: object) =>
  archive.client.items.GetList({
    Filter: RpcItemFilter.empty(),
    OrderBy: OrderBy.iobID,
    OrderDirection: 0,
    Offset: 0,
    ListValues: 0,
    UserFields: [],
    OrderUserFieldRef: 0,
    ListValuesEx: 0,
    ...given,
  });
const places = async (given: object) => (await list(given)).map(({ ID }) => ids.indexOf(ID));

describe('GetList', () => {
  it.each<[keyof typeof OrderBy, number[]]>([
    ['iobGroup', [1, 2, 0]],
    ['iobUser', [1, 2, 0]],
    ['iobTopic', [1, 2, 0]],
    ['iobColor', [1, 2, 0]],
    ['iobPriority', [1, 2, 0]],
    ['iobFrom', [1, 2, 0]],
    ['iobSubject', [1, 0, 2]],
    ['iobNumber', [1, 2, 0]],
    ['iobSize', [0, 1, 2]],
    ['iobStartDate', [1, 2, 0]],
    ['iobEndDate', [0, 1, 2]],
    ['iobCreated', [0, 1, 2]],
    ['iobModified', [0, 1, 2]],
    ['iobRemind', [1, 2, 0]],
    ['iobRecipient', [1, 2, 0]],
    ['iobID', [0, 1, 2]],
    ['iobNone', [0, 1, 2]],
  ])('orders by %s in both directions, the equal by id', async (name, expected) => {
    const by = { OrderBy: OrderBy[name] };
    expect(await places(by)).toEqual(expected);
    expect(await places({ ...by, OrderDirection: 1 })).toEqual([...expected].reverse());
  });

  it('puts nothing before something, and refuses the order of a user field', async () => {
    const ID = await archive.client.items.New({
      Item: archive.draft({ from: 'x@example.test', to: 'x', flags: 0 }),
      CreateLocked: true,
    });
    for (const by of ['iobGroup', 'iobTopic', 'iobColor', 'iobUser', 'iobRemind'] as const)
      expect((await list({ OrderBy: OrderBy[by] }))[0]?.ID).toBe(ID);
    await archive.client.items.Delete({ ID });
    const call = list({ OrderUserFieldRef: 3 });
    await expect(call).rejects.toMatchObject({
      params: { rawCode: 9006, serverText: 'OrderUserFieldRef: this archive has no user fields' },
    });
  });

  it('orders by id when it does not know the order', async () => {
    expect(await places({ OrderBy: 99 })).toEqual([0, 1, 2]);
  });

  /** As it stands on the wire: the client would fill in what is missing. */
  async function membersOf(ListValues: number, ListValuesEx: number): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${archive.port}/json`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: basicAuthorization(newClientId(), 'bridge', 'geheim', 'utf-8'),
      },
      body: JSON.stringify({
        method: 'RpcItems.GetList',
        params: [{ ItemRefs: [ids[0]] }, 15, 0, 0, ListValues, [], 0, ListValuesEx],
      }),
    });
    const { result } = (await response.json()) as { result: [object] };
    return Object.keys(result[0]).sort();
  }

  it('answers exactly the members that were asked for', async () => {
    const { items } = archive.client;
    const ID = ids[0]!;
    await items.AddProtocol({ ID, Protocol: 'gedruckt' });
    await items.AddRemark({ ID, Remark: 'bemerkt' });
    expect(await membersOf(0, 0)).toEqual(['ID']);
    const filled: Partial<Record<keyof typeof ListValue, string>> = {
      lvGroupRef: 'GroupRef',
      lvGroupName: 'GroupName',
      lvGroupPath: 'GroupPath',
      lvUserRef: 'UserRef',
      lvUserName: 'UserName',
      lvTopicRef: 'TopicRef',
      lvTopicName: 'TopicName',
      lvTopicPath: 'TopicPath',
      lvColorRef: 'ColorRef',
      lvColorName: 'ColorName',
      lvPriority: 'Priority',
      lvFlags: 'Flags',
      lvFrom: 'From',
      lvRecipients: 'Recipients',
      lvSubject: 'Subject',
      lvNumber: 'Number',
      lvSize: 'Size',
      lvStartDate: 'StartDate',
      lvEndDate: 'EndDate',
      lvRemind: 'Remind',
      lvCreated: 'Created',
      lvModified: 'Modified',
      lvText: 'ViewData',
    };
    for (const [value, member] of Object.entries(filled)) {
      const asked = asSet(ListValue[value as keyof typeof ListValue]);
      expect([value, await membersOf(asked, 0)]).toEqual([value, [member, 'ID'].sort()]);
    }
    const { lvProtocol, lvRemarks } = ListValueEx;
    expect(await membersOf(0, asSet(lvProtocol))).toEqual(['ID', 'Protocols']);
    expect(await membersOf(0, asSet(lvRemarks))).toEqual(['ID', 'Remarks']);
    expect(await membersOf(-1, -1)).toEqual(
      expect.arrayContaining([...Object.values(filled), 'Protocols', 'Remarks']),
    );
  });

  it('gives every item once over its pages, also when all are equal', async () => {
    const { client } = archive;
    for (let count = 0; count < 205; count += 1) {
      const given = { from: 'x@example.test', to: 'x', subject: 'gleich', flags: 0 };
      await client.items.New({ Item: archive.draft(given), CreateLocked: false });
    }
    const Filter = RpcItemFilter.make({ SearchFor: 'gleich' });
    for (const OrderDirection of [0, 1]) {
      const asked = { Filter, OrderBy: OrderBy.iobSubject, OrderDirection };
      const pages = [];
      for (const Offset of [0, 100, 200, 205]) pages.push(await list({ ...asked, Offset }));
      expect(pages.map((page) => page.length)).toEqual([100, 100, 5, 0]);
      const all = pages.flat().map(({ ID }) => ID);
      expect(new Set(all).size).toBe(205);
      const sorted = [...all].sort((one, other) => one - other);
      expect(all).toEqual(OrderDirection === 0 ? sorted : sorted.reverse());
    }
  }, 60_000);
});
