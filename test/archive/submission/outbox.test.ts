import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import {
  asSet,
  includes,
  ItemFlag,
  ItemState,
  SmtpAuthenticate,
  SmtpEncrypt,
  type SmtpAccount,
} from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { StoppingSmtp } from '../../faults/stopping-smtp.js';
import { RunningArchive } from '../retrieval/running-archive.js';

const SHOP = { address: 'shop@example.test', password: 'geheim' };
const UNSENT = asSet(ItemFlag.ifUnsent);

let sandbox: MailSandbox;
let archive: RunningArchive;
let smtpId: number;
beforeAll(async () => {
  sandbox = await startMailSandbox({ users: [SHOP] });
}, 60_000);
afterAll(() => sandbox.stop());
beforeEach(async () => {
  archive = await RunningArchive.open({ caCertificate: sandbox.caCertificate });
  smtpId = await archive.addSmtp({
    Port: sandbox.submissionPort,
    Username: SHOP.address,
    Password: SHOP.password,
    Filter: SHOP.address,
  });
});
afterEach(() => archive.close());

const write = (given: Partial<Parameters<RunningArchive['draft']>[0]>) =>
  archive.client.items.New({
    Item: archive.draft({ from: SHOP.address, to: 'kunde@elsewhere.test', ...given }),
    CreateLocked: false,
  });
const get = (ID: number) => archive.client.items.Get({ ID, MarkAsReading: false });

/** Waits until the item has left the outbox one way or the other. */
const settled = (ID: number) =>
  waitFor(
    async () => {
      const item = await get(ID);
      const isOpen = includes(item.Flags, ItemFlag.ifUnsent);
      return !isOpen || includes(item.Flags, ItemFlag.ifFailure) ? item : undefined;
    },
    { timeoutMs: 10_000 },
  );

/** An SMTP server that takes everything and closes after the final dot without a word. */
async function silentAfterDot(): Promise<{ server: Server; port: number; messages: () => number }> {
  let messages = 0;
  const server = createServer((socket) => {
    let inData = false;
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (inData) {
        if (!text.endsWith('\r\n.\r\n')) return;
        messages += 1;
        socket.destroy();
      } else if (text.startsWith('DATA')) {
        inData = true;
        socket.write('354 go on\r\n');
      } else socket.write('250 ok\r\n');
    });
    socket.write('220 scripted ESMTP\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port, messages: () => messages };
}

async function changeAccount(change: Partial<SmtpAccount>): Promise<void> {
  const { smtpAccounts } = archive.client;
  await smtpAccounts.Lock({ ID: smtpId });
  const account = await smtpAccounts.Get({ ID: smtpId });
  await smtpAccounts.Put({ SmtpAccount: { ...account, ...change } });
  await smtpAccounts.Unlock({ ID: smtpId });
}

/** Takes the bytes of an item's attachment away, as a damaged disk would. */
function loseAttachment(itemId: number): void {
  const rows = new Database(join(archive.dataDir, 'archive.db'), { readonly: true });
  const bytes = new Database(join(archive.dataDir, 'raw.db'));
  const hash = rows
    .prepare('select raw_hash from attachments where item_id = ?')
    .pluck()
    .get(itemId);
  expect(bytes.prepare('delete from raw_mails where hash = ?').run(hash).changes).toBe(1);
  rows.close();
  bytes.close();
}

describe('the outbox', () => {
  it('SAL-117 refuses an item whose sender no account serves, naming it, and stores nothing', async () => {
    await expect(write({ from: 'Fremd <fremd@example.test>' })).rejects.toMatchObject({
      params: { rawCode: 9009, serverText: expect.stringContaining('fremd@example.test') },
    });
    expect(await archive.list()).toEqual([]);
  });

  it('SAL-117 does not send through an account that is switched off', async () => {
    const { smtpAccounts } = archive.client;
    await smtpAccounts.Lock({ ID: smtpId });
    await smtpAccounts.Put({
      SmtpAccount: { ...(await smtpAccounts.Get({ ID: smtpId })), State: 0 },
    });
    await smtpAccounts.Unlock({ ID: smtpId });
    await expect(write({})).rejects.toMatchObject({ params: { rawCode: 9009 } });
  });

  it.each([
    ['a draft', { state: ItemState.isDraft }],
    ['an item that waits for its release', { flags: UNSENT | asSet(ItemFlag.ifWaiting) }],
    ['an item that is not marked as unsent', { flags: 0 }],
  ])('never sends %s', async (_what, given) => {
    const stays = await write({ to: 'never@example.test', ...given });
    const goes = await write({ to: 'control@example.test' });
    await settled(goes);
    expect(await sandbox.readMaildir('never@example.test')).toEqual([]);
    expect((await get(stays)).Protocol).toEqual([]);
  });

  it('sends a draft with its uploaded attachment once it is released', async () => {
    const { items } = archive.client;
    const ID = await write({ to: 'anhang@example.test', state: ItemState.isDraft });
    const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
    await items.Lock({ ID });
    await archive.client.uploadAttachment(ID, 'Angebot Größe.pdf', () => Readable.from([content]));
    const draft = await get(ID);
    expect(draft.Attachments).toMatchObject([{ Name: 'Angebot Größe.pdf', Size: 3_000_000 }]);
    await items.Put({ Item: { ...draft, State: ItemState.isNew } });
    await items.Unlock({ ID });
    const sent = await settled(ID);
    expect(includes(sent.Flags, ItemFlag.ifFailure)).toBe(false);
    const [mail] = await waitFor(async () => {
      const inbox = await sandbox.readMaildir('anhang@example.test');
      return inbox.length > 0 ? inbox : undefined;
    });
    const base64 = content.toString('base64');
    const body = mail!.bytes.toString('latin1').replace(/\s+/g, '');
    expect(body).toContain(base64);
  });

  it('keeps a refused item with the reason, and does not blame the account', async () => {
    const ID = await write({ to: 'reject@example.test' });
    const item = await settled(ID);
    expect(includes(item.Flags, ItemFlag.ifUnsent)).toBe(true);
    expect(includes(item.Flags, ItemFlag.ifFailure)).toBe(true);
    expect(item.Protocol.at(-1)?.Text).toMatch(/^Sending failed: .*reject@example\.test: 550/);
    expect((await archive.status(smtpId, 1))?.LastErrorAt).toBeNull();
  });

  it('tries a deferred item again later, and gives up after two days', async () => {
    const ID = await write({ to: 'defer@example.test' });
    const attempts = async () => (await archive.status(smtpId, 1))?.Waiting;
    await waitFor(async () => (await attempts()) === 1);
    await archive.client.info.SendAndReceiveNow();
    expect(includes((await get(ID)).Flags, ItemFlag.ifFailure)).toBe(false);
    archive.clock.advance(49 * 3_600_000);
    await archive.client.info.SendAndReceiveNow();
    const item = await settled(ID);
    expect(item.Protocol.at(-1)?.Text).toContain('given up after two days');
  });

  it('sends each of many that waited once, with its own words, and not the one that cannot be composed', async () => {
    const { items } = archive.client;
    await changeAccount({ Password: 'falsch' });
    const ids: number[] = [];
    for (let index = 0; index < 25; index += 1) {
      const subject = `Nummer ${String(index)}`;
      ids.push(await write({ to: 'viele@example.test', subject, state: ItemState.isDraft }));
    }
    const long = Buffer.alloc(1_500_000, 'x');
    const damaged = ids[7]!;
    for (const ID of [ids[3]!, damaged]) {
      await items.Lock({ ID });
      const open = () => Readable.from([Buffer.concat([long, Buffer.from(String(ID))])]);
      await archive.client.uploadAttachment(ID, 'lang.bin', open);
      await items.Unlock({ ID });
    }
    for (const ID of ids) {
      await items.Lock({ ID });
      await items.Put({ Item: { ...(await get(ID)), State: ItemState.isNew, Flags: UNSENT } });
      await items.Unlock({ ID });
    }
    loseAttachment(damaged);
    await changeAccount({ Password: SHOP.password });
    const texts = await Promise.all(
      ids.map(async (ID) => (await settled(ID)).Protocol.at(-1)?.Text),
    );
    expect(texts.map((text) => text?.slice(0, 11))).toEqual(
      ids.map((ID) => (ID === damaged ? 'Sending fai' : 'Sent throug')),
    );
    expect(texts[7]).toContain('an attachment is gone or damaged');
    const inbox = await waitFor(async () => {
      const mails = await sandbox.readMaildir('viele@example.test');
      return mails.length >= 24 ? mails : undefined;
    });
    const subjects = inbox.map(
      ({ bytes }) => /^Subject: (.*)\r?$/m.exec(bytes.toString('latin1'))?.[1],
    );
    const expected = ids.flatMap((ID, index) => (ID === damaged ? [] : `Nummer ${String(index)}`));
    expect(subjects.sort()).toEqual(expected.sort());
  });

  it('does not send a stored message whose bytes have changed', async () => {
    await changeAccount({ Password: 'falsch' });
    const ID = await write({ to: 'verbogen@example.test', subject: 'Wie es war' });
    await waitFor(async () => (await archive.status(smtpId, 1))?.Waiting === 1);
    await waitFor(async () => (await get(ID)).Size > 200, { what: 'the composed message' });
    const bytes = new Database(join(archive.dataDir, 'raw.db'));
    const change = `update raw_chunks set bytes = cast(replace(cast(bytes as text), 'Wie es war', 'Wie es ist') as blob)`;
    expect(bytes.prepare(change).run().changes).toBe(1);
    bytes.close();
    await changeAccount({ Password: SHOP.password });
    const item = await settled(ID);
    expect(item.Protocol.at(-1)?.Text).toContain('the message is gone or damaged in the archive');
    const control = await write({ to: 'control@example.test' });
    await archive.client.info.SendAndReceiveNow();
    await settled(control);
    expect(await sandbox.readMaildir('verbogen@example.test')).toEqual([]);
  });

  it('lets a server take no mail while the outcome of the one before is not on disk', async () => {
    const server = await StoppingSmtp.start({ key: '', cert: '' });
    const file = new Database(join(archive.dataDir, 'archive.db'));
    try {
      await changeAccount({ Password: 'falsch' });
      const ids = [await write({}), await write({}), await write({})];
      await waitFor(async () => (await archive.status(smtpId, 1))?.Waiting === 3);
      file.exec(`create trigger full before insert on item_protocol when new.item_id = ${ids[0]}
        begin select raise(abort, 'no room'); end`);
      await changeAccount({
        Host: '127.0.0.1',
        Port: server.port,
        Encrypt: SmtpEncrypt.seNo,
        Authenticate: SmtpAuthenticate.saNone,
      });
      await waitFor(() => archive.log.some((line) => line.includes('an outcome could not be')));
      await sleep(300);
      expect(server.taken.size).toBe(1);
      file.exec('drop trigger full');
      for (const ID of ids) await settled(ID);
      expect([...server.taken.values()]).toEqual([1, 1, 1]);
    } finally {
      file.close();
      server.close();
    }
  });

  it('sends what is put in while its account is being worked on', async () => {
    const server = await StoppingSmtp.start({ key: '', cert: '' });
    server.delayMs = () => 100;
    try {
      await changeAccount({
        Host: '127.0.0.1',
        Port: server.port,
        Encrypt: SmtpEncrypt.seNo,
        Authenticate: SmtpAuthenticate.saNone,
      });
      const first = await write({});
      await sleep(200);
      const second = await write({});
      expect(server.taken.size).toBe(0);
      for (const ID of [first, second]) await settled(ID);
      expect([...server.taken.values()]).toEqual([1, 1]);
    } finally {
      server.close();
    }
  });

  it('tries again at once what was put off by settings that were replaced meanwhile', async () => {
    const callers: Socket[] = [];
    const silent = createServer((socket) => callers.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      await changeAccount({
        Host: '127.0.0.1',
        Port: (silent.address() as AddressInfo).port,
        Encrypt: SmtpEncrypt.seNo,
        Authenticate: SmtpAuthenticate.saNone,
      });
      const ID = await write({ to: 'gleich@example.test' });
      await waitFor(() => callers.length === 1);
      await changeAccount({
        Host: 'localhost',
        Port: sandbox.submissionPort,
        Encrypt: SmtpEncrypt.seSTARTTLS,
        Authenticate: SmtpAuthenticate.saLogin,
      });
      callers[0]?.end('554 go away\r\n');
      const item = await settled(ID);
      expect(includes(item.Flags, ItemFlag.ifUnsent)).toBe(false);
      // nor does it stand against the new ones
      expect(archive.log.filter((line) => line.includes('"not sent"'))).toEqual([]);
    } finally {
      silent.close();
    }
  });

  it('records why an account cannot send, and sends when its settings are mended', async () => {
    await changeAccount({ Password: 'falsch' });
    const ID = await write({ to: 'spaeter@example.test' });
    await waitFor(async () => (await archive.status(smtpId, 1))?.LastErrorCode !== '');
    expect(await archive.status(smtpId, 1)).toMatchObject({
      LastErrorCode: 'authenticationFailed',
      Waiting: 1,
    });
    await changeAccount({ Password: SHOP.password });
    const item = await settled(ID);
    expect(includes(item.Flags, ItemFlag.ifUnsent)).toBe(false);
    await waitFor(async () => (await sandbox.readMaildir('spaeter@example.test')).length === 1);
  });

  it('never sends again what is in doubt, and says so', async () => {
    const scripted = await silentAfterDot();
    try {
      await archive.addSmtp({
        Name: 'Still',
        Host: '127.0.0.1',
        Port: scripted.port,
        Encrypt: SmtpEncrypt.seNo,
        Authenticate: SmtpAuthenticate.saNone,
        Filter: 'still@example.test',
      });
      const ID = await write({ from: 'still@example.test' });
      const item = await settled(ID);
      for (const flag of [ItemFlag.ifUnsent, ItemFlag.ifFailure, ItemFlag.ifWaiting])
        expect(includes(item.Flags, flag)).toBe(true);
      expect(item.Protocol.at(-1)?.Text).toContain('in doubt');
      archive.clock.advance(3_600_000);
      await archive.client.info.SendAndReceiveNow();
      await settled(await write({}));
      expect(scripted.messages()).toBe(1);
    } finally {
      scripted.server.close();
    }
  });

  it('tries what waits again when its account is saved, and not when an incoming one with a password is', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const ID = await archive.addSmtp({
        Name: 'Kaputt',
        Host: '127.0.0.1',
        Port: (server.address() as AddressInfo).port,
        Encrypt: SmtpEncrypt.seNo,
        Authenticate: SmtpAuthenticate.saNone,
        Filter: 'kaputt@example.test',
      });
      await write({ from: 'kaputt@example.test' });
      await waitFor(async () => (await archive.status(ID, 1))?.NextTry, { timeoutMs: 10_000 });
      const before = connections;
      const incoming = { Username: 'x', Password: 'y', Port: 9, State: 0 };
      const pop3 = await archive.addPop3(incoming);
      await archive.changePop3(pop3, { Name: 'z' });
      await sleep(500);
      expect(connections).toBe(before);
      const { smtpAccounts } = archive.client;
      await smtpAccounts.Lock({ ID });
      await smtpAccounts.Put({ SmtpAccount: await smtpAccounts.Get({ ID }) });
      await smtpAccounts.Unlock({ ID });
      await waitFor(() => connections > before, { what: 'another try' });
    } finally {
      server.close();
    }
  });

  it.each([
    ['Subject', { subject: 'Hallo\r\nBcc: evil@example.test' }],
    ['Recipients', { to: 'a@example.test\r\nRCPT TO:<evil@example.test>' }],
    ['Recipients', { to: 'kein.komma' }],
    ['From', { from: 'a@example.test, b@example.test' }],
  ])('refuses a %s that is none, naming it', async (member, given) => {
    await expect(write(given)).rejects.toMatchObject({
      params: { rawCode: 9006, serverText: expect.stringContaining(member) },
    });
    expect(await archive.list()).toEqual([]);
  });
});
