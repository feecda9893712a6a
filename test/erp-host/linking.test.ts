/** „Konto verknüpfen“ in the reference host's forms, as a browser without scripts meets them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startAuthorizationServer,
  type AuthorizationServer,
} from '../../fixtures/authorization-server/server.js';
import { visit } from '../../fixtures/authorization-server/visitor.js';
import { startErpHost, type ErpHost } from '../../fixtures/erp-host/server.js';
import { start, type Running } from '../../src/main.js';
import { readConfig } from '../../src/platform/config.js';
import { Browser } from '../archive/oauth/oauth-stand.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';

const token = 'erp-host-linking-0123456789';
const sales = { address: 'verkauf@example.test', password: 'Geheim!42' };
const server = 'pop.example.test';

let provider: AuthorizationServer;
let directory: TemporaryDirectory;
let bridge: Running;
let host: ErpHost;

beforeAll(async () => {
  provider = await startAuthorizationServer({ accounts: [sales] });
  directory = await makeTemporaryDirectory();
  const authority = join(directory.path, 'ca.pem');
  await writeFile(authority, provider.caCertificate);
  bridge = await start(
    readConfig({
      MB_DATA_DIR: join(directory.path, 'data'),
      MB_PORT: '0',
      MB_ARCHIVE_PORT: '0',
      MB_ADMIN_TOKEN: token,
      MB_EGRESS_ALLOW: '127.0.0.0/8,::1/128',
      MB_TLS_CA_FILE: authority,
      MB_LOG_LEVEL: 'silent',
    }),
  );
  host = await startErpHost({ bridgeUrl: bridge.url, token, port: 0 });
  provider.registerRedirectUri(`${bridge.url}/oauth/callback`);
  const { issuer, clientId, clientSecret } = provider;
  const scopes = ['openid', 'email', 'profile', 'offline_access', 'mail'];
  const firma = { id: 'firma', kind: 'openid', issuer, clientId, clientSecret };
  const providers = [{ ...firma, hosts: [server], scopes }];
  await host.bridge.call('putOAuthProviders', { body: { providers } });
}, 60_000);

afterAll(async () => {
  await host.close();
  await bridge.close();
  await directory.remove();
  await provider.stop();
});

beforeEach(async () => {
  const { konten } = await host.salesware.accounts('pop3Konten');
  for (const { id } of konten) host.salesware.stageRemoval('pop3Konten', id);
  if (konten.length > 0) await host.salesware.save();
});

const show = async (url: string): Promise<string> => (await fetch(new URL(url, host.url))).text();

async function post(path: string, form: Readonly<Record<string, string>> = {}): Promise<string> {
  const body = new URLSearchParams(form);
  const headers = { origin: host.url };
  return (await fetch(`${host.url}${path}`, { method: 'POST', body, headers })).text();
}

const form = {
  kontoname: 'Verkauf',
  server,
  benutzername: sales.address,
  verbindungsart: 'sslTls',
  authentifizierung: 'oauth2',
  loeschungVomPop3Konto: 'nicht',
};

/** Where a page sends the browser on to. */
const onward = (page: string): string =>
  /http-equiv="refresh" content="0;url=([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';

/** Somebody signs in. @returns the form that the browser comes back to */
async function signIn(page: string): Promise<string> {
  const browser = new Browser();
  const location = (await browser.open(onward(page))).headers.get('location') ?? '';
  const { caCertificate } = provider;
  const callback = await visit({ ...sales, url: location, caCertificate });
  const back = (await browser.open(callback.href)).headers.get('location') ?? '';
  return show((await browser.open(back)).headers.get('location') ?? '');
}

async function account(): Promise<{ readonly id: number; readonly path: string }> {
  const [found] = (await host.salesware.accounts('pop3Konten')).konten;
  if (found === undefined) throw new Error('no account');
  return { id: found.id, path: `/pop3-konten/${String(found.id)}` };
}

const button = (page: string, label: string): string =>
  new RegExp(`<button[^>]*>\\s*${label}\\s*</button>`).exec(page)?.[0] ?? '';

async function linkedAccount(): Promise<string> {
  await host.salesware.createAccount('pop3Konten', form);
  const { path } = await account();
  await signIn(await post(`${path}/verknuepfen`, form));
  return path;
}

describe('a saved account', () => {
  it('SAL-90 SAL-93 leads to the provider in the whole window, and back to the form as it was left', async () => {
    await host.salesware.createAccount('pop3Konten', form);
    const { path } = await account();
    const before = await show(path);
    expect(before).toContain('nicht verknüpft');
    expect(button(before, 'Konto verknüpfen')).not.toContain('disabled');
    expect(button(before, 'Verknüpfung aufheben')).toBe('');
    const leaving = await post(`${path}/verknuepfen`, { ...form, kontoname: 'Noch ungespeichert' });
    expect(onward(leaving)).toMatch(new RegExp(`^${bridge.url}/oauth/start\\?state=`));
    expect(leaving).not.toMatch(/<i?frame/);
    const back = await signIn(leaving);
    expect(back).toContain('value="Noch ungespeichert"');
    expect(back).toContain(`Angemeldet als ${sales.address}`);
    expect(back).toMatch(/<output id="feld-verknuepfung">verknüpft</);
    expect((await host.salesware.accounts('pop3Konten')).konten).toMatchObject([
      { formular: { kontoname: 'Verkauf' }, verknuepfung: { anzeige: 'verknüpft' } },
    ]);
  });

  it('SAL-97 SAL-98 is unlinked after the question of the manifest, keeps all else, and can be linked again', async () => {
    const path = await linkedAccount();
    const linked = await show(path);
    expect(button(linked, 'Konto verknüpfen')).toContain('disabled');
    const question = await post(`${path}/aufheben`, form);
    expect(question).toContain('behält alle anderen Einstellungen');
    expect((await host.salesware.accounts('pop3Konten')).konten[0]?.verknuepfung).toMatchObject({
      zustand: 'verknuepft',
    });
    const unlinked = await post(`${path}/aufheben`, { bestaetigt: 'ja' });
    expect(unlinked).toContain('Die Verknüpfung ist aufgehoben.');
    expect(unlinked).toContain('value="Verkauf"');
    expect(button(unlinked, 'Konto verknüpfen')).not.toContain('disabled');
  });

  it('says why a link cannot be begun, and keeps what was typed', async () => {
    await host.salesware.createAccount('pop3Konten', { ...form, server: 'pop.anders.test' });
    const { path } = await account();
    const refused = await post(`${path}/verknuepfen`, { ...form, kontoname: 'Getippt' });
    expect(refused).toContain('kein Anbieter');
    expect(refused).toContain('value="Getippt"');
  });
});

describe('an account that is not saved yet', () => {
  it('SAL-89 is linked first, and saved with its link by the disk symbol', async () => {
    const back = await signIn(await post('/pop3-konten/neu/verknuepfen', form));
    expect(back).toContain('value="Verkauf"');
    const verknuepfungId = /name="verknuepfungId" value="([^"]+)"/.exec(back)?.[1] ?? '';
    expect(verknuepfungId).not.toBe('');
    await post('/pop3-konten/neu', { ...form, verknuepfungId, aktiv: 'ja' });
    expect(await post('/speichern')).toContain('Gespeichert.');
    expect((await host.salesware.accounts('pop3Konten')).konten).toMatchObject([
      { formular: { aktiv: true }, verknuepfung: { anzeige: 'verknüpft' } },
    ]);
  });

  it('TEC-67 discarding gives the link back', async () => {
    const back = await signIn(await post('/pop3-konten/neu/verknuepfen', form));
    const verknuepfungId = /name="verknuepfungId" value="([^"]+)"/.exec(back)?.[1] ?? '';
    await post('/pop3-konten/neu', { ...form, verknuepfungId });
    await post('/verwerfen');
    const gone = host.bridge.call('getLink', { params: { linkId: verknuepfungId } });
    await expect(gone).rejects.toMatchObject({ problem: { status: 404 } });
  });
});
