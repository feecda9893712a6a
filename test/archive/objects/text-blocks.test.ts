import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  RpcTextBlock,
  type GreyhoundClient,
  type TextBlock,
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

const create = (Name: string, given: Partial<TextBlock> = {}) =>
  client.textBlocks.New({ TextBlock: RpcTextBlock.make({ Name, ...given }) });
const get = (ID: number) => client.textBlocks.Get({ ID, MarkAsUsed: false });
const fill = (ID: number, Variables: [string, string][] = [], ItemRef = 0) =>
  client.textBlocks.GetWithVariables({
    ID,
    MarkAsUsed: false,
    Variables: Variables.map(([Name, Data]) => ({ Name, Data })),
    ItemRef,
  });

describe('text blocks', () => {
  it('are kept whole, with members that the archive does not know', async () => {
    const TextData = 'Grüße\n\nIhr Team';
    const given = { TextData, HtmlData: '<p>ü</p>', KeyWords: 'gruß', WorkSpace: 3, Newer: [1] };
    const ID = await create('Gruß', given);
    expect(await get(ID)).toMatchObject({ ID, Name: 'Gruß', ...given });
    const changed = { ...(await get(ID)), Subject: 'Hallo' };
    expect(await faultOf(client.textBlocks.Put({ TextBlock: changed }))).toMatchObject({
      code: fault.notLocked,
    });
    await locked(client.textBlocks, ID, async () => {
      await client.textBlocks.Put({ TextBlock: changed });
      await client.textBlocks.AddCategory({ ID, CategoryRef: 7 });
    });
    expect(await get(ID)).toMatchObject({ ...given, Subject: 'Hallo', CategoryRefs: [7] });
    for (const list of ['GetList', 'GetCompleteList'] as const)
      expect(await client.textBlocks[list]({ AdvancedFields: true })).toEqual([await get(ID)]);
  });

  it('are a tree: no cycle, no unknown parent, no parent taken away', async () => {
    const root = await create('Versand');
    const leaf = await create('Paket', { ParentRef: root });
    const { textBlocks } = client;
    await locked(textBlocks, root, async () => {
      for (const ParentRef of [leaf, root, 99])
        expect(await faultOf(textBlocks.SetParent({ ID: root, ParentRef }))).toMatchObject({
          code: fault.invalidValue,
        });
      expect(await faultOf(textBlocks.Delete({ ID: root }))).toMatchObject({ code: fault.inUse });
    });
    await locked(textBlocks, leaf, () => textBlocks.SetParent({ ID: leaf, ParentRef: 0 }));
    await locked(textBlocks, root, () => textBlocks.Delete({ ID: root }));
    expect(await faultOf(get(root))).toMatchObject({ code: fault.notFound });
  });

  it('count their use, which is no change', async () => {
    const ID = await create('Gruß', { UsedCount: 50 });
    const before = await get(ID);
    expect(before).toMatchObject({ UsedCount: 0, LastUsed: null });
    archive.clock.advance(60_000);
    const { textBlocks } = archive.client();
    await textBlocks.Get({ ID, MarkAsUsed: true });
    await textBlocks.GetWithVariables({ ID, MarkAsUsed: true, Variables: [], ItemRef: 0 });
    const used = { UsedCount: 2, LastUsed: archive.clock.now(), Modified: before.Modified };
    expect(await get(ID)).toMatchObject(used);
    await locked(client.textBlocks, ID, () => client.textBlocks.Put({ TextBlock: before }));
    expect(await get(ID)).toMatchObject({ UsedCount: 2, LastUsed: used.LastUsed });
  });

  it('fill in variables: the caller’s before the item’s, as text in HTML, unknown ones untouched', async () => {
    const ID = await create('Antwort', {
      Subject: 'Zu {{ItemSubject}}',
      TextData: 'Guten Tag {{ Anrede }},\n{{anrede}} {{Fehlt}} {{}} {{ItemSubject}}',
      HtmlData: '<p>{{ANREDE}} {{Fehlt}}</p>',
    });
    const variables: [string, string][] = [
      ['Anrede', 'Frau <b>\nMüller & $&'],
      ['anrede', 'zweite'],
    ];
    const names = (list: readonly { Name: string }[]) => list.map(({ Name }) => Name);
    const plain = await get(ID);
    expect(names(plain.TextVariables)).toEqual(['ItemSubject', 'Anrede', 'Fehlt']);
    expect(names(plain.HtmlVariables)).toEqual(['ANREDE', 'Fehlt']);
    const filled = await fill(ID, variables, 4711);
    expect(filled).toMatchObject({
      Subject: 'Zu Subject of 4711',
      TextData:
        'Guten Tag Frau <b>\nMüller & $&,\nFrau <b>\nMüller & $& {{Fehlt}} {{}} Subject of 4711',
      HtmlData: '<p>Frau &lt;b&gt;<br>Müller &amp; $&amp; {{Fehlt}}</p>',
    });
    expect((await fill(ID, [['ItemSubject', 'A\r\nBcc: b']], 4711)).Subject).toBe('Zu A Bcc: b');
    expect((await fill(ID)).Subject).toBe('Zu {{ItemSubject}}');
    expect(await get(ID)).toEqual(plain);
  });

  it('are hidden from other realms, and have a name in one line', async () => {
    const ID = await create('Gruß');
    const stranger = await archive.stranger();
    const { textBlocks } = stranger;
    expect(await textBlocks.GetList({ AdvancedFields: true })).toEqual([]);
    for (const call of [
      textBlocks.Get({ ID, MarkAsUsed: true }),
      textBlocks.Lock({ ID }),
      textBlocks.GetWithVariables({ ID, MarkAsUsed: true, Variables: [], ItemRef: 0 }),
    ])
      expect(await faultOf(call)).toMatchObject({ code: fault.notFound });
    expect((await get(ID)).UsedCount).toBe(0);
    for (const given of [{ Name: ' ' }, { Name: 'a\nb' }, { Name: 'a', Subject: 'a\nb' }])
      expect(await faultOf(create('', given))).toMatchObject({ code: fault.invalidValue });
  });
});
