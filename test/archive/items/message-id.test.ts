/** Which Message-ID a mail gets that a client writes, and that it leaves with it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ItemFlag, ItemState } from '../../../src/greyhound/index.js';
import { messageIdOf } from '../../../src/archive/items/message-id.js';
import { Realms } from '../../../src/archive/rpc/realms.js';
import { openArchiveDatabase, type ArchiveDatabase } from '../../../src/archive/store/database.js';
import { assignThreads } from '../../../src/archive/store/mail-threads.js';
import { systemClock } from '../../../src/platform/clock.js';
import { RunningArchive } from '../retrieval/running-archive.js';
import { ScriptedPop3 } from '../retrieval/scripted-pop3.js';

const ARRIVED = Buffer.from(
  'From: a@example.test\r\nTo: b@example.test\r\nSubject: S\r\nMessage-ID: <arrived@example.test>\r\n' +
    'References: <mentioned@example.test>\r\n\r\nText\r\n',
);

let archive: RunningArchive;
let pop3: ScriptedPop3;
beforeAll(async () => {
  archive = await RunningArchive.open();
  pop3 = await ScriptedPop3.start([{ uidl: 'one', bytes: ARRIVED }]);
  const account = { Username: 'b', Password: 'geheim', Port: pop3.port };
  await archive.fetchNow(await archive.addPop3(account));
  await archive.waitForItems(1);
});
afterAll(async () => {
  await archive.close();
  await pop3.stop();
});

const get = (ID: number) => archive.client.items.Get({ ID, MarkAsReading: false });
const idOf = async (ID: number) => (await get(ID)).Properties.Email.MessageID;
function draft(MessageID: string) {
  const given = { from: 'b@example.test', to: 'a@example.test', state: ItemState.isDraft };
  const item = archive.draft({ ...given, flags: 0 });
  item.Properties.Email.MessageID = MessageID;
  return item;
}
const create = (MessageID: string): Promise<number> =>
  archive.client.items.New({ Item: draft(MessageID), CreateLocked: false });

const own = /^<[0-9a-f-]{36}@example\.test>$/;

describe('a Message-ID that a client gives', () => {
  it.each([
    ['an id', '<one.two@shop.example>'],
    ['an id with every kind of character', "<a!#$%&'*+-/=?^_`{|}~.0@[192.0.2.1]>"],
    ['an id of which only another mail speaks', '<mentioned@example.test>'],
    ['an id of 900 characters', `<${'x'.repeat(880)}@shop.example12345>`],
  ])('is kept: %s', async (_what, given) => {
    expect(await idOf(await create(given))).toBe(given);
  });

  it.each([
    ['nothing', ''],
    ['no angle brackets', 'three@shop.example'],
    ['two ids', '<four@shop.example> <five@shop.example>'],
    ['no domain', '<six>'],
    ['two signs at', '<a@b@shop.example>'],
    ['a space', '<se ven@shop.example>'],
    ['a line break', '<eight@shop.example>\r\nBcc: evil@example.test'],
    ['a line break inside', '<eight\r\n@shop.example>'],
    ['letters beyond ASCII', '<neun@wäber.example>'],
    ['a dot too many', '<ten..@shop.example>'],
    ['more than a line holds', `<${'x'.repeat(900)}@shop.example>`],
    ['the id of a mail that arrived', '<arrived@example.test>'],
  ])('is replaced by a new one: %s', async (_what, given) => {
    expect(await idOf(await create(given))).toMatch(own);
  });

  it('is given to one mail only, also when two ask at once', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => create('<twice@shop.example>')));
    const given = await Promise.all(ids.map(idOf));
    expect(given.filter((id) => id === '<twice@shop.example>')).toHaveLength(1);
    expect(given.filter((id) => own.test(id))).toHaveLength(4);
  });

  it('stays when the draft is written again, whatever is given then', async () => {
    const ID = await create('<kept@shop.example>');
    const { items } = archive.client;
    for (const given of ['<kept@shop.example>', '', '<other@shop.example>']) {
      await items.Lock({ ID });
      await items.Put({ Item: { ...draft(given), ID, Subject: 'geändert' } });
      await items.Unlock({ ID });
      expect(await idOf(ID)).toBe('<kept@shop.example>');
    }
  });

  it('names the mail in its conversation', async () => {
    const refId = await create('<first@shop.example>');
    const Item = archive.draft({ from: 'b@example.test', to: 'a@example.test', refId });
    Item.Flags &= ~(2 ** ItemFlag.ifUnsent);
    Item.Properties.Email.MessageID = '<second@shop.example>';
    const ID = await archive.client.items.New({ Item, CreateLocked: false });
    const thread = {
      ID,
      ListValues: -1,
      UserFields: [],
      IncludeReferredItem: true,
      ListValuesEx: 0,
    };
    const ids = (await archive.client.items.GetThreadList(thread)).map((one) => one.ID);
    expect(ids).toEqual([refId, ID]);
  });
});

describe('another realm', () => {
  let database: ArchiveDatabase;
  beforeAll(async () => {
    database = await openArchiveDatabase(':memory:');
  });
  afterAll(() => database.destroy());

  it('neither takes an id away nor shows that it has it', async () => {
    const realms = new Realms(database, systemClock);
    const [first, second] = await Promise.all(
      ['first', 'second'].map((username) => realms.ensureRealmUser({ username, password: 'x' })),
    );
    const given = '<same@shop.example>';
    const inRealm = (realmId: number) =>
      database.transaction().execute((one) => messageIdOf(draft(given), realmId, one));
    const mail = { messageId: 'same@shop.example', references: [], fallback: '' };
    const [thread_id = ''] = await database
      .transaction()
      .execute((one) => assignThreads(one, first!.realmId, [mail]));
    const times = { start_date: null, end_date: null, remind: null, created: '', modified: '' };
    const texts = { from_text: '', recipients_text: '', subject: '', detail: '{}' };
    const ordinals = { kind: 0, state: 0, flags: 0, priority: 0, size: 0, parse_state: 1 };
    const row = { ...times, ...texts, ...ordinals, raw_hash: null, thread_id };
    const stored = { ...row, realm_id: first!.realmId, message_id: mail.messageId };
    await database.insertInto('items').values(stored).execute();
    expect(await inRealm(first!.realmId)).toMatch(/^[0-9a-f-]{36}@example\.test$/);
    expect(await inRealm(second!.realmId)).toBe('same@shop.example');
  });
});
