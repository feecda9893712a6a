import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { createEvents, type Events } from '../../../src/bridge/events/index.js';
import { ArchiveConnection, Settings, SettingsStore } from '../../../src/bridge/settings/index.js';
import { openBridgeDatabase, tablesOf } from '../../../src/bridge/store/database.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { randomIds } from '../../../src/platform/ids.js';
import { createLogger } from '../../../src/platform/log.js';
import { Vault } from '../../../src/platform/vault.js';
import { SettableArming } from '../../support/settable-arming.js';
import { makeTemporaryDirectory } from '../../support/temporary-directory.js';
import { waitFor } from '../../support/wait-for.js';
import { ShiftedClock } from '../../archive/retrieval/running-archive.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { startWireArchive, type WireArchive } from '../http/wire-archive.js';

const HOUR_MS = 3_600_000;
const NAME = 'Verkauf <verkauf@example.test>';

let archive: WireArchive;
let folder: Awaited<ReturnType<typeof makeTemporaryDirectory>>;
let clock: ShiftedClock;
let log: string[];
let arming: SettableArming;
const vault = new Vault([Vault.newKey()]);

interface Running {
  readonly events: Events;
  readonly bridge: BridgeHarness;
  stop(): Promise<void>;
}
let running: Running;

/** Events over a data folder that outlives them, and their routes. */
async function start(): Promise<Running> {
  const database = await openBridgeDatabase(folder.path);
  const installationId = 'default';
  const store = new SettingsStore(tablesOf(database), vault, installationId);
  const settings = new Settings(store, {}, { url: archive.url, username: 'a', password: 'b' });
  const connection = new ArchiveConnection(settings, 'c'.repeat(32));
  const events = createEvents({
    archive: connection,
    database: tablesOf(database),
    vault,
    installationId,
    connect: { egress: EgressPolicy.parse('127.0.0.1/32'), trust: {} },
    arming,
    clock,
    ids: randomIds,
    logger: createLogger('trace', { write: (line) => void log.push(line) }),
    lookIntervalMs: HOUR_MS,
  });
  const bridge = await startBridge({ routes: events.routes });
  events.start();
  return {
    events,
    bridge,
    stop: async () => {
      await events.close();
      connection.close();
      await bridge.close();
      await database.destroy();
    },
  };
}

beforeEach(async () => {
  clock = new ShiftedClock();
  log = [];
  arming = new SettableArming();
  folder = await makeTemporaryDirectory();
  archive = await startWireArchive();
  archive.on('RpcInfo.GetServerInfo', () => ({ Version: '5.5.1' }));
  archive.on('RpcInfo.GetAddOnList', () => [{ Name: 'MailBridge', Version: '1.1' }]);
  archive.on('RpcSmtpAccounts.GetList', () => [{ ID: 5, Name: NAME, State: 1 }]);
  archive.on('RpcMailBridge.GetUnits', () => ({ IntervalSeconds: 1 }));
  archive.on('RpcMailBridge.GetCompletenessList', () => []);
  flow({});
  incoming({}, {});
  running = await start();
});
afterEach(async () => {
  await running.stop();
  await archive.close();
  await folder.remove();
});

function incoming(account: object, status: object): void {
  const message = 'The server refused user name or password: geheim verkauf@example.test';
  archive.on('RpcPop3Accounts.GetList', () => [
    { ID: 3, Name: NAME, State: 1, Delete: 1, Message: message, ...account },
  ]);
  archive.on('RpcMailBridge.GetStatusList', () => [
    { AccountRef: 3, LastSuccess: '20261122T080000+00:00', ...status },
  ]);
}
const flow = (given: object) =>
  archive.on('RpcMailBridge.GetMailFlow', () => ({ Armed: true, ...given }));

interface Page {
  readonly events: readonly { id: string; type: string; data: Record<string, unknown> }[];
  readonly cursor: string;
}
async function page(after = ''): Promise<Page> {
  const query = after === '' ? '' : `?after=${after}`;
  const answer = await running.bridge.request(`/api/v1/events${query}`);
  expect(answer.status).toBe(200);
  return answer.body as unknown as Page;
}
const types = async (after = '') => (await page(after)).events.map(({ type }) => type);

const FAILING = [
  { ErrorCount: 2 },
  { LastErrorAt: '20261122T090000+00:00', LastErrorCode: 'authenticationFailed', FailedTries: 2 },
] as const;
const OFF = [
  { State: 0, ErrorCount: 5 },
  { SwitchedOffAt: '20261122T093000+00:00', SwitchedOffCode: 'authenticationFailed' },
] as const;

describe('events', () => {
  it('tell what changed, once, and nothing while all is well', async () => {
    await running.events.look();
    expect(await types()).toEqual([]);
    incoming(...FAILING);
    await running.events.look();
    await running.events.look();
    incoming(...OFF);
    flow({ InDoubt: 2, StorageFault: 'diskFull' });
    await running.events.look();
    flow({ InDoubt: 1, Armed: false, DisarmedReason: 'restored' });
    incoming({ ErrorCount: 0 }, { LastErrorAt: '20261122T090000+00:00' });
    // activated, and nothing has worked yet
    await running.events.look();
    incoming({}, { LastErrorAt: '20261122T090000+00:00', LastSuccess: '20261122T100000+00:00' });
    await running.events.look();
    const { events } = await page();
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      [
        'account.failing',
        {
          kind: 'incoming',
          accountId: 3,
          code: 'authenticationFailed',
          failedTries: 2,
          nextTryAt: null,
        },
      ],
      [
        'account.switchedOff',
        {
          kind: 'incoming',
          accountId: 3,
          code: 'authenticationFailed',
          at: '2026-11-22T09:30:00.000Z',
        },
      ],
      ['mail.inDoubt', { count: 2 }],
      ['storage.fault', { kind: 'diskFull', at: null }],
      ['archive.disarmed', { reason: 'restored' }],
      ['storage.recovered', {}],
      ['account.recovered', { kind: 'incoming', accountId: 3 }],
    ]);
    expect(JSON.stringify(events)).not.toMatch(/example\.test|geheim/);
  });

  it('survive a restart: no alarm twice, and what changed meanwhile is told once', async () => {
    incoming(...FAILING);
    await running.events.look();
    const { cursor } = await page();
    await running.stop();
    running = await start();
    await running.events.look();
    expect(await types(cursor)).toEqual([]);
    await running.stop();
    incoming(...OFF);
    running = await start();
    await running.events.look();
    await running.events.look();
    expect(await types(cursor)).toEqual(['account.switchedOff']);
    expect(await types()).toEqual(['account.failing', 'account.switchedOff']);
  });

  it('tell that the archive is away and back, and nothing about accounts meanwhile', async () => {
    incoming(...FAILING);
    await running.events.look();
    archive.intercept((response) => response.destroy());
    await running.events.look();
    archive.intercept(null);
    await running.events.look();
    const { events } = await page();
    expect(events.map(({ type }) => type)).toEqual([
      'account.failing',
      'archive.unreachable',
      'archive.reachable',
    ]);
    expect(events[1]?.data).toEqual({ code: 'archiveConnectionLost' });
  });

  it('page by cursor, refuse a foreign one, and stream from Last-Event-ID', async () => {
    for (let count = 1; count <= 3; count += 1) {
      flow({ InDoubt: count });
      await running.events.look();
    }
    const first = await running.bridge.request('/api/v1/events?limit=2');
    const { cursor } = first.body as unknown as Page;
    expect((await page(cursor)).events.map(({ data }) => data)).toEqual([{ count: 3 }]);
    const foreign = await running.bridge.request('/api/v1/events?after=abc');
    expect([foreign.status, foreign.body['field']]).toEqual([400, 'after']);

    const gone = new AbortController();
    const stream = await fetch(`${running.bridge.url}/api/v1/events/stream`, {
      headers: { Authorization: `Bearer ${running.bridge.token}`, 'Last-Event-ID': cursor },
      signal: gone.signal,
    });
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const read = async (until: RegExp) => {
      while (!until.test(text)) text += (await reader.read()).value ?? '';
    };
    await read(/"count":3/);
    flow({ InDoubt: 9 });
    await running.events.look();
    await read(/event: mail\.inDoubt\ndata: .*"count":9/);
    expect(text).not.toMatch(/"count":[12]\b/);
    gone.abort();
  });

  it('needs the scope health:read', async () => {
    const token = await running.bridge.tokenWith('accounts:read');
    expect((await running.bridge.request('/api/v1/events', { token })).status).toBe(403);
  });
});

/** A receiver that verifies what it gets. */
class Receiver {
  readonly taken: { readonly id: string; readonly type: string }[] = [];
  readonly refused: string[] = [];
  status = 200;
  secret = '';

  private constructor(
    readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const made = new Receiver(server, `http://127.0.0.1:${String(port)}/erp`);
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces).toString('utf8');
        const headers = request.headers as Record<string, string>;
        const id = headers['webhook-id'] ?? '';
        if (made.status >= 300) {
          made.refused.push(id);
          response.writeHead(made.status).end();
          return;
        }
        const webhook = new Webhook(made.secret);
        const sentAt = new Date(Number(headers['webhook-timestamp']) * 1000);
        // the library refuses what is older than five minutes; a moved clock makes it so
        if (Math.abs(Date.now() - sentAt.getTime()) < 60_000) webhook.verify(body, headers);
        else expect(headers['webhook-signature']).toBe(webhook.sign(id, sentAt, body));
        made.taken.push({ id, type: (JSON.parse(body) as { type: string }).type });
        response.writeHead(204).end();
      });
    });
    return made;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

describe('the webhook', () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(() => receiver.close());

  const PATH = '/api/v1/event-subscription';
  const put = (body: object) => running.bridge.request(PATH, { method: 'PUT', body });
  const state = async () => (await running.bridge.request(PATH)).body;
  const happens = async (count: number) => {
    flow({ InDoubt: count });
    await running.events.look();
  };

  it('is silent while the data folder may be a copy, and delivers once it is armed', async () => {
    receiver.secret = String((await put({ url: receiver.url })).body['secret']);
    arming.disarmed = 'copied';
    await happens(1);
    await sleep(300);
    expect(receiver.taken).toEqual([]);
    await arming.arm();
    await waitFor(() => receiver.taken.length === 1);
  });

  it('delivers signed, in order, once the receiver is back, and survives a restart', async () => {
    await happens(1);
    const saved = await put({ url: receiver.url });
    receiver.secret = String(saved.body['secret']);
    expect(receiver.secret).toMatch(/^whsec_/);
    receiver.status = 503;
    await happens(2);
    await waitFor(() => receiver.refused.length === 1);
    await waitFor(async () => (await state())['lastError'] !== null);
    await happens(3);
    expect(await state()).toMatchObject({
      url: receiver.url,
      secretSet: true,
      lastError: 'webhookRefused 503',
      waiting: 2,
    });
    await running.stop();
    receiver.status = 200;
    clock.advance(10_000);
    running = await start();
    await happens(4);
    await waitFor(() => receiver.taken.length === 3);
    // what happened before somebody wanted to know is not sent
    const { events } = await page();
    expect(receiver.taken.map(({ id }) => id)).toEqual(events.slice(1).map(({ id }) => id));
    expect(receiver.taken[0]?.id).toBe(receiver.refused[0]);
    await waitFor(async () => (await state())['waiting'] === 0);
    expect(await state()).toMatchObject({ lastError: null });
    const shown = JSON.stringify([await state(), (await put({ url: receiver.url })).body]);
    expect(shown + log.join('')).not.toContain(receiver.secret.slice('whsec_'.length));
  });

  it('gives an event up after three days and goes on with the next', async () => {
    receiver.secret = String((await put({ url: receiver.url })).body['secret']);
    receiver.status = 500;
    await happens(1);
    await waitFor(() => receiver.refused.length === 1);
    await waitFor(async () => (await state())['nextTryAt'] !== null);
    receiver.status = 200;
    clock.advance(73 * HOUR_MS);
    await happens(2);
    await waitFor(() => receiver.taken.length === 1);
    expect(receiver.taken[0]?.id).toBe((await page()).events[1]?.id);
  });

  it('delays nothing while the receiver hangs, and ends with the bridge', async () => {
    const hanging = createServer(() => undefined);
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const { port } = hanging.address() as AddressInfo;
    await put({ url: `http://127.0.0.1:${String(port)}/` });
    await happens(1);
    await happens(2);
    expect(await types()).toEqual(['mail.inDoubt', 'mail.inDoubt']);
    const started = performance.now();
    await running.events.close();
    expect(performance.now() - started).toBeLessThan(3000);
    hanging.closeAllConnections();
    hanging.close();
  });

  it('is tried on demand, and says what is wrong', async () => {
    const test = () => running.bridge.request(`${PATH}/test`, { method: 'POST' });
    expect((await test()).status).toBe(404);
    receiver.secret = String((await put({ url: receiver.url })).body['secret']);
    expect((await test()).body).toMatchObject({
      ok: true,
      findings: [{ code: 'webhookDelivered' }],
    });
    expect(receiver.taken).toMatchObject([{ type: 'test' }]);
    receiver.status = 302;
    expect((await test()).body).toMatchObject({
      ok: false,
      findings: [{ code: 'webhookRefused' }],
    });
    await put({ url: 'http://127.0.0.2:9/' });
    expect((await test()).body).toMatchObject({ ok: false, findings: [{ code: 'egressBlocked' }] });
    await put({ url: receiver.url.replace('127.0.0.1', 'localhost') });
    receiver.status = 200;
    expect((await test()).body).toMatchObject({ ok: true });
    expect((await running.bridge.request(PATH, { method: 'DELETE' })).status).toBe(204);
    expect(await state()).toMatchObject({ url: null, secretSet: false });
  });

  it.each([
    [{ url: 'http://erp.example/hook' }, 'url'],
    [{ url: 'https://user:secret@erp.example/' }, 'url'],
    [{ url: 'ftp://erp.example/' }, 'url'],
    [{ url: 'https://erp.example/', secret: 'short' }, 'secret'],
  ])('refuses %j', async (body, field) => {
    const answer = await put(body);
    expect([answer.status, answer.body['field']]).toEqual([400, field]);
  });
});
