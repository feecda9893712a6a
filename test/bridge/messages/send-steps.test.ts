import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  asSet,
  includes,
  ItemFlag,
  ItemState,
  RpcDetailedItem,
  RpcGroup,
  type DetailedItem,
} from '../../../src/greyhound/index.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { Fault, startWireArchive, type WireArchive } from '../http/wire-archive.js';

let archive: WireArchive;
let bridge: BridgeHarness;
let item: DetailedItem;
/** What arrives of an uploaded attachment. */
let lose = 0;

const written = (raw: unknown): DetailedItem => RpcDetailedItem.decode(raw, 'item');

beforeAll(async () => {
  archive = await startWireArchive();
  archive.on('RpcInfo.GetServerInfo', () => ({ Version: '5.5' }));
  archive.on('RpcInfo.GetAddOnList', () => []);
  archive.on('RpcSignatures.GetList', () => []);
  archive.on('RpcGroups.GetList', () => [
    RpcGroup.encode(RpcGroup.make({ ID: 2, Email: 'verkauf@example.com' })),
  ]);
  for (const name of ['Lock', 'Unlock', 'Delete']) archive.on(`RpcItems.${name}`, () => '');
  archive.on('RpcItems.Get', () => RpcDetailedItem.encode(item));
  archive.onTransfer('ItemNewAttachment', (_id, body, request) => {
    const [, name = ''] = /name="(.*)"/.exec(request.headers['content-type'] ?? '') ?? [];
    const attachment = { ID: 9, Name: decodeURIComponent(name), Size: body.length - lose };
    item = written({ ...(RpcDetailedItem.encode(item) as object), Attachments: [attachment] });
    return Buffer.from('');
  });
  bridge = await startBridge({ embedded: { url: archive.url, username: 'a', password: 'b' } });
});
afterAll(async () => {
  await bridge.close();
  await archive.close();
});
beforeEach(() => {
  lose = 0;
  archive.calls.length = 0;
  archive.on('RpcItems.New', ([raw]) => {
    item = { ...written(raw), ID: 40 };
    return 40;
  });
  archive.on('RpcItems.Put', ([raw]) => {
    item = written(raw);
    return '';
  });
});

const contentBase64 = Buffer.from('0123456789').toString('base64');
const message = { groupId: 2, to: ['kunde@example.net'], subject: 's', text: 't' };
const withAttachment = { ...message, attachments: [{ name: 'a ü.txt', contentBase64 }] };
const send = (body: unknown, headers: Record<string, string> = {}) =>
  bridge.request('/api/v1/messages', { method: 'POST', body, headers });
const sequence = () =>
  archive.calls
    .map(({ method }) => method.replace('RpcItems.', ''))
    .filter((name) => /^(New|Put|Delete|Item)/.test(name));
const isReleased = () =>
  item.State !== ItemState.isDraft && includes(item.Flags, ItemFlag.ifUnsent);

describe('handing over a message', () => {
  it('is one call without attachments', async () => {
    expect((await send(message)).status).toBe(202);
    expect(sequence()).toEqual(['New']);
    expect(item).toMatchObject({
      State: ItemState.isNew,
      Flags: asSet(ItemFlag.ifUnsent),
      GroupRef: 2,
    });
  });

  it('releases a message only when its attachments have arrived', async () => {
    expect((await send(withAttachment)).status).toBe(202);
    expect(sequence()).toEqual(['New', 'ItemNewAttachment', 'Put']);
    const created = written(
      archive.calls.find(({ method }) => method === 'RpcItems.New')?.params[0],
    );
    expect([created.State, includes(created.Flags, ItemFlag.ifUnsent)]).toEqual([
      ItemState.isDraft,
      false,
    ]);
    expect(isReleased()).toBe(true);
  });

  it('never releases half a message: a truncated attachment takes the draft away', async () => {
    lose = 1;
    const answer = await send(withAttachment);
    expect(answer.body).toMatchObject({
      status: 502,
      code: 'messageNotSendable',
      field: 'attachments',
    });
    expect(sequence()).toEqual(['New', 'ItemNewAttachment', 'Delete']);
    expect(isReleased()).toBe(false);
  });

  it('takes the draft away when the archive refuses to release it', async () => {
    archive.on('RpcItems.Put', () => new Fault(9009, 'no account'));
    const answer = await send(withAttachment);
    expect(answer.body).toMatchObject({
      status: 422,
      code: 'senderNotServed',
      params: { sender: 'verkauf@example.com' },
    });
    expect(sequence()).toEqual(['New', 'ItemNewAttachment', 'Put', 'Delete']);
  });

  it('is not done twice for one Idempotency-Key when the answer of the archive was lost', async () => {
    const key = { 'Idempotency-Key': 'lost-answer' };
    let creations = 0;
    archive.on('RpcItems.New', () => {
      creations += 1;
      return { not: 'a number' };
    });
    expect((await send(message, key)).status).toBe(502);
    expect((await send(message, key)).status).toBe(502);
    expect(creations).toBe(1);
  });

  it.each([
    [0, 0, [], null],
    [ItemState.isDraft, 0, [], { state: 'draft' }],
    [ItemState.isNew, asSet(ItemFlag.ifUnsent), [], { state: 'queued' }],
    [ItemState.isAnswer, 0, [], { state: 'sent' }],
    [
      ItemState.isForward,
      asSet(ItemFlag.ifFailure),
      [{ Text: '550 no such user' }],
      { state: 'failed', reason: '550 no such user' },
    ],
    [
      ItemState.isNew,
      asSet(ItemFlag.ifUnsent, ItemFlag.ifFailure, ItemFlag.ifWaiting),
      [{ Text: 'broken off' }],
      { state: 'inDoubt', reason: 'broken off' },
    ],
  ])('shows state %i with flags %i as its delivery', async (State, Flags, Protocol, delivery) => {
    item = written({ ID: 40, State, Flags, Protocol });
    const { body } = await bridge.request('/api/v1/messages/40');
    if (delivery === null) expect(body['delivery']).toBeNull();
    else expect(body['delivery']).toMatchObject(delivery);
  });
});
