import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import {
  startTokenIntrospection,
  type TokenIntrospection,
} from '../../../fixtures/servers/token-introspection.js';
import type { MailEndpoint, Security } from '../../../src/mail/endpoint.js';
import type { MailFailure } from '../../../src/mail/errors.js';
import { ImapSession, type ImapCredentials } from '../../../src/mail/imap/session.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import {
  dependencies,
  endpoint,
  failureOf,
  makeCertificate,
  serve,
  type Script,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';
import { hide } from '../hiding-proxy.js';
import { messageOf, refusal, TOKEN_OF_4_KB } from '../tokens.js';

const certificate = makeCertificate('IP:127.0.0.1');
const sessions: ImapSession[] = [];
const servers: ScriptedServer[] = [];
afterEach(() => {
  sessions.splice(0).forEach((session) => session.close());
  servers.splice(0).forEach((server) => server.close());
});

async function connect(to: MailEndpoint, ca = [certificate.cert]): Promise<ImapSession> {
  const session = await ImapSession.connect(to, dependencies(ca));
  sessions.push(session);
  return session;
}

const ALICE = { address: 'alice@example.test', password: 'geheim "\\ Wört' };
const byPassword = (password = ALICE.password): ImapCredentials => ({
  method: 'password',
  username: ALICE.address,
  password,
});

describe('IMAP session with Dovecot', () => {
  let introspection: TokenIntrospection;
  let dovecot: Dovecot;
  beforeAll(async () => {
    introspection = await startTokenIntrospection();
    dovecot = await startDovecot({
      users: [ALICE],
      oauth: { introspectionUrl: introspection.url },
    });
    await dovecot.deliver(ALICE.address, Buffer.from('Subject: x\r\n\r\nHello.\r\n'));
    await dovecot.deliver(ALICE.address, Buffer.from('Subject: y\r\n\r\nHello.\r\n'));
  }, 30_000);
  afterAll(async () => {
    await dovecot.stop();
    await introspection.stop();
  });
  afterEach(() => introspection.setFault('none'));

  async function session(security: Security, changes: Partial<MailEndpoint> = {}) {
    const port = security === 'tls' ? dovecot.imapsPort : dovecot.imapPort;
    const to = endpoint(port, { host: 'localhost', security, timeoutMs: 8_000 });
    return connect({ ...to, allowClearTextLogin: security === 'none', ...changes }, [
      dovecot.caCertificate,
    ]);
  }

  it.each(['tls', 'starttls', 'none'] as const)('signs in and counts (%s)', async (security) => {
    const open = await session(security);
    await open.login(byPassword());
    expect(await open.messageCount()).toBe(2);
    await open.quit();
  });

  it('leaves the mailbox as it is', async () => {
    const before = (await dovecot.readMaildir(ALICE.address)).map(({ name }) => name);
    const open = await session('tls');
    await open.login(byPassword());
    await open.messageCount();
    await open.quit();
    expect((await dovecot.readMaildir(ALICE.address)).map(({ name }) => name)).toEqual(before);
  });

  it('tells a wrong password', async () => {
    const { code, params } = await failureOf((await session('tls')).login(byPassword('falsch')));
    expect([code, params['responseCode']]).toEqual([
      'authenticationFailed',
      'AUTHENTICATIONFAILED',
    ]);
  });

  it.each(['tls', 'starttls'] as const)('verifies the certificate (%s)', async (security) => {
    const port = security === 'tls' ? dovecot.imapsPort : dovecot.imapPort;
    const to = endpoint(port, { security, timeoutMs: 8_000, host: 'localhost' });
    const untrusted = await failureOf(connect(to, []));
    expect(untrusted.code).toBe('certificateUntrusted');
    const fingerprint = String(untrusted.params['fingerprint']);
    await connect({ ...to, tlsException: { fingerprint } }, []);
    const other = { fingerprint: fingerprint.replaceAll(/[0-9]/g, '0') };
    // a certificate that is trusted otherwise is not the excepted one
    const wrong = connect({ ...to, tlsException: other }, [dovecot.caCertificate]);
    expect(await failureOf(wrong)).toMatchObject({ code: 'certificateUntrusted' });
    const egress = EgressPolicy.parse('127.0.0.1', () => Promise.resolve(['127.0.0.1']));
    const named = ImapSession.connect(
      { ...to, host: 'other.test' },
      { egress, trust: { ca: [dovecot.caCertificate] } },
    );
    expect(await failureOf(named)).toMatchObject({ code: 'certificateNameMismatch' });
  });

  it.each([
    ['a short token', 'ya29.short'],
    ['a token of 4 KB', TOKEN_OF_4_KB],
  ])('lets us in with %s, by OAUTHBEARER and by XOAUTH2', async (_name, accessToken) => {
    introspection.grant(accessToken, ALICE.address);
    const credentials = { method: 'oauth2', username: ALICE.address, accessToken } as const;
    const open = await session('starttls');
    await open.login(credentials);
    expect(await open.messageCount()).toBe(2);
    const proxy = await hide('OAUTHBEARER', dovecot.imapPort);
    try {
      await (await connect(endpoint(proxy.port, { timeoutMs: 8_000 }))).login(credentials);
    } finally {
      proxy.stop();
    }
  });

  it('tells a refused token, and a server that cannot ask about it', async () => {
    introspection.grant('ya29.good', ALICE.address);
    const login = async (accessToken: string) =>
      (await session('tls')).login({ method: 'oauth2', username: ALICE.address, accessToken });
    const refused = await failureOf(login('ya29.unknown'));
    expect(refused).toMatchObject({ code: 'authenticationFailed', disposition: 'actionRequired' });
    expect(refused.params).toMatchObject({ method: 'oauth2', status: 'invalid_token' });
    introspection.setFault('down');
    const putOff = await failureOf(login('ya29.good'));
    expect(putOff).toMatchObject({ code: 'temporarilyUnavailable', disposition: 'transient' });
    expect(putOff.params).toMatchObject({ method: 'oauth2', responseCode: 'UNAVAILABLE' });
    introspection.setFault('none');
    await login('ya29.good');
  });
});

describe('IMAP session with a scripted server', () => {
  type Answers = Readonly<Record<string, readonly Step[]>>;
  const token = 'ya29.SECRET-token_0123456789';
  const byToken = { method: 'oauth2', username: 'u@a.test', accessToken: token } as const;
  const password = { method: 'password', username: 'u@a.test', password: 'geheim' } as const;

  /** Answers by the command; `TAG` stands for the tag of the command. */
  async function start(answers: Answers = {}, script: Partial<Script> = {}) {
    const usual: Answers = {
      CAPABILITY: [
        '* CAPABILITY IMAP4rev1 STARTTLS AUTH=XOAUTH2 SASL-IR ID NAMESPACE\r\nTAG OK\r\n',
      ],
      STARTTLS: ['TAG OK go\r\n'],
      NAMESPACE: ['* NAMESPACE (("" "/")) NIL NIL\r\nTAG OK\r\n'],
      ID: ['* ID NIL\r\nTAG OK\r\n'],
      LIST: ['* LIST () "/" INBOX\r\nTAG OK\r\n'],
      EXAMINE: ['* 5 EXISTS\r\nTAG OK [READ-ONLY] done\r\n'],
      LOGOUT: ['* BYE\r\nTAG OK\r\n', 'CLOSE'],
    };
    let tag = '';
    const server = await serve({
      greeting: ['* OK hi\r\n'],
      answer: (line) => {
        const [first = '', command = ''] = line.split(' ');
        if (command !== '') tag = first;
        const known =
          answers[command] ?? usual[command] ?? (command === '' ? answers['+'] : ['TAG OK\r\n']);
        return (known ?? []).map((step) =>
          typeof step === 'string' ? step.replaceAll('TAG', tag) : step,
        );
      },
      ...script,
    });
    servers.push(server);
    return server;
  }
  const commands = ({ lines }: ScriptedServer) => lines.map((line) => line.split(' ')[1] ?? line);
  const login = async (
    server: ScriptedServer,
    credentials: ImapCredentials = password,
    changes: Partial<MailEndpoint> = {},
  ) => (await connect(endpoint(server.port, changes))).login(credentials);

  it('sends nothing but what a check may send', async () => {
    const server = await start();
    const session = await connect(endpoint(server.port));
    await session.login(password);
    expect(await session.messageCount()).toBe(5);
    await session.quit();
    expect(new Set(commands(server))).toEqual(
      new Set(['CAPABILITY', 'ID', 'LOGIN', 'NAMESPACE', 'LIST', 'LSUB', 'EXAMINE', 'LOGOUT']),
    );
    expect(server.lines).toContain('2 ID ("name" "ERP mail bridge")');
  });

  it('connects to the address that the egress rule has judged, and to no other', async () => {
    const server = await start();
    const asked: string[] = [];
    const lookup = (host: string) => {
      asked.push(host);
      return Promise.resolve(['127.0.0.1']);
    };
    const to = endpoint(server.port, { host: 'mail.example.test' });
    const open = await ImapSession.connect(to, {
      egress: EgressPolicy.parse('127.0.0.1', lookup),
      trust: {},
    });
    open.close();
    expect(asked).toEqual(['mail.example.test']);
    const blocked = ImapSession.connect(to, { egress: EgressPolicy.parse('', lookup), trust: {} });
    expect(await failureOf(blocked)).toMatchObject({ code: 'egressBlocked' });
    expect(server.open.size).toBeLessThanOrEqual(1);
  });

  type ConnectCase = readonly [string, readonly Step[], Answers, Partial<MailEndpoint>, string];
  it.each<ConnectCase>([
    ['silence', ['SILENCE'], {}, {}, 'responseTimeout greeting'],
    ['a greeting that stops', ['* O', 'SILENCE'], {}, {}, 'responseTimeout greeting'],
    ['a greeting in bytes', Array.from('* OK hi\r\n'), {}, {}, 'connected'],
    ['a close', ['CLOSE'], {}, {}, 'connectionLost greeting'],
    ['a reset', ['RESET'], {}, {}, 'connectionLost'],
    ['BYE', ['* BYE [UNAVAILABLE] too many\r\n'], {}, {}, 'temporarilyUnavailable'],
    ['PREAUTH', ['* PREAUTH hi\r\n'], {}, {}, 'protocolViolation signedInUnasked'],
    [
      'PREAUTH and STARTTLS',
      ['* PREAUTH hi\r\n'],
      {},
      { security: 'starttls' },
      'startTlsUnavailable',
    ],
    ['a POP3 server', ['+OK hi\r\n'], {}, {}, 'wrongProtocol'],
    ['an SMTP server', ['220 hi\r\n'], {}, {}, 'wrongProtocol'],
    ['nonsense', ['hello\r\n'], {}, {}, 'protocolViolation notAnImapReply'],
    ['no capabilities', [], { CAPABILITY: ['SILENCE'] }, {}, 'responseTimeout reply'],
    [
      'a dribble',
      [],
      { CAPABILITY: Array.from('* CAPABILITY '.repeat(99)) },
      { timeoutMs: 100 },
      'responseTimeout reply',
    ],
    [
      'endless capabilities',
      [],
      { CAPABILITY: [`* CAPABILITY ${'X '.repeat(200_000)}`] },
      {},
      'protocolViolation unexpectedReply',
    ],
    ['a close before capabilities', [], { CAPABILITY: ['CLOSE'] }, {}, 'connectionLost'],
    [
      'STARTTLS not offered',
      [],
      { CAPABILITY: ['* CAPABILITY IMAP4rev1\r\nTAG OK\r\n'] },
      { security: 'starttls' },
      'startTlsUnavailable',
    ],
    [
      'STARTTLS refused',
      [],
      { STARTTLS: ['TAG BAD no\r\n'] },
      { security: 'starttls' },
      'startTlsUnavailable',
    ],
    [
      'STARTTLS without TLS',
      [],
      { STARTTLS: ['TAG OK\r\n', 'nonsense\r\n'] },
      { security: 'starttls' },
      'tlsFailed',
    ],
    [
      'STARTTLS and silence',
      [],
      { STARTTLS: ['TAG OK\r\n', 'SILENCE'] },
      { security: 'starttls' },
      'responseTimeout tls',
    ],
    [
      'STARTTLS and a close',
      [],
      { STARTTLS: ['TAG OK\r\n', 'CLOSE'] },
      { security: 'starttls' },
      'tlsFailed',
    ],
    ['TLS where plain is spoken', [], {}, { security: 'tls' }, 'plainExpected'],
  ])('%s', async (_name, greeting, answers, changes, expected) => {
    const server = await start(answers, greeting.length > 0 ? { greeting } : {});
    const outcome = await connect(endpoint(server.port, changes)).then(
      () => 'connected',
      (error: unknown) => {
        const { code, params } = error as MailFailure;
        return [code, params['awaited'] ?? params['detail']].filter(Boolean).join(' ');
      },
    );
    expect(outcome).toBe(expected);
    expect(commands(server).filter((one) => /LOGIN|AUTHENTICATE/.test(one))).toEqual([]);
  });

  it('refuses what came in clear after the reply to STARTTLS', async () => {
    const server = await start({ STARTTLS: ['TAG OK\r\n* CAPABILITY IMAP4rev1\r\n'] });
    const open = connect(endpoint(server.port, { security: 'starttls' }));
    const { code, params } = await failureOf(open);
    expect([code, params['detail']]).toEqual(['protocolViolation', 'unsolicitedReply']);
    expect(commands(server)).toEqual(['CAPABILITY', 'STARTTLS']);
  });

  type SignInCase = readonly [string, ImapCredentials, Answers, string];
  it.each<SignInCase>([
    [
      'a wrong password',
      password,
      { LOGIN: ['TAG NO [AUTHENTICATIONFAILED] no\r\n'] },
      'authenticationFailed AUTHENTICATIONFAILED',
    ],
    [
      'a password that has expired',
      password,
      { LOGIN: ['TAG NO [EXPIRED] no\r\n'] },
      'authenticationFailed EXPIRED',
    ],
    [
      'no right to the mailbox',
      password,
      { LOGIN: ['TAG NO [AUTHORIZATIONFAILED] no\r\n'] },
      'authenticationFailed AUTHORIZATIONFAILED',
    ],
    [
      'a refusal without code',
      password,
      { LOGIN: ['TAG NO LOGIN failed.\r\n'] },
      'authenticationFailed',
    ],
    [
      'BAD',
      password,
      { LOGIN: ['TAG BAD User is authenticated but not connected.\r\n'] },
      'authenticationFailed',
    ],
    [
      'an outage',
      password,
      { LOGIN: ['TAG NO [UNAVAILABLE] later\r\n'] },
      'temporarilyUnavailable UNAVAILABLE',
    ],
    [
      'a mailbox in use',
      password,
      { LOGIN: ['TAG NO [INUSE] busy\r\n'] },
      'temporarilyUnavailable INUSE',
    ],
    [
      'too many sessions',
      password,
      { LOGIN: ['TAG NO [LIMIT] busy\r\n'] },
      'temporarilyUnavailable LIMIT',
    ],
    [
      'a full mailbox',
      password,
      { LOGIN: ['TAG NO [OVERQUOTA] full\r\n'] },
      'serverRefused OVERQUOTA',
    ],
    [
      'encryption needed',
      password,
      { LOGIN: ['TAG NO [PRIVACYREQUIRED] no\r\n'] },
      'authenticationUnavailable PRIVACYREQUIRED',
    ],
    ['BYE', password, { LOGIN: ['* BYE going down\r\n', 'CLOSE'] }, 'temporarilyUnavailable'],
    ['silence', password, { LOGIN: ['SILENCE'] }, 'responseTimeout'],
    ['a close', password, { LOGIN: ['CLOSE'] }, 'connectionLost'],
    ['a reset', password, { LOGIN: ['RESET'] }, 'connectionLost'],
    [
      'Exchange without a mailbox',
      password,
      { NAMESPACE: ['TAG BAD User is authenticated but not connected.\r\n'] },
      'authenticationFailed',
    ],
    [
      'a refused token',
      byToken,
      { AUTHENTICATE: [`+ ${refusal('401')}\r\n`], '+': ['TAG NO no\r\n'] },
      'authenticationFailed 401',
    ],
    [
      'a token that nobody can judge',
      byToken,
      { AUTHENTICATE: [`+ ${refusal('503')}\r\n`], '+': ['TAG NO no\r\n'] },
      'temporarilyUnavailable 503',
    ],
  ])('%s', async (_name, credentials, answers, expected) => {
    const { code, params } = await failureOf(login(await start(answers), credentials));
    expect([code, params['responseCode'] ?? params['status']].filter(Boolean).join(' ')).toBe(
      expected,
    );
  });

  it('blots out what the server repeats of a secret', async () => {
    const message = messageOf('XOAUTH2', byToken, { host: '127.0.0.1', port: 0 });
    const words = `bad ${token} ${message} ${message.slice(0, 60)} end`;
    const byBearer = await start({ AUTHENTICATE: [`TAG NO ${words}\r\n`] });
    const refused = await failureOf(login(byBearer, byToken));
    expect(refused.params['serverText']).toBe('bad *** *** *** end');
    const byWord = await start({ LOGIN: ['TAG NO [AUTHENTICATIONFAILED] u@a.test/geheim\r\n'] });
    const { params } = await failureOf(login(byWord));
    expect(params['serverText']).toBe('[AUTHENTICATIONFAILED] ***/***');
  });

  it('says nothing secret in clear unless allowed, nor to a server that takes none', async () => {
    const server = await start();
    for (const credentials of [password, byToken]) {
      const failure = await failureOf(login(server, credentials, { allowClearTextLogin: false }));
      expect(failure.code).toBe('clearTextRefused');
    }
    const plain = await start({
      CAPABILITY: ['* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK\r\n'],
    });
    for (const credentials of [password, byToken])
      expect(await failureOf(login(plain, credentials))).toMatchObject({
        code: 'authenticationUnavailable',
      });
    for (const { lines } of [server, plain]) expect(lines.join()).not.toMatch(/LOGIN|AUTHENTICATE/);
  });

  it.each<readonly [string, ImapCredentials]>([
    ['username', { ...password, username: 'u\r\nX LOGOUT' }],
    ['password', { ...password, password: 'p\r\nX LOGOUT' }],
    ['password', { ...password, password: '' }],
    ['accessToken', { ...byToken, accessToken: 'a\u0001b' }],
  ])('refuses a %s that would end its field', async (field, wrong) => {
    const server = await start();
    expect(await failureOf(login(server, wrong))).toMatchObject({ code: 'invalidInput', field });
    expect(commands(server)).toEqual(['CAPABILITY', 'ID']);
  });

  it.each([
    ['refused', { EXAMINE: ['TAG NO [NOPERM] no\r\n'] }, 'serverRefused'],
    ['in use', { EXAMINE: ['TAG NO [INUSE] busy\r\n'] }, 'temporarilyUnavailable'],
    ['silent', { EXAMINE: ['SILENCE'] }, 'responseTimeout'],
    ['cut', { EXAMINE: ['* 5 EXISTS\r\n', 'CLOSE'] }, 'connectionLost'],
  ] as const)('tells a mailbox that is %s', async (_what, answers, expected) => {
    const session = await connect(endpoint((await start(answers)).port));
    await session.login(password);
    expect(await failureOf(session.messageCount())).toMatchObject({ code: expected });
  });
});
