/** „Konto verknüpfen“ in the reference host's forms, as a browser without scripts meets them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startAuthorizationServer,
  type AuthorizationServer,
} from '../../fixtures/authorization-server/server.js';
import { startErpHost, type ErpHost } from '../../fixtures/erp-host/server.js';
import { Browser } from '../support/browser.js';
import { startProduct, type Product } from '../support/product.js';

const sales = { address: 'verkauf@example.test', password: 'Geheim!42' };
const server = 'pop.example.test';

let provider: AuthorizationServer;
let bridge: Product;
let host: ErpHost;

beforeAll(async () => {
  provider = await startAuthorizationServer({ accounts: [sales] });
  bridge = await startProduct([provider.caCertificate]);
  host = await startErpHost({ bridgeUrl: bridge.url, token: bridge.token, port: 0 });
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
  const { caCertificate } = provider;
  const returned = await browser.follow(
    await browser.signIn(onward(page), { ...sales, caCertificate }),
  );
  return show(returned.headers.get('location') ?? '');
}

async function account() {
  const [found] = (await host.salesware.accounts('pop3Konten')).konten;
  if (found === undefined) throw new Error('no account');
  return { ...found, path: `/pop3-konten/${String(found.id)}` };
}

const button = (page: string, label: string): string =>
  new RegExp(`<button[^>]*>\\s*${label}\\s*</button>`).exec(page)?.[0] ?? '';

/** The fields of a form's page with what stands in them. */
const fieldsOf = (page: string): string[] =>
  page.match(/<(?:input|option|textarea)\b[^>]*>/g) ?? [];

async function linkedAccount(): Promise<string> {
  const deletion = { loeschungVomPop3Konto: 'nachZeitraum', zeitraum: 14 };
  await host.salesware.createAccount('pop3Konten', { ...form, ...deletion, port: 1995 });
  const { path } = await account();
  await signIn(await post(`${path}/verknuepfen`, form));
  return path;
}

/** Of the link that the form carries. */
function linkIdOn(page: string): string {
  const [, linkId] = /name="verknuepfungId" value="([^"]+)"/.exec(page) ?? [];
  if (linkId === undefined) throw new Error('the form carries no link');
  return linkId;
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
    const before = await account();
    expect(button(linked, 'Konto verknüpfen')).toContain('disabled');
    const question = await post(`${path}/aufheben`, form);
    expect(question).toContain('behält alle anderen Einstellungen');
    expect((await host.salesware.accounts('pop3Konten')).konten[0]?.verknuepfung).toMatchObject({
      zustand: 'verknuepft',
    });
    const unlinked = await post(`${path}/aufheben`, { bestaetigt: 'ja' });
    expect(unlinked).toContain('Die Verknüpfung ist aufgehoben.');
    expect(button(unlinked, 'Konto verknüpfen')).not.toContain('disabled');
    expect(fieldsOf(unlinked)).toEqual(fieldsOf(linked));
    const after = await account();
    expect(after.formular).toEqual(before.formular);
    expect(after.verknuepfung).toMatchObject({ zustand: 'nichtVerknuepft' });
    await signIn(await post(`${path}/verknuepfen`, form));
    expect((await account()).verknuepfung).toMatchObject({ zustand: 'verknuepft' });
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
    const verknuepfungId = linkIdOn(back);
    await post('/pop3-konten/neu', { ...form, verknuepfungId, aktiv: 'ja' });
    expect(await post('/speichern')).toContain('Gespeichert.');
    expect((await host.salesware.accounts('pop3Konten')).konten).toMatchObject([
      { formular: { aktiv: true }, verknuepfung: { anzeige: 'verknüpft' } },
    ]);
  });

  it('TEC-67 discarding gives the link back', async () => {
    const back = await signIn(await post('/pop3-konten/neu/verknuepfen', form));
    const verknuepfungId = linkIdOn(back);
    await post('/pop3-konten/neu', { ...form, verknuepfungId });
    const look = () => host.bridge.call('getLink', { params: { linkId: verknuepfungId } });
    expect((await look()).body).toMatchObject({ state: 'linked' });
    await post('/verwerfen');
    await expect(look()).rejects.toMatchObject({ problem: { status: 404 } });
  });
});
