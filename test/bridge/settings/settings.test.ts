import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { startBridge, type BridgeHarness, type HarnessOptions } from '../http/bridge-harness.js';
import { startWireArchive, type WireArchive } from '../http/wire-archive.js';

const path = '/api/v1/settings';
const german = { 'Accept-Language': 'de' };

let archive: WireArchive;
const bridges: BridgeHarness[] = [];

beforeEach(async () => {
  archive = await startWireArchive();
  archive.on('RpcInfo.GetServerInfo', () => ({ Version: '5.6.1' }));
  archive.on('RpcInfo.GetAddOnList', () => []);
  archive.on('RpcFilters.GetList', () => []);
});
afterEach(async () => {
  for (const bridge of bridges.splice(0)) await bridge.close();
  await archive.close();
});

async function start(options: HarnessOptions = {}): Promise<BridgeHarness> {
  const bridge = await startBridge(options);
  bridges.push(bridge);
  return bridge;
}

const embedded = () => ({ url: archive.url, username: 'bridge', password: 'embedded-secret' });
const put = (bridge: BridgeHarness, body: unknown, headers: Record<string, string> = german) =>
  bridge.request(path, { method: 'PUT', body, headers });
const check = (bridge: BridgeHarness, body?: unknown) =>
  bridge.request(`${path}/check`, { method: 'POST', body, headers: german });
const remote = { url: 'https://archive.example', username: 'admin', password: 'remote-secret' };

interface Finding {
  readonly check: string;
  readonly outcome: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}
const findingsOf = (answer: { body: Record<string, unknown> }) =>
  answer.body['findings'] as Finding[];

describe('access and activation', () => {
  it('SAL-01 answers "not configured" before an access is stored', async () => {
    const bridge = await start();
    for (const route of ['/api/v1/messages', '/api/v1/filters', '/api/v1/signatures']) {
      const answer = await bridge.request(route, { headers: german });
      expect([answer.status, answer.body['code']]).toEqual([409, 'notConfigured']);
      expect(answer.body['hint']).toContain('„Grundeinstellungen“');
    }
    expect((await bridge.request(path)).body).toMatchObject({
      archive: 'none',
      url: null,
      enabled: false,
    });
  });

  it('SAL-07 sends not a single request while the interface is off', async () => {
    const bridge = await start({ embedded: embedded() });
    expect((await bridge.request('/api/v1/filters')).status).toBe(200);
    await put(bridge, { enabled: false });
    const before = archive.requests();
    const routes = bridge.routes.filter(
      ({ path: one }) => one.startsWith('/api/v1/') && one !== path,
    );
    for (const route of routes) {
      const method = route.method.toUpperCase();
      await bridge.request(route.path.replace(/\{\w+\}/g, '1'), { method });
    }
    await check(bridge);
    expect(archive.requests()).toBe(before);
    const answer = await bridge.request('/api/v1/filters');
    expect([answer.status, answer.body['code']]).toEqual([409, 'interfaceDisabled']);
    await put(bridge, { enabled: true });
    expect((await bridge.request('/api/v1/filters')).status).toBe(200);
  });

  it('SAL-08 starts switched off with a remote archive, and on with the embedded one', async () => {
    const environment = { url: 'https://archive.example', username: 'admin', password: 'x' };
    const withRemote = await start({ environment });
    expect((await withRemote.request(path)).body).toMatchObject({
      archive: 'remote',
      enabled: false,
    });
    const withEmbedded = await start({ embedded: embedded() });
    expect((await withEmbedded.request(path)).body).toMatchObject({
      archive: 'embedded',
      enabled: true,
    });
    const changed = await put(withEmbedded, remote);
    expect(changed.body).toMatchObject({ archive: 'remote', enabled: false });
  });

  it('SAL-09 takes host, address or URL', async () => {
    const bridge = await start();
    for (const [written, url] of [
      ['archive.example', 'https://archive.example'],
      ['203.0.113.7', 'https://203.0.113.7'],
      ['https://archive.example:8443/base/', 'https://archive.example:8443/base'],
      ['[2001:db8::7]:444', 'https://[2001:db8::7]:444'],
    ] as const) {
      const answer = await put(bridge, { ...remote, url: written });
      expect([written, answer.status, answer.body['url']]).toEqual([written, 200, url]);
    }
  });

  it.each([
    'https://user:pass@archive.example',
    'https://archive.example?x=1',
    'ftp://archive.example',
    'https://',
    'a b',
    'arch\r\nive.example',
  ])('refuses %j as an address, naming the field', async (url) => {
    const bridge = await start();
    const answer = await put(bridge, { ...remote, url });
    expect([answer.status, answer.body['field']]).toEqual([400, 'url']);
  });

  it('SAL-11 SAL-12 BRG-12 keeps user name and password; the password is never shown, logged or stored in clear', async () => {
    const bridge = await start();
    const saved = await put(bridge, { ...remote, enabled: true });
    const read = await bridge.request(path);
    expect(read.body).toMatchObject({ username: 'admin', passwordSet: true });
    expect(saved.text + read.text + bridge.log()).not.toContain('remote-secret');
    const rows = await bridge.database.selectFrom('settings').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('remote-secret');
    expect((await bridge.settings.read()).password).toBe('remote-secret');
    await put(bridge, { password: '******', username: 'other' });
    expect(await bridge.settings.read()).toMatchObject({
      password: 'remote-secret',
      username: 'other',
    });
  });

  it('does not send a stored password to another address', async () => {
    const bridge = await start();
    await put(bridge, { ...remote, enabled: true });
    const moved = { url: 'https://attacker.example' };
    for (const answer of [await put(bridge, moved), await check(bridge, moved)])
      expect(answer.body).toMatchObject({
        status: 422,
        code: 'passwordRequired',
        field: 'password',
      });
    expect((await put(bridge, { ...moved, password: 'another' })).status).toBe(200);
  });

  it('forgets the password with its address', async () => {
    const bridge = await start({ embedded: embedded() });
    await put(bridge, remote);
    expect((await put(bridge, { url: null })).body).toMatchObject({ archive: 'embedded' });
    await put(bridge, { url: 'https://attacker.example', enabled: true });
    expect((await bridge.settings.read()).password).toBeNull();
  });
});

describe('accounts that the vendor manages', () => {
  const managed = { ...remote, enabled: true, managedByVendor: true };

  it('SAL-04 never shows the credentials', async () => {
    const bridge = await start();
    await put(bridge, managed);
    const read = await bridge.request(path);
    expect(read.body).toMatchObject({ username: null, passwordSet: true, managedByVendor: true });
    expect(read.text).not.toMatch(/"admin"|remote-secret/);
  });

  it.each([
    ['username', 'somebody'],
    ['password', 'other'],
    ['url', 'https://attacker.example'],
    ['managedByVendor', false],
  ])('SAL-05 refuses a change of %s and keeps what was', async (field, value) => {
    const bridge = await start();
    await put(bridge, managed);
    const answer = await put(bridge, { [field]: value });
    expect(answer.body).toMatchObject({ status: 409, code: 'managedByVendor', field });
    expect(answer.body['detail']).toContain('auf keinen Fall geändert');
    const kept = { ...remote, managedByVendor: true };
    expect(await bridge.settings.read()).toMatchObject(kept);
  });

  it('takes back unchanged what a form shows', async () => {
    const bridge = await start();
    await put(bridge, managed);
    const shown = { username: null, password: '******', url: remote.url, enabled: false };
    expect((await put(bridge, shown)).body).toMatchObject({ enabled: false });
    expect((await put(bridge, { username: '******' })).status).toBe(200);
  });

  it('SAL-06 is handed over by the operator, not by a field', async () => {
    const bridge = await start();
    await put(bridge, managed);
    await bridge.settings.handOver();
    expect((await bridge.request(path)).body).toMatchObject({
      managedByVendor: false,
      username: 'admin',
    });
  });
});

describe('notices for the form', () => {
  it('SAL-02 SAL-03 SAL-06 SAL-10 SAL-14 SAL-15 SAL-16 SAL-17 tells what the register shows', async () => {
    const bridge = await start();
    const { body } = await bridge.request(path, { headers: german });
    const texts = new Map(
      (body['notices'] as { code: string; text: string }[]).map(({ code, text }) => [code, text]),
    );
    expect(texts.get('accountFromVendor')).toMatch(
      /4SELLERS GmbH.*keine weiteren Kosten.*20 GB Speicher/,
    );
    expect(texts.get('handOver')).toContain('Ansprechpartner');
    expect(texts.get('endpointWarning')).toContain(
      'nicht, wenn Sie sich nicht sicher sind oder der Account nicht von Ihnen betreut wird',
    );
    expect(texts.get('systemRequirements')).toMatch(
      /selbst betreiben.*mindestens Greyhound in der Version 5.*HTTP-Protokoll \(Port 443\) als auch SSL.*Firewall.*443/,
    );
    expect(texts.get('userProfile')).toContain('Benutzerprofil');
    const english = await bridge.request(path, { headers: { 'Accept-Language': 'en' } });
    expect(english.text).toContain('20 GB of storage');
  });
});

describe('the environment', () => {
  const environment = { url: 'https://archive.example', username: 'admin', password: 'from-env' };

  it.each([
    ['url', 'https://other.example', 'MB_ARCHIVE_URL'],
    ['username', 'other', 'MB_ARCHIVE_USERNAME'],
    ['password', 'other', 'MB_ARCHIVE_PASSWORD'],
  ])('wins over a change of %s (409)', async (field, value, variable) => {
    const bridge = await start({ environment });
    const answer = await put(bridge, { [field]: value });
    expect(answer.body).toMatchObject({ status: 409, code: 'managedByEnvironment', field });
    expect(answer.body['detail']).toContain(variable);
  });

  it('leaves the activation to the admin and takes back what the form shows', async () => {
    const bridge = await start({ environment });
    const answer = await put(bridge, {
      enabled: true,
      url: environment.url,
      username: 'admin',
      password: '******',
    });
    expect(answer.body).toMatchObject({
      enabled: true,
      managedByEnvironment: ['url', 'username', 'password'],
    });
  });

  it('fixes the credentials of the embedded archive', async () => {
    const bridge = await start({ embedded: embedded() });
    const answer = await put(bridge, { username: 'other' });
    expect(answer.body).toMatchObject({ code: 'managedByEnvironment', field: 'username' });
  });
});

describe('lost races', () => {
  it('answers 412 to the version before', async () => {
    const bridge = await start();
    const { headers } = await bridge.request(path);
    const tag = headers.get('etag') ?? '';
    expect((await put(bridge, remote, { 'If-Match': tag })).status).toBe(200);
    expect((await put(bridge, remote, { 'If-Match': tag })).status).toBe(412);
  });
});

describe('check', () => {
  it('reports every step of a working connection and changes nothing', async () => {
    const bridge = await start({ embedded: embedded() });
    const answer = await check(bridge);
    expect(answer.body['ok']).toBe(true);
    const steps = findingsOf(answer).map((one) => `${one.check} ${one.outcome}`);
    expect(steps).toEqual(['https ok', 'port ok', 'reachability ok', 'signIn ok', 'version ok']);
    expect(archive.calls.map(({ method }) => method).sort()).toEqual([
      'RpcInfo.GetAddOnList',
      'RpcInfo.GetServerInfo',
    ]);
  });

  it('SAL-14 refuses a version below 5, naming found and required', async () => {
    const bridge = await start({ embedded: embedded() });
    archive.on('RpcInfo.GetServerInfo', () => ({ Version: '4.9.12' }));
    const version = findingsOf(await check(bridge)).find((one) => one.check === 'version');
    expect(version).toMatchObject({ outcome: 'failed', code: 'archiveVersionTooOld' });
    expect(version?.message).toMatch(/Version 4\.9\.12.*mindestens Version 5/);
    const used = await bridge.request('/api/v1/filters', { headers: german });
    expect(used.body).toMatchObject({
      status: 502,
      code: 'archiveVersionTooOld',
      params: { found: '4.9.12', required: 5 },
    });
    expect(archive.calls.some(({ method }) => method === 'RpcFilters.GetList')).toBe(false);
  });

  it('SAL-15 refuses a plain HTTP endpoint, unsaved or saved', async () => {
    const bridge = await start();
    for (const answer of [
      await put(bridge, { ...remote, url: 'http://archive.example' }),
      await check(bridge, { ...remote, enabled: true, url: 'http://archive.example' }),
    ]) {
      expect(answer.body).toMatchObject({ status: 422, code: 'archiveUrlNotHttps', field: 'url' });
      expect(answer.body['detail']).toMatch(/HTTP-Protokoll \(Port 443\) als auch SSL/);
    }
  });

  it('tells wrong credentials from a wrong address', async () => {
    const bridge = await start({ embedded: embedded() });
    archive.acceptOnly('something else');
    const findings = findingsOf(await check(bridge));
    expect(findings.at(-1)).toMatchObject({
      check: 'signIn',
      outcome: 'failed',
      code: 'archiveLogin',
    });
    expect(findings.find((one) => one.check === 'reachability')?.outcome).toBe('ok');
  });

  it('tells what is no archive at all', async () => {
    const bridge = await start({ embedded: embedded() });
    archive.intercept((response) => response.end('<html>It works!</html>'));
    const last = findingsOf(await check(bridge)).at(-1);
    expect(last).toMatchObject({ outcome: 'failed', code: 'archiveProtocol' });
  });

  it('SAL-16 names port 443 and the firewall when nothing can be reached', async () => {
    const bridge = await start({ embedded: { ...embedded(), url: 'http://127.0.0.1:1' } });
    const last = findingsOf(await check(bridge)).at(-1);
    expect(last).toMatchObject({
      check: 'reachability',
      outcome: 'failed',
      code: 'archiveUnreachable',
    });
    expect(last?.hint).toMatch(/Firewall.*Port 443.*internen Port 443/);
  });

  it('ends within five seconds at a port that stays silent', async () => {
    const silent: Server = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const bridge = await start({
      embedded: { ...embedded(), url: `http://127.0.0.1:${String(port)}` },
    });
    const startedAt = performance.now();
    const last = findingsOf(await check(bridge)).at(-1);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(last).toMatchObject({ outcome: 'failed', code: 'archiveTimeout' });
    silent.close();
  });

  it('tries unsaved values without saving them', async () => {
    const bridge = await start({ embedded: embedded() });
    const answer = await check(bridge, {
      enabled: true,
      url: 'https://127.0.0.1:1',
      username: 'a',
      password: 'b',
    });
    expect(answer.body['ok']).toBe(false);
    expect(findingsOf(answer).find((one) => one.check === 'port')).toMatchObject({
      outcome: 'warning',
      code: 'archivePortUnusual',
    });
    expect((await bridge.request(path)).body).toMatchObject({ archive: 'embedded' });
  });
});

describe('BRG-10', () => {
  it('signs in once more after a 401, then reports the sign-in, without an endless retry', async () => {
    const bridge = await start({ embedded: embedded() });
    await bridge.request('/api/v1/filters');
    archive.acceptOnly('changed');
    const before = archive.requests();
    const answer = await bridge.request('/api/v1/filters');
    expect(answer.body).toMatchObject({ status: 502, code: 'archiveLogin' });
    expect(archive.requests() - before).toBe(2);
  });
});
