/** Every method of RpcItems that changes items, and what it leaves of them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  asSet,
  GreyhoundClient,
  includes,
  ItemFlag,
  ItemState,
  ItemTrigger,
  ListValue,
  ListValueEx,
  LockState,
  newClientId,
  RpcColor,
  RpcDetailedItem,
  RpcListItem,
  RpcTopic,
  RpcUser,
  type DetailedItem,
} from '../../../src/greyhound/index.js';
import { RunningArchive } from '../retrieval/running-archive.js';
import { ScriptedPop3 } from '../retrieval/scripted-pop3.js';

const ARRIVED = Buffer.from(
  [
    'From: =?utf-8?q?M=C3=BCller?= <kunde@example.test>',
    'To: shop@example.test',
    'Reply-To: antwort@example.test',
    'Subject: AW: Angebot',
    'Message-ID: <arrived@example.test>',
    'References: <before@example.test>',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'Guten Tag',
    'Zeile zwei',
    '--b',
    'Content-Type: application/pdf; name="liste.pdf"',
    'Content-Disposition: attachment; filename="liste.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('%PDF-1').toString('base64'),
    '--b--',
    '',
  ].join('\r\n'),
);

let archive: RunningArchive;
let pop3: ScriptedPop3;
let client: GreyhoundClient;
let arrived: number;
let groupId: number;
let accountId: number;
beforeAll(async () => {
  archive = await RunningArchive.open();
  client = archive.client;
  pop3 = await ScriptedPop3.start([{ uidl: 'one', bytes: ARRIVED }]);
  accountId = await archive.addPop3({ Username: 'shop', Password: 'x', Port: pop3.port });
  groupId = await archive.addGroupWithRule('shop@example.test', accountId);
  await archive.fetchNow(accountId);
  arrived = (await archive.waitForItems(1))[0]!.ID;
});
afterAll(async () => {
  await archive.close();
  await pop3.stop();
});

const get = (ID: number) => client.items.Get({ ID, MarkAsReading: false });
const write = (given: Partial<Parameters<RunningArchive['draft']>[0]> = {}) =>
  client.items.New({
    Item: archive.draft({
      from: 'shop@example.test',
      to: 'kunde@example.test',
      flags: 0,
      state: ItemState.isOpen,
      ...given,
    }),
    CreateLocked: false,
  });
const flagged = async (ID: number, flag: number) => includes((await get(ID)).Flags, flag);
const refused = (rawCode: number) => ({ params: { rawCode } });
/** A program of its own. */
async function withOther<T>(
  work: (other: GreyhoundClient) => Promise<T>,
  user = { username: 'bridge', password: 'geheim' },
): Promise<T> {
  const url = `http://127.0.0.1:${archive.port}`;
  const other = new GreyhoundClient({ url, ...user, clientId: newClientId() });
  try {
    return await work(other);
  } finally {
    await other.users.Logout();
    other.close();
  }
}

describe('properties of items', () => {
  it('refer to what exists, and are shown by name', async () => {
    const parent = await client.topics.New({ Topic: RpcTopic.make({ Name: 'Versand' }) });
    const TopicRef = await client.topics.New({
      Topic: RpcTopic.make({ Name: 'Paket', ParentRef: parent }),
    });
    const ColorRef = await client.colors.New({
      Color: RpcColor.make({ Name: 'Rot', Code: '#f00' }),
    });
    const IDs = [await write(), await write()];
    const { items } = client;
    await items.SetTopicList({ IDs, TopicRef, Remark: 'neu' });
    await items.SetColor({ ID: IDs[0]!, ColorRef, Remark: '' });
    await items.SetColorList({ IDs: [IDs[1]!], ColorRef, Remark: '' });
    await items.SetUserList({ IDs, UserRef: 1, Remark: '' });
    await items.SetGroup({ ID: IDs[0]!, GroupRef: groupId, Remark: '' });
    const names = {
      TopicName: 'Paket',
      TopicPath: 'Versand/Paket',
      ColorName: 'Rot',
      ColorCode: '#f00',
      UserName: 'bridge',
    };
    expect(await get(IDs[0]!)).toMatchObject({ ...names, TopicRef, GroupRef: groupId });
    expect(await archive.list({ ItemRefs: [IDs[1]!] })).toMatchObject([
      { ...names, ColorRef, Remarks: 'neu' },
    ]);
    const remark = { Remark: '' };
    for (const call of [
      items.SetTopic({ ID: IDs[0]!, TopicRef: 99, ...remark }),
      // a group is no topic
      items.SetTopic({ ID: IDs[0]!, TopicRef: groupId, ...remark }),
      items.SetColor({ ID: IDs[0]!, ColorRef: 99, ...remark }),
      items.SetUserList({ IDs, UserRef: 99, ...remark }),
      items.SetGroup({ ID: IDs[0]!, GroupRef: TopicRef, ...remark }),
      items.New({ Item: RpcDetailedItem.make({ TopicRef: 99 }), CreateLocked: false }),
      items.New({ Item: RpcDetailedItem.make({ ColorRef: 99 }), CreateLocked: false }),
    ])
      await expect(call).rejects.toMatchObject(refused(9006));
    await items.SetTopic({ ID: IDs[0]!, TopicRef: 0, ...remark });
    expect((await get(IDs[0]!)).TopicRef).toBe(0);
    const gone = items.SetTopicList({ IDs: [IDs[1]!, 4711], TopicRef: 0, ...remark });
    await expect(gone).rejects.toMatchObject(refused(9003));
    expect((await get(IDs[1]!)).TopicRef).toBe(TopicRef);
  });

  it.each([
    ['SetEscalated', ItemFlag.ifEscalated],
    ['SetUnclassifiable', ItemFlag.ifUnclassifiable],
    ['SetWaiting', ItemFlag.ifWaiting],
  ] as const)('%s marks one or many, and takes the mark back', async (name, flag) => {
    const IDs = [await write(), await write()];
    const { items } = client;
    await items[name]({ ID: IDs[0]!, Value: true, Remark: 'weil' });
    expect(await flagged(IDs[0]!, flag)).toBe(true);
    expect((await get(IDs[0]!)).Remarks).toBe('weil');
    await items[`${name}List`]({ IDs, Value: true, Remark: '' });
    expect(await Promise.all(IDs.map((id) => flagged(id, flag)))).toEqual([true, true]);
    await items[`${name}List`]({ IDs, Value: false, Remark: '' });
    expect(await Promise.all(IDs.map((id) => flagged(id, flag)))).toEqual([false, false]);
  });

  it.each([
    ['SetSpamList', ItemFlag.ifSpam],
    ['SetTrashList', ItemFlag.ifDeleted],
    ['SetReadList', ItemFlag.ifRead],
  ] as const)('%s marks many', async (name, flag) => {
    const IDs = [await write(), await write()];
    for (const Value of [false, true, false]) {
      await client.items[name]({ IDs, Value });
      expect(await Promise.all(IDs.map((id) => flagged(id, flag)))).toEqual([Value, Value]);
    }
  });

  it('set the state of one, many, or a whole conversation', async () => {
    const { items } = client;
    const root = await write();
    const IDs = [root, await write({ refId: root }), await write({ refId: root })];
    const states = () => Promise.all(IDs.map(async (id) => (await get(id)).State));
    const { isOpen, isDone, isQuestion, isRejected } = ItemState;
    await items.SetDone({ ID: root, Value: true, Remark: 'fertig' });
    await items.SetQuestion({ ID: IDs[1]!, Value: true, Remark: '' });
    expect(await states()).toEqual([isDone, isQuestion, isOpen]);
    await items.SetDoneList({ IDs: [root], Value: false, Remark: '' });
    await items.SetQuestionList({ IDs: IDs.slice(1), Value: true, Remark: '' });
    expect(await states()).toEqual([isOpen, isQuestion, isQuestion]);
    const thread = { ID: IDs[2]!, OldState: isQuestion, NewState: isDone };
    await items.SetStateByTaskNumber({ ...thread, IncludeReferredItem: false });
    expect(await states()).toEqual([isOpen, isDone, isQuestion]);
    await items.SetStateByTaskNumber({ ...thread, IncludeReferredItem: true });
    expect(await states()).toEqual([isOpen, isDone, isDone]);
    await items.SetStateList({ IDs, State: isRejected, Remark: '' });
    expect(await states()).toEqual([isRejected, isRejected, isRejected]);
    await expect(items.SetStateList({ IDs, State: 8, Remark: '' })).rejects.toMatchObject(
      refused(9006),
    );
  });

  it('set number, remarks and protocol of many', async () => {
    const IDs = [await write(), await write()];
    const { items } = client;
    await items.SetNumberList({ IDs, Number: 'A-1', Remark: '' });
    await items.SetNumber({ ID: IDs[0]!, Number: 'A-2', Remark: '' });
    await items.AddRemarkList({ IDs, Remark: 'erste' });
    await items.AddRemarkList({ IDs, Remark: 'zweite' });
    await items.AddProtocolList({ IDs, Protocol: 'gedruckt' });
    const [one, other] = [await get(IDs[0]!), await get(IDs[1]!)];
    expect([one.Number, other.Number]).toEqual(['A-2', 'A-1']);
    expect(other.Remarks).toBe('erste\nzweite');
    expect(other.Protocol).toMatchObject([{ Text: 'gedruckt', UserName: 'bridge' }]);
    const inTwoLines = items.SetNumber({ ID: IDs[0]!, Number: 'a\nb', Remark: '' });
    await expect(inTwoLines).rejects.toMatchObject(refused(9006));
  });

  it('are refused while another holds an item: then none is changed', async () => {
    const IDs = [await write(), await write()];
    await withOther(async (other) => {
      await other.items.Lock({ ID: IDs[1]! });
      const { items } = client;
      const remark = { Remark: '' };
      for (const call of [
        items.SetStateList({ IDs, State: ItemState.isDone, ...remark }),
        items.SetTopicList({ IDs, TopicRef: 0, ...remark }),
        items.SetEscalatedList({ IDs, Value: true, ...remark }),
        items.SetWaitingList({ IDs, Value: true, ...remark }),
        items.SetTrashList({ IDs, Value: true }),
        items.SetUnreadForAllList({ IDs }),
        items.AddProtocolList({ IDs, Protocol: 'x' }),
        items.AddRemarkList({ IDs, Remark: 'x' }),
        items.ExecuteRuleList({ IDs, RuleID: 1 }),
      ])
        await expect(call).rejects.toMatchObject(refused(9005));
      await items.SetReadList({ IDs, Value: false });
    });
    expect(await get(IDs[0]!)).toMatchObject({ State: ItemState.isOpen, Flags: 0, Remarks: '' });
  });

  it('hold a mail back, and release it only with an account that sends it', async () => {
    const unsent = asSet(ItemFlag.ifUnsent, ItemFlag.ifWaiting);
    const ID = await write({ state: ItemState.isNew, flags: unsent });
    const release = () => client.items.SetWaiting({ ID, Value: false, Remark: '' });
    await expect(release()).rejects.toMatchObject(refused(9009));
    expect(await flagged(ID, ItemFlag.ifWaiting)).toBe(true);
  });
});

describe('reading', () => {
  it('is each user’s own; one call makes it unread for all', async () => {
    const ID = await write();
    const second = { Username: 'lager', Password: 'x', State: 1 };
    await client.users.New({ User: RpcUser.make(second) });
    await withOther(
      async (other) => {
        await other.items.Get({ ID, MarkAsReading: true });
        expect((await get(ID)).ReadUsers).toHaveLength(2);
        expect(await client.items.GetReadingState({ ID })).toEqual([
          { UserRef: 2, UserName: 'lager' },
        ]);
        await client.items.SetReadingState({ ID, Value: true });
        expect(await client.items.GetReadingState({ ID })).toHaveLength(2);
        await client.global.GetEvent({ ClientTimeout: 0 });
        await other.items.SetReadingState({ ID, Value: false });
        const events = await client.global.GetEvent({ ClientTimeout: 5 });
        expect(events).toContainEqual({
          Name: 'ReadingStateChanged',
          Parameters: JSON.stringify({ ID, ReadingUsers: [{ UserRef: 1, UserName: 'bridge' }] }),
        });
        await other.items.SetReadingState({ ID, Value: true });
      },
      { username: 'lager', password: 'x' },
    );
    // it ended with the client
    expect((await get(ID)).ReadingUsers).toEqual([{ UserRef: 1, UserName: 'bridge' }]);
    await client.items.SetUnreadForAll({ ID });
    expect((await get(ID)).ReadUsers).toEqual([]);
    expect(await flagged(ID, ItemFlag.ifRead)).toBe(false);
  });

  it('shows a text, and HTML that neither acts nor loads', async () => {
    const item = await get(arrived);
    expect(await client.items.GetPreviewText({ Item: item })).toContain('Guten Tag\nZeile zwei');
    const html = Buffer.from(
      '<p onclick="x()">A &amp; <b>B</b><img src="http://x"><script>1</script>',
    );
    const Properties = { Email: { ...item.Properties.Email, ViewData: html } };
    const Item = { ...item, Properties, Flags: asSet(ItemFlag.ifUseHtml) };
    expect(String(await client.items.GetPreviewHtml({ Item }))).toBe('<p>A &amp; <b>B</b></p>');
    expect(await client.items.GetPreviewText({ Item })).toBe('A & B');
    const plain = { ...Item, Flags: 0 };
    expect(String(await client.items.GetPreviewHtml({ Item: plain }))).toContain('&lt;p onclick');
  });

  it('offers variables, to text blocks too', async () => {
    const variables = await client.items.GetVariables({ Item: await get(arrived) });
    expect(variables).toEqual(
      expect.arrayContaining([
        { Name: 'FromName', Data: 'Müller' },
        { Name: 'FromAddress', Data: 'kunde@example.test' },
        { Name: 'ItemSubject', Data: 'AW: Angebot' },
        { Name: 'GroupName', Data: 'shop@example.test' },
      ]),
    );
    expect(variables.map(({ Name }) => Name)).toEqual(await client.info.GetVariables());
    const TextBlock = { Name: 'x', TextData: 'Guten Tag {{FromName}}' };
    const ID = await client.textBlocks.New({ TextBlock: TextBlock as never });
    const filled = { ID, MarkAsUsed: true, Variables: [], ItemRef: arrived };
    expect((await client.textBlocks.GetWithVariables(filled)).TextData).toBe('Guten Tag Müller');
    const unknown = client.textBlocks.GetWithVariables({ ...filled, ItemRef: 4711 });
    await expect(unknown).rejects.toMatchObject(refused(9003));
  });

  it('tells when an item or its conversation was changed last', async () => {
    const root = await write();
    const answer = await write({ refId: root });
    const [first, last] = [await get(root), await get(answer)];
    const { items } = client;
    expect(await items.GetModified({ ID: root })).toEqual(first.Modified);
    expect(await items.GetLastModifiedForTaskNumber({ ID: root })).toEqual(last.Modified);
    expect(await items.GetUserFieldList({ ID: root, Kind: 0 })).toEqual([]);
  });
});

describe('locks of many', () => {
  it('are taken and given back all or none', async () => {
    const IDs = [await write(), await write()];
    const { items } = client;
    const states = async () => (await items.GetLockDataList({ IDs })).map((data) => data.LockState);
    await withOther(async (other) => {
      await other.items.Lock({ ID: IDs[1]! });
      await expect(items.LockList({ IDs })).rejects.toMatchObject(refused(9005));
      expect(await states()).toEqual([LockState.lsUnlocked, LockState.lsLocked]);
      await other.items.UnlockList({ IDs });
      await items.LockList({ IDs });
      await expect(other.items.UnlockList({ IDs })).rejects.toMatchObject(refused(9005));
      expect(await states()).toEqual([LockState.lsLocked, LockState.lsLocked]);
    });
    await expect(items.LockList({ IDs: [4711] })).rejects.toMatchObject(refused(9003));
    await items.UnlockList({ IDs });
    expect(await states()).toEqual([LockState.lsUnlocked, LockState.lsUnlocked]);
  });
});

describe('PutList', () => {
  const put = (given: object) =>
    client.items.PutList({
      Items: [],
      ListValues: 0,
      RemindUsers: [],
      Rules: [],
      Remark: '',
      UnreadForAll: false,
      ListValuesEx: 0,
      ...given,
    });

  it('writes the members that it names, and no others', async () => {
    const IDs = [await write({ subject: 'alt' }), arrived];
    const before = await Promise.all(IDs.map(get));
    const Items = IDs.map((ID) =>
      RpcListItem.make({ ID, Subject: 'neu', Number: 'N', State: ItemState.isDone, Remarks: 'R' }),
    );
    const ListValues = asSet(ListValue.lvSubject, ListValue.lvState, ListValue.lvFrom);
    await expect(put({ Items, ListValues })).rejects.toMatchObject(refused(9004));
    await client.items.LockList({ IDs });
    await put({ Items, ListValues, Remark: 'Sammel', UnreadForAll: true });
    for (const [index, id] of IDs.entries()) {
      const { Subject, State, Number: number, From, Remarks, ReadUsers, ...rest } = await get(id);
      expect({ Subject, State, number, Remarks, ReadUsers }).toEqual({
        Subject: 'neu',
        State: ItemState.isDone,
        number: '',
        Remarks: 'Sammel',
        ReadUsers: [],
      });
      expect(From).toEqual(before[index]?.From);
      expect(rest.Attachments).toEqual(before[index]?.Attachments);
      expect(rest.Properties).toEqual(before[index]?.Properties);
    }
    await put({ Items, ListValuesEx: asSet(ListValueEx.lvRemarks) });
    expect((await get(arrived)).Remarks).toBe('R');
    for (const given of [{ RemindUsers: [1] }, { Rules: [1] }])
      await expect(put({ Items, ...given })).rejects.toMatchObject(refused(9006));
    const bad = Items.map((item, index) => ({ ...item, Subject: 'falsch', GroupRef: 99 * index }));
    const call = put({ Items: bad, ListValues: asSet(ListValue.lvGroupRef, ListValue.lvSubject) });
    await expect(call).rejects.toMatchObject(refused(9006));
    expect((await get(IDs[0]!)).Subject).toBe('neu');
    const back = { ...(await get(arrived)), Subject: 'AW: Angebot' };
    await client.items.Put({ Item: back });
    await client.items.UnlockList({ IDs });
  });
});

describe('attachments', () => {
  const content = async (id: number) => {
    const { stream } = await client.download('ItemsAttachment', id);
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    return String(Buffer.concat(pieces));
  };

  it('are copied out of a received mail, renamed and deleted', async () => {
    const [received] = await client.items.GetAttachmentList({ ID: arrived });
    const TargetID = await write();
    const copy = () =>
      client.items.CopyAttachment({ AttachmentID: received!.ID, TargetID, RevGroup: 0 });
    await expect(copy()).rejects.toMatchObject(refused(9004));
    await client.items.Lock({ ID: TargetID });
    const AttachmentID = await copy();
    expect(await content(AttachmentID)).toBe('%PDF-1');
    await client.items.RenameAttachment({ AttachmentID, Name: 'Preise ü.pdf' });
    const [own] = (await get(TargetID)).Attachments;
    expect(own).toMatchObject({ Name: 'Preise ü.pdf', ContentType: 'application/pdf', Size: 6 });
    expect(await flagged(TargetID, ItemFlag.ifAttachment)).toBe(true);
    for (const Name of ['', 'a\nb'])
      await expect(client.items.RenameAttachment({ AttachmentID, Name })).rejects.toMatchObject(
        refused(9006),
      );
    await client.items.DeleteAttachment({ AttachmentID, DeleteRevGroup: true });
    expect(await flagged(TargetID, ItemFlag.ifAttachment)).toBe(false);
    expect(await content(received!.ID)).toBe('%PDF-1');
    await expect(copy().then((id) => content(id))).resolves.toBe('%PDF-1');
  });
});

describe('rules', () => {
  it('run on items by hand, or by their trigger', async () => {
    const IDs = [await write({ to: 'shop@example.test' }), await write({ to: 'x@example.test' })];
    const groups = async () => Promise.all(IDs.map(async (id) => (await get(id)).GroupRef));
    const [rule] = await client.rules.GetList({ TriggerOption: 0 });
    const { items } = client;
    await items.ExecuteRuleList({ IDs, RuleID: rule!.ID });
    expect(await groups()).toEqual([groupId, 0]);
    await items.SetGroupList({ IDs, GroupRef: 0, Remark: '' });
    await items.ExecuteRule({ ID: IDs[0]!, RuleID: rule!.ID });
    expect(await groups()).toEqual([groupId, 0]);
    await items.SetGroupList({ IDs, GroupRef: 0, Remark: '' });
    const trigger = { ID: IDs[0]!, DeleteExistingWorkflowRules: false };
    await items.TriggerRules({ ...trigger, Trigger: ItemTrigger.itManual });
    expect(await groups()).toEqual([0, 0]);
    await items.TriggerRules({ ...trigger, Trigger: ItemTrigger.itAfterIncoming });
    expect(await groups()).toEqual([groupId, 0]);
    const unknown = items.ExecuteRule({ ID: IDs[0]!, RuleID: 99 });
    await expect(unknown).rejects.toMatchObject(refused(9003));
  });
});

describe('Import', () => {
  it('brings along what was sent elsewhere, and sends nothing', async () => {
    const Item: DetailedItem = {
      ...archive.draft({ from: 'niemand@example.test', to: 'x@example.test' }),
      StartDate: new Date('2020-01-02T03:04:05Z'),
    };
    await expect(client.items.New({ Item, CreateLocked: false })).rejects.toMatchObject(
      refused(9009),
    );
    const ID = await client.items.Import({ Item, CreateLocked: true });
    const stored = await get(ID);
    expect(includes(stored.Flags, ItemFlag.ifUnsent)).toBe(false);
    expect(stored.StartDate).toEqual(Item.StartDate);
    expect(stored.LockData.LockState).toBe(LockState.lsLocked);
  });
});
