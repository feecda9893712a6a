/** How long mails are kept: by age, and held. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pop3Delete, RpcAccountOptions, withLock } from '../../../src/greyhound/index.js';
import type { Arming } from '../../../src/platform/arming.js';
import { RunningArchive } from '../retrieval/running-archive.js';
import { ScriptedPop3 } from '../retrieval/scripted-pop3.js';

const DAY_MS = 86_400_000;
const mail = (name: string) => ({
  uidl: `u-${name}`,
  bytes: Buffer.from(
    `Message-ID: <${name}@example.test>\r\nFrom: k@example.test\r\nSubject: ${name}\r\n\r\nText\r\n`,
  ),
});

let server: ScriptedPop3;
let archive: RunningArchive;
beforeEach(async () => {
  server = await ScriptedPop3.start(['1', '2', '3'].map(mail));
  archive = await RunningArchive.open();
});
afterEach(async () => {
  await archive.close();
  await server.stop();
});

const bridge = () => archive.client.mailBridge;
async function connect(
  KeepDays: number,
  settings: Parameters<RunningArchive['addPop3']>[0] = {},
): Promise<number> {
  const id = await archive.addPop3({
    Username: 'u',
    Password: 'p',
    Port: server.port,
    ...settings,
  });
  await keep(id, KeepDays);
  await archive.fetchNow(id);
  return id;
}
const keep = (ID: number, KeepDays: number) =>
  withLock(archive.client.pop3Accounts, ID, () =>
    bridge().PutOptions({
      Kind: 0,
      ID,
      Options: RpcAccountOptions.make({ AllowClearTextLogin: true, KeepDays }),
    }),
  );
const subjects = async () => (await archive.list()).map(({ Subject }) => Subject).sort();
const idOf = async (subject: string) =>
  (await archive.list()).find(({ Subject }) => Subject === subject)!.ID;
const retrievals = () => server.commands.filter((line) => line.startsWith('RETR')).length;
const deletions = () => server.commands.filter((line) => line.startsWith('DELE')).length;

describe('mails by age', () => {
  it('are deleted in the archive after the days of their account, and written down', async () => {
    const id = await connect(30);
    archive.clock.advance(29 * DAY_MS);
    expect(await bridge().ApplyRetention()).toBe(0);
    expect(await bridge().CountDueItems({ ID: id, KeepDays: 29 })).toBe(3);
    archive.clock.advance(2 * DAY_MS);
    expect(await bridge().ApplyRetention()).toBe(3);
    expect(await subjects()).toEqual([]);
    const log = await bridge().GetRetentionLog({ Limit: 10 });
    expect(log).toMatchObject([{ Action: 'expired', AccountRef: id, Count: 3, UserName: '' }]);
  });

  it.each([
    ['nothing is deleted there', { Delete: Pop3Delete.pdNo }],
    ['what is deleted in the archive is deleted there', { Delete: Pop3Delete.pdNo, DeleteSync: 1 }],
    ['mails are deleted there later', { Delete: Pop3Delete.pdDelayed, DeleteAge: 60 }],
  ])('stay on their server, and do not come again: %s', async (_policy, settings) => {
    const id = await connect(30, settings);
    archive.clock.advance(31 * DAY_MS);
    await bridge().ApplyRetention();
    await archive.fetchNow(id);
    archive.clock.advance(60 * DAY_MS);
    await archive.fetchNow(id);
    expect([retrievals(), deletions()]).toEqual([3, 0]);
    expect(server.mails).toHaveLength(3);
    expect(await subjects()).toEqual([]);
    const [proof] = await bridge().GetCompletenessList();
    expect(proof).toMatchObject({ OnServer: 3, Stored: 3, Missing: 0, Damaged: 0 });
  });

  it('do not come again under new unique-ids, either, and are not deleted there', async () => {
    const id = await connect(30, { DeleteSync: 1 });
    archive.clock.advance(31 * DAY_MS);
    await bridge().ApplyRetention();
    server.mails = server.mails.map((one) => ({ ...one, uidl: `new-${one.uidl}` }));
    await archive.fetchNow(id);
    await archive.fetchNow(id);
    expect(await subjects()).toEqual([]);
    expect(server.mails).toHaveLength(3);
    expect(deletions()).toBe(0);
  });

  it('are kept where the account says nothing, and what others need stays', async () => {
    await connect(0);
    archive.clock.advance(10_000 * DAY_MS);
    expect(await bridge().ApplyRetention()).toBe(0);
    expect(await subjects()).toEqual(['1', '2', '3']);
  });

  it('of somebody who works on them wait', async () => {
    await connect(30);
    const id = await idOf('2');
    await archive.client.items.Lock({ ID: id });
    archive.clock.advance(31 * DAY_MS);
    expect(await bridge().ApplyRetention()).toBe(2);
    await archive.client.items.Unlock({ ID: id });
    expect(await bridge().ApplyRetention()).toBe(1);
  });

  it('the bytes that another account has, too, stay for it', async () => {
    await connect(30);
    const other = await ScriptedPop3.start([mail('1')]);
    try {
      const id = await archive.addPop3({ Username: 'v', Password: 'p', Port: other.port });
      await archive.fetchNow(id);
      archive.clock.advance(31 * DAY_MS);
      expect(await bridge().ApplyRetention()).toBe(3);
      expect(await subjects()).toEqual(['1']);
      const eml = await archive.client.items.Get({ ID: await idOf('1'), MarkAsReading: false });
      expect(eml.Properties.Email.ViewData.toString()).toContain('Text');
      expect((await bridge().CheckCompleteness({ ID: id })).Damaged).toBe(0);
    } finally {
      await other.stop();
    }
  });

  it('are not deleted by a copy before it is confirmed', async () => {
    const arming: Arming = {
      disarmed: 'copied',
      arm: () => Promise.resolve(),
      onArmed: () => () => undefined,
    };
    const copy = await RunningArchive.open({ arming });
    try {
      const id = await copy.addPop3({ Username: 'u', Password: 'p', Port: server.port });
      await copy.fetchNow(id);
      await withLock(copy.client.pop3Accounts, id, () =>
        copy.client.mailBridge.PutOptions({
          Kind: 0,
          ID: id,
          Options: RpcAccountOptions.make({ AllowClearTextLogin: true, KeepDays: 1 }),
        }),
      );
      copy.clock.advance(31 * DAY_MS);
      expect(await copy.client.mailBridge.ApplyRetention()).toBe(0);
      expect(await copy.list()).toHaveLength(3);
    } finally {
      await copy.close();
    }
  });
});

describe('a mail that is held', () => {
  const hold = (ID: number, Value: boolean) =>
    bridge().SetHold({ ID, Value, Reason: 'Rechtsstreit 12/26' });

  it('outlives its time, and can be deleted by nobody until it is released', async () => {
    await connect(30);
    const id = await idOf('2');
    await hold(id, true);
    expect(await bridge().GetHeldItems({ IDs: [id, await idOf('1')] })).toEqual([id]);
    archive.clock.advance(31 * DAY_MS);
    expect(await bridge().ApplyRetention()).toBe(2);
    const { items } = archive.client;
    const refusal = { params: { serverText: `The item ${id} is held.` } };
    await expect(items.SetTrash({ ID: id, Value: true })).rejects.toMatchObject(refusal);
    await items.Lock({ ID: id });
    await expect(items.Delete({ ID: id })).rejects.toMatchObject(refusal);
    await items.Unlock({ ID: id });
    expect(await subjects()).toEqual(['2']);

    await hold(id, false);
    expect(await bridge().ApplyRetention()).toBe(1);
    const log = await bridge().GetRetentionLog({ Limit: 10 });
    expect(log.map(({ Action, ItemRef, Count }) => [Action, ItemRef, Count])).toEqual([
      ['expired', 0, 1],
      ['released', id, 1],
      ['expired', 0, 2],
      ['held', id, 1],
    ]);
    expect(log[3]).toMatchObject({ UserName: 'bridge', Reason: 'Rechtsstreit 12/26' });
  });

  it('is held once, and only with a reason', async () => {
    await connect(0);
    const id = await idOf('1');
    await expect(bridge().SetHold({ ID: id, Value: true, Reason: ' ' })).rejects.toThrow();
    await hold(id, true);
    await hold(id, true);
    expect(await bridge().GetRetentionLog({ Limit: 10 })).toHaveLength(1);
    await expect(hold(id + 1000, true)).rejects.toThrow();
  });
});
