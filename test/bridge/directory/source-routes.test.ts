import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  directorySourceMigrations,
  type DirectorySourceSchema,
} from '../../../src/bridge/directory/live/schema.js';
import { SourceSettingsStore } from '../../../src/bridge/directory/live/source-settings.js';
import { sourceRoutes } from '../../../src/bridge/directory/source-routes.js';
import { openSqlite } from '../../../src/platform/database.js';
import { Vault } from '../../../src/platform/vault.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { answering, loopback, RunningErp, TOKEN } from './live/running-erp.js';

const PATH = '/api/v1/directory/source';
const unset = { source: 'pushed', url: null, tokenSet: false, timeoutMs: 3000, cacheSeconds: 30 };

let bridge: BridgeHarness;
let settings: SourceSettingsStore;
let database: Awaited<ReturnType<typeof openSqlite<DirectorySourceSchema>>>;

beforeEach(async () => {
  database = await openSqlite<DirectorySourceSchema>(':memory:', directorySourceMigrations);
  const vault = new Vault([Vault.newKey()]);
  settings = new SourceSettingsStore({ database, vault, installationId: 'default' });
  bridge = await startBridge({ routes: sourceRoutes({ settings, connect: loopback }) });
});
afterEach(async () => {
  await bridge.close();
  await database.destroy();
});

const put = (body: object, headers: Record<string, string> = {}) =>
  bridge.request(PATH, { method: 'PUT', body, headers });
const check = (body?: object) =>
  bridge.request(`${PATH}/check`, { method: 'POST', body, headers: { 'Accept-Language': 'de' } });
const erpUrl = 'https://erp.example/look-ups';

describe('where records come from', () => {
  it('is the push until it is chosen; the token is sealed and never shown', async () => {
    expect((await bridge.request(PATH)).body).toEqual(unset);
    const change = { source: 'both', url: erpUrl, token: TOKEN, timeoutMs: 500, cacheSeconds: 0 };
    const saved = await put(change);
    const { token, ...shown } = change;
    expect([saved.status, saved.body]).toEqual([200, { ...shown, tokenSet: true }]);
    expect((await bridge.request(PATH)).body).toEqual(saved.body);
    expect(await settings.read()).toMatchObject({ token });
    const stored = JSON.stringify(
      await database.selectFrom('directory_source').selectAll().execute(),
    );
    expect(stored + saved.text + bridge.log()).not.toContain(token);
    await put({ source: 'pushed', token: '******' });
    expect(await settings.read()).toMatchObject({ source: 'pushed', url: erpUrl, token });
  });

  it.each([
    [{ source: 'live' }, ['url', 'token']],
    [{ source: 'both', url: erpUrl }, ['token']],
    [{ source: 'live', url: erpUrl, token: '' }, ['token']],
    [{ url: 'http://erp.example/' }, ['url']],
    [{ url: 'https://user:secret@erp.example/' }, ['url']],
    [{ url: 'https://erp.example/#part' }, ['url']],
    [{ token: 'two words' }, ['token']],
    [{ token: 'line\nbreak' }, ['token']],
    [{ timeoutMs: 499 }, ['timeoutMs']],
    [{ timeoutMs: 30_001 }, ['timeoutMs']],
    [{ cacheSeconds: 3601 }, ['cacheSeconds']],
    [{ cacheSeconds: -1 }, ['cacheSeconds']],
    [{ tokenSet: true }, ['tokenSet']],
  ])('%j is refused', async (body, fields) => {
    const answer = await put(body);
    const errors = answer.body['errors'] as { field: string }[];
    expect([answer.status, errors.map(({ field }) => field)]).toEqual([400, fields]);
    expect((await bridge.request(PATH)).body).toEqual(unset);
  });

  it('keeps the token for the same origin only', async () => {
    await put({ source: 'live', url: erpUrl, token: TOKEN });
    expect((await put({ url: 'https://erp.example/other' })).body).toMatchObject({
      tokenSet: true,
    });
    const moved = await put({ url: 'https://elsewhere.example/look-ups' });
    expect([moved.status, moved.body['field']]).toEqual([400, 'token']);
    const switchedOff = await put({ source: 'pushed', url: 'https://elsewhere.example/' });
    expect(switchedOff.body).toMatchObject({ tokenSet: false });
    await put({ url: erpUrl });
    expect((await settings.read()).token).toBeNull();
  });

  it('is guarded against lost races', async () => {
    const { headers } = await bridge.request(PATH);
    const etag = headers.get('etag') ?? '';
    expect((await put({ cacheSeconds: 1 }, { 'If-Match': etag })).status).toBe(200);
    const late = await put({ cacheSeconds: 2 }, { 'If-Match': etag });
    expect([late.status, late.body['code']]).toEqual([412, 'preconditionFailed']);
    const wanted = await settings.preview({ cacheSeconds: 3 });
    await settings.save(wanted);
    await expect(settings.save(wanted)).rejects.toMatchObject({ code: 'preconditionFailed' });
  });

  it('is for settings only', async () => {
    const token = await bridge.tokenWith('settings:read');
    expect((await bridge.request(PATH, { token })).status).toBe(200);
    for (const [method, path] of [
      ['PUT', PATH],
      ['POST', `${PATH}/check`],
    ] as const)
      expect((await bridge.request(path, { method, body: {}, token })).status).toBe(403);
  });
});

describe('the check of look-ups', () => {
  let erp: RunningErp;
  beforeEach(async () => {
    erp = await RunningErp.start();
  });
  afterEach(() => erp.close());

  const unsaved = (given: object = {}) => check({ url: erp.url, token: TOKEN, ...given });
  const findingOf = (body: Record<string, unknown>) =>
    (body['findings'] as Record<string, unknown>[])[0] ?? {};

  it('asks once, for nobody, and tells how long it took', async () => {
    const { body } = await unsaved();
    expect(body).toMatchObject({ ok: true, findings: [{ code: 'lookUpAnswered', origin: 'erp' }] });
    const { message, durationMs } = findingOf(body);
    expect(durationMs).toBeGreaterThan(0);
    expect(message).toBe(
      `127.0.0.1 hat nach ${String(durationMs)} Millisekunden richtig geantwortet.`,
    );
    expect(erp.asked).toEqual([
      {
        type: 'contacts',
        addresses: ['mail-bridge-check@example.invalid'],
        references: [],
        ids: [],
      },
    ]);
    expect((await bridge.request(PATH)).body).toEqual(unset);
  });

  it('tries what is stored, and names what is missing', async () => {
    expect((await check()).body).toMatchObject({ status: 400, field: 'url' });
    await put({ source: 'live', url: erp.url, token: TOKEN });
    expect((await check()).body).toMatchObject({ ok: true });
    // the stored token goes nowhere else
    const other = await check({ url: 'https://elsewhere.example/' });
    expect([other.status, other.body['field']]).toEqual([400, 'token']);
  });

  it.each([
    ['lookUpStatusRefused', 'url', answering({}, 500)],
    ['lookUpRedirected', 'url', answering({}, 302)],
    [
      'lookUpAnswerNotJson',
      'url',
      (_: unknown, response: { end(text: string): unknown }) => response.end('<html>'),
    ],
    ['lookUpAnswerInvalid', null, answering({ records: [{}] })],
  ])('finds %s', async (code, field, answer) => {
    erp.answer = answer;
    const { body } = await unsaved();
    expect(body).toMatchObject({ ok: false, findings: [{ outcome: 'failed', code, field }] });
    expect(findingOf(body)['message']).toContain('127.0.0.1');
    expect(findingOf(body)['message']).not.toContain('–');
  });

  it('finds a wrong token, a slow ERP, and one that is not there', async () => {
    expect(findingOf((await unsaved({ token: 'wrong' })).body)).toMatchObject({
      code: 'lookUpTokenRefused',
      field: 'token',
    });
    erp.answer = () => undefined;
    expect(findingOf((await unsaved({ timeoutMs: 500 })).body)).toMatchObject({
      code: 'lookUpTooSlow',
      field: 'timeoutMs',
    });
    await erp.close();
    expect(findingOf((await unsaved()).body)).toMatchObject({
      code: 'connectionRefused',
      field: 'url',
    });
  });
});
