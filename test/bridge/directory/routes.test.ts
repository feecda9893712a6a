import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recordRoutes } from '../../../src/bridge/directory/routes.js';
import { waitFor } from '../../support/wait-for.js';
import { startBridge, type BridgeHarness, type RequestOptions } from '../http/bridge-harness.js';
import { contact, order, StoreUnderTest } from './store/store-under-test.js';

let under: StoreUnderTest;
let bridge: BridgeHarness;
beforeAll(async () => {
  under = await StoreUnderTest.open();
  bridge = await startBridge({
    routes: recordRoutes({
      get records() {
        return under.store.records;
      },
      push: (request, body) => under.store.push(request, body),
      remove: (type, id) => under.store.remove(type, id),
    }),
  });
});
afterAll(async () => {
  await bridge.close();
  await under.close();
});
beforeEach(() => put('orders', []));
afterEach(() => bridge.request('/api/v1/directory/orders/1', { method: 'DELETE' }));

const ndjson = { 'Content-Type': 'application/x-ndjson' };
const text = (lines: readonly unknown[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

const put = (path: string, lines: readonly unknown[], options: RequestOptions = {}) =>
  bridge.request(`/api/v1/directory/${path}`, {
    method: 'PUT',
    body: text(lines),
    ...options,
    headers: { ...ndjson, ...options.headers },
  });

describe('PUT /api/v1/directory/{type}', () => {
  it('stores what it is sent, a record a line', async () => {
    const { status, body } = await put('orders', [order('1', ['a@x.example', 'keine'], ['RE-1'])]);
    expect(status).toBe(200);
    expect(body).toEqual({
      lines: 1,
      upserted: 1,
      deleted: 0,
      warnings: { count: 1, first: [{ line: 1, field: 'emails.1', code: 'addressUnusable' }] },
      upload: null,
    });
    const shown = await bridge.request('/api/v1/directory/orders/1');
    expect(shown.body).toEqual(order('1', ['a@x.example', 'keine'], ['RE-1']));
  });

  it('unpacks gzip', async () => {
    const packed = gzipSync(text([order('1', [])]));
    const { body } = await put('orders', [], {
      body: packed,
      headers: { 'Content-Encoding': 'gzip' },
    });
    expect(body).toMatchObject({ lines: 1, upserted: 1 });
  });

  it.each<[string, Record<string, string>, string | Uint8Array, number, string]>([
    ['JSON', { 'Content-Type': 'application/json' }, '{}', 415, 'unsupportedMediaType'],
    ['brotli', { 'Content-Encoding': 'br' }, 'x', 415, 'unsupportedMediaType'],
    ['what is no gzip', { 'Content-Encoding': 'gzip' }, 'x', 400, 'invalidRequest'],
  ])('refuses %s', async (_, headers, body, status, code) => {
    const answer = await put('orders', [], { body, headers });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
  });

  it.each([
    ['fromLine=2', 'upload'],
    ['more=true', 'upload'],
    ['mode=replace', 'upload'],
    ['upload=', 'upload'],
    [`upload=${'x'.repeat(101)}`, 'upload'],
    ['upload=u&fromLine=0', 'fromLine'],
    ['upload=u&mode=other', 'mode'],
    ['upload=u&page=2', 'page'],
  ])('refuses ?%s', async (query, field) => {
    const { status, body } = await put(`orders?${query}`, []);
    expect(status).toBe(400);
    expect(body['field']).toBe(field);
  });

  it('names the line that is bad, in the caller’s language, while more of them come', async () => {
    const lines = [
      order('1', []),
      { id: '2', preis: 7 },
      ...Array<object>(50_000).fill(order('3', [])),
    ];
    const { status, body } = await put('orders', lines, { headers: { 'Accept-Language': 'de' } });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'directoryLineInvalid',
      field: 'preis',
      params: { line: 2, stored: 1 },
    });
    expect(body['title']).toContain('Zeile 2');
    expect((await bridge.request('/api/v1/directory/orders/3')).status).toBe(404);
  });

  it('tells how far an upload has come, and goes on with it', async () => {
    await put('orders?upload=nacht&mode=replace&more=true', [order('1', [])]);
    const shown = await bridge.request('/api/v1/directory/orders/uploads/nacht');
    expect(shown.body).toEqual({ name: 'nacht', mode: 'replace', state: 'open', lines: 1 });
    const gap = await put('orders?upload=nacht&fromLine=3', [order('3', [])]);
    expect(gap.status).toBe(409);
    expect(gap.body).toMatchObject({ code: 'uploadOutOfStep', params: { expected: 2 } });
    const { body } = await put('orders?upload=nacht&fromLine=2', [order('2', [])]);
    expect(body['upload']).toEqual({ name: 'nacht', mode: 'replace', state: 'complete', lines: 2 });
  });

  it('keeps what was stored when the connection breaks, and takes no half line', async () => {
    const half = text([order('8', [])]) + '{"id":"9"}';
    const socket = connect(Number(new URL(bridge.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `PUT /api/v1/directory/orders?upload=bruch HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n` +
        `Authorization: Bearer ${bridge.token}\r\nContent-Type: application/x-ndjson\r\n\r\n${half}`,
    );
    const state = () => bridge.request('/api/v1/directory/orders/uploads/bruch');
    await waitFor(async () => (await state()).status === 200);
    expect((await put('orders?upload=bruch', [])).body).toMatchObject({ code: 'uploadBusy' });
    socket.destroy();
    await waitFor(
      async () => (await put('orders?upload=bruch&fromLine=2&more=true', [])).status === 200,
    );
    expect((await bridge.request('/api/v1/directory/orders/8')).status).toBe(200);
    expect((await bridge.request('/api/v1/directory/orders/9')).status).toBe(404);
    expect(bridge.log()).not.toContain('unexpected');
  });
});

describe('single records', () => {
  it('are removed, also when there is none', async () => {
    await put('contacts', [contact('a/b ü', [])]);
    const path = `/api/v1/directory/contacts/${encodeURIComponent('a/b ü')}`;
    expect((await bridge.request(path)).status).toBe(200);
    for (const status of [204, 204])
      expect((await bridge.request(path, { method: 'DELETE' })).status).toBe(status);
    expect((await bridge.request(path)).body).toMatchObject({ code: 'notFound' });
    expect((await bridge.request('/api/v1/directory/articles/1')).status).toBe(400);
  });

  it('are counted by type', async () => {
    await put('users', [{ id: 'u', name: 'Eva', mayUseMail: true }]);
    const { body } = await bridge.request('/api/v1/directory');
    expect(body).toMatchObject({
      offers: { count: 0, lastPushedAt: null },
      users: { count: 1, lastPushedAt: '2026-11-26T08:00:00.000Z' },
    });
  });
});

describe('who may', () => {
  it('BRG-13 push needs directory:write, reading directory:read', async () => {
    const reader = await bridge.tokenWith('directory:read');
    const writer = await bridge.tokenWith('directory:write');
    const stranger = await bridge.tokenWith('messages:read');
    const status = async (method: string, path: string, token: string) =>
      (
        await bridge.request(`/api/v1/directory${path}`, {
          method,
          token,
          ...(method === 'PUT' ? { body: '', headers: ndjson } : {}),
        })
      ).status;
    expect(await status('PUT', '/orders', writer)).toBe(200);
    expect(await status('DELETE', '/orders/1', writer)).toBe(204);
    expect(await status('GET', '', reader)).toBe(200);
    for (const [method, path] of [
      ['PUT', '/orders'],
      ['DELETE', '/orders/1'],
    ] as const)
      for (const token of [reader, stranger]) expect(await status(method, path, token)).toBe(403);
    for (const path of ['', '/orders/1', '/orders/uploads/u'])
      for (const token of [writer, stranger]) expect(await status('GET', path, token)).toBe(403);
  });
});

describe('the description', () => {
  it('says that the body is a record a line', async () => {
    const { body } = await bridge.request('/openapi.json');
    const paths = body['paths'] as Record<string, Record<string, { requestBody?: object }>>;
    const described = paths['/api/v1/directory/{type}']?.['put']?.requestBody;
    expect(described).toMatchObject({ content: { 'application/x-ndjson': { schema: {} } } });
    expect(JSON.stringify(described)).toContain('mayUseMail');
  });
});
