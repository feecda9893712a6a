import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmtpAuthenticate, SmtpEncrypt } from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from './running-archive.js';
import { ScriptedPop3 } from './scripted-pop3.js';

const MINUTE_MS = 60_000;
const INTERVAL_S = 30;
const mail = (name: string) => ({
  uidl: name,
  bytes: Buffer.from(`From: a@example.test\r\nSubject: ${name}\r\n\r\nGuten Tag\r\n`),
});

/** A server whose every connection is answered by `greet`. */
class Listener {
  connections = 0;
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(greet: (socket: Socket) => void): Promise<Listener> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const made = new Listener(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => {
      made.connections += 1;
      made.#sockets.add(socket.on('error', () => undefined));
      greet(socket);
    });
    return made;
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** Refuses the password for as long as it is told to. */
async function pop3ThatRefuses(): Promise<Listener & { refuses: boolean }> {
  const listener = await Listener.start((socket) => {
    socket.setEncoding('latin1').on('data', (line: string) => {
      const [command = ''] = line.split(/[ \r]/);
      if (command === 'PASS') socket.write(gate.refuses ? '-ERR [AUTH] no\r\n' : '+OK\r\n');
      else if (command === 'UIDL' || command === 'LIST') socket.write('+OK\r\n.\r\n');
      else if (command === 'CAPA') socket.write('+OK\r\nUSER\r\n.\r\n');
      else if (command === 'QUIT') socket.end('+OK\r\n');
      else socket.write('+OK\r\n');
    });
    socket.write('+OK ready\r\n');
  });
  const gate = Object.assign(listener, { refuses: true });
  return gate;
}

let archive: RunningArchive;
const closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  archive = await RunningArchive.open();
});
afterEach(async () => {
  await archive.close();
  for (const close of closing.splice(0)) await close();
});

const failures = async (id: number, kind = 0) => (await archive.status(id, kind))?.FailedTries ?? 0;
const account = async (ID: number) => archive.client.pop3Accounts.Get({ ID });

/** Starts the archive again at a time at which the next try is due. */
async function restartAfter(ms: number): Promise<void> {
  await archive.stop();
  archive.clock.advance(ms);
  await archive.start();
}

const options = { Username: 'shop', Password: 'geheim', Interval: INTERVAL_S };

describe('an account that fails', () => {
  it('TEC-13 TEC-15 TEC-16 TEC-91 waits longer and longer, is switched off with reason and time, and works once it is activated', async () => {
    const server = await pop3ThatRefuses();
    closing.push(() => server.stop());
    const id = await archive.addPop3({ ...options, Port: server.port });
    await waitFor(async () => (await archive.status(id))?.LastErrorCode !== '');
    // saving it was asked for: it failed, and does not count
    expect(await failures(id)).toBe(0);
    for (const [tries, minutes] of [
      [1, 1],
      [2, 3],
      [3, 9],
      [4, 27],
    ] as const) {
      await restartAfter(61 * MINUTE_MS);
      await waitFor(async () => (await failures(id)) === tries, { timeoutMs: 10_000 });
      const { NextTry, LastErrorAt } = (await archive.status(id))!;
      expect(NextTry!.getTime() - LastErrorAt!.getTime()).toBe(minutes * MINUTE_MS);
    }
    await restartAfter(28 * MINUTE_MS);
    const off = await waitFor(async () => {
      const status = await archive.status(id);
      return status?.SwitchedOffAt == null ? undefined : status;
    });
    expect(off).toMatchObject({ SwitchedOffCode: 'authenticationFailed', NextTry: null });
    expect(await account(id)).toMatchObject({
      State: 0,
      Message: expect.stringContaining('refused user name or password'),
    });
    const before = server.connections;
    await restartAfter(61 * MINUTE_MS);
    await archive.client.info.SendAndReceiveNow();
    await sleep(300);
    expect(server.connections).toBe(before);

    server.refuses = false;
    await archive.changePop3(id, { State: 1, Password: 'neu' });
    await waitFor(async () => (await archive.status(id))?.LastSuccess != null);
    expect(await archive.status(id)).toMatchObject({
      FailedTries: 0,
      SwitchedOffAt: null,
      SwitchedOffCode: '',
    });
    expect(await account(id)).toMatchObject({ State: 1, ErrorCount: 0 });
  }, 60_000);

  it('is not tried before its time after a restart, unless somebody asks or the clock was set back', async () => {
    const server = await pop3ThatRefuses();
    closing.push(() => server.stop());
    const id = await archive.addPop3({ ...options, Port: server.port });
    await waitFor(async () => (await archive.status(id))?.LastErrorCode !== '');
    await restartAfter(61 * MINUTE_MS);
    await waitFor(async () => (await failures(id)) === 1);
    const tried = server.connections;
    await restartAfter(0);
    await sleep(300);
    expect(server.connections).toBe(tried);
    await archive.client.info.SendAndReceiveNow();
    await waitFor(() => server.connections === tried + 1);
    await waitFor(async () => (await account(id)).ErrorCount === 3);
    await restartAfter(-120 * MINUTE_MS);
    await waitFor(() => server.connections === tried + 2);
  }, 30_000);

  it('TEC-16 is not switched off by pressing a button, nor with 0, nor by mails that a server breaks on', async () => {
    const refusing = await pop3ThatRefuses();
    const breaking = await ScriptedPop3.start([mail('gift')]);
    breaking.faults = { breakIn: { number: 1, afterBytes: 10 } };
    closing.push(
      () => refusing.stop(),
      () => breaking.stop(),
    );
    await archive.client.mailBridge.PutMailOptions({ Options: { SwitchOffAfter: 2 } });
    const pressed = await archive.addPop3({ ...options, Port: refusing.port });
    const poisoned = await archive.addPop3({ ...options, Port: breaking.port });
    for (let times = 1; times <= 4; times += 1) {
      await archive.client.info.SendAndReceiveNow();
      await waitFor(async () => (await account(pressed)).ErrorCount > times);
    }
    expect([await failures(pressed), (await account(pressed)).State]).toEqual([0, 1]);
    await archive.client.mailBridge.PutMailOptions({ Options: { SwitchOffAfter: 0 } });
    for (let times = 1; times <= 3; times += 1) {
      const sessions = () =>
        breaking.commands.filter((command) => command === 'QUIT' || command.startsWith('RETR'))
          .length;
      const before = sessions();
      await restartAfter(61 * MINUTE_MS);
      await waitFor(() => sessions() > before);
      await waitFor(async () => (await failures(pressed)) === times);
    }
    // the mail has gone to quarantine, or is tried again: the account goes on
    expect([await failures(poisoned), (await account(poisoned)).State]).toEqual([0, 1]);
    expect((await account(pressed)).State).toBe(1);
  }, 60_000);

  it('delays no other: one server hangs, one sends a byte a second, one works', async () => {
    const silent = await Listener.start(() => undefined);
    const dribbling = await Listener.start((socket) => {
      const timer = setInterval(() => socket.write('+'), 1000);
      socket.on('close', () => clearInterval(timer));
    });
    const working = await ScriptedPop3.start([mail('eins'), mail('zwei')]);
    closing.push(
      () => silent.stop(),
      () => dribbling.stop(),
      () => working.stop(),
    );
    for (const port of [silent.port, dribbling.port])
      await archive.addPop3({ ...options, Port: port, Timeout: 60 });
    await waitFor(() => silent.connections === 1 && dribbling.connections === 1);
    await archive.addPop3({ ...options, Port: working.port });
    await archive.waitForItems(2);
  }, 30_000);
});

describe('an SMTP account that fails', () => {
  const smtp = { Encrypt: SmtpEncrypt.seNo, Authenticate: SmtpAuthenticate.saNone };
  const write = (from: string, to = 'kunde@elsewhere.test') =>
    archive.client.items.New({ Item: archive.draft({ from, to }), CreateLocked: false });
  const sender = (name: string) => `${name}@example.test`;

  /** Takes every message. */
  const accepting = (seen: string[]) =>
    Listener.start((socket) => {
      let inData = false;
      socket.setEncoding('latin1').on('data', (text: string) => {
        if (inData && text.endsWith('\r\n.\r\n')) {
          inData = false;
          seen.push(text);
          socket.write('250 taken\r\n');
        } else if (text.startsWith('DATA')) {
          inData = true;
          socket.write('354 go on\r\n');
        } else if (!inData) socket.write(text.startsWith('QUIT') ? '221 bye\r\n' : '250 ok\r\n');
      });
      socket.write('220 scripted ESMTP\r\n');
    });

  it('delays no other: its server hangs while the mails of another account leave', async () => {
    const silent = await Listener.start(() => undefined);
    const seen: string[] = [];
    const working = await accepting(seen);
    closing.push(
      () => silent.stop(),
      () => working.stop(),
    );
    const hanging = { ...smtp, Name: 'hängt', Port: silent.port, Filter: sender('a'), Timeout: 60 };
    await archive.addSmtp({ ...hanging, Host: '127.0.0.1' });
    await archive.addSmtp({
      ...smtp,
      Name: 'geht',
      Host: '127.0.0.1',
      Port: working.port,
      Filter: sender('b'),
    });
    for (let count = 0; count < 60; count += 1) await write(sender('a'));
    await waitFor(() => silent.connections === 1);
    await write(sender('b'));
    await waitFor(() => seen.length === 1, { timeoutMs: 10_000, what: 'the other mail' });
  }, 60_000);

  it('TEC-13 TEC-16 is switched off after the configured tries, its mails wait for weeks and leave once it is active', async () => {
    const free = await Listener.start(() => undefined);
    const { port } = free;
    await free.stop();
    await archive.client.mailBridge.PutMailOptions({ Options: { SwitchOffAfter: 2 } });
    const id = await archive.addSmtp({
      ...smtp,
      Host: '127.0.0.1',
      Port: port,
      Filter: sender('a'),
    });
    // many mails, one try
    for (let count = 0; count < 5; count += 1) await write(sender('a'));
    await waitFor(async () => (await failures(id, 1)) === 1);
    await sleep(300);
    expect(await failures(id, 1)).toBe(1);
    await restartAfter(59 * MINUTE_MS);
    await waitFor(async () => (await archive.status(id, 1))?.SwitchedOffAt != null, {
      timeoutMs: 10_000,
    });
    expect(await archive.status(id, 1)).toMatchObject({
      SwitchedOffCode: 'connectionRefused',
      Waiting: 5,
    });
    expect(await archive.client.smtpAccounts.Get({ ID: id })).toMatchObject({ State: 0 });
    await restartAfter(21 * 24 * 60 * MINUTE_MS);
    await sleep(500);
    expect((await archive.client.mailBridge.GetMailFlow()).Outbox).toBe(5);
    expect((await archive.client.mailBridge.GetMailFlow()).Failed).toBe(0);

    const seen: string[] = [];
    const working = await accepting(seen);
    closing.push(() => working.stop());
    const { smtpAccounts } = archive.client;
    await smtpAccounts.Lock({ ID: id });
    const stored = await smtpAccounts.Get({ ID: id });
    await smtpAccounts.Put({ SmtpAccount: { ...stored, State: 1, Port: working.port } });
    await smtpAccounts.Unlock({ ID: id });
    await waitFor(() => seen.length === 5, { timeoutMs: 10_000, what: 'all five mails' });
    expect(await archive.status(id, 1)).toMatchObject({ FailedTries: 0, SwitchedOffAt: null });
  }, 60_000);
});
