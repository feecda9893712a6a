import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pop3Delete } from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from './running-archive.js';
import { ScriptedPop3 } from './scripted-pop3.js';

const mail = (name: string, extra = '') => ({
  uidl: `u-${name}`,
  bytes: Buffer.from(`From: k@example.test\r\nSubject: ${name}\r\n\r\nText ${name}\r\n${extra}`),
});
const NAMES = ['1', '2', '3', '4', '5'];

let server: ScriptedPop3;
let archive: RunningArchive;
beforeEach(async () => {
  server = await ScriptedPop3.start(NAMES.map((name) => mail(name)));
  archive = await RunningArchive.open();
});
afterEach(async () => {
  await archive.close();
  await server.stop();
});

const connect = (policy = Pop3Delete.pdYes as number): Promise<number> =>
  archive.addPop3({ Username: 'u', Password: 'p', Port: server.port, Delete: policy });

const subjects = async () => (await archive.list()).map(({ Subject }) => Subject).sort();

/** Waits for the error of a session that must fail. */
const failure = (id: number, count = 1) =>
  waitFor(async () => {
    const account = await archive.client.pop3Accounts.Get({ ID: id });
    return account.ErrorCount >= count ? account.Message : undefined;
  });

const runAgain = async (id: number, count: number) => {
  await archive.client.info.SendAndReceiveNow();
  return failure(id, count);
};

describe('a session that breaks', () => {
  it('within a mail: what was complete is kept, nothing is deleted, the rest comes next time', async () => {
    server.faults = { breakIn: { number: 3, afterBytes: 20 } };
    const id = await connect();
    expect(await failure(id)).toBe('The connection to the server broke');
    expect(await subjects()).toEqual(['1', '2']);
    expect(server.mails).toHaveLength(5);
    server.faults = {};
    await archive.fetchNow(id);
    expect(await subjects()).toEqual(NAMES);
    expect(server.mails).toEqual([]);
    // 1 and 2 were not asked for a second time
    expect(server.commands.filter((line) => line === 'RETR 1')).toHaveLength(1);
  });

  it.each([true, false])(
    'before QUIT is answered (deletions carried out: %s): nothing doubled, nothing lost',
    async (deleted) => {
      server.faults = { breakAtQuit: { deleted } };
      const id = await connect();
      await failure(id);
      expect(await subjects()).toEqual(NAMES);
      expect(server.mails).toHaveLength(deleted ? 0 : 5);
      server.faults = {};
      await archive.fetchNow(id);
      expect(await subjects()).toEqual(NAMES);
      expect(server.mails).toEqual([]);
      // what is listed after all could be other mails under the same unique-ids: their bytes are asked for
      expect(server.retrievals).toBe(deleted ? 5 : 10);
    },
  );
});

describe('quarantine', () => {
  it('takes a mail that fails three times, and only that one; it stays on the server', async () => {
    server.faults = { refuse: 'u-3' };
    const id = await connect();
    await waitFor(() => server.mails.length === 1);
    await archive.fetchNow(id);
    expect(await archive.client.mailBridge.GetQuarantineList()).toEqual([]);
    await archive.fetchNow(id);
    const [item] = await archive.client.mailBridge.GetQuarantineList();
    expect(item).toMatchObject({
      AccountRef: id,
      Uidl: 'u-3',
      Attempts: 3,
      Reason: 'The server refused: this one cannot be read',
    });
    expect((await archive.status(id))?.Waiting).toBe(1);
    const asked = server.retrievals;
    await archive.fetchNow(id);
    expect(server.retrievals).toBe(asked);
    expect(await subjects()).toEqual(['1', '2', '4', '5']);
    expect(server.mails.map(({ uidl }) => uidl)).toEqual(['u-3']);

    server.faults = {};
    await archive.client.mailBridge.RetryQuarantined({ ID: item!.ID });
    await waitFor(() => server.mails.length === 0);
    expect(await subjects()).toEqual(NAMES);
    expect(await archive.client.mailBridge.GetQuarantineList()).toEqual([]);
  });

  it('takes a mail at once that is larger than the account allows', async () => {
    server.mails = [mail('small'), mail('large', 'x'.repeat(5000))];
    const id = await archive.addPop3({
      Username: 'u',
      Password: 'p',
      Port: server.port,
      MaxSize: 1000,
      Delete: Pop3Delete.pdYes,
    });
    const [item] = await waitFor(async () => {
      const list = await archive.client.mailBridge.GetQuarantineList();
      return list.length > 0 ? list : undefined;
    });
    expect(item).toMatchObject({ AccountRef: id, Uidl: 'u-large', Attempts: 1 });
    await archive.waitForItems(1);
    await waitFor(() => server.mails.length === 1);
  });
});

describe('a server without usable unique-ids', () => {
  it('recognises its mails when it has numbered them anew', async () => {
    const id = await connect(Pop3Delete.pdNo);
    await archive.waitForItems(5);
    server.mails = server.mails.map(({ bytes, uidl }) => ({ bytes, uidl: `new-${uidl}` }));
    await archive.fetchNow(id);
    await archive.fetchNow(id);
    expect(await subjects()).toEqual(NAMES);
    // fetched once more to be recognised, and then known
    expect(server.retrievals).toBe(10);
  });
});

describe('the last error', () => {
  it('tells what the server said, and counts', async () => {
    await server.stop();
    const id = await connect();
    expect(await failure(id)).toBe('The server refuses connections on this port');
    await runAgain(id, 2);
    const status = await archive.status(id);
    expect(status).toMatchObject({ LastErrorCode: 'connectionRefused' });
    expect(status?.LastErrorAt).toBeInstanceOf(Date);
    expect(status?.LastSuccess).toBeNull();
  });
});
