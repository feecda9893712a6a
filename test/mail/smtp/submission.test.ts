import { afterEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import type { MailEndpoint } from '../../../src/mail/endpoint.js';
import type { MailFailure } from '../../../src/mail/errors.js';
import { SmtpSession } from '../../../src/mail/smtp/session.js';
import {
  dependencies,
  endpoint,
  makeCertificate,
  serve,
  type Script,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';
import { submitRaw, type Submission } from './submit-raw.js';

const certificate = makeCertificate('IP:127.0.0.1');
const servers: ScriptedServer[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

type Answers = Readonly<Record<string, readonly Step[]>>;

/** An SMTP server that takes everything but what `answers` says by whole line or first word; `.` is the final dot. */
async function start(answers: Answers = {}, script: Partial<Script> = {}): Promise<ScriptedServer> {
  let inData = false;
  const usual: Answers = {
    EHLO: ['250-hi\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n'],
    DATA: ['354 go\r\n'],
    AUTH: ['235 ok\r\n'],
    QUIT: ['221 bye\r\n', 'CLOSE'],
  };
  const server = await serve({
    greeting: ['220 hi ESMTP\r\n'],
    answer: (line) => {
      if (inData && line !== '.') return [];
      inData = false;
      const word = line.split(' ')[0]!;
      const steps = answers[line] ?? answers[word] ?? usual[word] ?? ['250 2.0.0 ok\r\n'];
      inData = line === 'DATA' && String(steps[0]).startsWith('354');
      return steps;
    },
    ...script,
  });
  servers.push(server);
  return server;
}

const MAIL = Buffer.from('Subject: x\r\n\r\n.dot\r\nHello.\r\n');

function submission(server: ScriptedServer, changes: Partial<MailEndpoint> = {}): Submission {
  return {
    endpoint: endpoint(server.port, changes),
    credentials: { method: 'password', username: 'me', password: 'secret' },
    envelope: { from: 'me@a.test', to: ['one@b.test', 'two@b.test'] },
    raw: MAIL,
  };
}

/** The outcome in one line. */
async function submit(server: ScriptedServer, changes: Partial<Submission> = {}): Promise<string> {
  const result = await submitRaw(
    { ...submission(server), ...changes },
    dependencies([certificate.cert]),
    {
      finalReplyTimeoutMs: 600,
    },
  );
  if (result.outcome === 'accepted') {
    const rejected = result.rejected.map(
      (r) => `${r.address} ${r.code} ${r.enhancedCode ?? '-'} ${r.permanent}`,
    );
    return [`accepted ${result.accepted.join(',')}`, ...rejected].join('; ');
  }
  if (result.outcome !== 'refused') return `${result.outcome} ${result.failure.code}`;
  const { permanent, stage, code, enhancedCode, failure } = result;
  return `refused ${stage} ${code} ${enhancedCode ?? '-'} ${permanent ? 'permanent' : 'transient'} ${failure.code}`;
}

describe('submission', () => {
  it('sends the message as it is, with the envelope given', async () => {
    const server = await start();
    expect(await submit(server)).toBe('accepted one@b.test,two@b.test');
    expect(server.lines.slice(1).filter((line) => line !== 'QUIT')).toEqual([
      `AUTH PLAIN ${Buffer.from('\0me\0secret').toString('base64')}`,
      'MAIL FROM:<me@a.test> BODY=8BITMIME',
      'RCPT TO:<one@b.test>',
      'RCPT TO:<two@b.test>',
      'DATA',
      'Subject: x',
      '',
      '..dot',
      'Hello.',
      '.',
    ]);
  });

  it.each<readonly [string, Answers, string]>([
    [
      'sender refused',
      { MAIL: ['550 5.7.1 no\r\n'] },
      'refused sender 550 5.7.1 permanent serverRefused',
    ],
    [
      'sender put off',
      { MAIL: ['451 4.7.1 later\r\n'] },
      'refused sender 451 4.7.1 transient temporarilyUnavailable',
    ],
    [
      'all recipients refused',
      { RCPT: ['550 no\r\n'] },
      'refused recipients 550 - permanent serverRefused',
    ],
    [
      'one recipient put off, the others refused',
      { RCPT: ['550 no\r\n'], 'RCPT TO:<one@b.test>': ['450 later\r\n'] },
      'refused recipients 450 - transient temporarilyUnavailable',
    ],
    [
      'one recipient refused',
      { 'RCPT TO:<two@b.test>': ['550 5.1.1 unknown\r\n'] },
      'accepted one@b.test; two@b.test 550 5.1.1 true',
    ],
    [
      'one recipient put off',
      { 'RCPT TO:<one@b.test>': ['451 later\r\n'] },
      'accepted two@b.test; one@b.test 451 - false',
    ],
    [
      'DATA refused',
      { DATA: ['554 5.6.0 no\r\n'] },
      'refused data 554 5.6.0 permanent serverRefused',
    ],
    [
      'DATA put off',
      { DATA: ['451 later\r\n'] },
      'refused data 451 - transient temporarilyUnavailable',
    ],
    [
      'message refused',
      { '.': ['552 5.3.4 too large\r\n'] },
      'refused message 552 5.3.4 permanent serverRefused',
    ],
    [
      'message put off',
      { '.': ['421 4.3.0 later\r\n'] },
      'refused message 421 4.3.0 transient temporarilyUnavailable',
    ],
    [
      'wrong password',
      { AUTH: ['535 5.7.8 no\r\n'] },
      'refused authentication 535 5.7.8 permanent authenticationFailed',
    ],
    [
      'sign-in not possible now',
      { AUTH: ['454 4.7.0 later\r\n'] },
      'refused authentication 454 4.7.0 transient temporarilyUnavailable',
    ],
    ['closed before DATA is answered', { DATA: ['CLOSE'] }, 'notSent connectionLost'],
    ['reset after the sender', { MAIL: ['RESET'] }, 'notSent connectionLost'],
    ['silent after the sender', { MAIL: ['SILENCE'] }, 'notSent responseTimeout'],
    [
      'goes away with 421',
      { MAIL: ['421 bye\r\n', 'CLOSE'] },
      'refused sender 421 - transient temporarilyUnavailable',
    ],
    ['closed after the final dot', { '.': ['CLOSE'] }, 'inDoubt connectionLost'],
    ['reset after the final dot', { '.': ['RESET'] }, 'inDoubt connectionLost'],
    ['silent after the final dot', { '.': ['SILENCE'] }, 'inDoubt responseTimeout'],
    ['a torn reply to the final dot', { '.': ['554 5.6.0 ab', 'CLOSE'] }, 'inDoubt connectionLost'],
    ['nonsense as reply to the final dot', { '.': ['what?\r\n'] }, 'inDoubt protocolViolation'],
    ['no sign-in offered', { EHLO: ['250 hi\r\n'] }, 'notSent authenticationUnavailable'],
  ])('%s', async (_name, answers, expected) => {
    expect(await submit(await start(answers))).toBe(expected);
  });

  it('is not sent when the source breaks in mid-message', async () => {
    const server = await start();
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('Subject: x\r\n\r\n');
        throw new Error('disk');
      })(),
    );
    await expect(submit(server, { raw: broken })).rejects.toThrow('disk');
    expect(server.lines).not.toContain('.');
  });

  it('writes the final dot only when it may, and not at all when it must not', async () => {
    const server = await start();
    const session = await SmtpSession.connect(endpoint(server.port), dependencies());
    const envelope = { from: 'me@a.test', to: ['one@b.test'] };
    let before: string[] = [];
    const result = await session.submit(envelope, MAIL, async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      before = [...server.lines];
    });
    expect(result.outcome).toBe('accepted');
    expect(before.slice(-1)).toEqual(['Hello.']);
    expect(server.lines.slice(before.length)).toEqual(['.']);
    const disk = new Error('disk');
    await expect(session.submit(envelope, MAIL, () => Promise.reject(disk))).rejects.toBe(disk);
    expect(server.lines.filter((line) => line === '.')).toHaveLength(1);
    expect(session.isOpen).toBe(false);
  });

  it('is not accepted by a reply that came before the message was sent', async () => {
    const server = await start({ DATA: ['354 go\r\n250 ok\r\n'] });
    const slow = Readable.from(
      (async function* () {
        yield Buffer.from('Subject: x\r\n\r\n');
        await new Promise((resolve) => setTimeout(resolve, 200));
        yield Buffer.from('never\r\n');
      })(),
    );
    expect(await submit(server, { raw: slow })).toBe('notSent protocolViolation');
  });

  it.each([
    'd@e.f\r\nRCPT TO:<evil@x.y>',
    'evil@x.y>\nDATA',
    'group:a@b.c;',
    '@relay:a@b.c',
    'a@b@c',
    'Name <a@b.c>',
    '"a b"@c.d',
    'a@',
    '@b',
    '',
    'a@b.c SIZE=1',
    `${'a'.repeat(65)}@b.c`,
  ])('refuses the address %j before it says anything of the message', async (address) => {
    const server = await start();
    for (const [field, envelope] of [
      ['envelope.to[0]', { from: 'me@a.test', to: [address] }],
      ['envelope.from', { from: address, to: ['a@b.c'] }],
    ] as const)
      await expect(submit(server, { envelope })).rejects.toMatchObject({
        code: 'invalidInput',
        field,
      });
    expect(server.lines.filter((line) => /^(?:MAIL|RCPT|DATA)/.test(line))).toEqual([]);
  });

  it('judges a long address in linear time', async () => {
    const server = await start();
    const started = performance.now();
    const envelope = { from: 'me@a.test', to: [`${'a.'.repeat(500_000)}@b.c`] };
    await expect(submit(server, { envelope })).rejects.toMatchObject({ code: 'invalidInput' });
    expect(performance.now() - started).toBeLessThan(100);
  });

  it('writes a domain beyond ASCII in its ASCII form and reports it as given', async () => {
    const server = await start();
    expect(await submit(server, { envelope: { from: 'me@a.test', to: ['a@bücher.test'] } })).toBe(
      'accepted a@bücher.test',
    );
    expect(server.lines).toContain('RCPT TO:<a@xn--bcher-kva.test>');
  });

  it('sends several messages over one connection, also after a refusal', async () => {
    const server = await start({ 'RCPT TO:<no@b.test>': ['550 no\r\n'] });
    const session = await SmtpSession.connect(endpoint(server.port), dependencies());
    const outcomes: string[] = [];
    for (const to of ['one@b.test', 'no@b.test', 'two@b.test'])
      outcomes.push((await session.submit({ from: 'me@a.test', to: [to] }, MAIL)).outcome);
    await session.quit();
    expect(outcomes).toEqual(['accepted', 'refused', 'accepted']);
    expect(server.lines.filter((line) => line.startsWith('EHLO'))).toHaveLength(1);
    expect(server.lines).toContain('RSET');
  });
});

describe('SMTP connection', () => {
  const connect = async (server: ScriptedServer, changes: Partial<MailEndpoint> = {}) => {
    const session = await SmtpSession.connect(
      endpoint(server.port, changes),
      dependencies([certificate.cert]),
    );
    session.destroy();
    return 'connected';
  };
  const code = (work: Promise<string>) =>
    work.catch((error: unknown) => (error as MailFailure).code);

  it.each<readonly [string, readonly Step[], Answers, Partial<MailEndpoint>, string]>([
    [
      'STARTTLS refused',
      [],
      { STARTTLS: ['502 no\r\n'] },
      { security: 'starttls' },
      'startTlsUnavailable',
    ],
    [
      'STARTTLS accepted, then no TLS',
      [],
      { STARTTLS: ['220 go\r\n', 'nonsense\r\n'] },
      { security: 'starttls' },
      'tlsFailed',
    ],
    ['TLS to a plain port', [], {}, { security: 'tls' }, 'plainExpected'],
    ['silence', ['SILENCE'], {}, {}, 'responseTimeout'],
    ['POP3 greeting', ['+OK hi\r\n'], {}, {}, 'wrongProtocol'],
    ['refusing greeting', ['554 go away\r\n'], {}, {}, 'serverRefused'],
    [
      'EHLO one byte at a time',
      [],
      { EHLO: Array.from('250-x'.repeat(200)) },
      { timeoutMs: 100 },
      'responseTimeout',
    ],
  ])('%s', async (_name, greeting, answers, changes, expected) => {
    const server = await start(answers, greeting.length > 0 ? { greeting } : {});
    expect(await code(connect(server, changes))).toBe(expected);
  });

  it('discards what came in clear after the reply to STARTTLS', async () => {
    const answers = { STARTTLS: ['220 go\r\n250 injected\r\n'] };
    const server = await start(answers, { tls: certificate, upgradeOn: 'STARTTLS' });
    expect(await code(connect(server, { security: 'starttls' }))).toBe('connected');
    expect(server.lines.filter((line) => line.startsWith('EHLO'))).toHaveLength(2);
  });

  it('says nothing but EHLO to a server whose certificate is not trusted', async () => {
    const script = { tls: makeCertificate('IP:127.0.0.1'), upgradeOn: 'STARTTLS' };
    const server = await start({ STARTTLS: ['220 go\r\n'] }, script);
    const changes = { security: 'starttls', allowClearTextLogin: false } as const;
    const result = await submitRaw(submission(server, changes), dependencies());
    expect(result).toMatchObject({ outcome: 'notSent', failure: { code: 'certificateUntrusted' } });
    expect(server.lines.every((line) => /^(?:EHLO .*|STARTTLS)$/.test(line))).toBe(true);
  });

  it('sends no password in clear unless allowed', async () => {
    const server = await start();
    const result = await submitRaw(
      submission(server, { allowClearTextLogin: false }),
      dependencies(),
    );
    expect(result).toMatchObject({ outcome: 'notSent', failure: { code: 'clearTextRefused' } });
    expect(server.lines.join()).not.toContain('AUTH');
  });
});
