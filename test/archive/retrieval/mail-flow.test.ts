import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import { includes, ItemFlag, ItemState, LockState } from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from './running-archive.js';

const ARCHIVE_ONLY = { address: 'ruhe@example.test', password: 'geheim-2' };
const SHOP = { address: 'shop@example.test', password: 'geheim:Wört 1' };
const MAIL = Buffer.from(
  [
    'From: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@example.test>',
    'To: "Shop GmbH, Verkauf" <shop@example.test>',
    'Cc: buero@example.test',
    'Subject: =?utf-8?B?QXVmdHJhZyBBLTEwMDIzIMO8YmVyIDUgU3TDvGNr?=',
    'Date: Mon, 02 Mar 2026 10:00:00 +0100',
    'Message-ID: <auftrag-1@example.test>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=windows-1252',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Preis: 5 \x80 je St\xfcck',
    '.',
    '..zwei Punkte',
    '--b',
    'Content-Type: application/pdf; name="Auftrag.pdf"',
    'Content-Disposition: attachment; filename="Auftrag.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('%PDF-1.4 not really').toString('base64'),
    '--b--',
    '',
  ].join('\r\n'),
  'latin1',
);

let sandbox: MailSandbox;
let archive: RunningArchive;
beforeAll(async () => {
  sandbox = await startMailSandbox({ users: [SHOP, ARCHIVE_ONLY] });
  archive = await RunningArchive.open({ caCertificate: sandbox.caCertificate });
}, 60_000);
afterAll(async () => {
  await archive.close();
  await sandbox.stop();
});

describe('the way of a mail', () => {
  let accountId: number;
  let groupId: number;

  it('SAL-20 fetches, files and lists a mail, byte for byte', async () => {
    await sandbox.deliver(SHOP.address, MAIL);
    accountId = await archive.addPop3({
      Username: SHOP.address,
      Password: SHOP.password,
      Port: sandbox.pop3Port,
      State: 0,
    });
    groupId = await archive.addGroupWithRule(SHOP.address, accountId);
    await archive.changePop3(accountId, { State: 1 });
    const [item] = await archive.waitForItems(1);
    await waitFor(async () => (await archive.list())[0]?.ViewData !== '');
    const [listed] = await archive.list({ GroupRefs: [groupId] });
    expect(listed).toMatchObject({
      ID: item?.ID,
      GroupRef: groupId,
      GroupName: SHOP.address,
      State: ItemState.isOpen,
      From: 'Jörg Müller <joerg@example.test>',
      Recipients: '"Shop GmbH, Verkauf" <shop@example.test>',
      Subject: 'Auftrag A-10023 über 5 Stück',
      Size: MAIL.length,
      Pop3Ref: accountId,
      StartDate: new Date('2026-03-02T09:00:00Z'),
      ViewData: 'Preis: 5 € je Stück . ..zwei Punkte',
      Attachments: [{ Name: 'Auftrag.pdf', ContentType: 'application/pdf', Size: 19 }],
    });
    expect(includes(listed!.Flags, ItemFlag.ifAttachment)).toBe(true);
    expect(await archive.original(listed!.ID)).toEqual(MAIL);
  });

  it('gives the whole item, its attachment and the protocol of filing', async () => {
    const [listed] = await archive.list();
    const item = await archive.client.items.Get({ ID: listed!.ID, MarkAsReading: true });
    expect(item.Properties.Email.ViewData.toString()).toBe('Preis: 5 € je Stück\n.\n..zwei Punkte');
    expect(item.Properties.Email.MessageID).toBe('<auftrag-1@example.test>');
    expect(item.Properties.Email.CC).toMatchObject([{ Text: 'buero@example.test' }]);
    expect(item.Properties.Email.Header).toContain('Subject: =?utf-8?B?');
    expect(item.Protocol).toMatchObject([{ RuleName: `Eingangsverarbeitung: ${SHOP.address}` }]);
    expect(includes(item.Flags, ItemFlag.ifRead)).toBe(true);
    expect(item.LockData.LockState).toBe(LockState.lsUnlocked);
    const { stream } = await archive.client.download('ItemsAttachment', item.Attachments[0]!.ID);
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    expect(Buffer.concat(pieces).toString()).toBe('%PDF-1.4 not really');
  });

  it('fetches nothing twice', async () => {
    await archive.fetchNow(accountId);
    expect(await archive.list()).toHaveLength(1);
    expect(await sandbox.readMaildir(SHOP.address)).toHaveLength(1);
  });

  it('SAL-115 sends an answer through the account that serves everybody', async () => {
    const [received] = await archive.list();
    const smtpId = await archive.addSmtp({
      Port: sandbox.submissionPort,
      Username: SHOP.address,
      Password: SHOP.password,
    });
    const ID = await archive.client.items.New({
      Item: archive.draft({
        from: `Shop <${SHOP.address}>`,
        to: 'joerg@example.test',
        subject: 'Re: Auftrag über 5 Stück',
        text: 'Gerne!\n.\nGrüße',
        state: ItemState.isAnswer,
        refId: received!.ID,
        bcc: 'chef@example.test',
      }),
      CreateLocked: false,
    });
    const [mail] = await waitFor(async () => {
      const inbox = await sandbox.readMaildir('joerg@example.test');
      return inbox.length > 0 ? inbox : undefined;
    });
    const sent = await waitFor(async () => {
      const item = await archive.client.items.Get({ ID, MarkAsReading: false });
      return includes(item.Flags, ItemFlag.ifUnsent) ? undefined : item;
    });
    expect(includes(sent.Flags, ItemFlag.ifFailure)).toBe(false);
    expect(sent.State).toBe(ItemState.isAnswer);
    const raw = await archive.original(ID);
    // Postfix puts its own header lines before what it was given
    expect(mail!.bytes.toString('latin1').replaceAll('\r\n', '\n')).toContain(
      raw.toString('latin1').replaceAll('\r\n', '\n').trimEnd(),
    );
    const header = raw.toString('latin1').split('\r\n\r\n')[0]!;
    expect(header).toContain(`Message-ID: ${sent.Properties.Email.MessageID}`);
    expect(header).toContain('In-Reply-To: <auftrag-1@example.test>');
    expect(header).toContain('References: <auftrag-1@example.test>');
    expect(header).not.toMatch(/chef@example\.test/);
    await waitFor(async () => (await sandbox.readMaildir('chef@example.test')).length === 1);
    const thread = await archive.client.items.GetThreadList({
      ID,
      ListValues: -1,
      UserFields: [],
      IncludeReferredItem: true,
      ListValuesEx: 0,
    });
    expect(thread.map((one) => one.ID)).toEqual([received!.ID, ID]);
    const status = await archive.status(smtpId, 1);
    expect(status?.LastSuccess).toBeInstanceOf(Date);
  });

  it('fetches an account without an interval only when asked', async () => {
    await sandbox.deliver(ARCHIVE_ONLY.address, MAIL);
    const id = await archive.addPop3({
      Username: ARCHIVE_ONLY.address,
      Password: ARCHIVE_ONLY.password,
      Port: sandbox.pop3Port,
      Interval: 0,
    });
    // another account, changed later, was fetched because of its change: this one was not
    const lastSuccess = async () => (await archive.status(accountId))?.LastSuccess?.getTime() ?? 0;
    const since = await lastSuccess();
    archive.clock.advance(1000);
    await archive.changePop3(accountId, { Timeout: 6 });
    await waitFor(async () => (await lastSuccess()) > since);
    const before = (await archive.status(id, 0))?.LastSignIn;
    await archive.client.info.SendAndReceiveNow();
    await waitFor(async () => (await archive.status(id, 0))?.LastSuccess != null);
    expect(before).toBeNull();
    expect((await archive.list()).filter(({ Pop3Ref }) => Pop3Ref === id)).toHaveLength(1);
  });
});
