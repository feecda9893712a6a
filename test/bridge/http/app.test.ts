import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { refuse } from '../../../src/bridge/failure.js';
import { route, type AnyRoute } from '../../../src/bridge/http/index.js';
import { startBridge, type BridgeHarness, type RequestOptions } from './bridge-harness.js';

let bridge: BridgeHarness;
let works = 0;
let failNext: Error | null = null;

const probeRoutes: readonly AnyRoute[] = [
  route({
    operationId: 'probeWrite',
    method: 'post',
    path: '/api/v1/probe/{id}',
    summary: 'A route of this test',
    tag: 'test',
    scope: 'settings:write',
    params: z.object({ id: z.string().regex(/^\d+$/) }),
    query: z.strictObject({ limit: z.coerce.number().int().max(10).optional() }),
    body: z.strictObject({
      name: z.string().min(1),
      nested: z.strictObject({ port: z.int() }).optional(),
      choice: z
        .discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('days'), days: z.int() }),
          z.strictObject({ kind: z.literal('never') }),
        ])
        .optional(),
      delayMs: z.int().optional(),
    }),
    responses: { 200: { description: 'Done', schema: z.object({ work: z.int() }) } },
    handler: async ({ body }) => {
      works += 1;
      const work = works;
      await new Promise((resolve) => setTimeout(resolve, body.delayMs ?? 0));
      if (failNext !== null) {
        const failure = failNext;
        failNext = null;
        throw failure;
      }
      return { status: 200, body: { work }, etag: 'v1' };
    },
  }),
  route({
    operationId: 'probeUpdate',
    method: 'put',
    path: '/api/v1/probe/{id}',
    summary: 'A route of this test',
    tag: 'test',
    scope: 'settings:write',
    needsIfMatch: true,
    responses: { 204: { description: 'Done', schema: null } },
    handler: ({ ifMatch }) => {
      if (ifMatch !== 'v1' && ifMatch !== '*') throw refuse('preconditionFailed');
      return { status: 204 };
    },
  }),
  route({
    operationId: 'probeFixed',
    method: 'get',
    path: '/api/v1/probe/check',
    summary: 'A fixed segment beside a parameter',
    tag: 'test',
    scope: 'settings:read',
    responses: { 200: { description: 'Fixed', schema: z.object({}) } },
    handler: () => ({ status: 200, body: { fixed: true }, etag: 'v7' }),
  }),
  route({
    operationId: 'probeRead',
    method: 'get',
    path: '/api/v1/probe/{id}',
    summary: 'A parameter beside a fixed segment',
    tag: 'test',
    scope: 'settings:read',
    responses: { 200: { description: 'By id', schema: z.object({}) } },
    handler: () => {
      throw new Error('a bug with a secret: hunter2');
    },
  }),
];

beforeAll(async () => {
  bridge = await startBridge({ routes: probeRoutes });
});
afterAll(() => bridge.close());

const post = (body: unknown, options: RequestOptions = {}) =>
  bridge.request('/api/v1/probe/1', { method: 'POST', body, ...options });

describe('bad input', () => {
  const german = { 'Accept-Language': 'de' };
  const cases: readonly (readonly [string, unknown, RequestOptions, number, string, string[]])[] = [
    ['a missing member', {}, {}, 400, 'invalidRequest', ['name']],
    ['a wrong type', { name: 5 }, {}, 400, 'invalidRequest', ['name']],
    [
      'a wrong nested type',
      { name: 'x', nested: { port: 'y' } },
      {},
      400,
      'invalidRequest',
      ['nested.port'],
    ],
    ['an unknown member', { name: 'x', nmae: 'y' }, {}, 400, 'unknownField', ['nmae']],
    [
      'an unknown nested member',
      { name: 'x', nested: { port: 1, prot: 2 } },
      {},
      400,
      'unknownField',
      ['nested.prot'],
    ],
    ['several at once', { name: '', other: 1 }, {}, 400, 'invalidRequest', ['name', 'other']],
    [
      'the wrong member of a union',
      { name: 'x', choice: { kind: 'days', days: 'y' } },
      {},
      400,
      'invalidRequest',
      ['choice.days'],
    ],
    [
      '__proto__',
      '{"name":"x","__proto__":{"admin":true}}',
      {},
      400,
      'unknownField',
      ['__proto__'],
    ],
    ['an array instead of an object', [1], {}, 400, 'invalidRequest', ['body']],
    ['null', 'null', {}, 400, 'invalidRequest', ['body']],
    ['no body', undefined, {}, 400, 'invalidRequest', ['body']],
    ['broken JSON', '{"name":', {}, 400, 'invalidJson', []],
    [
      'another content type',
      'name=x',
      { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupportedMediaType',
      [],
    ],
    [
      'another charset',
      '{"name":"x"}',
      { headers: { 'Content-Type': 'application/json; charset=iso-8859-1' } },
      415,
      'unsupportedMediaType',
      [],
    ],
    ['a huge body', { name: 'x'.repeat(1_100_000) }, {}, 413, 'bodyTooLarge', []],
  ];

  it.each(cases)('%s', async (_name, body, options, status, code, fields) => {
    const before = works;
    const answer = await post(body, options);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ code, status, origin: 'caller' });
    const errors = (answer.body['errors'] ?? []) as { field: string; message: string }[];
    expect(errors.map(({ field }) => field).sort()).toEqual([...fields].sort());
    expect(works).toBe(before);
  });

  it('names a wrong query parameter and a wrong path parameter', async () => {
    const query = await bridge.request('/api/v1/probe/1?limit=11', {
      method: 'POST',
      body: { name: 'x' },
    });
    expect(query.body).toMatchObject({ code: 'invalidRequest', field: 'limit' });
    const unknown = await bridge.request('/api/v1/probe/1?limt=1', {
      method: 'POST',
      body: { name: 'x' },
    });
    expect(unknown.body).toMatchObject({ code: 'unknownField', field: 'limt' });
    const path = await bridge.request('/api/v1/probe/x', { method: 'POST', body: { name: 'x' } });
    expect(path.body).toMatchObject({ code: 'invalidRequest', field: 'id' });
  });

  it('BRG-16 says what is wrong in German and in English', async () => {
    const inGerman = await post({}, { headers: german });
    expect(inGerman.body).toMatchObject({
      title: 'Ungültige Eingabe',
      errors: [{ message: 'Diese Angabe fehlt.' }],
    });
    const inEnglish = await post({}, { headers: { 'Accept-Language': 'fr, en;q=0.5' } });
    expect(inEnglish.body).toMatchObject({
      title: 'Invalid input',
      errors: [{ message: 'This value is missing.' }],
    });
  });

  it('never repeats the value', async () => {
    const answer = await post({ name: 5, passwrd: 'hunter2' });
    expect(answer.text).not.toContain('hunter2');
    expect(bridge.log()).not.toContain('hunter2');
  });
});

describe('problems', () => {
  it('follow RFC 9457 and name the request', async () => {
    const answer = await bridge.request('/api/v1/nothing');
    expect(answer.status).toBe(404);
    const requestId = answer.headers.get('x-request-id');
    expect(answer.body).toMatchObject({
      type: '/problems/notFound',
      code: 'notFound',
      status: 404,
      instance: `urn:uuid:${String(requestId)}`,
    });
    const explained = await bridge.request('/problems/notFound', { token: null });
    expect(explained.body).toMatchObject({ code: 'notFound', status: 404 });
  });

  it('hide a bug from the caller and tell the log', async () => {
    const answer = await bridge.request('/api/v1/probe/5');
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 'internalError', origin: 'bridge' });
    expect(answer.text).not.toContain('a bug');
    expect(bridge.log()).toContain('a bug');
  });

  it('name the allowed methods (405)', async () => {
    const answer = await bridge.request('/api/v1/probe/1', { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, PUT, GET, HEAD, OPTIONS');
    const options = await bridge.request('/api/v1/probe/1', { method: 'OPTIONS', token: null });
    expect(options.status).toBe(204);
    expect(options.headers.get('allow')).toBe('POST, PUT, GET, HEAD, OPTIONS');
  });
});

describe('conditional requests', () => {
  const put = (tag?: string) =>
    bridge.request('/api/v1/probe/1', {
      method: 'PUT',
      headers: tag === undefined ? {} : { 'If-Match': tag },
    });

  it.each([
    [undefined, 428],
    ['"v0"', 412],
    ['v1', 400],
    ['W/"v1"', 400],
    ['"v1"', 204],
    ['*', 204],
  ])('If-Match: %s answers %i', async (tag, status) => {
    expect((await put(tag)).status).toBe(status);
  });

  it('answers 304 to a reader who has the version, and HEAD like GET without a body', async () => {
    const path = '/api/v1/probe/check';
    // fetch would add no-cache, which asks for a full answer
    const headers = { 'If-None-Match': '"v7"', 'Cache-Control': 'max-age=0' };
    const fresh = await bridge.request(path, { headers });
    expect(fresh.status).toBe(304);
    const head = await bridge.request(path, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag'), head.text]).toEqual([200, '"v7"', '']);
    expect((await bridge.request(path)).body).toEqual({ fixed: true });
  });
});

describe('Idempotency-Key', () => {
  const withKey = (key: string, body: unknown, extra: RequestOptions = {}) =>
    post(body, { headers: { 'Idempotency-Key': key }, ...extra });

  it('does the work once for 20 requests at the same time', async () => {
    const before = works;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => withKey('parallel', { name: 'x', delayMs: 50 })),
    );
    expect(works).toBe(before + 1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(
      answers.every(({ status, headers }) => status === 200 && headers.get('etag') === '"v1"'),
    ).toBe(true);
    expect(answers.filter(({ headers }) => headers.has('idempotency-replayed'))).toHaveLength(19);
  });

  it('repeats the stored answer later', async () => {
    const first = await withKey('later', { name: 'x' });
    const second = await withKey('later', { name: 'x' });
    expect(second.text).toBe(first.text);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  it('refuses the key for another request (422), also while the first one runs', async () => {
    await withKey('reused', { name: 'x' });
    expect((await withKey('reused', { name: 'y' })).body).toMatchObject({
      status: 422,
      code: 'idempotencyKeyReused',
    });
    const [, other] = await Promise.all([
      withKey('reused-now', { name: 'x', delayMs: 100 }),
      new Promise((resolve) => setTimeout(resolve, 30)).then(() =>
        withKey('reused-now', { name: 'y' }),
      ),
    ]);
    expect(other.status).toBe(422);
  });

  it('keeps a refusal, and frees the key after an unexpected failure', async () => {
    failNext = refuse('accountNameTaken');
    const refused = await withKey('refused', { name: 'x' });
    expect(refused.status).toBe(409);
    expect((await withKey('refused', { name: 'x' })).text).toBe(refused.text);
    failNext = new Error('unexpected');
    expect((await withKey('freed', { name: 'x' })).status).toBe(500);
    expect((await withKey('freed', { name: 'x' })).status).toBe(200);
  });

  it('does not mix up the keys of two tokens', async () => {
    const other = await bridge.tokenWith('settings:write');
    const first = await withKey('mine', { name: 'x' });
    const second = await withKey('mine', { name: 'x' }, { token: other });
    expect(second.text).not.toBe(first.text);
  });

  it('says that the outcome is unknown when the first request was cut off by the end of the process', async () => {
    await withKey('cut', { name: 'x' });
    // What the process leaves behind when it ends in the middle of the work: the mark without an answer.
    const row = await bridge.database
      .selectFrom('idempotency')
      .selectAll()
      .where('key', 'like', '%/cut')
      .executeTakeFirstOrThrow();
    const { value } = JSON.parse(row.value) as { value: { fingerprint: string } };
    const mark = JSON.stringify({ value: { fingerprint: value.fingerprint } });
    await bridge.database
      .updateTable('idempotency')
      .set({ value: mark })
      .where('key', '=', row.key)
      .execute();
    expect((await withKey('cut', { name: 'x' })).body).toMatchObject({
      status: 409,
      code: 'idempotencyInProgress',
    });
  });

  it('refuses a malformed key, and stores no digest of the body in clear', async () => {
    expect((await withKey('a b', { name: 'x' })).body).toMatchObject({
      code: 'invalidRequest',
      field: 'Idempotency-Key',
    });
    const rows = await bridge.database.selectFrom('idempotency').select('value').execute();
    expect(
      rows.every(({ value }) =>
        (JSON.parse(value) as { value: { fingerprint: string } }).value.fingerprint.startsWith(
          'v1.',
        ),
      ),
    ).toBe(true);
  });
});
