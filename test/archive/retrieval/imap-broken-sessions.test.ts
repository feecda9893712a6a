/** What counts against a mail, an account and a server when an IMAP session goes wrong. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pop3Delete, Pop3Protocol } from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { cutWithin } from '../../faults/imap-conduct.js';
import { ImapMailboxServer, type ImapAsk } from '../../faults/imap-server.js';
import { RunningArchive } from './running-archive.js';

const mail = (name: string) =>
  Buffer.from(`From: k@example.test\r\nSubject: ${name}\r\n\r\nText ${name}\r\n`);
const NAMES = ['1', '2', '3', '4', '5'];

let server: ImapMailboxServer;
let archive: RunningArchive;
beforeEach(async () => {
  server = await new ImapMailboxServer().start();
  for (const name of NAMES) server.deliver(mail(name));
  archive = await RunningArchive.open();
});
afterEach(async () => {
  await archive.close();
  await server.stop();
});

const connect = (): Promise<number> =>
  archive.addPop3({
    Protocol: Pop3Protocol.ppImap4,
    Username: 'u',
    Password: 'p',
    Port: server.port,
    Delete: Pop3Delete.pdYes,
  });
const subjects = async () => (await archive.list()).map(({ Subject }) => Subject).sort();
const quarantine = () => archive.client.mailBridge.GetQuarantineList();
/** So many sessions have failed in a row: what the last one says. */
const failed = (id: number, count: number) =>
  waitFor(async () => {
    const account = await archive.client.pop3Accounts.Get({ ID: id });
    return account.ErrorCount >= count ? account.Message : undefined;
  });
const answering = (words: string) => (ask: ImapAsk) =>
  ask.command === 'BODY' && ask.mails.some(({ uid }) => uid === 3)
    ? `${ask.tag} ${words}\r\n`
    : undefined;

describe('an IMAP mail that cannot be had', () => {
  it('goes into quarantine after three tries, alone; it stays on the server', async () => {
    server.conduct = answering('NO [SERVERBUG] this one cannot be read');
    const id = await connect();
    await waitFor(() => server.mails.length === 1);
    await archive.fetchNow(id);
    expect(await quarantine()).toEqual([]);
    await archive.fetchNow(id);
    const [item] = await quarantine();
    expect(item).toMatchObject({ AccountRef: id, Uidl: 'imap:7.3', Attempts: 3 });
    expect(item!.Reason).toBe('The server refused: [SERVERBUG] this one cannot be read');
    const asked = server.strokes;
    await archive.fetchNow(id);
    expect(server.strokes).toBe(asked);
    expect(await subjects()).toEqual(['1', '2', '4', '5']);
    expect(server.mails.map(({ uid }) => uid)).toEqual([3]);

    server.conduct = () => undefined;
    await archive.client.mailBridge.RetryQuarantined({ ID: item!.ID });
    await waitFor(() => server.mails.length === 0);
    expect(await subjects()).toEqual(NAMES);
    expect(await quarantine()).toEqual([]);
  });

  it('goes there also when the connection breaks within it each time', async () => {
    server.conduct = (ask) => {
      const victim = ask.mails.find(({ uid }) => uid === 3);
      return ask.command === 'BODY' && victim !== undefined ? cutWithin(ask, victim) : undefined;
    };
    const id = await connect();
    for (const count of [1, 2, 3]) {
      expect(await failed(id, count)).toBe('The connection to the server broke');
      // the first session began by itself
      if (count < 3) await archive.client.info.SendAndReceiveNow();
    }
    await archive.fetchNow(id);
    expect(await quarantine()).toMatchObject([{ Uidl: 'imap:7.3', Attempts: 3 }]);
    expect(await subjects()).toEqual(['1', '2', '4', '5']);
    expect(server.mails.map(({ uid }) => uid)).toEqual([3]);
  });

  it('is not blamed for a server that is busy', async () => {
    server.conduct = answering('NO [UNAVAILABLE] later');
    const id = await connect();
    await waitFor(() => server.mails.length === 1);
    for (let session = 0; session < 4; session += 1) await archive.fetchNow(id);
    expect(await quarantine()).toEqual([]);
    server.conduct = () => undefined;
    await archive.fetchNow(id);
    expect(await subjects()).toEqual(NAMES);
  });

  it('is not asked for one by one when the server is busy as a whole', async () => {
    for (let more = 0; more < 50; more += 1) server.deliver(mail(`more ${more}`));
    server.conduct = (ask) =>
      ask.command === 'BODY' ? `${ask.tag} NO [LIMIT] slow down\r\n` : undefined;
    const id = await connect();
    expect(await failed(id, 1)).toBe('The server is temporarily unavailable: [LIMIT] slow down');
    expect(server.strokes).toBeLessThan(20);
    expect((await archive.status(id))?.LastErrorCode).toBe('temporarilyUnavailable');
    expect(await quarantine()).toEqual([]);
  });
});
