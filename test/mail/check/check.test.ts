import { afterAll, describe, expect, it } from '@jest/globals';
import { checkIncoming, checkSmtp } from '../../../src/mail/check/check.js';
import type { ProbeResult } from '../../../src/mail/check/findings.js';
import type { MailEndpoint } from '../../../src/mail/endpoint.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import {
  dependencies,
  endpoint,
  makeCertificate,
  serve,
  type Script,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';

const trusted = makeCertificate('IP:127.0.0.1');
const untrusted = makeCertificate('IP:127.0.0.1');
const expired = makeCertificate('IP:127.0.0.1', -30);
const otherName = makeCertificate('DNS:other.test');
const trust = dependencies([trusted.cert, expired.cert, otherName.cert]);
const PATIENT_MS = 30_000;

const servers: ScriptedServer[] = [];
afterAll(() => servers.splice(0).forEach((server) => server.close()));

async function start(
  greeting: readonly Step[],
  answers: Readonly<Record<string, readonly Step[]>> = {},
  script: Partial<Script> = {},
) {
  const answer = (line: string): readonly Step[] =>
    answers[line.split(' ')[0]!] ?? answers['*'] ?? [];
  const server = await serve({ greeting, answer, ...script });
  servers.push(server);
  return server;
}

const POP3 = {
  CAPA: ['+OK\r\nUSER\r\n.\r\n'],
  STAT: ['+OK 3 300\r\n'],
  QUIT: ['+OK bye\r\n', 'CLOSE'],
  '*': ['+OK\r\n'],
} as const;
const SMTP = {
  EHLO: ['250-hi\r\n250 AUTH PLAIN\r\n'],
  AUTH: ['235 ok\r\n'],
  QUIT: ['221 bye\r\n', 'CLOSE'],
  '*': ['502 no\r\n'],
} as const;
const HTTP = { '*': ['HTTP/1.1 400 Bad Request\r\n\r\n', 'CLOSE'] } as const;
const REDIS = { PING: ['+PONG\r\n'], '*': ["-ERR unknown command 'X'\r\n"] } as const;

const credentials = { method: 'password', username: 'u', password: 'p' } as const;

async function incoming(port: number, changes: Partial<MailEndpoint> = {}): Promise<ProbeResult> {
  const settings = {
    protocol: 'pop3',
    endpoint: endpoint(port, { timeoutMs: PATIENT_MS, ...changes }),
    credentials,
  } as const;
  return checkIncoming(settings, trust);
}

async function smtp(port: number, changes: Partial<MailEndpoint> = {}): Promise<ProbeResult> {
  return checkSmtp(
    { endpoint: endpoint(port, { timeoutMs: PATIENT_MS, ...changes }), credentials },
    trust,
  );
}

/** All sockets of a check end with it, give or take the loop of a busy machine. */
async function untilClosed(server: ScriptedServer): Promise<void> {
  for (let tries = 0; server.open.size > 0 && tries < 40; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect(server.open.size).toBe(0);
}

/** The last finding as `check outcome code field`, with what was found and suggested. */
function verdict({ findings }: ProbeResult): string {
  const { check, outcome, code, field, params } = findings.at(-1)!;
  return [check, outcome, code, field, params['found'], params['suggestedPort']]
    .filter((part) => part !== undefined && part !== null)
    .join(' ');
}

describe('check of an incoming account', () => {
  it('signs in, counts, and sends nothing but what a check may send', async () => {
    const server = await start(['+OK\r\n'], POP3);
    const result = await incoming(server.port);
    expect(
      result.findings.map(({ check, outcome, code }) => `${check} ${outcome} ${code}`),
    ).toEqual([
      'egress ok passed',
      'name ok passed',
      'connect ok passed',
      'greeting ok passed',
      'capabilities ok passed',
      'login ok passed',
      'login warning clearTextLogin',
      'mailbox ok passed',
    ]);
    expect(result.messageCount).toBe(3);
    expect(server.lines).toEqual(['CAPA', 'USER u', 'PASS p', 'STAT', 'QUIT']);
  });

  it('TEC-30 warns at the field of the security when a password was readable on its way, and only then', async () => {
    const warnings = ({ findings }: ProbeResult) =>
      findings
        .filter(({ outcome }) => outcome === 'warning')
        .map(({ code, field }) => `${code} ${field}`);
    const plain = await start(['220 hi\r\n'], SMTP);
    expect(warnings(await smtp(plain.port))).toEqual(['clearTextLogin security']);
    const encrypted = await start(['220 hi\r\n'], SMTP, { tls: trusted });
    const result = await smtp(encrypted.port, { security: 'tls' });
    expect(result.findings).toContainEqual(
      expect.objectContaining({ check: 'login', outcome: 'ok' }),
    );
    expect(warnings(result)).toEqual([]);
  });

  it('says nothing of a sign-in when there is none to try', async () => {
    const server = await start(['+OK\r\n'], POP3);
    const settings = { protocol: 'pop3', endpoint: endpoint(server.port) } as const;
    const result = await checkIncoming({ ...settings, credentials: null }, trust);
    expect(verdict(result)).toBe('capabilities ok passed');
    expect(result.messageCount).toBeNull();
    expect(server.lines).toEqual(['CAPA', 'QUIT']);
  });

  it.each<readonly [string, Step, string]>([
    ['refused', '-ERR [AUTH] no\r\n', 'login failed authenticationFailed authentication'],
    ['not judged', '-ERR temporary problem\r\n', 'login failed temporarilyUnavailable'],
    ['not judged', '-ERR [SYS/TEMP] later\r\n', 'login failed temporarilyUnavailable'],
    ['good, the mailbox busy', '-ERR [IN-USE]\r\n', 'mailbox warning temporarilyUnavailable'],
  ])('tells a token that is %s (%j)', async (_what, reply, expected) => {
    const server = await start(['+OK\r\n'], { CAPA: ['-ERR\r\n'], AUTH: ['+ \r\n'], '*': [reply] });
    const token = { method: 'oauth2', username: 'u', accessToken: 'ya29.x' } as const;
    const settings = { protocol: 'pop3', endpoint: endpoint(server.port) } as const;
    expect(verdict(await checkIncoming({ ...settings, credentials: token }, trust))).toBe(expected);
  });

  type Case = readonly [string, () => Promise<ScriptedServer>, Partial<MailEndpoint>, string];
  const plain =
    (greeting: readonly Step[], answers: Readonly<Record<string, readonly Step[]>> = {}) =>
    () =>
      start(greeting, answers);
  const overTls =
    (tls: typeof trusted, greeting: Step = '+OK\r\n') =>
    () =>
      start([greeting], POP3, { tls });
  it.concurrent.each<Case>([
    ['silence', plain(['SILENCE']), {}, 'greeting failed responseTimeout port'],
    [
      'silence where TLS is wanted',
      plain(['SILENCE']),
      { security: 'tls' },
      'tls failed responseTimeout port',
    ],
    [
      'an IMAP server',
      plain(['* OK IMAP4rev1\r\n']),
      {},
      'greeting failed wrongProtocol port imap 110',
    ],
    [
      'an IMAP server over TLS',
      overTls(trusted, '* OK IMAP4rev1\r\n'),
      { security: 'tls' },
      'greeting failed wrongProtocol port imap 995',
    ],
    [
      'an IMAP server where TLS is wanted',
      plain(['* OK IMAP4rev1\r\n']),
      { security: 'tls' },
      'greeting failed wrongProtocol port imap 995',
    ],
    [
      'an IMAP server that stutters',
      plain(['*', ' OK IMAP4rev1\r\n']),
      {},
      'greeting failed wrongProtocol port imap 110',
    ],
    [
      'an SMTP server',
      plain(['220 mx ESMTP\r\n']),
      {},
      'greeting failed wrongProtocol port smtp 110',
    ],
    [
      'an FTP server',
      plain(['220 FTP ready\r\n']),
      {},
      'greeting failed wrongProtocol port ftp 110',
    ],
    ['an SSH server', plain(['SSH-2.0-x\r\n']), {}, 'greeting failed wrongProtocol port ssh 110'],
    ['a web server', plain([], HTTP), {}, 'greeting failed wrongProtocol port http 110'],
    [
      'a web server where TLS is wanted',
      plain([], HTTP),
      { security: 'tls' },
      'greeting failed wrongProtocol port http 995',
    ],
    ['Redis', plain([], REDIS), {}, 'greeting failed wrongProtocol port redis 110'],
    [
      'POP3 over TLS where plain is wanted',
      overTls(untrusted),
      {},
      'greeting failed tlsExpected security',
    ],
    [
      'IMAP over TLS where plain is wanted',
      overTls(trusted, '* OK IMAP4rev1\r\n'),
      {},
      'greeting failed wrongProtocol port imap 110',
    ],
    [
      'plain POP3 where TLS is wanted',
      plain(['+OK\r\n'], POP3),
      { security: 'tls' },
      'tls failed plainExpected security',
    ],
    [
      'no STLS',
      plain(['+OK\r\n'], { ...POP3, STLS: ['-ERR unknown\r\n'] }),
      { security: 'starttls' },
      'tls failed startTlsUnavailable security',
    ],
    [
      'a self-signed certificate',
      overTls(untrusted),
      { security: 'tls' },
      'tls failed certificateUntrusted security',
    ],
    [
      'an expired certificate',
      overTls(expired),
      { security: 'tls' },
      'tls failed certificateExpired security',
    ],
    [
      'a certificate for another name',
      overTls(otherName),
      { security: 'tls' },
      'tls failed certificateNameMismatch host',
    ],
    [
      'clear text without leave',
      plain(['+OK\r\n'], POP3),
      { allowClearTextLogin: false },
      'login failed clearTextRefused security',
    ],
    [
      'a wrong password',
      plain(['+OK\r\n'], { ...POP3, PASS: ['-ERR [AUTH] no\r\n'] }),
      {},
      'login failed authenticationFailed password',
    ],
    [
      'an unknown user',
      plain(['+OK\r\n'], { ...POP3, USER: ['-ERR no such user\r\n'] }),
      {},
      'login failed authenticationFailed username',
    ],
    [
      'a busy mailbox',
      plain(['+OK\r\n'], { ...POP3, PASS: ['-ERR [IN-USE] busy\r\n'] }),
      {},
      'mailbox warning temporarilyUnavailable',
    ],
    [
      'a slow dribble',
      plain(Array.from('+OK welcome '.repeat(99))),
      {},
      'greeting failed responseTimeout port',
    ],
    [
      'a dribble after sign-in',
      plain(['+OK\r\n'], { ...POP3, STAT: Array.from('+OK 1 '.repeat(99)) }),
      {},
      'mailbox failed responseTimeout',
    ],
    ['a close at once', plain(['CLOSE']), {}, 'greeting failed connectionLost port'],
    ['nonsense', plain(['hello there\r\n']), {}, 'greeting failed protocolViolation port'],
    ['a line break in the host', plain([]), { host: 'a\r\nb' }, 'name failed invalidInput host'],
  ])('%s', async (_name, make, changes, expected) => {
    const server = await make();
    const started = performance.now();
    expect(verdict(await incoming(server.port, changes))).toBe(expected);
    expect(performance.now() - started).toBeLessThan(5500);
    await untilClosed(server);
    expect(
      server.lines.filter(
        (line) => !/^(?:CAPA|STLS|USER u|PASS p|STAT|QUIT|PING|[^ -~].*|.*[^ -~].*|)$/.test(line),
      ),
    ).toEqual([]);
  });

  it('tells a refused connection, an unknown name, and a blocked address', async () => {
    const server = await start([]);
    server.close();
    expect(verdict(await incoming(server.port))).toBe('connect failed connectionRefused port');
    const lookup = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    const settings = {
      protocol: 'pop3',
      endpoint: endpoint(server.port, { host: 'no.test' }),
      credentials,
    } as const;
    expect(
      verdict(await checkIncoming(settings, { ...trust, egress: EgressPolicy.parse('', lookup) })),
    ).toBe('name failed nameNotFound host');
    const blocked = { ...settings, endpoint: endpoint(server.port) };
    expect(
      verdict(await checkIncoming(blocked, { ...trust, egress: EgressPolicy.parse('') })),
    ).toBe('egress failed egressBlocked host');
  });
});

describe('check of an SMTP account', () => {
  it('signs in and sends nothing but what a check may send', async () => {
    const server = await start(['220 hi\r\n'], SMTP);
    const { findings } = await smtp(server.port);
    expect(findings.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
      'egress ok',
      'name ok',
      'connect ok',
      'greeting ok',
      'capabilities ok',
      'login ok',
      'login warning',
    ]);
    expect(server.lines.map((line) => line.split(' ')[0])).toEqual(['EHLO', 'AUTH', 'QUIT']);
  });

  it.concurrent.each<
    readonly [string, () => Promise<ScriptedServer>, Partial<MailEndpoint>, string]
  >([
    ['silence', () => start(['SILENCE']), {}, 'greeting failed responseTimeout port'],
    [
      'a POP3 server',
      () => start(['+OK hi\r\n']),
      {},
      'greeting failed wrongProtocol port pop3 587',
    ],
    ['a web server', () => start([], HTTP), {}, 'greeting failed wrongProtocol port http 587'],
    ['Redis', () => start([], REDIS), {}, 'greeting failed wrongProtocol port redis 587'],
    [
      'SMTP over TLS where STARTTLS is wanted',
      () => start(['220 hi\r\n'], SMTP, { tls: trusted }),
      { security: 'starttls' },
      'greeting failed tlsExpected security',
    ],
    [
      'plain SMTP where TLS is wanted',
      () => start(['220 hi\r\n'], SMTP),
      { security: 'tls' },
      'tls failed plainExpected security',
    ],
    [
      'no STARTTLS',
      () => start(['220 hi\r\n'], SMTP),
      { security: 'starttls' },
      'tls failed startTlsUnavailable security',
    ],
    [
      'a self-signed certificate',
      () => start(['220 hi\r\n'], SMTP, { tls: untrusted }),
      { security: 'tls' },
      'tls failed certificateUntrusted security',
    ],
    [
      'a wrong password',
      () => start(['220 hi\r\n'], { ...SMTP, AUTH: ['535 5.7.8 no\r\n'] }),
      {},
      'login failed authenticationFailed password',
    ],
    [
      'no sign-in offered',
      () => start(['220 hi\r\n'], { ...SMTP, EHLO: ['250 hi\r\n'] }),
      {},
      'login failed authenticationUnavailable authentication',
    ],
    [
      'a dribbled EHLO',
      () => start(['220 hi\r\n'], { ...SMTP, EHLO: Array.from('250-x '.repeat(99)) }),
      {},
      'capabilities failed responseTimeout port',
    ],
  ])('%s', async (_name, make, changes, expected) => {
    const server = await make();
    const started = performance.now();
    expect(verdict(await smtp(server.port, changes))).toBe(expected);
    expect(performance.now() - started).toBeLessThan(5500);
    await untilClosed(server);
  });
});
