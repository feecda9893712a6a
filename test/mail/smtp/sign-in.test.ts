import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import {
  startTokenIntrospection,
  type TokenIntrospection,
} from '../../../fixtures/servers/token-introspection.js';
import type { MailEndpoint, Security } from '../../../src/mail/endpoint.js';
import { SmtpSession } from '../../../src/mail/smtp/session.js';
import { waitFor } from '../../support/wait-for.js';
import { hide } from '../hiding-proxy.js';
import {
  dependencies,
  endpoint,
  failureOf,
  serve,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';
import { messageOf, refusal, TOKEN_OF_4_KB } from '../tokens.js';

const sessions: SmtpSession[] = [];
const servers: ScriptedServer[] = [];
afterEach(() => {
  sessions.splice(0).forEach((session) => session.destroy());
  servers.splice(0).forEach((server) => server.close());
});

async function connect(to: MailEndpoint, ca: readonly string[] = []): Promise<SmtpSession> {
  const session = await SmtpSession.connect(to, dependencies(ca));
  sessions.push(session);
  return session;
}

const ALICE = 'alice@example.test';

describe('SMTP sign-in with a token at Postfix', () => {
  let introspection: TokenIntrospection;
  let sandbox: MailSandbox;
  beforeAll(async () => {
    introspection = await startTokenIntrospection();
    const oauth = { introspectionUrl: introspection.url };
    sandbox = await startMailSandbox({ users: [{ address: ALICE, password: 'geheim' }], oauth });
  }, 60_000);
  afterAll(async () => {
    await sandbox.stop();
    await introspection.stop();
  });
  afterEach(() => introspection.setFault('none'));

  function session(security: Security): Promise<SmtpSession> {
    const port = security === 'tls' ? sandbox.smtpsPort : sandbox.submissionPort;
    const to = endpoint(port, { host: 'localhost', security, timeoutMs: 8_000 });
    return connect({ ...to, allowClearTextLogin: false }, [sandbox.caCertificate]);
  }

  it.each([
    ['a short token', 'ya29.short'],
    ['a token of 4 KB', TOKEN_OF_4_KB],
  ])('lets us send with %s, over TLS and after STARTTLS', async (name, accessToken) => {
    introspection.grant(accessToken, ALICE);
    const mailbox = `${name.replaceAll(' ', '-')}@example.test`;
    for (const security of ['tls', 'starttls'] as const) {
      const open = await session(security);
      await open.login({ method: 'oauth2', username: ALICE, accessToken });
      const mail = Buffer.from('Subject: x\r\n\r\nGuten Tag\r\n');
      expect(await open.submit({ from: ALICE, to: [mailbox] }, mail)).toMatchObject({
        outcome: 'accepted',
      });
    }
    await waitFor(async () => (await sandbox.readMaildir(mailbox)).length === 2);
  });

  it('lets us in by OAUTHBEARER where XOAUTH2 is not offered', async () => {
    introspection.grant(TOKEN_OF_4_KB, ALICE);
    const proxy = await hide('XOAUTH2', sandbox.smtpPort);
    try {
      const login = async (accessToken: string) => {
        const open = await connect(endpoint(proxy.port, { timeoutMs: 8_000 }));
        await open.login({ method: 'oauth2', username: ALICE, accessToken });
      };
      const { code, params } = await failureOf(login('ya29.unknown'));
      expect([code, params['status']]).toEqual(['authenticationFailed', 'invalid_token']);
      await login(TOKEN_OF_4_KB);
    } finally {
      proxy.stop();
    }
  });

  it('is refused with an unknown token, and the failure says that it was a token', async () => {
    for (const accessToken of ['ya29.unknown', `${TOKEN_OF_4_KB}=`]) {
      const open = await session('tls');
      const login = open.login({ method: 'oauth2', username: ALICE, accessToken });
      const { code, disposition, params } = await failureOf(login);
      expect([code, disposition]).toEqual(['authenticationFailed', 'actionRequired']);
      expect(params).toMatchObject({ method: 'oauth2', status: '401', replyCode: 535 });
      expect(JSON.stringify(params)).not.toContain(accessToken);
      expect(open.isOpen).toBe(false);
    }
  });
});

describe('SMTP sign-in with a token at a server that is scripted', () => {
  const short = 'ya29.SECRET-token_0123456789';
  const credentials = { method: 'oauth2', username: 'me@a.test', accessToken: short } as const;
  const long = { ...credentials, accessToken: short.repeat(20) } as const;

  /** Answers what `answers` says by whole line, and to the token what it says under `token`. */
  async function start(
    answers: Readonly<Record<string, readonly Step[]>>,
    mechanisms = 'PLAIN XOAUTH2',
  ): Promise<ScriptedServer> {
    const known: Readonly<Record<string, readonly Step[]>> = {
      token: ['235 2.7.0 ok\r\n'],
      'AUTH XOAUTH2': ['334 \r\n'],
      'AUTH OAUTHBEARER': ['334\r\n'],
      QUIT: ['221 bye\r\n', 'CLOSE'],
      ...answers,
    };
    const server = await serve({
      greeting: ['220 hi ESMTP\r\n'],
      answer: (line) => {
        if (line.startsWith('EHLO'))
          return [`250-hi\r\n250-AUTH ${mechanisms}\r\n250 8BITMIME\r\n`];
        return known[line.length > 40 ? 'token' : line] ?? ['500 5.5.1 what?\r\n'];
      },
    });
    servers.push(server);
    return server;
  }
  const login = async (
    server: ScriptedServer,
    signIn: typeof credentials | typeof long = credentials,
    changes: Partial<MailEndpoint> = {},
  ) => (await connect(endpoint(server.port, changes))).login(signIn);

  it.each([
    ['XOAUTH2', 'PLAIN XOAUTH2 OAUTHBEARER'],
    ['OAUTHBEARER', 'PLAIN oauthbearer'],
  ] as const)('uses %s where %s are offered, a long token by itself', async (name, offered) => {
    const server = await start({}, offered);
    const at = { host: '127.0.0.1', port: server.port };
    await login(server);
    expect(server.lines.at(-1)).toBe(`AUTH ${name} ${messageOf(name, credentials, at)}`);
    await login(server, long);
    expect(server.lines.slice(-2)).toEqual([`AUTH ${name}`, messageOf(name, long, at)]);
  });

  it.each([
    ['XOAUTH2', ''],
    ['OAUTHBEARER', 'AQ=='],
  ] as const)('answers the challenge of a refusal by %s with %j', async (mechanism, answer) => {
    const answers = {
      token: [`334 ${refusal('401')}\r\n`],
      [answer]: ['535-5.7.8 no\r\n535 5.7.8 no\r\n'],
    };
    const server = await start(answers, mechanism);
    const { code, params } = await failureOf(login(server));
    expect(code).toBe('authenticationFailed');
    expect(params).toMatchObject({ method: 'oauth2', status: '401', enhancedCode: '5.7.8' });
    expect(server.lines.at(-1)).toBe(answer);
  });

  const challenged = (status: string) => ({
    token: [`334 ${refusal(status)}\r\n`],
    '': ['535 5.7.8 no\r\n'],
  });
  type Case = readonly [string, Readonly<Record<string, readonly Step[]>>, string];
  it.each<Case>([
    ['a 5xx status', challenged('503'), 'temporarilyUnavailable 503'],
    ['a 4xx status', challenged('400'), 'authenticationFailed 400'],
    ['no challenge', { token: ['535 5.7.3 no\r\n'] }, 'authenticationFailed'],
    ['454', { token: ['454 4.7.0 later\r\n'] }, 'temporarilyUnavailable'],
    ['a temporary fault', { token: ['535 Temporary failure\r\n'] }, 'temporarilyUnavailable'],
    ['421', { token: ['421 4.7.0 bye\r\n', 'CLOSE'] }, 'temporarilyUnavailable'],
    ['an unknown mechanism', { token: ['504 5.5.4 what?\r\n'] }, 'authenticationUnavailable'],
    ['encryption needed', { token: ['538 5.7.11 no\r\n'] }, 'authenticationUnavailable'],
    ['challenges without end', { token: ['334 \r\n'], '': ['334 \r\n'] }, 'protocolViolation'],
    ['success after a refusal', { token: ['334 \r\n'], '': ['235 ok\r\n'] }, 'protocolViolation'],
    ['nonsense', { token: ['what?\r\n'] }, 'protocolViolation'],
    ['silence', { token: ['SILENCE'] }, 'responseTimeout'],
    ['a dribble', { token: Array.from('235-'.repeat(500)) }, 'responseTimeout'],
    ['a close', { token: ['CLOSE'] }, 'connectionLost'],
    ['a reset', { token: ['RESET'] }, 'connectionLost'],
  ])('%s', async (_name, answers, expected) => {
    const server = await start(answers);
    const { code, params } = await failureOf(login(server));
    expect([code, params['status']].filter(Boolean).join(' ')).toBe(expected);
    expect(JSON.stringify(params)).not.toContain(short);
  });

  it.each([
    ['refuses the mechanism', '535 5.7.8 no\r\n', 'authenticationUnavailable'],
    ['has no time', '454 4.7.0 later\r\n', 'temporarilyUnavailable'],
  ])('does not hand a long token to a server that %s', async (_what, reply, expected) => {
    const server = await start({ 'AUTH XOAUTH2': [reply] });
    expect(await failureOf(login(server, long))).toMatchObject({ code: expected });
    expect(server.lines.at(-1)).toBe('AUTH XOAUTH2');
  });

  it('blots out the token, its base64 and what a server cuts off of them', async () => {
    const message = messageOf('XOAUTH2', credentials, { host: '127.0.0.1', port: 0 });
    const encoded = Buffer.from(short).toString('base64');
    const echo = `535 bad ${short} ${encoded} ${message} ${message.slice(0, 60)} end\r\n`;
    const { params } = await failureOf(login(await start({ token: [echo] })));
    expect(params['serverText']).toBe('bad *** *** *** *** end');
  });

  it('says nothing of the token in clear unless allowed, nor where none is taken', async () => {
    const refusing = await start({});
    const inClear = login(refusing, credentials, { allowClearTextLogin: false });
    expect(await failureOf(inClear)).toMatchObject({ code: 'clearTextRefused' });
    const other = await start({}, 'PLAIN LOGIN');
    const { code, params } = await failureOf(login(other));
    expect([code, params['offered']]).toEqual(['authenticationUnavailable', 'PLAIN LOGIN']);
    for (const server of [refusing, other]) expect(server.lines.join()).not.toContain('AUTH');
  });
});
