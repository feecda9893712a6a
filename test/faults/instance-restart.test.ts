/** SIGTERM ends the product in good order within ten seconds, whatever hangs at the other end. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeCertificate, serve, type ScriptedServer } from '../mail/scripted-server.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { PRODUCT_TOKEN, ProductProcess } from '../support/product-process.js';
import { waitFor } from '../support/wait-for.js';
import { isFull, report } from './extent.js';
import { StoppingSmtp, type Stop } from './stopping-smtp.js';

const LIMIT_MS = 10_000;
const sender = 'laden@example.test';

let source: CompiledSource;
let smtp: StoppingSmtp;
/** Greets, takes the user's name, and says nothing more. */
let pop3: ScriptedServer;
let product: ProductProcess;
const took: Record<string, number> = {};

beforeAll(async () => {
  source = await compileSource();
  smtp = await StoppingSmtp.start(makeCertificate('IP:127.0.0.1'));
  pop3 = await serve({
    greeting: ['+OK ready\r\n'],
    answer: (line) => {
      if (line.startsWith('PASS')) return ['SILENCE'];
      return [line === 'CAPA' ? '-ERR unknown\r\n' : '+OK\r\n'];
    },
  });
}, 60_000);
afterAll(async () => {
  report('instance-restart', took);
  smtp.close();
  pop3.close();
  await source.remove();
});
beforeEach(async () => {
  product = await ProductProcess.open(source);
}, 60_000);
afterEach(() => product.close());

async function post(path: string, body: unknown): Promise<number> {
  const response = await product.request('POST', path, body);
  const answer = (await response.json()) as { id: number };
  expect(response.ok || answer).toBe(true);
  return answer.id;
}

/** A request that is sent and not read to its end. */
async function openRequest(path: string): Promise<net.Socket> {
  const { hostname, port } = new URL(product.baseUrl);
  const socket = net.connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${PRODUCT_TOKEN}\r\n` +
      'Accept: text/event-stream, */*\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString('latin1')).toContain('HTTP/1.1 200');
  return socket.pause();
}

const saveSmtp = () =>
  post('/api/v1/smtp-accounts', {
    ...{ name: 'Versand', host: '127.0.0.1', port: smtp.port, security: 'none' },
    ...{ authentication: 'none', senders: ['*'], active: true },
  });

const send = (subject: string, more: object = {}) =>
  post('/api/v1/messages', { from: sender, to: ['kunde@example.net'], subject, ...more });

const firstId = async (kind: string): Promise<number | undefined> => {
  const response = await product.request('GET', `/api/v1/${kind}`);
  const { items } = (await response.json()) as { items: { id: number }[] };
  return items[0]?.id;
};

/** The incoming account, with the group that the sender's address belongs to. */
async function saveIncoming(): Promise<number> {
  const known = await firstId('incoming-accounts');
  if (known !== undefined) return known;
  await post('/api/v1/incoming-accounts', {
    ...{ name: 'Laden', host: '127.0.0.1', port: pop3.port, security: 'none' },
    ...{ username: sender, password: 'Geheim!42', allowClearTextLogin: true, active: false },
    ...{ smtp: { host: '127.0.0.1', port: smtp.port, security: 'none', authentication: 'none' } },
  });
  return (await firstId('incoming-accounts')) ?? 0;
}

async function activate(kind: string, id: number): Promise<void> {
  const path = `/api/v1/${kind}/${String(id)}`;
  const etag = (await product.request('GET', path)).headers.get('etag') ?? '';
  const changed = await product.request('PUT', path, { active: true }, { 'If-Match': etag });
  const answer: unknown = await changed.json();
  expect(changed.ok || answer).toBe(true);
}

async function hangInSmtp(at: Stop): Promise<number> {
  await saveIncoming();
  await saveSmtp();
  smtp.stopAt = at;
  const stopped = new Promise<void>((resolve) => (smtp.onStop = resolve));
  const id = await send('unterwegs');
  await stopped;
  return id;
}

const delivery = async (id: number) => {
  const response = await product.request('GET', `/api/v1/messages/${String(id)}`);
  const { delivery: state } = (await response.json()) as { delivery: { state: string } | null };
  return state?.state;
};

/** What hangs; resolves when it does. @returns what must hold after the next start */
const hanging: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  'a POP3 server in a fetch': async () => {
    const id = await saveIncoming();
    const before = pop3.lines.length;
    await activate('incoming-accounts', id);
    await waitFor(() => pop3.lines.slice(before).some((line) => line.startsWith('PASS')), {
      timeoutMs: 20_000,
    });
    return async () => (await product.request('GET', `/api/v1/incoming-accounts/${id}`)).ok;
  },
  'an SMTP server after the message': async () => {
    const id = await hangInSmtp('dot, message taken');
    return async () => (await delivery(id)) === 'inDoubt';
  },
  'an SMTP server before the message': async () => {
    const id = await hangInSmtp('DATA');
    return async () => {
      smtp.stopAt = null;
      await product.request('POST', '/api/v1/receive');
      return (await delivery(id)) === 'sent';
    };
  },
  'a reader of the event stream': async () => {
    await openRequest('/api/v1/events/stream');
    return () => Promise.resolve(true);
  },
  'a client that does not read its download': async () => {
    await saveIncoming();
    const contentBase64 = randomBytes(12_000_000).toString('base64');
    const attachments = [{ name: 'a.bin', contentBase64 }];
    const id = await send('Anhang', { draft: true, attachments });
    const response = await product.request('GET', `/api/v1/messages/${String(id)}`);
    const detail = (await response.json()) as { attachments: { id: number }[] };
    const path = `/api/v1/messages/${String(id)}/attachments/${String(detail.attachments[0]?.id)}`;
    await openRequest(path);
    return async () =>
      (await (await product.request('GET', path)).arrayBuffer()).byteLength === 12_000_000;
  },
  'a long call to the archive': async () => {
    const before = pop3.lines.length;
    const check = product.request('POST', '/api/v1/incoming-accounts/check', {
      ...{ host: '127.0.0.1', port: pop3.port, security: 'none', allowClearTextLogin: true },
      ...{ username: sender, password: 'Geheim!42' },
    });
    check.catch(() => undefined);
    await waitFor(() => pop3.lines.slice(before).some((line) => line.startsWith('PASS')), {
      timeoutMs: 20_000,
    });
    return () => Promise.resolve(true);
  },
};

async function ends(name: string, holds: readonly (() => Promise<unknown>)[]): Promise<void> {
  const begun = performance.now();
  const { pid } = product;
  const ended = sleep(300).then(() => {
    // impatient supervisors repeat themselves
    if (pid !== undefined) process.kill(pid, 'SIGTERM');
  });
  const code = await product.stop();
  took[name] = Math.round(performance.now() - begun);
  await ended.catch(() => undefined);
  expect([name, code, product.output]).toEqual([name, 0, expect.anything()]);
  expect(took[name]).toBeLessThan(LIMIT_MS);
  smtp.stopAt = null;
  await product.start();
  for (const hold of holds)
    await waitFor(async () => (await hold()) === true, { timeoutMs: 20_000, what: name });
}

describe('SIGTERM ends the product within ten seconds', () => {
  const together = Object.keys(hanging).filter(
    (name) => name !== 'an SMTP server before the message',
  );

  it('with everything hanging at once', async () => {
    const holds = [];
    for (const name of together) {
      const begin = hanging[name];
      if (begin !== undefined) holds.push(await begin());
    }
    await ends('everything', holds);
  }, 90_000);

  const alone = isFull ? Object.keys(hanging) : ['an SMTP server before the message'];
  it.each(alone)(
    'with %s',
    async (name) => {
      const begin = hanging[name];
      await ends(name, begin === undefined ? [] : [await begin()]);
    },
    90_000,
  );

  it('and when nothing hangs at all, at once', async () => {
    const begun = performance.now();
    expect(await product.stop()).toBe(0);
    took['nothing'] = Math.round(performance.now() - begun);
    expect(took['nothing']).toBeLessThan(3000);
  }, 30_000);
});
