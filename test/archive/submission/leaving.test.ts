/** Mails that leave later, that ask for reports, that show their attachments; with a real Postfix. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { Readable } from 'node:stream';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import { asSet, includes, ItemFlag, ItemState } from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { faultOf } from '../archive-under-test.js';
import { RunningArchive } from '../retrieval/running-archive.js';

const SHOP = { address: 'shop@example.test', password: 'geheim' };
const HOUR_MS = 3_600_000;

let sandbox: MailSandbox;
let archive: RunningArchive;
let recipient: string;
let serial = 0;
beforeAll(async () => {
  sandbox = await startMailSandbox({ users: [SHOP] });
}, 60_000);
afterAll(() => sandbox.stop());
beforeEach(async () => {
  recipient = `kunde-${(serial += 1)}@example.test`;
  archive = await RunningArchive.open({ caCertificate: sandbox.caCertificate });
  await archive.addSmtp({
    Port: sandbox.submissionPort,
    Username: SHOP.address,
    Password: SHOP.password,
    Filter: SHOP.address,
  });
});
afterEach(() => archive.close());

const write = (given: Partial<Parameters<RunningArchive['draft']>[0]> = {}) =>
  archive.client.items.New({
    Item: archive.draft({ from: SHOP.address, to: recipient, ...given }),
    CreateLocked: false,
  });
const draft = () => write({ state: ItemState.isDraft, flags: 0 });
const get = (ID: number) => archive.client.items.Get({ ID, MarkAsReading: false });
const isUnsent = async (ID: number) => includes((await get(ID)).Flags, ItemFlag.ifUnsent);
const sent = (ID: number) => waitFor(async () => !(await isUnsent(ID)), { what: 'a sent mail' });
const arrived = () =>
  waitFor(async () => {
    const [mail] = await sandbox.readMaildir(recipient);
    return mail?.bytes;
  });
const inHours = (hours: number) => new Date(archive.clock.now().getTime() + hours * HOUR_MS);
async function locked<T>(ID: number, work: () => Promise<T>): Promise<T> {
  await archive.client.items.Lock({ ID });
  try {
    return await work();
  } finally {
    await archive.client.items.Unlock({ ID });
  }
}
const releaseAt = (ID: number, SendAt: Date, State: number = ItemState.isNew) =>
  locked(ID, () => archive.client.mailBridge.ReleaseAt({ ID, State, SendAt }));
/** Another mail, sent after all that is due. */
async function control(): Promise<void> {
  await sent(await write({ to: 'control@example.test' }));
}

describe('a mail that is to leave later', () => {
  it('waits for its time, also when everything is to be sent now, and across a restart', async () => {
    const ID = await draft();
    const at = inHours(3);
    await releaseAt(ID, at);
    await archive.client.info.SendAndReceiveNow();
    await control();
    await archive.stop();
    await archive.start();
    await archive.client.info.SendAndReceiveNow();
    await control();
    expect(await isUnsent(ID)).toBe(true);
    expect(await sandbox.readMaildir(recipient)).toEqual([]);
    const [row, ...others] = await archive.client.mailBridge.GetOutbox();
    expect(others).toEqual([]);
    at.setMilliseconds(0);
    expect(row).toMatchObject({ ItemRef: ID, SendAt: at, Attempts: 0, Sending: false });
    // it holds nothing up, and nobody need look after it
    expect(await archive.client.mailBridge.GetMailFlow()).toMatchObject({ OldestInOutbox: null });
    archive.clock.advance(3 * HOUR_MS + 1000);
    await control();
    await sent(ID);
    const mail = await simpleParser(await arrived());
    // it bears the time at which it leaves
    expect(mail.date?.getTime()).toBe(at.getTime());
  }, 30_000);

  it('can be taken back until then, and changed without losing its time', async () => {
    const ID = await draft();
    await releaseAt(ID, inHours(3));
    await locked(ID, async () => {
      await archive.client.items.Put({ Item: { ...(await get(ID)), Subject: 'Geändert' } });
    });
    await control();
    expect(await sandbox.readMaildir(recipient)).toEqual([]);
    await locked(ID, async () => {
      await archive.client.items.Put({ Item: { ...(await get(ID)), State: ItemState.isDraft } });
    });
    expect(await archive.client.mailBridge.GetOutbox()).toEqual([]);
    archive.clock.advance(4 * HOUR_MS);
    await control();
    expect(await sandbox.readMaildir(recipient)).toEqual([]);
    await releaseAt(ID, inHours(-1));
    await sent(ID);
    expect((await simpleParser(await arrived())).subject).toBe('Geändert');
  }, 30_000);

  it('is tried for two days from its time on, not from when it was written', async () => {
    recipient = 'defer@example.test';
    const ID = await draft();
    await releaseAt(ID, inHours(24 * 5));
    archive.clock.advance(5 * 24 * HOUR_MS + 1000);
    await control();
    await waitFor(async () => (await archive.client.mailBridge.GetOutbox())[0]?.Attempts === 1);
    expect((await archive.client.mailBridge.GetOutbox())[0]?.LastError).toMatch(/451/);
    expect(includes((await get(ID)).Flags, ItemFlag.ifFailure)).toBe(false);
  }, 30_000);

  it.each([
    [
      'without its lock',
      () => draft(),
      (ID: number) => archive.client.mailBridge.ReleaseAt({ ID, State: 1, SendAt: inHours(1) }),
      9004,
    ],
    [
      'that is no draft',
      () => write({ flags: 0 }),
      (ID: number) => releaseAt(ID, inHours(1)),
      9006,
    ],
    [
      'as what does not leave',
      () => draft(),
      (ID: number) => releaseAt(ID, inHours(1), ItemState.isDone),
      9006,
    ],
  ] as const)('is refused %s', async (_how, make, release, code) => {
    const ID = await make();
    expect(await faultOf(release(ID))).toMatchObject({ code });
  });
});

describe('a mail that asks for reports on delivery', () => {
  const asking = asSet(ItemFlag.ifUnsent, ItemFlag.ifDeliveryNotification);

  it('tells what the report says once it has come', async () => {
    const ID = await write({ flags: asking });
    await sent(ID);
    await arrived();
    const account = await archive.addPop3({
      Username: SHOP.address,
      Password: SHOP.password,
      Port: sandbox.pop3Port,
    });
    const line = await waitFor(
      async () => {
        await archive.fetchNow(account);
        const { Protocol } = await get(ID);
        return Protocol.find(({ Text }) => Text.startsWith('Passed on'));
      },
      { timeoutMs: 20_000, what: 'a report on delivery' },
    );
    expect(line.Text).toContain(recipient);
    expect(includes((await get(ID)).Flags, ItemFlag.ifFailure)).toBe(false);
  }, 40_000);

  it('does not, unless it says so', async () => {
    await sent(await write());
    await arrived();
    const inbox = await sandbox.readMaildir(SHOP.address);
    const about = inbox.filter(({ bytes }) => bytes.includes(recipient));
    expect(about).toEqual([]);
  });
});

describe('an attachment that the HTML names', () => {
  it('is shown in its place; others are attached', async () => {
    const ID = await draft();
    const logo = Buffer.from('89504e470d0a1a0a', 'hex');
    await locked(ID, async () => {
      for (const [name, content] of [
        ['logo.png', logo],
        ['Angebot.pdf', Buffer.from('%PDF-1.4')],
      ] as const)
        await archive.client.uploadAttachment(ID, name, () => Readable.from([content]));
      const item = await get(ID);
      item.Properties.Email.ViewData = Buffer.from('<p>Hallo <img src="cid:logo.png"></p>');
      const Flags = item.Flags | asSet(ItemFlag.ifUseHtml, ItemFlag.ifUnsent);
      await archive.client.items.Put({ Item: { ...item, Flags, State: ItemState.isNew } });
    });
    await sent(ID);
    const bytes = await arrived();
    expect(bytes.toString('latin1')).toMatch(/Content-Type: multipart\/related/);
    const { attachments } = await simpleParser(bytes, { skipImageLinks: true });
    const told = attachments.map(({ filename, related, cid }) => ({ filename, related, cid }));
    expect(told).toEqual([
      { filename: 'logo.png', related: true, cid: 'logo.png' },
      { filename: 'Angebot.pdf', related: undefined, cid: undefined },
    ]);
  });
});
