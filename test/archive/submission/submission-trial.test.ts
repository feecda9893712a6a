/** What is tried with an SMTP account, at real servers: may it send as somebody, does a mail arrive. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import { Pop3Encrypt } from '../../../src/greyhound/index.js';
import { SettableArming } from '../../support/settable-arming.js';
import { fault, faultOf } from '../archive-under-test.js';
import { RunningArchive } from '../retrieval/running-archive.js';

const sales = { address: 'verkauf@example.test', password: 'Geheim!42' };
const service = { address: 'service@example.test', password: 'Geheim!43' };

let sandbox: MailSandbox;
let archive: RunningArchive;
const arming = new SettableArming();
beforeAll(async () => {
  sandbox = await startMailSandbox({ users: [sales, service] });
  archive = await RunningArchive.open({ caCertificate: sandbox.caCertificate, arming });
}, 60_000);
afterAll(async () => {
  await archive.close();
  await sandbox.stop();
}, 30_000);

const addSmtp = (given: object = {}) =>
  archive.addSmtp({
    Port: sandbox.submissionPort,
    Username: sales.address,
    Password: sales.password,
    ...given,
  });

const addPop3 = (given: object = {}) =>
  archive.addPop3({
    Host: 'localhost',
    Port: sandbox.pop3sPort,
    Encrypt: Pop3Encrypt.peSSL,
    Username: sales.address,
    Password: sales.password,
    ...given,
  });

const inboxOf = async (address: string) => sandbox.readMaildir(address);

describe('CheckSenders', () => {
  it('HHQ-07 tells for each address what the server says, and sends nothing', async () => {
    const ID = await addSmtp();
    const Senders = [sales.address, 'reject@example.test', 'defer@example.test'];
    const checks = await archive.client.mailBridge.CheckSenders({ ID, Senders });
    expect(
      checks.map(({ Sender, Accepted, Stage, ReplyCode }) => [Sender, Accepted, Stage, ReplyCode]),
    ).toEqual([
      [sales.address, true, '', 0],
      ['reject@example.test', false, 'recipient', 550],
      ['defer@example.test', false, 'recipient', 451],
    ]);
    expect(checks[1]).toMatchObject({
      EnhancedCode: '5.1.1',
      Words: expect.stringContaining('no such user'),
    });
    expect(await inboxOf(sales.address)).toEqual([]);
  });

  it('refuses what is no address, and says why a server cannot be asked', async () => {
    const ID = await addSmtp();
    const check = (Senders: string[], id = ID) =>
      faultOf(archive.client.mailBridge.CheckSenders({ ID: id, Senders }));
    expect((await check(['a@b.de>\r\nRCPT TO:<x@y.de'])).code).toBe(fault.invalidValue);
    expect((await check(['a@b.de'], 4711)).code).toBe(fault.notFound);
    const wrong = await addSmtp({ Password: 'falsch' });
    expect(await check(['a@b.de'], wrong)).toMatchObject({
      code: fault.checkFailed,
      text: expect.stringContaining('[authenticationFailed]'),
    });
  });
});

describe('CheckRoundTrip', () => {
  it('sends a marked mail, finds it in the mailbox among others, and leaves only the others', async () => {
    const Pop3Ref = await addPop3();
    const SmtpRef = await addSmtp();
    await sandbox.deliver(sales.address, Buffer.from('Subject: eine andere\r\n\r\nbleibt\r\n'));
    await archive.fetchNow(Pop3Ref);
    const trip = await archive.client.mailBridge.CheckRoundTrip({
      Pop3Ref,
      SmtpRef,
      Address: sales.address,
    });
    expect(trip).toMatchObject({ FailedStep: '', Code: '' });
    expect(trip.SentMs).toBeGreaterThan(0);
    expect(trip.FoundMs).toBeGreaterThan(trip.SentMs);
    expect(trip.RemovedMs).toBeGreaterThanOrEqual(trip.FoundMs);
    const left = await inboxOf(sales.address);
    expect(left.map(({ bytes }) => /^Subject: (.*)\r?$/m.exec(bytes.toString())?.[1])).toEqual([
      'eine andere',
    ]);
    // and it was not taken in as a mail
    expect((await archive.list()).map(({ Subject }) => Subject)).toEqual(['eine andere']);
  }, 40_000);

  it('tells which step failed and why', async () => {
    const Pop3Ref = await addPop3({ Name: 'b' });
    const bad = await addSmtp({ Password: 'falsch' });
    const { mailBridge } = archive.client;
    expect(
      await mailBridge.CheckRoundTrip({ Pop3Ref, SmtpRef: bad, Address: sales.address }),
    ).toMatchObject({
      FailedStep: 'send',
      Code: 'authenticationFailed',
      SentMs: 0,
    });
    const closed = await addPop3({ Name: 'c', Password: 'falsch' });
    const SmtpRef = await addSmtp();
    expect(
      await mailBridge.CheckRoundTrip({ Pop3Ref: closed, SmtpRef, Address: sales.address }),
    ).toMatchObject({
      FailedStep: 'find',
      Code: 'authenticationFailed',
    });
  }, 40_000);

  it('sends nothing from a copy of the data', async () => {
    const Pop3Ref = await addPop3({ Name: 'd' });
    const SmtpRef = await addSmtp();
    arming.disarmed = 'copied';
    const call = archive.client.mailBridge.CheckRoundTrip({
      Pop3Ref,
      SmtpRef,
      Address: sales.address,
    });
    expect((await faultOf(call)).text).toContain('[notArmed]');
    await arming.arm();
  });
});
