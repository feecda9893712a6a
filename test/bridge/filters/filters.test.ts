import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { filterTree } from '../../../src/bridge/filters/index.js';
import {
  asSet,
  ItemFlag,
  ItemKind,
  RpcFilter,
  RpcItemFilter,
  type ItemFilter,
} from '../../../src/greyhound/index.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { startWireArchive, type WireArchive } from '../http/wire-archive.js';

let archive: WireArchive;
let bridge: BridgeHarness;
beforeAll(async () => {
  archive = await startWireArchive();
  archive.on('RpcInfo.GetServerInfo', () => ({ Version: '5' }));
  archive.on('RpcUsers.GetUserInfo', () => ({ ID: 7, Username: 'bridge' }));
  bridge = await startBridge({ embedded: { url: archive.url, username: 'bridge', password: 'x' } });
});
afterAll(async () => {
  await bridge.close();
  await archive.close();
});

const items = [
  { ID: 30, Subject: 'mine', UserRef: 7 },
  { ID: 20, Subject: "nobody's" },
  { ID: 10, Subject: 'a colleague’s', UserRef: 8 },
];
let asked: ItemFilter | null = null;
beforeEach(() => {
  asked = null;
  archive.on('RpcItems.GetList', ([filter, , , offset]) => {
    asked = RpcItemFilter.decode(filter, 'filter');
    return offset === 0 ? items : [];
  });
});

const stored = (name: string) => {
  const filter = RpcFilter.make({
    ID: 4,
    Name: name,
    GroupRefs: [3],
    Kinds: asSet(ItemKind.ikEmail),
    States: asSet(0, 2),
    NegativeFlags: asSet(ItemFlag.ifDeleted, ItemFlag.ifSpam),
  });
  archive.on('RpcFilters.Get', () => RpcFilter.encode(filter));
};

const subjects = async (): Promise<unknown[]> => {
  const answer = await bridge.request('/api/v1/filters/4/messages');
  expect(answer.status).toBe(200);
  return (answer.body['messages'] as { subject: string }[]).map(({ subject }) => subject);
};

describe('messages of a stored filter', () => {
  it('copies every criterion, because the contract has no reference to a filter', async () => {
    stored('Verkauf (Offene Mails)');
    expect(await subjects()).toHaveLength(3);
    expect(asked).toMatchObject({
      GroupRefs: [3],
      Kinds: 1,
      States: 5,
      NegativeFlags: 10,
      UserRefs: [],
    });
    const byQuery = await bridge.request('/api/v1/messages?filterId=4');
    expect(byQuery.body['messages']).toHaveLength(3);
  });

  it("shows nobody's mails in (Pool)", async () => {
    stored('Verkauf (Pool)');
    expect(await subjects()).toEqual(["nobody's"]);
  });

  it("shows the acting user's mails in (Meine Mails)", async () => {
    stored('Verkauf (Meine Mails)');
    expect(await subjects()).toEqual(['mine']);
    expect(asked?.UserRefs).toEqual([7]);
  });

  it('refuses a cursor that is not its own', async () => {
    const answer = await bridge.request('/api/v1/filters/4/messages?cursor=abc');
    expect([answer.status, answer.body['field']]).toEqual([400, 'cursor']);
  });
});

describe('the tree', () => {
  const filter = (ID: number, ParentRef: number, Order = 0) =>
    RpcFilter.make({ ID, ParentRef, Order, Name: `f${String(ID)}` });

  it('comes out of the flat list, in order', () => {
    const tree = filterTree([filter(1, 0, 2), filter(2, 0, 1), filter(3, 1), filter(4, 3)]);
    expect(tree.map(({ id }) => id)).toEqual([2, 1]);
    expect(tree[1]?.children[0]).toMatchObject({ id: 3, children: [{ id: 4 }] });
  });

  it('loses no filter whose parent is missing or that stands in a circle', () => {
    const tree = filterTree([filter(1, 99), filter(2, 3), filter(3, 2), filter(5, 5)]);
    const all = (nodes: readonly { id: number; children: readonly never[] }[]): number[] =>
      nodes.flatMap(({ id, children }) => [id, ...all(children)]);
    expect(all(tree as never).sort()).toEqual([1, 2, 3, 5]);
  });
});
