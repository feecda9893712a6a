/** The reference host as a browser meets it, on a bridge with the embedded archive. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { escapeHtml, html } from '../../fixtures/erp-host/html.js';
import { messagePage } from '../../fixtures/erp-host/mailbox.js';
import { checkManifest, PluginRefused } from '../../fixtures/erp-host/plugin.js';
import { startErpHost, type ErpHost } from '../../fixtures/erp-host/server.js';
import { manifestJsonSchema, readManifest } from '../../src/bridge/manifest/index.js';
import { startProduct, type Product } from '../support/product.js';

let bridge: Product;
let host: ErpHost;

beforeAll(async () => {
  bridge = await startProduct();
  host = await startErpHost({ bridgeUrl: bridge.url, token: bridge.token, port: 0 });
});

afterAll(async () => {
  await host.close();
  await bridge.close();
});

const show = async (path: string): Promise<string> => (await fetch(`${host.url}${path}`)).text();

async function post(
  path: string,
  form: Readonly<Record<string, string>> = {},
  origin = host.url,
): Promise<string> {
  const body = new URLSearchParams(form);
  return (await fetch(`${host.url}${path}`, { method: 'POST', body, headers: { origin } })).text();
}

const account = {
  kontoname: '<script>alert(1)</script>',
  server: 'pop.example.test',
  benutzername: 'verkauf@example.test',
  passwort: 'sehr geheim',
  verbindungsart: 'sslTls',
  authentifizierung: 'normal',
  loeschungVomPop3Konto: 'nicht',
};

describe('pages', () => {
  it('BRG-03 draws the settings form from the configuration of the manifest', async () => {
    const page = await show('/grundeinstellungen');
    for (const { title } of Object.values(
      host.plugin.manifest.contributes.configuration[0]!.properties,
    ))
      expect(page).toContain(`>${escapeHtml(title)}</label>`);
  });

  it('shows the registers of the manifest, and hides them while the interface is off', async () => {
    expect(await show('/')).toContain('href="/pop3-konten"');
    expect(await post('/grundeinstellungen', { url: '' })).not.toContain('href="/pop3-konten"');
    expect(await post('/grundeinstellungen', { enabled: 'ja' })).toContain('href="/pop3-konten"');
  });

  it('SAL-26 SAL-30 SAL-32 stages what is added and saves it with the disk symbol only', async () => {
    const staged = await post('/pop3-konten/neu', account);
    expect(staged).toContain('(neu)');
    expect((await host.salesware.accounts('pop3Konten')).konten).toEqual([]);
    expect(await post('/verwerfen')).not.toContain('(neu)');
    await post('/pop3-konten/neu', account);
    const saved = await post('/speichern');
    expect(saved).toContain('POP3-Konto');
    expect((await host.salesware.accounts('pop3Konten')).konten).toHaveLength(1);
  });

  it('runs no script that stands in a name, and never shows token or password', async () => {
    const { konten } = await host.salesware.accounts('pop3Konten');
    for (const path of ['/pop3-konten', `/pop3-konten/${konten[0]!.id}`, '/gruppen']) {
      const response = await fetch(`${host.url}${path}`);
      const page = await response.text();
      expect(page).toContain('&lt;script&gt;');
      expect(page).not.toContain('<script');
      expect(page).not.toContain(bridge.token);
      expect(page).not.toContain(account.passwort);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it('SAL-29 warns before a removal and says what goes along', async () => {
    const { konten } = await host.salesware.accounts('pop3Konten');
    const page = await show(`/pop3-konten/${konten[0]!.id}/entfernen`);
    expect(page).toContain('deaktivieren Sie es zuerst einmal');
    expect(page).toContain('sowie das gleichnamige SMTP-Konto');
  });

  it('shows at which field a save was refused, and keeps the draft', async () => {
    await post('/pop3-konten/neu', { ...account, kontoname: 'Zweites', benutzername: 'zweites' });
    const refused = await post('/speichern');
    expect(refused).toContain('emailAdresseDerGruppe');
    expect(host.salesware.changed).toBe(true);
    host.salesware.discard();
  });

  it('takes no form from another site', async () => {
    await post('/pop3-konten/neu', account, 'http://evil.example.test');
    expect(host.salesware.changed).toBe(false);
  });

  it('shows mail as text', () => {
    const page = messagePage(
      {
        id: 1,
        from: '"><img src=x onerror=alert(1)>',
        to: ['verkauf@example.test'],
        subject: 's',
        text: '<script>alert(1)</script> & mehr',
        messageId: '<1@example.test>',
        date: null,
        createdAt: null,
        attachments: [{ name: '<b>.pdf', sizeBytes: 3 }],
        delivery: null,
      },
      html``,
    ).source;
    expect(page).not.toMatch(/<script|<img|<b>/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; mehr');
  });
});

describe('loading the plugin', () => {
  const schema = manifestJsonSchema('host');

  it.each([
    ['$.runtime.baseUrl', { runtime: { health: '/readyz' } }],
    ['$.engines', { engines: undefined }],
    ["$.engines['mail-bridge-host']", { engines: { 'mail-bridge-host': '^2.0.0' } }],
    ['$.critical[0]', { critical: ['/events'] }],
    ['$.manifestVersion', { manifestVersion: 2 }],
  ])('BRG-01 refuses a manifest that is wrong at %s', (path, change) => {
    const manifest = JSON.parse(JSON.stringify({ ...readManifest(), ...change })) as unknown;
    try {
      checkManifest(manifest, schema);
    } catch (error) {
      expect(error).toBeInstanceOf(PluginRefused);
      expect((error as PluginRefused).faults.map((fault) => fault.path)).toEqual([path]);
      return;
    }
    throw new Error('was loaded');
  });

  it('BRG-01 starts nothing then', async () => {
    const bad = await serveJson({
      '/manifest.json': { name: 'half' },
      '/manifest.schema.json': schema,
    });
    const bridgeUrl = `http://127.0.0.1:${(bad.address() as AddressInfo).port}`;
    const started = startErpHost({ bridgeUrl, token: bridge.token, port: 0 });
    await expect(started).rejects.toBeInstanceOf(PluginRefused);
    bad.close();
  });
});

async function serveJson(documents: Readonly<Record<string, unknown>>): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://bridge');
    response.end(JSON.stringify(documents[pathname]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
