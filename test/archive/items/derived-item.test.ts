/** RpcItems.GetAs: what an answer, a forward or a copy begins with. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import {
  asSet,
  includes,
  ItemFlag,
  ItemNewState,
  ItemState,
  type DetailedItem,
} from '../../../src/greyhound/index.js';
import { RunningArchive } from '../retrieval/running-archive.js';
import { ScriptedPop3 } from '../retrieval/scripted-pop3.js';

const mail = (uidl: string, head: readonly string[], body: string) => ({
  uidl,
  bytes: Buffer.from(`${[...head, '', body].join('\r\n')}\r\n`),
});
const attached = [
  '--b',
  'Content-Type: text/plain',
  '',
  'Guten Tag',
  'Zeile zwei',
  '--b',
  'Content-Type: text/csv; name="a.csv"',
  'Content-Disposition: attachment; filename="a.csv"',
  '',
  '1;2',
  '--b--',
].join('\r\n');
const mails = [
  mail(
    'plain',
    [
      'From: Kunde <kunde@example.test>',
      'To: shop@example.test, zweiter@example.test',
      'Cc: kopie@example.test',
      'Subject: AW: Fwd: Angebot',
      'Message-ID: <plain@example.test>',
      'References: <root@example.test>',
      'Date: Thu, 2 Jul 2026 10:00:00 +0200',
      'Content-Type: multipart/mixed; boundary=b',
    ],
    attached,
  ),
  mail(
    'html',
    [
      'From: kunde@example.test',
      'Reply-To: antwort@example.test',
      'To: shop@example.test',
      'Subject: HTML',
      'Message-ID: <html@example.test>',
      'Content-Type: text/html',
    ],
    '<p>Hallo</p>',
  ),
];

let archive: RunningArchive;
let pop3: ScriptedPop3;
let groupId: number;
const ids: Record<string, number> = {};
beforeAll(async () => {
  archive = await RunningArchive.open();
  pop3 = await ScriptedPop3.start(mails);
  const account = await archive.addPop3({ Username: 'shop', Password: 'x', Port: pop3.port });
  groupId = await archive.addGroupWithRule('shop@example.test', account);
  await archive.fetchNow(account);
  for (const { ID, Subject } of await archive.waitForItems(2))
    ids[Subject === 'HTML' ? 'html' : 'plain'] = ID;
});
afterAll(async () => {
  await archive.close();
  await pop3.stop();
});

const as = (name: string, NewState: number) =>
  archive.client.items.GetAs({ ID: ids[name]!, Kind: 0, NewState, MarkAsReading: false });
const texts = (list: DetailedItem['Recipients']) => list.map(({ Text }) => Text);
const bodyOf = ({ Properties }: DetailedItem) => String(Properties.Email.ViewData);
const unsent = ({ Flags }: DetailedItem) => includes(Flags, ItemFlag.ifUnsent);

describe('GetAs', () => {
  it('answers: to the sender, from the group, with the original quoted', async () => {
    const answer = await as('plain', ItemNewState.insAnswer);
    expect(answer).toMatchObject({
      ID: 0,
      RefID: ids['plain'],
      State: ItemState.isAnswer,
      GroupRef: groupId,
      Subject: 'Re: Angebot',
      From: { Text: 'shop@example.test' },
      Attachments: [],
    });
    expect(texts(answer.Recipients)).toEqual(['Kunde <kunde@example.test>']);
    expect(answer.Properties.Email.CC).toEqual([]);
    expect(unsent(answer)).toBe(true);
    expect(bodyOf(answer)).toBe(
      '\n\nKunde <kunde@example.test>, 2026-07-02 08:00:\n> Guten Tag\n> Zeile zwei\n',
    );
  });

  it('answers to Reply-To, in HTML when the original is', async () => {
    const answer = await as('html', ItemNewState.insAnswer);
    expect(texts(answer.Recipients)).toEqual(['antwort@example.test']);
    expect(includes(answer.Flags, ItemFlag.ifUseHtml)).toBe(true);
    expect(bodyOf(answer)).toContain('<blockquote><p>Hallo</p>');
  });

  it('forwards: to nobody yet, with its header, naming the attachments', async () => {
    const forward = await as('plain', ItemNewState.insForward);
    expect(forward).toMatchObject({
      RefID: ids['plain'],
      State: ItemState.isForward,
      Subject: 'Fwd: Angebot',
      Recipients: [],
      Attachments: [{ Name: 'a.csv' }],
    });
    expect(bodyOf(forward)).toContain(
      'Subject: AW: Fwd: Angebot\nTo: shop@example.test, zweiter@example.test\n\nGuten Tag',
    );
  });

  it('copies as anything else: the same mail, of nothing', async () => {
    const draft = await as('plain', ItemNewState.insDraft);
    expect(draft).toMatchObject({
      RefID: 0,
      State: ItemState.isDraft,
      Subject: 'AW: Fwd: Angebot',
    });
    expect(texts(draft.Properties.Email.CC)).toEqual(['kopie@example.test']);
    expect(unsent(draft)).toBe(false);
    expect((await as('plain', ItemNewState.insNone)).State).toBe(ItemState.isOpen);
    expect(unsent(await as('plain', ItemNewState.insNew))).toBe(true);
  });

  it('stores nothing, marks as read when asked, and writes e-mail only', async () => {
    const { items } = archive.client;
    const before = await archive.list();
    const read = { ID: ids['html']!, Kind: 0, NewState: ItemNewState.insAnswer };
    await items.GetAs({ ...read, MarkAsReading: true });
    expect((await items.Get({ ID: ids['html']!, MarkAsReading: false })).ReadUsers).toEqual([1]);
    expect(await archive.list()).toHaveLength(before.length);
    const letter = items.GetAs({ ...read, Kind: 2, MarkAsReading: false });
    await expect(letter).rejects.toMatchObject({ params: { rawCode: 9006 } });
    const unknown = items.GetAs({ ...read, ID: 4711, MarkAsReading: false });
    await expect(unknown).rejects.toMatchObject({ params: { rawCode: 9003 } });
  });

  it('makes an answer that stands in the conversation once it is stored', async () => {
    const { items } = archive.client;
    const answer = await as('plain', ItemNewState.insAnswer);
    const Flags = answer.Flags & ~asSet(ItemFlag.ifUnsent);
    const ID = await items.New({ Item: { ...answer, Flags }, CreateLocked: true });
    const { stream } = await archive.client.download('ItemsCurrentEml', ID);
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    const message = await simpleParser(Buffer.concat(pieces));
    expect(message.inReplyTo).toBe('<plain@example.test>');
    expect(message.references).toEqual(['<root@example.test>', '<plain@example.test>']);
    const thread = await items.GetThreadList({
      ID,
      ListValues: 0,
      UserFields: [],
      IncludeReferredItem: false,
      ListValuesEx: 0,
    });
    expect(thread.map((item) => item.ID)).toEqual([ids['plain']]);
    // an answer to one's own mail goes where that went
    const again = { ID, Kind: 0, NewState: ItemNewState.insAnswer, MarkAsReading: false };
    expect(texts((await items.GetAs(again)).Recipients)).toEqual(['Kunde <kunde@example.test>']);
  });
});
