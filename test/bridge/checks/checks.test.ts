import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server, type AddressInfo, type Socket } from 'node:net';
import type { Archive } from '../../../src/archive/index.js';
import {
  Pop3Delete,
  Pop3Encrypt,
  RpcPop3Account,
  RpcSmtpAccount,
  SmtpAuthenticate,
  SmtpEncrypt,
} from '../../../src/greyhound/index.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import { openEmbeddedArchive } from '../../support/embedded-archive.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { startBridge, type Answer, type BridgeHarness } from '../http/bridge-harness.js';
import { Fault, startWireArchive, type WireArchive } from '../http/wire-archive.js';

const ALICE = { address: 'alice@example.test', password: 'geheim:Wört 1' };
const incoming = '/api/v1/incoming-accounts';
const smtp = '/api/v1/smtp-accounts';

let sandbox: MailSandbox;
let directory: TemporaryDirectory;
let archive: Archive;
let bridge: BridgeHarness;

beforeAll(async () => {
  sandbox = await startMailSandbox({ users: [ALICE] });
  await sandbox.deliver(ALICE.address, Buffer.from('Subject: one\r\n\r\ntext\r\n'));
  directory = await makeTemporaryDirectory();
  const connect = {
    egress: EgressPolicy.parse('127.0.0.0/8,::1'),
    trust: { ca: [sandbox.caCertificate] },
  };
  const realm = { username: 'bridge', password: 'archive-password' };
  archive = await openEmbeddedArchive({ dataDir: directory.path, realm, connect });
  const url = `http://127.0.0.1:${String(archive.port)}`;
  bridge = await startBridge({ embedded: { url, ...realm }, connect });
}, 60_000);
afterAll(async () => {
  await bridge.close();
  await archive.close();
  await sandbox.stop();
  await directory.remove();
});

interface Finding {
  readonly check: string;
  readonly outcome: string;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
  readonly hint: string | null;
  readonly origin: string;
}
const findingsOf = (answer: Answer) => answer.body['findings'] as Finding[];
const german = { 'Accept-Language': 'de' };
const check = (path: string, body?: unknown, on = bridge): Promise<Answer> =>
  on.request(path, { method: 'POST', body, headers: german });

const pop3Form = () => ({
  host: 'localhost',
  port: sandbox.pop3sPort,
  security: 'tls',
  username: ALICE.address,
  password: ALICE.password,
});
const smtpForm = () => ({
  host: 'localhost',
  port: sandbox.submissionPort,
  security: 'starttls',
  username: ALICE.address,
  password: ALICE.password,
});

describe('an account that is not saved yet', () => {
  it('SAL-45 SAL-46 says that mails can be fetched, and touches none', async () => {
    const before = await sandbox.readMaildir(ALICE.address);
    const answer = await check(`${incoming}/check`, pop3Form());
    expect(answer.body).toMatchObject({ ok: true });
    expect(findingsOf(answer)).toEqual([
      expect.objectContaining({ outcome: 'ok', code: 'settingsCorrect', origin: 'archive' }),
    ]);
    expect(findingsOf(answer)[0]?.message).toContain('E-Mails können abgerufen werden');
    // opening the mailbox moves files from new/ to cur/; a flag after ":2," would be a change
    const after = await sandbox.readMaildir(ALICE.address);
    const unflagged = after.map((mail) => ({ ...mail, name: mail.name.replace(/:2,$/, '') }));
    expect(unflagged).toEqual(before);
    const client = await bridge.archive.client();
    expect(await client.pop3Accounts.GetList()).toEqual([]);
    expect(
      await client.items.GetList({
        Filter: {} as never,
        OrderBy: 15,
        OrderDirection: 0,
        Offset: 0,
        ListValues: 0,
        UserFields: [],
        OrderUserFieldRef: 0,
        ListValuesEx: 0,
      }),
    ).toEqual([]);
  });

  it('SAL-118 says that mails can be sent', async () => {
    const answer = await check(`${smtp}/check`, smtpForm());
    expect(answer.body).toMatchObject({ ok: true });
    expect(findingsOf(answer)[0]).toMatchObject({ outcome: 'ok', code: 'sendingPossible' });
  });

  it.each<[string, (form: Record<string, unknown>) => Record<string, unknown>, string, string]>([
    [
      'a wrong password',
      (form) => ({ ...form, password: 'falsch' }),
      'authenticationFailed',
      'password',
    ],
    [
      'an unknown server',
      (form) => ({ ...form, host: 'no-such-server.invalid' }),
      'nameNotFound',
      'host',
    ],
    ['a closed port', (form) => ({ ...form, port: 1 }), 'connectionRefused', 'port'],
    ['a blocked address', (form) => ({ ...form, host: '10.255.255.1' }), 'egressBlocked', 'host'],
    [
      'TLS on the plain port',
      (form) => ({ ...form, port: sandbox.pop3Port }),
      'plainExpected',
      'security',
    ],
    [
      'plain on the TLS port',
      (form) => ({ ...form, security: 'none', allowClearTextLogin: true }),
      'tlsExpected',
      'security',
    ],
    [
      'sign-in in clear without a word',
      (form) => ({ ...form, port: sandbox.pop3Port, security: 'none' }),
      'clearTextRefused',
      'security',
    ],
    ['an IMAP server', (form) => ({ ...form, port: sandbox.imapsPort }), 'wrongProtocol', 'port'],
  ])('names what is wrong: %s', async (_name, change, code, field) => {
    const startedAt = performance.now();
    const answer = await check(`${incoming}/check`, change(pop3Form()));
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ ok: false });
    const failed = findingsOf(answer).find(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject({ code, field, origin: 'archive' });
    expect(failed?.hint).toBeTruthy();
    expect(answer.text).not.toContain(ALICE.password);
  });

  it('says which other service answers, by a probe of its own', async () => {
    const findings = findingsOf(
      await check(`${incoming}/check`, { ...pop3Form(), port: sandbox.imapsPort }),
    );
    const probed = findings.filter(
      ({ origin, outcome }) => origin === 'bridge' && outcome === 'failed',
    );
    expect(probed[0]?.message.toLowerCase()).toContain('imap');
  });

  it('asks for the password instead of failing without it', async () => {
    const answer = await check(`${incoming}/check`, { ...pop3Form(), password: '******' });
    expect(answer.body).toMatchObject({ ok: false });
    expect(findingsOf(answer)).toEqual([
      expect.objectContaining({ outcome: 'warning', code: 'passwordNeeded', field: 'password' }),
    ]);
  });

  it('refuses line breaks and unknown members, naming the field', async () => {
    const broken = await check(`${incoming}/check`, { ...pop3Form(), username: 'a\r\nDELE 1' });
    expect(broken.body).toMatchObject({ status: 400, field: 'username' });
    const unknown = await check(`${smtp}/check`, { ...smtpForm(), hots: 'x' });
    expect(unknown.body).toMatchObject({ code: 'unknownField', field: 'hots' });
  });
});

describe('a saved account', () => {
  let pop3Id: number;
  let smtpId: number;
  beforeAll(async () => {
    const client = await bridge.archive.client();
    const common = {
      Name: 'Alice',
      Host: 'localhost',
      Username: ALICE.address,
      Password: ALICE.password,
      Timeout: 5,
    };
    pop3Id = await client.pop3Accounts.New({
      Pop3Account: RpcPop3Account.make({
        ...common,
        Port: sandbox.pop3sPort,
        Encrypt: Pop3Encrypt.peSSL,
        Delete: Pop3Delete.pdNo,
      }),
    });
    smtpId = await client.smtpAccounts.New({
      SmtpAccount: RpcSmtpAccount.make({
        ...common,
        Port: sandbox.submissionPort,
        Encrypt: SmtpEncrypt.seSTARTTLS,
        Authenticate: SmtpAuthenticate.saLogin,
        Filter: ALICE.address,
      }),
    });
  });

  it('SAL-46 SAL-118 is tried with its stored password although it is inactive', async () => {
    for (const path of [`${incoming}/${String(pop3Id)}/check`, `${smtp}/${String(smtpId)}/check`])
      for (const body of [undefined, {}, { password: '******', active: false }])
        expect((await check(path, body)).body).toMatchObject({ ok: true });
  });

  it('is tried with the values of the form, which are not saved', async () => {
    const path = `${incoming}/${String(pop3Id)}/check`;
    const answer = await check(path, { password: 'falsch' });
    expect(findingsOf(answer)[0]).toMatchObject({
      outcome: 'failed',
      code: 'authenticationFailed',
    });
    expect((await check(path)).body).toMatchObject({ ok: true });
  });

  it('answers 404 when it is not there', async () => {
    expect((await check(`${incoming}/99999/check`)).status).toBe(404);
  });
});

describe('an archive without RpcMailBridge', () => {
  let greyhound: WireArchive;
  let other: BridgeHarness;
  beforeAll(async () => {
    greyhound = await startWireArchive();
    greyhound.on('RpcInfo.GetServerInfo', () => ({ Version: '5.5' }));
    greyhound.on('RpcInfo.GetAddOnList', () => []);
    const connect = {
      egress: EgressPolicy.parse('127.0.0.0/8,::1'),
      trust: { ca: [sandbox.caCertificate] },
    };
    other = await startBridge({
      embedded: { url: greyhound.url, username: 'a', password: 'b' },
      connect,
    });
  });
  afterAll(async () => {
    await other.close();
    await greyhound.close();
  });
  beforeEach(() => {
    const stored = {
      ID: 4,
      Host: 'localhost',
      Port: sandbox.pop3sPort,
      Username: ALICE.address,
      Encrypt: 1,
      Delete: 1,
    };
    greyhound.on('RpcPop3Accounts.Get', () => stored);
  });

  const failing = () => {
    greyhound.on('RpcPop3Accounts.CheckConnection', () => new Fault(801, 'Login failed'));
  };

  it('has the last word; the bridge explains', async () => {
    failing();
    const findings = findingsOf(
      await check(`${incoming}/check`, { ...pop3Form(), password: 'falsch' }, other),
    );
    expect(findings[0]).toMatchObject({
      outcome: 'failed',
      origin: 'archive',
      code: 'archiveFault',
    });
    expect(findings[0]?.message).toContain('Login failed');
    expect(findings.find(({ code }) => code === 'authenticationFailed')).toMatchObject({
      origin: 'bridge',
      field: 'password',
    });
  });

  it('says so when the bridge can sign in and the archive cannot', async () => {
    failing();
    const answer = await check(`${incoming}/check`, pop3Form(), other);
    expect(answer.body).toMatchObject({ ok: false });
    expect(findingsOf(answer).at(-1)).toMatchObject({ code: 'probeSucceeded', outcome: 'warning' });
  });

  it('gives no false failure for a stored password that it may not have used', async () => {
    failing();
    const findings = findingsOf(await check(`${incoming}/4/check`, {}, other));
    expect(findings.map(({ code, outcome }) => [code, outcome])).toEqual([
      ['passwordNeeded', 'warning'],
    ]);
    greyhound.on('RpcPop3Accounts.CheckConnection', () => 3);
    expect((await check(`${incoming}/4/check`, {}, other)).body).toMatchObject({ ok: true });
  });

  it('ends within five seconds when archive and server stay silent', async () => {
    const sockets: Socket[] = [];
    const silent: Server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const port = (silent.address() as AddressInfo).port;
    const ask = other.archive;
    await ask.client();
    greyhound.intercept(() => undefined);
    const startedAt = performance.now();
    const answer = await check(`${incoming}/check`, { ...pop3Form(), port }, other);
    greyhound.intercept(null);
    expect(performance.now() - startedAt).toBeLessThan(5200);
    expect(answer.body).toMatchObject({ ok: false });
    expect(findingsOf(answer)[0]).toMatchObject({ code: 'checkNotAnswered', outcome: 'warning' });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
