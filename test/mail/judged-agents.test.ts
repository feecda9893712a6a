import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { classifyError } from '../../src/mail/errors.js';
import { judgedAgents } from '../../src/mail/judged-agents.js';
import { EgressPolicy } from '../../src/platform/egress.js';
import { makeCertificate } from './scripted-server.js';

const certificate = makeCertificate('DNS:inside.test,IP:127.0.0.1');
const servers: Server[] = [];
const requests: string[] = [];
let plainPort: number;
let tlsPort: number;

const answer: RequestListener = (request, response) => {
  requests.push(request.url ?? '');
  if (request.url?.startsWith('/to?') !== true) return response.end('here');
  return response.writeHead(302, { Location: request.url.slice('/to?'.length) }).end();
};

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const listenTls = (maxVersion?: SecureVersion) =>
  listen(
    createTlsServer(
      { ...certificate, ...(maxVersion && { maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }) },
      answer,
    ),
  );

beforeAll(async () => {
  plainPort = await listen(createServer(answer));
  tlsPort = await listenTls();
});
afterAll(() => servers.forEach((server) => server.close()));

const names: Readonly<Record<string, readonly string[]>> = {
  'inside.test': ['127.0.0.1'],
  'elsewhere.test': ['10.1.2.3'],
  'both.test': ['10.1.2.3', '127.0.0.1'],
};
const lookup = (host: string) =>
  Promise.resolve().then(() => {
    const found = names[host];
    if (found === undefined) throw Object.assign(new Error(host), { code: 'ENOTFOUND' });
    return found;
  });

/** What came, or the code of the failure. */
async function get(url: string, allow: string, ca: readonly string[] = []): Promise<string> {
  const agents = judgedAgents({ egress: EgressPolicy.parse(allow, lookup), trust: { ca } });
  try {
    const { data } = await axios.get<string>(url, { ...agents, proxy: false, timeout: 3000 });
    return data;
  } catch (error) {
    const cause = axios.isAxiosError(error) ? (error.cause ?? error) : error;
    return classifyError(cause).code;
  }
}

describe('an HTTP request goes to judged addresses only', () => {
  const plain = (path = '', host = '127.0.0.1') => `http://${host}:${String(plainPort)}/${path}`;
  const secure = (host: string, path = '') => `https://${host}:${String(tlsPort)}/${path}`;

  it.each([
    ['a literal address inside', () => plain(), '', 'egressBlocked'],
    ['a literal address that is allowed', () => plain(), '127.0.0.1', 'here'],
    ['another way to write it', () => plain('', '0x7f.1'), '', 'egressBlocked'],
    ['a mapped address', () => plain('', '[::ffff:127.0.0.1]'), '', 'egressBlocked'],
    ['a name that leads inside', () => plain('', 'inside.test'), '', 'egressBlocked'],
    ['a name that leads to where it may', () => plain('', 'inside.test'), '127.0.0.1', 'here'],
    ['a name with one address of two', () => plain('', 'both.test'), '127.0.0.1', 'here'],
    ['a name that nobody has', () => plain('', 'nobody.test'), '127.0.0.1', 'nameNotFound'],
    ['a redirect inside', () => plain('to?http://10.1.2.3/'), '127.0.0.1', 'egressBlocked'],
    ['to a name inside', () => plain('to?http://elsewhere.test/'), '127.0.0.1', 'egressBlocked'],
    ['where it may', () => plain(`to?${plain('', 'inside.test')}`), '127.0.0.1', 'here'],
  ])('%s', async (_what, url, allow, outcome) => {
    expect(await get(url(), allow)).toBe(outcome);
  });

  it.each([
    ['an authority of the operator', 'inside.test', [certificate.cert], 'here'],
    ['its literal address', '127.0.0.1', [certificate.cert], 'here'],
    ['an unknown authority', 'inside.test', [], 'certificateUntrusted'],
    ['another name', 'both.test', [certificate.cert], 'certificateNameMismatch'],
  ])('a certificate of %s', async (_what, host, ca, outcome) => {
    expect(await get(secure(host), '127.0.0.1', ca)).toBe(outcome);
  });

  it('TLS before 1.2 is refused', async () => {
    const oldPort = await listenTls('TLSv1.1');
    const url = `https://inside.test:${String(oldPort)}/`;
    expect(await get(url, '127.0.0.1', [certificate.cert])).toBe('tlsFailed');
  });

  it('nothing is said to an address that was refused', async () => {
    requests.length = 0;
    await get(plain('secret'), '');
    expect(requests).toEqual([]);
  });
});
