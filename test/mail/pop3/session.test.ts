import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { MailEndpoint } from '../../../src/mail/endpoint.js';
import { MailFailure } from '../../../src/mail/errors.js';
import { Pop3Session, type Pop3Options } from '../../../src/mail/pop3/session.js';
import {
  dependencies,
  endpoint,
  makeCertificate,
  serve,
  type Script,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';

const certificate = makeCertificate('IP:127.0.0.1');
const servers: ScriptedServer[] = [];
const sessions: Pop3Session[] = [];
afterEach(() => {
  sessions.splice(0).forEach((session) => session.close());
  servers.splice(0).forEach((server) => server.close());
});

interface Pop3Script extends Partial<Script> {
  readonly answers?: Readonly<Record<string, readonly Step[]>>;
}

/** A POP3 server that answers +OK to everything but what `answers` says by first word or whole line. */
async function start({ answers = {}, ...script }: Pop3Script = {}): Promise<ScriptedServer> {
  const server = await serve({
    greeting: ['+OK hi <1.2@x>\r\n'],
    answer: (line) => {
      const known = answers[line] ?? answers[line.split(' ')[0]!];
      if (known !== undefined) return known;
      if (line === 'CAPA') return ['-ERR\r\n'];
      return line === 'QUIT' ? ['+OK bye\r\n', 'CLOSE'] : ['+OK\r\n'];
    },
    ...script,
  });
  servers.push(server);
  return server;
}

async function connect(
  server: ScriptedServer,
  changes: Partial<MailEndpoint> = {},
  options: Pop3Options = {},
): Promise<Pop3Session> {
  const session = await Pop3Session.connect(
    endpoint(server.port, changes),
    dependencies([certificate.cert]),
    options,
  );
  sessions.push(session);
  return session;
}

/** The failure's code, with its detail or what was awaited; text for anything else. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    const value = await work;
    return Buffer.isBuffer(value)
      ? value.toString('latin1')
      : JSON.stringify(value instanceof Map ? [...(value as Map<unknown, unknown>)] : value);
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    const { detail, awaited, responseCode } = error.params;
    return [error.code, error.field, detail ?? awaited ?? responseCode].filter(Boolean).join(' ');
  }
}

const MAIL = 'Subject: x\r\n\r\nHello.\r\n';
const retr = (session: Pop3Session) => session.retr(1);

describe('POP3 against a server that behaves badly', () => {
  // the 26 cases in which a client that reads by chunks hangs, cuts or spoils a mail
  const cases: readonly (readonly [
    string,
    readonly Step[],
    string,
    ((s: Pop3Session) => Promise<unknown>)?,
  ])[] = [
    ['1 reply in one segment', [`+OK\r\n${MAIL}.\r\n`], MAIL],
    ['2 split before the last dot', [`+OK\r\n${MAIL}`, '.\r\n'], MAIL],
    ['3 split after the last dot', [`+OK\r\n${MAIL}.`, '\r\n'], MAIL],
    ['4 split within the last line break', [`+OK\r\n${MAIL}.\r`, '\n'], MAIL],
    [
      '5 split within the line break before the dot',
      [`+OK\r\n${MAIL.slice(0, -1)}`, '\n.\r\n'],
      MAIL,
    ],
    [
      '6 a segment is ".\\r\\n" in mid-line',
      ['+OK\r\nHello', '.\r\n', 'more\r\n.\r\n'],
      'Hello.\r\nmore\r\n',
    ],
    ['7 a segment is "." in mid-line', ['+OK\r\nHello', '.', 'more\r\n.\r\n'], 'Hello.more\r\n'],
    ['8 status line split', ['+O', `K 5 octets\r\n${MAIL}.\r\n`], MAIL],
    ['9 status line split within its line break', ['+OK 5\r', `\n${MAIL}.\r\n`], MAIL],
    ['10 stuffed dots', ['+OK\r\n..x\r\n...y\r\n.\r\n'], '.x\r\n..y\r\n'],
    ['11 bytes beyond ASCII', ['+OK\r\nGr\xfc\xdfe\r\n.\r\n'], 'Gr\xfc\xdfe\r\n'],
    ['12 empty message', ['+OK\r\n.\r\n'], ''],
    ['13 refusal', ['-ERR no such message\r\n'], 'serverRefused'],
    ['14 refusal, nobody listening to events', ['-ERR no such message\r\n'], 'serverRefused'],
    [
      '15 refusal, then the next command',
      ['-ERR no\r\n'],
      'null',
      async (s) => {
        await s.retr(9).catch(() => undefined);
        await s.noop();
        return null;
      },
    ],
    ['16 close before the reply', ['CLOSE'], 'connectionLost'],
    ['17 close in mid-body', ['+OK\r\nSubject: x\r\n\r\nhalf', 'CLOSE'], 'connectionLost'],
    ['18 reset before the reply', ['RESET'], 'connectionLost'],
    ['19 reset in mid-body', ['+OK\r\nSubject: x\r\n\r\nhalf', 'RESET'], 'connectionLost'],
    ['20 silence before the reply', ['SILENCE'], 'responseTimeout RETR'],
    ['21 silence in mid-body', ['+OK\r\nhalf', 'SILENCE'], 'responseTimeout RETR'],
    [
      '22 line break in the user name',
      [],
      'invalidInput username',
      (s) => s.login({ method: 'password', username: 'u\r\nDELE 1', password: 'p' }),
    ],
    [
      '23 no whole number as argument',
      [],
      'invalidInput messageNumber',
      (s) => s.retr('1\r\nDELE 1' as unknown as number),
    ],
    [
      '24 two at the same time',
      [`+OK\r\n${MAIL}.\r\n`],
      `${MAIL}|${MAIL}`,
      async (s) => Buffer.from((await Promise.all([s.retr(1), s.retr(2)])).join('|')),
    ],
    [
      '25 wrong password',
      ['-ERR [AUTH] bad\r\n'],
      'authenticationFailed AUTH',
      (s) => s.login({ method: 'password', username: 'u', password: 'p' }),
    ],
    [
      '26 unique-ids with extra spaces',
      ['+OK\r\n1  abc\r\n2 d e\r\n.\r\n'],
      '[[1,"abc"],[2,"d e"]]',
      (s) => s.uidl(),
    ],
  ];

  it.each(cases)('%s', async (_name, steps, expected, work = retr) => {
    const server = await start({ answers: { RETR: steps, UIDL: steps, PASS: steps } });
    expect(await outcome(work(await connect(server)))).toBe(expected);
    expect(server.lines.some((line) => line.startsWith('DELE'))).toBe(false);
  });

  it('ends a reply that comes one byte at a time', async () => {
    const server = await start({ answers: { NOOP: Array.from('+OK very slow'.repeat(40)) } });
    const session = await connect(server, { timeoutMs: 100 });
    expect(await outcome(session.noop())).toBe('responseTimeout NOOP');
  });

  it('refuses a reply that nobody asked for', async () => {
    const session = await connect(await start({ answers: { NOOP: ['+OK\r\n+OK\r\n'] } }));
    await session.noop();
    expect(await outcome(session.stat())).toBe('protocolViolation unsolicitedReply');
  });

  it('bounds a listing', async () => {
    const server = await start({
      answers: { LIST: ['+OK\r\n', ...Array.from({ length: 9 }, () => '1 1\r\n'.repeat(50))] },
    });
    const session = await connect(server, {}, { limits: { maxListingBytes: 1000 } });
    expect(await outcome(session.list())).toBe('messageTooLarge');
  });
});

describe('POP3 greeting', () => {
  it.each<readonly [string, readonly Step[], string]>([
    ['split into bytes', Array.from('+OK hi <1.2@x>\r\n'), '{}'],
    ['of an IMAP server', ['* OK IMAP4rev1\r\n'], 'wrongProtocol'],
    ['of a refusing server', ['-ERR [SYS/TEMP] try later\r\n'], 'temporarilyUnavailable SYS/TEMP'],
    ['that never comes', ['SILENCE'], 'responseTimeout greeting'],
    ['replaced by a close', ['CLOSE'], 'connectionLost'],
    ['replaced by a reset', ['RESET'], 'connectionLost'],
  ])('%s', async (_name, greeting, expected) => {
    const server = await start({ greeting });
    expect(await outcome(connect(server).then(() => ({})))).toBe(expected);
  });
});

describe('POP3 sign-in', () => {
  const password = { method: 'password', username: 'u@x', password: 'secret' } as const;

  it('sends no password in clear unless allowed', async () => {
    const server = await start();
    const session = await connect(server, { allowClearTextLogin: false });
    expect(await outcome(session.login(password))).toBe('clearTextRefused');
    expect(server.lines).toEqual(['CAPA']);
  });

  it('uses APOP in clear: the password does not travel', async () => {
    const server = await start();
    const session = await connect(server, { allowClearTextLogin: false });
    await session.login({ ...password, method: 'apop' });
    const digest = createHash('md5').update('<1.2@x>secret').digest('hex');
    expect(server.lines).toEqual(['CAPA', `APOP u@x ${digest}`]);
  });

  it('has no APOP where the greeting has no timestamp', async () => {
    const session = await connect(await start({ greeting: ['+OK hi\r\n'] }));
    expect(await outcome(session.login({ ...password, method: 'apop' }))).toBe(
      'authenticationUnavailable',
    );
  });

  it('uses AUTH PLAIN where USER is not offered', async () => {
    const server = await start({
      answers: { CAPA: ['+OK\r\nSASL PLAIN\r\n.\r\n'], AUTH: ['+ \r\n'] },
    });
    await (await connect(server)).login(password);
    expect(server.lines.slice(1)).toEqual([
      'AUTH PLAIN',
      Buffer.from('\0u@x\0secret').toString('base64'),
    ]);
  });

  it.each([
    ['-ERR [IN-USE] locked\r\n', 'temporarilyUnavailable IN-USE'],
    ['-ERR [SYS/TEMP] later\r\n', 'temporarilyUnavailable SYS/TEMP'],
    ['-ERR maildrop already locked\r\n', 'temporarilyUnavailable'],
    ['-ERR account locked\r\n', 'authenticationFailed'],
  ])('%j is %s', async (reply, expected) => {
    const session = await connect(await start({ answers: { PASS: [reply] } }));
    expect(await outcome(session.login(password))).toBe(expected);
  });

  it('blots out what the server repeats of the credentials, in base64 too', async () => {
    const [alone, plain] = ['secret', '\0u@x\0secret'].map((text) =>
      Buffer.from(text).toString('base64'),
    );
    const reply = `-ERR no "secret" (${alone}, ${plain}) for u@x\x07\r\n`;
    const session = await connect(await start({ answers: { PASS: [reply] } }));
    const failure = await session.login(password).catch((error: unknown) => error as MailFailure);
    expect(failure).toMatchObject({ params: { serverText: 'no "***" (***, ***) for ***' } });
  });

  it.each([
    ['username', { ...password, username: '' }],
    ['password', { ...password, password: 'p\r\nDELE 1' }],
  ] as const)('refuses a %s that cannot be one', async (field, wrong) => {
    const server = await start();
    expect(await outcome((await connect(server)).login(wrong))).toBe(`invalidInput ${field}`);
    expect(server.lines).toEqual(['CAPA']);
  });
});

describe('POP3 STLS', () => {
  const upgrade = { tls: certificate, upgradeOn: 'STLS' };

  it('goes on encrypted', async () => {
    const server = await start(upgrade);
    const session = await connect(server, { security: 'starttls', allowClearTextLogin: false });
    await session.login({ method: 'password', username: 'u', password: 'p' });
    expect(server.lines).toEqual(['STLS', 'CAPA', 'USER u', 'PASS p']);
  });

  it('refuses bytes that came before the handshake', async () => {
    const server = await start({ ...upgrade, answers: { STLS: ['+OK\r\n+OK injected\r\n'] } });
    expect(await outcome(connect(server, { security: 'starttls' }))).toBe(
      'protocolViolation unsolicitedReply',
    );
    expect(server.lines).toEqual(['STLS']);
  });

  it('does not go on in clear when refused', async () => {
    const server = await start({ answers: { STLS: ['-ERR unknown\r\n'] } });
    expect(await outcome(connect(server, { security: 'starttls' }))).toBe('startTlsUnavailable');
    expect(server.lines).toEqual(['STLS']);
  });

  it('says nothing but STLS to a server whose certificate is not trusted', async () => {
    const server = await start({ ...upgrade, tls: makeCertificate('IP:127.0.0.1') });
    expect(await outcome(connect(server, { security: 'starttls' }))).toBe('certificateUntrusted');
    expect(server.lines).toEqual(['STLS']);
  });

  it('accepts exactly the excepted certificate', async () => {
    const other = makeCertificate('IP:127.0.0.1');
    const server = await start({ tls: other });
    const failure = await connect(server, { security: 'tls' }).catch(
      (error: unknown) => error as MailFailure,
    );
    expect(failure).toMatchObject({ code: 'certificateUntrusted' });
    const fingerprint = String((failure as MailFailure).params['fingerprint']);
    await connect(server, { security: 'tls', tlsException: { fingerprint } });
    // a certificate that is trusted otherwise is not the excepted one
    const trusted = await start({ tls: certificate });
    expect(
      await outcome(connect(trusted, { security: 'tls', tlsException: { fingerprint } })),
    ).toBe('certificateUntrusted');
  });
});
