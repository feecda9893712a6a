import { afterAll, describe, expect, it } from '@jest/globals';
import { checkIncoming } from '../../../src/mail/check/check.js';
import type { ProbeResult } from '../../../src/mail/check/findings.js';
import type { MailEndpoint } from '../../../src/mail/endpoint.js';
import type { ImapCredentials } from '../../../src/mail/imap/session.js';
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
const trust = dependencies([trusted.cert]);

const servers: ScriptedServer[] = [];
afterAll(() => servers.splice(0).forEach((server) => server.close()));

type Answers = Readonly<Record<string, readonly Step[]>>;

/** Answers by the command; `TAG` stands for its tag, `*` for all other commands. */
async function start(
  greeting: readonly Step[] = ['* OK hi\r\n'],
  answers: Answers = {},
  script: Partial<Script> = {},
): Promise<ScriptedServer> {
  const usual: Answers = {
    CAPABILITY: ['* CAPABILITY IMAP4rev1 NAMESPACE\r\nTAG OK\r\n'],
    NAMESPACE: ['* NAMESPACE (("" "/")) NIL NIL\r\nTAG OK\r\n'],
    LIST: ['* LIST () "/" INBOX\r\nTAG OK\r\n'],
    EXAMINE: ['* 3 EXISTS\r\nTAG OK [READ-ONLY]\r\n'],
    LOGOUT: ['* BYE\r\nTAG OK\r\n', 'CLOSE'],
    '*': ['TAG OK\r\n'],
  };
  const known: Answers = { ...usual, ...answers };
  const server = await serve({
    greeting,
    answer: (line) => {
      const [tag = '', command = ''] = line.split(' ');
      const steps = known[command] ?? known['*'] ?? [];
      return steps.map((step) => String(step).replaceAll('TAG', tag));
    },
    ...script,
  });
  servers.push(server);
  return server;
}

const PASSWORD = { method: 'password', username: 'u', password: 'p' } as const;
const TOKEN = { method: 'oauth2', username: 'u', accessToken: 'ya29.x' } as const;

function check(
  port: number,
  changes: Partial<MailEndpoint> = {},
  credentials: ImapCredentials | null = PASSWORD,
): Promise<ProbeResult> {
  const patient = endpoint(port, { timeoutMs: 30_000, ...changes });
  return checkIncoming({ protocol: 'imap', endpoint: patient, credentials }, trust);
}

/** The last finding as `check outcome code field`, with what was found and suggested. */
function verdict({ findings }: ProbeResult): string {
  const { check: step, outcome, code, field, params } = findings.at(-1)!;
  return [step, outcome, code, field, params['found'], params['suggestedPort']]
    .filter((part) => part !== undefined && part !== null)
    .join(' ');
}

const commands = ({ lines }: ScriptedServer) => lines.map((line) => line.split(' ')[1] ?? line);

describe('check of an IMAP account', () => {
  it('signs in, counts, and sends nothing but what a check may send', async () => {
    const server = await start();
    const result = await check(server.port);
    expect(result.findings.map(({ check: step, outcome }) => `${step} ${outcome}`)).toEqual([
      'egress ok',
      'name ok',
      'connect ok',
      'greeting ok',
      'capabilities ok',
      'login ok',
      'login warning',
      'mailbox ok',
    ]);
    expect(result.messageCount).toBe(3);
    const sent = ['CAPABILITY', 'LOGIN', 'NAMESPACE', 'LIST', 'LSUB', 'EXAMINE', 'LOGOUT'];
    expect(sent).toEqual(expect.arrayContaining([...new Set(commands(server))]));
  });

  it('says nothing of a sign-in when there is none to try', async () => {
    const server = await start();
    const result = await check(server.port, {}, null);
    expect(verdict(result)).toBe('capabilities ok passed');
    expect(result.messageCount).toBeNull();
    expect(commands(server)).toEqual(['CAPABILITY']);
  });

  const IMAP = ['* OK hi\r\n'];
  const POP3 = ['+OK hi\r\n'];
  const HTTP = { '*': ['HTTP/1.1 400 Bad Request\r\n\r\n', 'CLOSE'] };
  const over = (tls: typeof trusted, greeting: readonly Step[] = IMAP) =>
    start(greeting, {}, { tls });
  const forToken = (reply: Step, also: Answers = {}) =>
    start(IMAP, {
      CAPABILITY: ['* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR\r\nTAG OK\r\n'],
      AUTHENTICATE: [reply],
      ...also,
    });
  type Case = readonly [
    string,
    () => Promise<ScriptedServer>,
    Partial<MailEndpoint>,
    string,
    ImapCredentials?,
  ];
  it.concurrent.each<Case>([
    ['silence', () => start(['SILENCE']), {}, 'greeting failed responseTimeout port'],
    [
      'silence where TLS is wanted',
      () => start(['SILENCE']),
      { security: 'tls' },
      'tls failed responseTimeout port',
    ],
    ['a POP3 server', () => start(POP3), {}, 'greeting failed wrongProtocol port pop3 143'],
    [
      'a POP3 server over TLS',
      () => over(trusted, POP3),
      { security: 'tls' },
      'greeting failed wrongProtocol port pop3 993',
    ],
    [
      'a POP3 server where TLS is wanted',
      () => start(POP3),
      { security: 'tls' },
      'greeting failed wrongProtocol port pop3 993',
    ],
    [
      'an SMTP server',
      () => start(['220 mx\r\n']),
      { security: 'starttls' },
      'greeting failed wrongProtocol port smtp 143',
    ],
    ['a web server', () => start([], HTTP), {}, 'greeting failed wrongProtocol port http 143'],
    [
      'TLS where plain is wanted',
      () => over(untrusted),
      {},
      'greeting failed tlsExpected security',
    ],
    [
      'plain where TLS is wanted',
      () => start(IMAP),
      { security: 'tls' },
      'tls failed plainExpected security',
    ],
    [
      'no STARTTLS',
      () => start(IMAP),
      { security: 'starttls' },
      'tls failed startTlsUnavailable security',
    ],
    [
      'a self-signed certificate',
      () => over(untrusted),
      { security: 'tls' },
      'tls failed certificateUntrusted security',
    ],
    [
      'clear text without leave',
      () => start(IMAP),
      { allowClearTextLogin: false },
      'login failed clearTextRefused security',
    ],
    [
      'a wrong password',
      () => start(IMAP, { LOGIN: ['TAG NO [AUTHENTICATIONFAILED] no\r\n'] }),
      {},
      'login failed authenticationFailed password',
    ],
    [
      'an outage of the sign-in',
      () => start(IMAP, { LOGIN: ['TAG NO [UNAVAILABLE] no\r\n'] }),
      {},
      'login failed temporarilyUnavailable',
    ],
    [
      'a busy mailbox',
      () => start(IMAP, { LOGIN: ['TAG NO [INUSE] busy\r\n'] }),
      {},
      'mailbox warning temporarilyUnavailable',
    ],
    [
      'a refused token',
      () => forToken('TAG NO [AUTHENTICATIONFAILED] no\r\n'),
      {},
      'login failed authenticationFailed authentication',
      TOKEN,
    ],
    [
      'a token not judged',
      () => forToken('TAG NO temporary failure\r\n'),
      {},
      'login failed temporarilyUnavailable',
      TOKEN,
    ],
    [
      'no token taken',
      () => start(IMAP),
      {},
      'login failed authenticationUnavailable authentication',
      TOKEN,
    ],
    [
      'a mailbox that does not open',
      () => start(IMAP, { EXAMINE: ['TAG NO [NOPERM] no\r\n'] }),
      {},
      'mailbox failed serverRefused',
    ],
    [
      'BYE',
      () => start(['* BYE too many connections\r\n']),
      {},
      'greeting failed temporarilyUnavailable',
    ],
    [
      'a dribbled greeting',
      () => start(Array.from('* OK hi '.repeat(99))),
      {},
      'greeting failed responseTimeout port',
    ],
    [
      'a dribbled sign-in',
      () => start(IMAP, { LOGIN: Array.from('* OK hi '.repeat(99)) }),
      {},
      'login failed responseTimeout',
    ],
    [
      'a dribbled mailbox',
      () => start(IMAP, { EXAMINE: Array.from('* 3 EXISTS '.repeat(99)) }),
      {},
      'mailbox failed responseTimeout',
    ],
    [
      'a throttled sign-in',
      () =>
        start(IMAP, {
          LOGIN: ['TAG BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds\r\n'],
        }),
      {},
      'login failed temporarilyUnavailable',
    ],
    ['a close at once', () => start(['CLOSE']), {}, 'greeting failed connectionLost port'],
    ['nonsense', () => start(['hello there\r\n']), {}, 'greeting failed protocolViolation port'],
    [
      'a line break in the host',
      () => start(),
      { host: 'a\r\nb' },
      'name failed invalidInput host',
    ],
  ])('%s', async (_name, make, changes, expected, credentials = PASSWORD) => {
    const server = await make();
    const started = performance.now();
    expect(verdict(await check(server.port, changes, credentials))).toBe(expected);
    expect(performance.now() - started).toBeLessThan(5500);
    for (let tries = 0; server.open.size > 0 && tries < 40; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 25));
    expect(server.open.size).toBe(0);
  });
});
