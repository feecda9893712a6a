/** All mails of an e-mail address: found, and deleted in two steps. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  asSet,
  ItemFlag,
  ItemState,
  RpcAddressItem,
  RpcDetailedItem,
  RpcEmailProperties,
} from '../../../src/greyhound/index.js';
import { RunningArchive } from '../retrieval/running-archive.js';
import { ScriptedPop3 } from '../retrieval/scripted-pop3.js';

const mail = (name: string, header: string) => ({
  uidl: `u-${name}`,
  bytes: Buffer.from(`${header}\r\nSubject: ${name}\r\n\r\nText\r\n`),
});
const PERSON = 'Anna.Muster@example.test';

let server: ScriptedPop3;
let archive: RunningArchive;
let accountId: number;
beforeAll(async () => {
  server = await ScriptedPop3.start([
    mail('wrote', 'From: Anna Muster <anna.muster@example.test>\r\nTo: shop@example.test'),
    mail('got', `From: shop@example.test\r\nTo: x@example.test, "M., A." <${PERSON}>`),
    mail('copy', `From: shop@example.test\r\nCc: ${PERSON}`),
    mail('other', 'From: hanna.muster@example.test\r\nTo: shop@example.test'),
    mail('longer', 'From: anna.muster@example.test.example\r\nTo: shop@example.test'),
    mail('named', 'From: "anna.muster@example.test" <x@example.test>\r\nTo: shop@example.test'),
  ]);
  archive = await RunningArchive.open();
  accountId = await archive.addPop3({
    Username: 'u',
    Password: 'p',
    Port: server.port,
    DeleteSync: 1,
  });
  await archive.fetchNow(accountId);
  await draft('secretly', { BCC: [RpcAddressItem.make({ Text: PERSON })] });
});
afterAll(async () => {
  await archive.close();
  await server.stop();
});

const bridge = () => archive.client.mailBridge;
const draft = (Subject: string, email: Parameters<typeof RpcEmailProperties.make>[0]) =>
  archive.client.items.New({
    Item: RpcDetailedItem.make({
      Subject,
      State: ItemState.isDraft,
      From: RpcAddressItem.make({ Text: 'shop@example.test' }),
      Properties: { Email: RpcEmailProperties.make(email) },
    }),
    CreateLocked: false,
  });
const subjects = async () => (await archive.list()).map(({ Subject }) => Subject).sort();
const find = () => bridge().GetPersonItems({ Address: PERSON });
const remove = (Digest: string, Reason = 'Antrag vom 1.11.') =>
  bridge().DeletePersonItems({ Address: PERSON, Digest, Reason });

describe('the mails of a person', () => {
  it('are those that the address wrote or got, also in copy and in blind copy', async () => {
    const { IDs, Held, Waiting } = await find();
    const found = (await archive.list()).filter(({ ID }) => IDs.includes(ID));
    expect(found.map(({ Subject }) => Subject).sort()).toEqual([
      'copy',
      'got',
      'secretly',
      'wrote',
    ]);
    expect([Held, Waiting]).toEqual([0, 0]);
    expect((await bridge().GetPersonItems({ Address: 'nobody@example.test' })).IDs).toEqual([]);
    await expect(bridge().GetPersonItems({ Address: '%' })).rejects.toThrow();
  });

  it('are deleted as they were found and with a reason, else none', async () => {
    const before = await find();
    await draft('one more', { BCC: [RpcAddressItem.make({ Text: PERSON })] });
    await expect(remove(before.Digest)).rejects.toMatchObject({ params: { rawCode: 9017 } });
    await expect(remove((await find()).Digest, ' ')).rejects.toThrow();
    expect((await find()).IDs).toHaveLength(5);
  });

  it('are gone in the archive but for what is held or waits to be sent; servers keep theirs, and nothing comes again', async () => {
    // nothing listens there
    await archive.addSmtp({ Host: '127.0.0.1', Port: 1, Timeout: 1 });
    await archive.client.items.New({
      Item: RpcDetailedItem.make({
        Subject: 'on its way',
        State: ItemState.isNew,
        Flags: asSet(ItemFlag.ifUnsent),
        From: RpcAddressItem.make({ Text: 'shop@example.test' }),
        Recipients: [RpcAddressItem.make({ Text: PERSON })],
      }),
      CreateLocked: false,
    });
    const held = (await archive.list()).find(({ Subject }) => Subject === 'got')!.ID;
    await bridge().SetHold({ ID: held, Value: true, Reason: 'Rechtsstreit' });
    const { Digest, Held, Waiting } = await find();
    expect([Held, Waiting]).toEqual([1, 1]);
    expect(await remove(Digest)).toBe(4);
    expect(await subjects()).toEqual(['got', 'longer', 'named', 'on its way', 'other']);
    await archive.fetchNow(accountId);
    await archive.fetchNow(accountId);
    expect(server.mails).toHaveLength(6);
    expect(await subjects()).toEqual(['got', 'longer', 'named', 'on its way', 'other']);
    const [entry] = await bridge().GetRetentionLog({ Limit: 1 });
    expect(entry).toMatchObject({
      Action: 'erased',
      Count: 4,
      UserName: 'bridge',
      Reason: 'Antrag vom 1.11.',
    });
    expect(archive.log.join('').toLowerCase()).not.toContain('anna.muster');
  });
});
