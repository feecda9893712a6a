import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import {
  startTokenIntrospection,
  type TokenIntrospection,
} from '../../../fixtures/servers/token-introspection.js';
import type { MailEndpoint, Security } from '../../../src/mail/endpoint.js';
import { Pop3Session } from '../../../src/mail/pop3/session.js';
import {
  dependencies,
  endpoint,
  failureOf,
  serve,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';
import { hide } from '../hiding-proxy.js';
import { messageOf, refusal, TOKEN_OF_4_KB } from '../tokens.js';

const sessions: Pop3Session[] = [];
const servers: ScriptedServer[] = [];
afterEach(() => {
  sessions.splice(0).forEach((session) => session.close());
  servers.splice(0).forEach((server) => server.close());
});

async function connect(to: MailEndpoint, ca: readonly string[] = []): Promise<Pop3Session> {
  const session = await Pop3Session.connect(to, dependencies(ca));
  sessions.push(session);
  return session;
}

const ALICE = 'alice@example.test';

describe('POP3 sign-in with a token at Dovecot', () => {
  let introspection: TokenIntrospection;
  let dovecot: Dovecot;
  beforeAll(async () => {
    introspection = await startTokenIntrospection();
    const oauth = { introspectionUrl: introspection.url };
    const users = [
      { address: ALICE, password: 'geheim' },
      { address: 'bernd@example.test', password: 'geheim' },
    ];
    dovecot = await startDovecot({ users, oauth });
  }, 30_000);
  afterAll(async () => {
    await dovecot.stop();
    await introspection.stop();
  });
  afterEach(() => introspection.setFault('none'));

  async function session(security: Security = 'tls'): Promise<Pop3Session> {
    const port = security === 'tls' ? dovecot.pop3sPort : dovecot.pop3Port;
    const to = endpoint(port, { host: 'localhost', security, timeoutMs: 8_000 });
    return connect({ ...to, allowClearTextLogin: false }, [dovecot.caCertificate]);
  }
  const login = async (accessToken: string, username = ALICE) =>
    (await session()).login({ method: 'oauth2', username, accessToken });

  it.each([
    ['a short token', 'ya29.short'],
    ['a token of 4 KB', TOKEN_OF_4_KB],
  ])('lets us in with %s, over TLS and after STLS', async (_name, accessToken) => {
    introspection.grant(accessToken, ALICE);
    for (const security of ['tls', 'starttls'] as const) {
      const open = await session(security);
      await open.login({ method: 'oauth2', username: ALICE, accessToken });
      expect(await open.stat()).toEqual({ messageCount: 0, sizeBytes: 0 });
    }
  });

  it('lets us in by OAUTHBEARER where XOAUTH2 is not offered', async () => {
    introspection.grant(TOKEN_OF_4_KB, ALICE);
    const proxy = await hide('XOAUTH2', dovecot.pop3Port);
    try {
      const open = await connect(endpoint(proxy.port, { timeoutMs: 8_000 }));
      expect(open.capabilities?.get('SASL')).not.toContain('XOAUTH2');
      const credentials = { method: 'oauth2', username: ALICE } as const;
      const wrong = open.login({ ...credentials, accessToken: 'ya29.unknown' });
      expect((await failureOf(wrong)).params).toMatchObject({ status: 'invalid_token' });
      await open.login({ ...credentials, accessToken: TOKEN_OF_4_KB });
    } finally {
      proxy.stop();
    }
  });

  it.each([
    ['an unknown token', 'ya29.unknown', ALICE],
    ['the token of another', 'ya29.alice', 'bernd@example.test'],
    ['an unknown mailbox', 'ya29.alice', 'nobody@example.test'],
  ])('is refused with %s, and the failure says that it was a token', async (_n, token, user) => {
    introspection.grant('ya29.alice', ALICE);
    const failure = await failureOf(login(token, user));
    expect(failure).toMatchObject({ code: 'authenticationFailed', disposition: 'actionRequired' });
    expect(failure.params).toMatchObject({ method: 'oauth2', status: '401', command: 'AUTH' });
    expect(JSON.stringify(failure)).not.toContain(token);
  });

  it('is put off while the server cannot ask whether the token is good', async () => {
    introspection.grant('ya29.alice', ALICE);
    introspection.setFault('down');
    const failure = await failureOf(login('ya29.alice'));
    expect(failure).toMatchObject({ code: 'temporarilyUnavailable', disposition: 'transient' });
    expect(failure.params).toMatchObject({ method: 'oauth2', responseCode: 'SYS/TEMP' });
    introspection.setFault('none');
    await login('ya29.alice');
  });
});

describe('POP3 sign-in with a token at a server that is scripted', () => {
  const token = 'ya29.SECRET-token_0123456789';
  const credentials = { method: 'oauth2', username: 'u=1,x@a.test', accessToken: token } as const;

  /** Answers what `answers` says by whole line, and to the token what it says under `token`. */
  async function start(
    answers: Readonly<Record<string, readonly Step[]>>,
    mechanisms: string | null = 'XOAUTH2',
  ): Promise<ScriptedServer> {
    const capabilities = mechanisms === null ? '-ERR\r\n' : `+OK\r\nSASL ${mechanisms}\r\n.\r\n`;
    const usual = {
      CAPA: [capabilities],
      'AUTH XOAUTH2': ['+ \r\n'],
      'AUTH OAUTHBEARER': ['+ \r\n'],
    };
    const known: Readonly<Record<string, readonly Step[]>> = { ...usual, ...answers };
    const server = await serve({
      greeting: ['+OK hi\r\n'],
      answer: (line) => known[line.length > 40 ? 'token' : line] ?? ['-ERR no\r\n'],
    });
    servers.push(server);
    return server;
  }
  const login = async (server: ScriptedServer, changes: Partial<MailEndpoint> = {}) =>
    (await connect(endpoint(server.port, changes))).login(credentials);

  it.each([
    ['XOAUTH2', 'XOAUTH2 PLAIN'],
    ['OAUTHBEARER', 'PLAIN OAUTHBEARER'],
    ['XOAUTH2', 'OAUTHBEARER XOAUTH2'],
    ['XOAUTH2', null],
  ] as const)('uses %s where %j is offered, the token on its own line', async (name, offered) => {
    const server = await start(
      { [`AUTH ${name}`]: ['+', '\r', '\n'], token: ['+OK\r\n'] },
      offered,
    );
    await login(server);
    const message = messageOf(name, credentials, { host: '127.0.0.1', port: server.port });
    expect(server.lines).toEqual(['CAPA', `AUTH ${name}`, message]);
  });

  it.each([
    ['XOAUTH2', ''],
    ['OAUTHBEARER', 'AQ=='],
  ] as const)('answers the challenge of a refusal by %s with %j', async (mechanism, answer) => {
    const answers = { token: [`+ ${refusal('401')}\r\n`], [answer]: ['-ERR [AUTH] no\r\n'] };
    const server = await start(answers, mechanism);
    const { code, params } = await failureOf(login(server));
    expect(code).toBe('authenticationFailed');
    expect(params).toMatchObject({ method: 'oauth2', status: '401', responseCode: 'AUTH' });
    expect(server.lines.at(-1)).toBe(answer);
  });

  const challenge = (status: string): Step[] => [`+ ${refusal(status)}\r\n`];
  it.each<readonly [string, Readonly<Record<string, readonly Step[]>>, string]>([
    ['a 5xx status', { token: challenge('503') }, 'temporarilyUnavailable 503'],
    ['a 4xx status', { token: challenge('400') }, 'authenticationFailed 400'],
    ['a word', { token: challenge('invalid_token') }, 'authenticationFailed invalid_token'],
    ['a challenge without JSON', { token: ['+ bm8=\r\n'] }, 'authenticationFailed'],
    ['no challenge', { token: ['-ERR Logon failure\r\n'] }, 'authenticationFailed'],
    ['a temporary fault', { token: ['-ERR temporary problem\r\n'] }, 'temporarilyUnavailable'],
    ['[SYS/TEMP]', { token: ['-ERR [SYS/TEMP] later\r\n'] }, 'temporarilyUnavailable'],
    ['a busy mailbox', { token: ['-ERR [IN-USE] busy\r\n'] }, 'temporarilyUnavailable'],
    ['challenges without end', { token: ['+ eA==\r\n'], '': ['+ \r\n'] }, 'protocolViolation'],
    ['success after a refusal', { token: ['+ eA==\r\n'], '': ['+OK\r\n'] }, 'protocolViolation'],
    ['success before the token', { 'AUTH XOAUTH2': ['+OK\r\n'] }, 'protocolViolation'],
    ['an unknown mechanism', { 'AUTH XOAUTH2': ['-ERR\r\n'] }, 'authenticationUnavailable'],
    ['no time', { 'AUTH XOAUTH2': ['-ERR [SYS/TEMP]\r\n'] }, 'temporarilyUnavailable'],
    ['silence', { token: ['SILENCE'] }, 'responseTimeout AUTH'],
    ['a close', { token: ['CLOSE'] }, 'connectionLost'],
  ])('%s', async (_name, answers, expected) => {
    const { code, params } = await failureOf(login(await start(answers)));
    const { status, awaited } = params;
    expect([code, status ?? awaited].filter(Boolean).join(' ')).toBe(expected);
    expect(JSON.stringify(params)).not.toContain(token);
  });

  it('blots out the token, its base64 and what a server cuts off of them', async () => {
    const encoded = Buffer.from(token).toString('base64');
    const server = await serve({
      greeting: ['+OK hi\r\n'],
      answer: (line) => {
        if (line.length < 40) return [line === 'CAPA' ? '-ERR\r\n' : '+ \r\n'];
        return [`-ERR bad ${token} ${encoded} ${line} ${line.slice(0, 60)} end\r\n`];
      },
    });
    servers.push(server);
    const { params } = await failureOf(login(server));
    expect(params['serverText']).toBe('bad *** *** *** *** end');
  });

  it('says nothing of the token in clear unless allowed', async () => {
    const server = await start({});
    const { code } = await failureOf(login(server, { allowClearTextLogin: false }));
    expect(code).toBe('clearTextRefused');
    expect(server.lines).toEqual(['CAPA']);
  });

  it.each([
    ['accessToken', 'a line break', { ...credentials, accessToken: 'a\r\nDELE 1' }],
    ['accessToken', 'a separator', { ...credentials, accessToken: 'a\x01user=other' }],
    ['accessToken', 'nothing', { ...credentials, accessToken: '' }],
    ['username', 'a separator', { ...credentials, username: 'u\x01auth=Bearer x' }],
    ['username', 'nothing', { ...credentials, username: '' }],
  ])('refuses as %s %s', async (field, _what, wrong) => {
    const server = await start({});
    const session = await connect(endpoint(server.port));
    expect(await failureOf(session.login(wrong))).toMatchObject({ code: 'invalidInput', field });
    expect(server.lines).toEqual(['CAPA']);
  });

  it('does not sign in where no mechanism for tokens is offered', async () => {
    const server = await start({}, 'PLAIN LOGIN');
    const { code, params } = await failureOf(login(server));
    expect([code, params['offered']]).toEqual(['authenticationUnavailable', 'PLAIN LOGIN']);
    expect(server.lines).toEqual(['CAPA']);
  });
});
