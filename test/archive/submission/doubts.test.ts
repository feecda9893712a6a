/** What becomes of a mail after it has left, or may have left: by what arrives, and by a person. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import {
  InDoubtResolution,
  SmtpAuthenticate,
  SmtpEncrypt,
  type DetailedItem,
} from '../../../src/greyhound/index.js';
import { StoppingSmtp } from '../../faults/stopping-smtp.js';
import { standingOf } from '../../faults/submitting-archive.js';
import { makeCertificate } from '../../mail/scripted-server.js';
import { SettableArming } from '../../support/settable-arming.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from '../retrieval/running-archive.js';

const SHOP = { address: 'shop@example.test', password: 'geheim' };
const { drSent, drFailed, drSendAgain } = InDoubtResolution;
const certificate = makeCertificate('IP:127.0.0.1');

let sandbox: MailSandbox;
let smtp: StoppingSmtp;
let archive: RunningArchive;
let accountId: number;
beforeEach(async () => {
  sandbox = await startMailSandbox({ users: [SHOP] });
  smtp = await StoppingSmtp.start(certificate);
  archive = await RunningArchive.open();
  await archive.addSmtp({
    Host: '127.0.0.1',
    Port: smtp.port,
    Encrypt: SmtpEncrypt.seNo,
    Authenticate: SmtpAuthenticate.saNone,
    Timeout: 1,
  });
  accountId = await archive.addPop3({
    Port: sandbox.pop3Port,
    Username: SHOP.address,
    Password: SHOP.password,
  });
}, 60_000);
afterEach(async () => {
  await archive.close();
  smtp.close();
  await sandbox.stop();
});

const get = (ID: number) => archive.client.items.Get({ ID, MarkAsReading: false });
const idOf = ({ Properties }: DetailedItem) => Properties.Email.MessageID;
const lastLine = ({ Protocol }: DetailedItem) => Protocol.at(-1)?.Text ?? '';

const becomes = (ID: number, standing: string) =>
  waitFor(
    async () => {
      const item = await get(ID);
      return standingOf(item) === standing ? item : undefined;
    },
    { timeoutMs: 15_000, what: `item ${ID} ${standing}` },
  );

const write = (to = 'kunde@example.test', refId = 0) =>
  archive.client.items.New({
    Item: archive.draft({ from: SHOP.address, to, refId }),
    CreateLocked: false,
  });

/** A mail whose connection breaks after the final dot. */
async function inDoubt(to?: string): Promise<DetailedItem> {
  smtp.stopAt = 'dot, message taken';
  smtp.onStop = () => smtp.breakOff();
  const item = await becomes(await write(to), 'in doubt');
  smtp.stopAt = null;
  return item;
}

/** Delivers to our mailbox, fetches, and waits until it was read through. */
async function arrives(lines: readonly string[]): Promise<void> {
  const before = (await archive.list()).length;
  await sandbox.deliver(SHOP.address, Buffer.from(`${lines.join('\r\n')}\r\n`));
  await archive.fetchNow(accountId);
  const items = await archive.waitForItems(before + 1);
  await get(items.at(-1)?.ID ?? 0);
}

interface Report {
  readonly action?: string;
  readonly recipient?: string;
  readonly about: string;
}

const report = ({ action = 'failed', recipient = 'kunde@example.test', about }: Report) => [
  'From: MAILER-DAEMON@mx.example.test',
  'To: shop@example.test',
  'Subject: Undelivered Mail Returned to Sender',
  'Content-Type: multipart/report; report-type=delivery-status;',
  '\tboundary="B/1"',
  'MIME-Version: 1.0',
  '',
  '--B/1',
  'Content-Type: text/plain',
  '',
  'Sorry.',
  '--B/1',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; mx.example.test',
  '',
  `Final-Recipient: rfc822; ${recipient}`,
  `Action: ${action}`,
  'Status: 5.1.1',
  'Diagnostic-Code: smtp; 550 5.1.1 no such',
  '    user',
  '--B/1',
  'Content-Type: text/rfc822-headers',
  '',
  `Message-ID: ${about}`,
  'Subject: Angebot',
  '--B/1--',
];

describe('a mail in doubt', () => {
  it('is not released by taking back that it waits', async () => {
    const item = await inDoubt();
    const release = archive.client.items.SetWaiting({ ID: item.ID, Value: false, Remark: '' });
    await expect(release).rejects.toMatchObject({ params: { rawCode: 9007 } });
    expect(standingOf(await get(item.ID))).toBe('in doubt');
  });

  it('was sent when a copy of it arrives', async () => {
    const item = await inDoubt();
    await arrives([`Message-ID: ${idOf(item)}`, 'From: shop@example.test', '', 'copy']);
    expect(lastLine(await becomes(item.ID, 'sent'))).toMatch(/^Sent: a copy of it has arrived/);
  });

  it('was sent when an answer to it arrives, and not by an answer to a later mail', async () => {
    const item = await inDoubt();
    const later = await get(await write('kunde@example.test', item.ID));
    const references = `References: ${idOf(item)} ${idOf(later)}`;
    await arrives(['From: k@example.test', `In-Reply-To: ${idOf(later)}`, references, '', 'hm']);
    expect(standingOf(await get(item.ID))).toBe('in doubt');
    await arrives(['From: k@example.test', `In-Reply-To: ${idOf(item)}`, '', 'danke']);
    expect(lastLine(await becomes(item.ID, 'sent'))).toMatch(/^Sent: an answer to it has arrived/);
  });

  it('has failed when it is returned, with the reason', async () => {
    const item = await inDoubt();
    await arrives(report({ about: idOf(item) }));
    expect(lastLine(await becomes(item.ID, 'failed'))).toBe(
      'Not delivered to kunde@example.test: 5.1.1 550 5.1.1 no such user',
    );
  });

  it('has failed when it is returned in free text', async () => {
    const item = await inDoubt();
    await arrives([
      'From: MAILER-DAEMON@mx.example.test',
      'Subject: failure notice',
      '',
      'Hi. This is the qmail-send program at mx.example.test.',
      '',
      '<kunde@example.test>:',
      'Remote host said: 550 5.1.1 no such user',
      '',
      '--- Below this line is a copy of the message.',
      '',
      'From: shop@example.test',
      `Message-ID: ${idOf(item)}`,
      '',
      'Guten Tag',
    ]);
    expect(lastLine(await becomes(item.ID, 'failed'))).toBe(
      'Not delivered to kunde@example.test: 5.1.1 Remote host said: 550 5.1.1 no such user',
    );
  });

  it('was sent when its delivery is delayed', async () => {
    const item = await inDoubt();
    await arrives(report({ about: idOf(item), action: 'delayed' }));
    expect(lastLine(await becomes(item.ID, 'sent'))).toMatch(/^Delivery is delayed to kunde@/);
  });

  it.each([
    [drSent, 'sent', 1],
    [drFailed, 'failed', 1],
    [drSendAgain, 'sent', 2],
  ])('is settled by a person: %i makes it %s', async (Resolution, standing, taken) => {
    const item = await inDoubt();
    const { mailBridge } = archive.client;
    await mailBridge.ResolveInDoubt({ ID: item.ID, Resolution });
    // the account that broke off waits otherwise
    await archive.client.info.SendAndReceiveNow();
    const settled = await becomes(item.ID, standing);
    expect(settled.Protocol.some(({ UserName }) => UserName === 'bridge')).toBe(true);
    expect(smtp.taken.get(idOf(item).slice(1, -1))).toBe(taken);
    await expect(
      mailBridge.ResolveInDoubt({ ID: item.ID, Resolution: drSent }),
    ).rejects.toMatchObject({ params: { rawCode: 9006 } });
  });
});

describe('a mail that was sent', () => {
  it('has failed when it is returned, and can be sent again', async () => {
    const item = await becomes(await write(), 'sent');
    await arrives(report({ about: idOf(item) }));
    await becomes(item.ID, 'failed');
    const { mailBridge } = archive.client;
    await mailBridge.ResolveInDoubt({ ID: item.ID, Resolution: drSendAgain });
    await becomes(item.ID, 'sent');
    expect(smtp.taken.get(idOf(item).slice(1, -1))).toBe(2);
  });

  it.each([
    ['about another mail', {}, '<other@example.test>'],
    ['about a recipient that it did not have', { recipient: 'somebody@example.test' }, null],
  ])('stays so when a report comes %s', async (_what, given, about) => {
    const item = await becomes(await write(), 'sent');
    await arrives(report({ ...given, about: about ?? idOf(item) }));
    const now = await get(item.ID);
    expect([standingOf(now), now.Protocol]).toEqual(['sent', item.Protocol]);
  });

  it('comes back from a real server for an unknown user, and has failed', async () => {
    await archive.addSmtp({
      Name: 'Postfix',
      Host: '127.0.0.1',
      Port: sandbox.smtpPort,
      Encrypt: SmtpEncrypt.seNo,
      Authenticate: SmtpAuthenticate.saNone,
      Filter: SHOP.address,
    });
    const ID = await write('niemand@unknown.test');
    await waitFor(async () => (await sandbox.readMaildir(SHOP.address)).length === 1 || undefined, {
      timeoutMs: 20_000,
      what: 'a bounce',
    });
    await archive.fetchNow(accountId);
    expect(lastLine(await becomes(ID, 'failed'))).toMatch(
      /^Not delivered to niemand@unknown\.test: 5\.1\.1/,
    );
  }, 60_000);
});

describe('mail that arrives', () => {
  it('is never answered by itself, whoever it comes from', async () => {
    const item = await becomes(await write(SHOP.address), 'sent');
    const own = `Message-ID: ${idOf(item)}`;
    await arrives([own, 'From: shop@example.test', 'To: shop@example.test', '', 'to ourselves']);
    await arrives(report({ about: idOf(item), recipient: SHOP.address }));
    await arrives(report({ about: '<bounce-of-a-bounce@mx.example.test>' }));
    const automatic = ['Auto-Submitted: auto-replied', 'X-Loop: shop@example.test'];
    await arrives(['From: k@example.test', `In-Reply-To: ${idOf(item)}`, ...automatic, '', 'away']);
    await archive.client.info.SendAndReceiveNow();
    await archive.fetchNow(accountId);
    expect((await archive.client.mailBridge.GetMailFlow()).Outbox).toBe(0);
    expect((await archive.list()).filter(({ Pop3Ref }) => Pop3Ref === 0)).toHaveLength(1);
    expect(await archive.list()).toHaveLength(5);
    expect([...smtp.taken.values()]).toEqual([1]);
  });
});

describe('an archive that is not armed', () => {
  it('takes mails into the outbox, and sends them once it is', async () => {
    await archive.close();
    const arming = new SettableArming('restored');
    archive = await RunningArchive.open({ arming });
    await archive.addSmtp({
      Host: '127.0.0.1',
      Port: smtp.port,
      Encrypt: SmtpEncrypt.seNo,
      Authenticate: SmtpAuthenticate.saNone,
    });
    const ID = await write();
    await archive.client.info.SendAndReceiveNow();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([standingOf(await get(ID)), smtp.taken.size]).toEqual(['queued', 0]);
    await archive.client.mailBridge.Arm();
    await becomes(ID, 'sent');
  });
});
