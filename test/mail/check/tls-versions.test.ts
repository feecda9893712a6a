import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import tls, { TLSSocket, type SecureContextOptions } from 'node:tls';
import { checkIncoming, checkSmtp } from '../../../src/mail/check/check.js';
import type { ConnectDependencies, TlsTrust } from '../../../src/mail/endpoint.js';
import {
  dependencies,
  endpoint,
  makeCertificate,
  serve,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';

const certificate = makeCertificate('IP:127.0.0.1');
const servers: ScriptedServer[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

interface Dialect {
  readonly greeting: string;
  readonly upgradeOn: RegExp;
  readonly answer: (line: string) => readonly Step[];
}

const DIALECTS = {
  pop3: {
    greeting: '+OK hi\r\n',
    upgradeOn: /^STLS$/,
    answer: (line) => [line === 'CAPA' ? '+OK\r\nUSER\r\n.\r\n' : '+OK\r\n'],
  },
  imap: {
    greeting: '* OK hi\r\n',
    upgradeOn: /STARTTLS$/,
    answer: (line) => [
      line.endsWith(' CAPABILITY') ? '* CAPABILITY IMAP4rev1 STARTTLS\r\n' : '',
      `${line.split(' ')[0]!} OK done\r\n`,
    ],
  },
  smtp: {
    greeting: '220 hi ESMTP\r\n',
    upgradeOn: /^STARTTLS$/,
    answer: (line) => [line === 'STARTTLS' ? '220 go\r\n' : '250-hi\r\n250 STARTTLS\r\n'],
  },
} as const satisfies Record<string, Dialect>;

type Protocol = keyof typeof DIALECTS;

async function start(protocol: Protocol, isImplicit: boolean, offered: SecureContextOptions) {
  const { greeting, upgradeOn, answer } = DIALECTS[protocol];
  const spoken = new Set<string>();
  const server = await serve({
    greeting: [greeting],
    answer: (line, socket) => {
      if (socket instanceof TLSSocket) spoken.add(socket.getProtocol() ?? '');
      return answer(line).filter((step) => step !== '');
    },
    tls: { ...certificate, ...offered },
    ...(!isImplicit && { upgradeOn }),
  });
  servers.push(server);
  return { port: server.port, spoken };
}

async function check(
  protocol: Protocol,
  to: { readonly port: number; readonly security: 'tls' | 'starttls' },
  maxVersion: TlsTrust['maxVersion'],
) {
  const common = dependencies([certificate.cert]);
  const trust = { ...common.trust, ...(maxVersion && { maxVersion }) };
  const connect: ConnectDependencies = { ...common, trust };
  const target = endpoint(to.port, { security: to.security, timeoutMs: 3_000 });
  const { findings } =
    protocol === 'smtp'
      ? await checkSmtp({ endpoint: target, credentials: null }, connect)
      : await checkIncoming({ protocol, endpoint: target, credentials: null }, connect);
  const { check: step, code } = findings.at(-1)!;
  return `${step} ${code}`;
}

const OLD: SecureContextOptions = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'DEFAULT@SECLEVEL=0',
};
const ONLY_1_2: SecureContextOptions = { maxVersion: 'TLSv1.2' };
const ONLY_1_3: SecureContextOptions = { minVersion: 'TLSv1.3' };
const REFUSED = 'tls tlsFailed';
const DONE = 'capabilities passed';

type Case = readonly [string, SecureContextOptions, TlsTrust['maxVersion'], string, string[]];
const cases: readonly Case[] = [
  ['HHQ-16 refuses a server that has TLS 1.0 and 1.1 only', OLD, undefined, REFUSED, []],
  ['HHQ-16 refuses it at the literal switch, too', OLD, 'TLSv1.2', REFUSED, []],
  ['HHQ-16 speaks TLS 1.2 where there is no newer one', ONLY_1_2, undefined, DONE, ['TLSv1.2']],
  ['speaks TLS 1.3 by default', {}, undefined, DONE, ['TLSv1.3']],
  ['speaks TLS 1.3 with a server that has nothing else', ONLY_1_3, 'TLSv1.3', DONE, ['TLSv1.3']],
  ['HHQ-15 speaks only TLS 1.2 at the literal switch', {}, 'TLSv1.2', DONE, ['TLSv1.2']],
  ['HHQ-15 refuses a server without TLS 1.2 at that switch', ONLY_1_3, 'TLSv1.2', REFUSED, []],
];

// what node and OpenSSL would refuse by themselves shows nothing about us
const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls;
beforeAll(() => {
  tls.DEFAULT_MIN_VERSION = 'TLSv1';
  tls.DEFAULT_CIPHERS = 'DEFAULT@SECLEVEL=0';
});
afterAll(() => {
  tls.DEFAULT_MIN_VERSION = DEFAULT_MIN_VERSION;
  tls.DEFAULT_CIPHERS = DEFAULT_CIPHERS;
});

describe.each(['pop3', 'imap', 'smtp'] as const)('TLS versions with %s', (protocol) => {
  it.each(cases)('%s', async (_name, offered, maxVersion, expected, spoken) => {
    for (const security of ['tls', 'starttls'] as const) {
      const server = await start(protocol, security === 'tls', offered);
      expect(await check(protocol, { port: server.port, security }, maxVersion)).toBe(expected);
      expect([...server.spoken]).toEqual(spoken);
    }
  });
});
