import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  asSet,
  RpcColor,
  RpcFilter,
  RpcGroup,
  RpcRule,
  RpcSignature,
  RpcTopic,
  RuleKind,
  RuleTrigger,
  SignatureKind,
  TriggerOption,
  inboundRuleScript,
  type GreyhoundClient,
} from '../../../src/greyhound/index.js';
import {
  fault,
  faultOf,
  locked,
  openArchiveUnderTest,
  type ArchiveUnderTest,
} from '../archive-under-test.js';

let archive: ArchiveUnderTest;
let client: GreyhoundClient;
beforeEach(async () => {
  archive = await openArchiveUnderTest();
  client = archive.client();
});
afterEach(() => archive.close());

const newGroup = (Name: string, given: Partial<ReturnType<typeof RpcGroup.make>> = {}) =>
  client.groups.New({ Group: RpcGroup.make({ Name, ...given }) });
const newFilter = (Name: string, given: Partial<ReturnType<typeof RpcFilter.make>> = {}) =>
  client.filters.New({ Filter: RpcFilter.make({ Name, ...given }) });

describe('every kind of object', () => {
  const unknown = { NewerMember: { Kept: true } };

  it('keeps members and ordinals that it does not know, and replaces as a whole', async () => {
    const GroupRef = await newGroup('G');
    const subjects = [
      {
        service: client.groups,
        full: RpcGroup.make({ Name: 'A', WorkSpace: 99, Phone: '1', Email: 'a@example.org' }),
        New: (value: object) => client.groups.New({ Group: RpcGroup.make(value) }),
        Put: (value: object) => client.groups.Put({ Group: RpcGroup.make(value) }),
      },
      {
        service: client.signatures,
        full: RpcSignature.make({
          Name: 'A',
          Synchronisation: 42,
          HtmlData: '<p>ü</p>',
          Groups: [{ GroupRef, DefaultKinds: 2 ** 20 }],
        }),
        New: (value: object) => client.signatures.New({ Signature: RpcSignature.make(value) }),
        Put: (value: object) => client.signatures.Put({ Signature: RpcSignature.make(value) }),
      },
      {
        service: client.filters,
        full: RpcFilter.make({
          Name: 'A',
          LoadGroups: 8,
          States: -1,
          GroupRefs: [GroupRef],
          SearchFor: 'x',
        }),
        New: (value: object) => client.filters.New({ Filter: RpcFilter.make(value) }),
        Put: (value: object) => client.filters.Put({ Filter: RpcFilter.make(value) }),
      },
      {
        service: client.rules,
        full: RpcRule.make({
          Name: 'A',
          Kind: 7,
          Triggers: 2 ** 30,
          SourceCode: 'x',
          ExpertData: 'y',
        }),
        New: (value: object) => client.rules.New({ Rule: RpcRule.make(value) }),
        Put: (value: object) => client.rules.Put({ Rule: RpcRule.make(value) }),
      },
      {
        service: client.topics,
        full: RpcTopic.make({ Name: 'A', WorkSpace: 3, CategoryRefs: [4] }),
        New: (value: object) => client.topics.New({ Topic: RpcTopic.make(value) }),
        Put: (value: object) => client.topics.Put({ Topic: RpcTopic.make(value) }),
      },
      {
        service: client.colors,
        full: RpcColor.make({ Name: 'A', Code: '255', Order: 2 }),
        New: (value: object) => client.colors.New({ Color: RpcColor.make(value) }),
        Put: (value: object) => client.colors.Put({ Color: RpcColor.make(value) }),
      },
    ];
    for (const { service, full, New, Put } of subjects) {
      const ID = await New({ ...full, ...unknown });
      const stored = await service.Get({ ID });
      // the two members that the archive works out
      const { Message: message, Path: path } = stored as { Message?: unknown; Path?: unknown };
      expect(stored).toMatchObject({
        ...full,
        ...unknown,
        ...('Message' in full && { Message: message }),
        ...('Path' in full && { Path: path }),
        ID,
        Created: archive.clock.now(),
        Modified: archive.clock.now(),
      });
      archive.clock.advance(2000);
      await locked(service, ID, () => Put({ ID, Name: 'B' }));
      const replaced = await service.Get({ ID });
      expect(replaced).toMatchObject({
        Name: 'B',
        Created: stored.Created,
        Modified: archive.clock.now(),
      });
      expect(replaced).not.toHaveProperty('NewerMember');
      await locked(service, ID, () => service.Delete({ ID }));
      expect((await faultOf(service.Get({ ID }))).code).toBe(fault.notFound);
    }
  });

  it('is hidden from other realms', async () => {
    const ID = await newGroup('Mine');
    const filter = await newFilter('Mine');
    const stranger = await archive.stranger();
    expect(await stranger.groups.GetList({ AdvancedFields: false })).toEqual([]);
    for (const call of [
      stranger.groups.Get({ ID }),
      stranger.groups.Lock({ ID }),
      stranger.groups.Put({ Group: RpcGroup.make({ ID, Name: 'x' }) }),
      stranger.filters.Get({ ID: filter }),
      stranger.filters.ExecuteRule({ ID: filter, RuleID: 1 }),
    ]) {
      expect((await faultOf(call)).code).toBe(fault.notFound);
    }
    const foreign = stranger.filters.New({
      Filter: RpcFilter.make({ Name: 'x', GroupRefs: [ID] }),
    });
    expect((await faultOf(foreign)).text).toMatch(/^GroupRefs:/);
  });

  it('does not give one kind for another', async () => {
    const ID = await newGroup('G');
    expect((await faultOf(client.filters.Get({ ID }))).code).toBe(fault.notFound);
    expect((await faultOf(client.rules.Lock({ ID }))).code).toBe(fault.notFound);
  });

  it('has a name in one line', async () => {
    expect((await faultOf(newGroup(' '))).text).toMatch(/^Name:/);
    expect((await faultOf(newFilter('a\r\nb'))).text).toMatch(/^Name:/);
    expect((await faultOf(newGroup('G', { Email: 'a@b.de\r\nBcc: x' }))).text).toMatch(/^Email:/);
  });
});

describe('trees', () => {
  it('compute the path and keep the order', async () => {
    const root = await newGroup('Company', { Order: 2, Path: 'invented' });
    const leaf = await newGroup('Sales', { ParentRef: root, Order: 3 });
    const first = await newGroup('Archive', { Order: 1 });
    const list = await client.groups.GetList({ AdvancedFields: true });
    expect(list.map(({ ID, Path }) => [ID, Path])).toEqual([
      [first, 'Archive'],
      [root, 'Company'],
      [leaf, 'Company/Sales'],
    ]);
    await locked(client.groups, leaf, () =>
      client.groups.SetParent({ ID: leaf, ParentRef: first }),
    );
    expect((await client.groups.Get({ ID: leaf })).Path).toBe('Archive/Sales');
  });

  it('have no cycles and no unknown parents', async () => {
    const root = await newFilter('root');
    const leaf = await newFilter('leaf', { ParentRef: root });
    const move = (ParentRef: number) =>
      locked(client.filters, root, () => client.filters.SetParent({ ID: root, ParentRef }));
    for (const parent of [leaf, root, 999]) {
      expect((await faultOf(move(parent))).text).toMatch(/^ParentRef:/);
    }
    const remove = locked(client.filters, root, () => client.filters.Delete({ ID: root }));
    expect((await faultOf(remove)).code).toBe(fault.inUse);
  });
});

describe('topics and colours', () => {
  const newTopic = (Name: string, ParentRef = 0) =>
    client.topics.New({ Topic: RpcTopic.make({ Name, ParentRef }) });
  const newColor = (Name: string, Order: number) =>
    client.colors.New({ Color: RpcColor.make({ Name, Order }) });

  it('topics are a tree, colours a list, both in order', async () => {
    const root = await newTopic('Einkauf');
    const leaf = await newTopic('Reklamation', root);
    await locked(client.topics, root, () => client.topics.SetOrder({ ID: root, Order: 5 }));
    const topics = await client.topics.GetList({ AdvancedFields: false });
    expect(topics.map(({ Path }) => Path)).toEqual(['Einkauf/Reklamation', 'Einkauf']);
    const under = locked(client.topics, root, () =>
      client.topics.SetParent({ ID: root, ParentRef: leaf }),
    );
    expect((await faultOf(under)).text).toMatch(/^ParentRef:/);
    const [red, blue] = [await newColor('Rot', 2), await newColor('Blau', 1)];
    await locked(client.colors, red, () => client.colors.AddCategory({ ID: red, CategoryRef: 9 }));
    const colors = await client.colors.GetCompleteList({ AdvancedFields: false });
    expect(colors.map(({ ID, CategoryRefs }) => [ID, CategoryRefs])).toEqual([
      [blue, []],
      [red, [9]],
    ]);
    expect((await faultOf(newColor('', 1))).text).toMatch(/^Name:/);
  });

  it('stay while anything is labelled with them', async () => {
    const root = await newTopic('Einkauf');
    const leaf = await newTopic('Reklamation', root);
    const color = await newColor('Rot', 1);
    const removals = {
      root: () => locked(client.topics, root, () => client.topics.Delete({ ID: root })),
      leaf: () => locked(client.topics, leaf, () => client.topics.Delete({ ID: leaf })),
      color: () => locked(client.colors, color, () => client.colors.Delete({ ID: color })),
    };
    const filter = await newFilter('F', { TopicRefs: [leaf], ColorRefs: [color] });
    for (const remove of Object.values(removals))
      expect((await faultOf(remove())).code).toBe(fault.inUse);
    await locked(client.filters, filter, () => client.filters.Delete({ ID: filter }));
    archive.labelled.add(`topic ${leaf}`).add(`color ${color}`);
    for (const remove of Object.values(removals))
      expect((await faultOf(remove())).code).toBe(fault.inUse);
    archive.labelled.clear();
    await removals.leaf();
    await removals.root();
    await removals.color();
    expect(await client.colors.GetList({ AdvancedFields: false })).toEqual([]);
  });
});

describe('groups and signatures', () => {
  const signature = (Name: string, GroupRef: number, DefaultKinds: number) =>
    RpcSignature.make({ Name, Groups: [{ GroupRef, DefaultKinds }] });

  it('have one default signature per kind, shown in the group', async () => {
    const ID = await newGroup('Sales', {
      Signatures: { ...RpcGroup.empty().Signatures, FileSignatureRef: 5 },
    });
    const { skEmail, skFax } = SignatureKind;
    const first = await client.signatures.New({
      Signature: signature('1', ID, asSet(skEmail, skFax)),
    });
    const shown = async () => (await client.groups.Get({ ID })).Signatures;
    expect(await shown()).toMatchObject({
      EmailSignatureRef: first,
      FaxSignatureRef: first,
      FileSignatureRef: 0,
    });
    const second = await client.signatures.New({ Signature: signature('2', ID, asSet(skEmail)) });
    expect(await shown()).toMatchObject({ EmailSignatureRef: second, FaxSignatureRef: first });
    expect((await client.signatures.Get({ ID: first })).Groups).toEqual([
      { GroupRef: ID, DefaultKinds: asSet(skFax) },
    ]);
    await locked(client.signatures, first, () =>
      client.signatures.Put({ Signature: { ...signature('1', ID, -1), ID: first } }),
    );
    expect(await shown()).toMatchObject({ EmailSignatureRef: first, FileSignatureRef: first });
    expect((await client.signatures.Get({ ID: second })).Groups[0]?.DefaultKinds).toBe(0);
  });

  it('refer to groups that exist, each once', async () => {
    const ID = await newGroup('Sales');
    const twice = RpcSignature.make({
      Name: 's',
      Groups: [
        { GroupRef: ID, DefaultKinds: 1 },
        { GroupRef: ID, DefaultKinds: 2 },
      ],
    });
    expect((await faultOf(client.signatures.New({ Signature: twice }))).text).toMatch(/^Groups:/);
    const missing = client.signatures.New({ Signature: signature('s', 999, 1) });
    expect((await faultOf(missing)).text).toMatch(/^Groups:/);
  });

  it('keeps a group that a signature or filter names', async () => {
    const ID = await newGroup('Sales');
    const remove = () => locked(client.groups, ID, () => client.groups.Delete({ ID }));
    const filter = await newFilter('of Sales', { GroupRefs: [ID] });
    expect((await faultOf(remove())).code).toBe(fault.inUse);
    await locked(client.filters, filter, () => client.filters.Delete({ ID: filter }));
    await remove();
  });

  it('adds users, categories and references once', async () => {
    const ID = await newGroup('Sales');
    const filter = await newFilter('F');
    await client.groups.Lock({ ID });
    await client.groups.AddUser({ ID, UserRef: archive.userId });
    await client.groups.AddUser({ ID, UserRef: archive.userId });
    await client.groups.AddCategory({ ID, CategoryRef: 3 });
    expect((await faultOf(client.groups.AddUser({ ID, UserRef: 999 }))).text).toMatch(/^UserRefs:/);
    expect(await client.groups.Get({ ID })).toMatchObject({
      UserRefs: [archive.userId],
      CategoryRefs: [3],
    });
    await client.filters.Lock({ ID: filter });
    await Promise.all([
      client.filters.AddGroup({ ID: filter, GroupRef: ID }),
      client.filters.AddTopic({ ID: filter, TopicRef: 4 }),
      client.filters.AddColor({ ID: filter, ColorRef: 5 }),
      client.filters.AddUser({ ID: filter, UserRef: archive.userId }),
      client.filters.AddCategory({ ID: filter, CategoryRef: 6 }),
      client.filters.SetViewOption({ ID: filter, ViewOptionRef: 7 }),
      client.filters.SetOrder({ ID: filter, Order: 8 }),
    ]);
    expect(await client.filters.Get({ ID: filter })).toMatchObject({
      GroupRefs: [ID],
      TopicRefs: [4],
      ColorRefs: [5],
      UserRefs: [archive.userId],
      CategoryRefs: [6],
      ViewOptionRef: 7,
      Order: 8,
    });
  });
});

describe('rules', () => {
  const script = (GroupRef: number) =>
    inboundRuleScript({ groupId: GroupRef, address: 'a@example.org', accountId: 1 });

  it('compile the one template and nothing else', async () => {
    const source = script(await newGroup('G'));
    expect(await client.rules.CheckSourceCode({ SourceCode: source })).toBe('');
    expect(await client.rules.CheckSourceCode({ SourceCode: 'begin end.' })).not.toBe('');
    const New = (given: Partial<ReturnType<typeof RpcRule.make>>) =>
      client.rules.New({ Rule: RpcRule.make({ Name: 'R', Kind: RuleKind.rkScript, ...given }) });
    const good = await New({ SourceCode: source, Message: 'invented' });
    expect(await client.rules.Get({ ID: good })).toMatchObject({ Compiled: true, Message: '' });
    const expert = await New({ Kind: RuleKind.rkExpert, ExpertData: 'opaque', Compiled: true });
    const bad = await New({ SourceCode: 'begin end.', Compiled: true });
    for (const ID of [expert, bad]) {
      const rule = await client.rules.Get({ ID });
      expect(rule.Compiled).toBe(false);
      expect(rule.Message).not.toBe('');
    }
    const rule = await client.rules.Get({ ID: bad });
    await locked(client.rules, bad, () =>
      client.rules.Put({ Rule: { ...rule, SourceCode: source } }),
    );
    expect(await client.rules.Get({ ID: bad })).toMatchObject({ Compiled: true, Message: '' });
  });

  it('are listed by trigger, in order, without their source', async () => {
    const New = (Name: string, Order: number, trigger: number) =>
      client.rules.New({
        Rule: RpcRule.make({ Name, Order, Triggers: asSet(trigger), SourceCode: 'secret source' }),
      });
    await New('second', 2, RuleTrigger.rtManual);
    await New('first', 1, RuleTrigger.rtAfterIncoming);
    const names = async (option: number) =>
      (await client.rules.GetList({ TriggerOption: option })).map(({ Name }) => Name);
    expect(await names(TriggerOption.toAll)).toEqual(['first', 'second']);
    expect(await names(TriggerOption.toManual)).toEqual(['second']);
    const list = await client.rules.GetList({ TriggerOption: TriggerOption.toAll });
    expect(list[0]).not.toHaveProperty('SourceCode');
  });

  it('run over the items of a filter, stored or given', async () => {
    const RuleID = await client.rules.New({ Rule: RpcRule.make({ Name: 'R' }) });
    const filter = RpcFilter.make({ Name: 'F', SearchFor: '11,12' });
    const ID = await client.filters.New({ Filter: filter });
    await client.filters.ExecuteRule({ ID, RuleID });
    await client.filters.ExecuteRuleForTempFilter({
      Filter: { ...filter, SearchFor: '13' },
      RuleID,
    });
    const { realmId } = archive;
    expect(archive.ran).toEqual([
      { realmId, ruleId: RuleID, itemIds: [11, 12] },
      { realmId, ruleId: RuleID, itemIds: [13] },
    ]);
    expect((await faultOf(client.filters.ExecuteRule({ ID, RuleID: 999 }))).code).toBe(
      fault.notFound,
    );
  });

  it('survive export and import, inactive', async () => {
    const ID = await client.rules.New({
      Rule: RpcRule.make({ Name: 'Ünicode <&>', State: 1, SourceCode: 'x' }),
    });
    const copy = await client.rules.Import({ XmlData: await client.rules.Export({ ID }) });
    expect(copy).not.toBe(ID);
    expect(await client.rules.Get({ ID: copy })).toMatchObject({
      Name: 'Ünicode <&>',
      State: 0,
      SourceCode: 'x',
    });
    for (const XmlData of ['', '<rule/>', '<RpcRule encoding="json-base64">bnVsbA</RpcRule>']) {
      expect((await faultOf(client.rules.Import({ XmlData }))).code).toBe(fault.invalidValue);
    }
  });

  it('have global variables, one realm apart from the other', async () => {
    const { rules } = client;
    await rules.PutGlobal({ Name: 'b', Value: '2' });
    await rules.PutGlobal({ Name: 'a', Value: 'x=y' });
    await rules.PutGlobal({ Name: 'b', Value: '3' });
    expect(await rules.GetGlobals()).toBe('a=x=y\nb=3\n');
    expect(await (await archive.stranger()).rules.GetGlobals()).toBe('');
    await rules.DeleteGlobal({ Name: 'a' });
    expect(await rules.GetGlobal({ Name: 'a' })).toBe('');
    await rules.PutGlobals({ Globals: 'c=4\r\nd=\r\n' });
    expect(await rules.GetGlobals()).toBe('c=4\nd=\n');
    expect((await faultOf(rules.PutGlobals({ Globals: 'no value' }))).code).toBe(
      fault.invalidValue,
    );
    expect(await rules.GetGlobals()).toBe('c=4\nd=\n');
  });

  it('keep the filters that they name', async () => {
    const ID = await newFilter('F');
    const rule = await client.rules.New({ Rule: RpcRule.make({ Name: 'R' }) });
    await locked(client.rules, rule, () => client.rules.AddFilter({ ID: rule, FilterRef: ID }));
    const remove = locked(client.filters, ID, () => client.filters.Delete({ ID }));
    expect((await faultOf(remove)).code).toBe(fault.inUse);
  });
});
