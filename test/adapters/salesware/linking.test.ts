/** „Konto verknüpfen“ over HTTP, against the embedded archive and an authorization server with Microsoft's habits. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Credentials } from '../../../fixtures/authorization-server/person.js';
import {
  startAuthorizationServer,
  type AuthorizationServer,
} from '../../../fixtures/authorization-server/server.js';
import { Browser } from '../../support/browser.js';
import { startProduct, type Product } from '../../support/product.js';
import { callAt, type Answer } from './calls.js';

const sales = { address: 'verkauf@example.test', password: 'Geheim!42' };
const clerk = { address: 'meier@example.test', password: 'Meier!1' };
const admin = { address: 'admin@example.test', password: 'Admin!1', isAdministrator: true };
const server = 'pop.example.test';
const form = 'https://erp.example.test/pop3-konten/1?register=zugang';

let provider: AuthorizationServer;
let bridge: Product;

beforeAll(async () => {
  provider = await startAuthorizationServer({
    style: 'microsoft',
    accounts: [sales, clerk, admin],
  });
  bridge = await startProduct([provider.caCertificate]);
  provider.registerRedirectUri(`${bridge.url}/oauth/callback`);
  const { issuer, clientId, clientSecret } = provider;
  const firma = { id: 'firma', kind: 'microsoft', issuer, clientId, clientSecret };
  const hosts = [server, 'smtp.example.test'];
  const saved = await call('PUT', '/api/v1/oauth/providers', { providers: [{ ...firma, hosts }] });
  expect(saved.status).toBe(200);
}, 60_000);

afterAll(async () => {
  await bridge.close();
  await provider.stop();
});

const call = (method: string, path: string, body?: unknown, etag?: string) =>
  callAt(bridge, method, path, { body, etag });

const root = '/adapters/salesware';
const pop3 = `${root}/pop3-konten`;
const smtp = `${root}/smtp-konten`;

const pop3Form = (more: Readonly<Record<string, unknown>> = {}) => ({
  kontoname: 'Verkauf',
  server,
  benutzername: sales.address,
  authentifizierung: 'oauth2',
  ...more,
});

interface Account {
  readonly id: number;
  readonly formular: Record<string, unknown>;
  readonly verknuepfung: { readonly zustand: string } | null;
  readonly nichtDarstellbar: readonly string[];
}

async function only(path: string): Promise<Account> {
  const [account] = (await call('GET', path)).body['konten'] as Account[];
  if (account === undefined) throw new Error(`${path} is empty`);
  return account;
}

async function put(path: string, changes: unknown): Promise<Answer> {
  const { etag } = await call('GET', path);
  return call('PUT', path, changes, etag);
}

/** Somebody signs in at the provider. @returns where the browser is in the end */
async function signIn(url: unknown, person: Credentials): Promise<Response> {
  const browser = new Browser();
  const { caCertificate } = provider;
  return browser.follow(await browser.signIn(String(url), { ...person, caCertificate }));
}

const link = async (path: string, body?: unknown): Promise<Answer> =>
  call('POST', `${path}/verknuepfung`, body);
const stateOf = async (path: string) => (await call('GET', `${path}/verknuepfung`)).body;

/** A linked POP3 account. */
async function linked(): Promise<string> {
  expect((await call('POST', pop3, pop3Form())).status).toBe(201);
  const account = `${pop3}/${String((await only(pop3)).id)}`;
  await signIn((await link(account)).body['adresse'], sales);
  expect(await stateOf(account)).toMatchObject({ zustand: 'verknuepft' });
  return account;
}

beforeEach(async () => {
  for (const register of [pop3, smtp])
    for (const { id } of (await call('GET', register)).body['konten'] as Account[]) {
      const { etag } = await call('GET', `${register}/${String(id)}`);
      await call('DELETE', `${register}/${String(id)}`, undefined, etag);
    }
});

describe('„Konto verknüpfen“', () => {
  it('SAL-89 an account with OAuth2 is saved without a password; the form says that it is to be linked', async () => {
    expect((await call('POST', pop3, pop3Form())).status).toBe(201);
    const account = await only(pop3);
    expect(account).toMatchObject({
      formular: { authentifizierung: 'oauth2', passwort: '' },
      verknuepfung: {
        zustand: 'nichtVerknuepft',
        anzeige: 'nicht verknüpft',
        hinweis: expect.stringContaining('„Konto verknüpfen“'),
        laeuftAbAm: null,
      },
    });
    expect(account.nichtDarstellbar).not.toContain('authentication');
    expect((await only(smtp)).verknuepfung).toMatchObject({ zustand: 'nichtVerknuepft' });
    // the form goes back as it came
    expect((await put(`${pop3}/${String(account.id)}`, account.formular)).status).toBe(200);
  });

  it('SAL-90 SAL-93 leads to the provider and back to the form, which is linked then', async () => {
    await call('POST', pop3, pop3Form());
    const account = `${pop3}/${String((await only(pop3)).id)}`;
    const begun = await link(account, { ruecksprung: form });
    expect(begun).toMatchObject({
      status: 201,
      body: { zustand: 'anmeldungLaeuft', anzeige: 'Anmeldung läuft', code: null, fehler: null },
    });
    expect(await stateOf(account)).toMatchObject({
      zustand: 'anmeldungLaeuft',
      versuch: { verknuepfungId: begun.body['verknuepfungId'] },
    });
    const back = await signIn(begun.body['adresse'], sales);
    const address = new URL(back.headers.get('location') ?? '');
    expect(`${address.origin}${address.pathname}`).toBe('https://erp.example.test/pop3-konten/1');
    expect(Object.fromEntries(address.searchParams)).toEqual({
      register: 'zugang',
      oauthLink: begun.body['verknuepfungId'],
      oauthState: 'linked',
    });
    expect(await stateOf(account)).toMatchObject({
      zustand: 'verknuepft',
      anzeige: 'verknüpft',
      anbieter: 'firma',
      angemeldetAls: sales.address,
      ueberPop3Konto: null,
      fehler: null,
    });
  });

  it('SAL-94 SAL-95 an administrator’s consent is no link yet: the form says to link once more', async () => {
    await call('POST', pop3, pop3Form());
    const account = `${pop3}/${String((await only(pop3)).id)}`;
    await signIn((await link(account)).body['adresse'], admin);
    const shown = {
      zustand: 'zustimmungErteilt',
      anzeige: 'Zustimmung erteilt – noch einmal verknüpfen',
      hinweis: expect.stringContaining('„Konto verknüpfen“ noch einmal'),
    };
    expect(await stateOf(account)).toMatchObject(shown);
    expect((await only(pop3)).verknuepfung).toMatchObject(shown);
    await signIn((await link(account)).body['adresse'], sales);
    expect((await only(pop3)).verknuepfung).toMatchObject({ zustand: 'verknuepft' });
  });

  it('a sign-in with another account failed, and both are named', async () => {
    await call('POST', pop3, pop3Form());
    const account = `${pop3}/${String((await only(pop3)).id)}`;
    await signIn((await link(account)).body['adresse'], clerk);
    const { zustand, fehler } = (await stateOf(account)) as {
      zustand: string;
      fehler: { code: string; meldung: string };
    };
    expect({ zustand, code: fehler.code }).toEqual({
      zustand: 'fehlgeschlagen',
      code: 'wrongAccount',
    });
    expect(fehler.meldung).toMatch(new RegExp(`${clerk.address}.*${sales.address}`));
  });

  it('SAL-97 SAL-98 renewal is unlinking, which leaves all other settings, and linking again', async () => {
    const account = await linked();
    const { formular } = (await call('GET', account)).body;
    const again = await link(account);
    expect(again).toMatchObject({ status: 409, body: { code: 'alreadyLinked' } });
    expect(again.body['hint']).toContain('„Verknüpfung aufheben“');
    for (let time = 1; time <= 2; time += 1) {
      const unlinked = await call('DELETE', `${account}/verknuepfung`);
      expect(unlinked).toMatchObject({ status: 200, body: { zustand: 'nichtVerknuepft' } });
    }
    expect((await call('GET', account)).body['formular']).toEqual(formular);
    expect((await link(account)).status).toBe(201);
  });

  it('SAL-100 another way to sign in needs „Verknüpfung aufheben“, before or in the same save', async () => {
    const account = await linked();
    const refused = await put(account, { authentifizierung: 'normal', passwort: 'geheim' });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'stillLinked', field: 'authentifizierung' },
    });
    const saved = await put(account, {
      authentifizierung: 'normal',
      passwort: 'geheim',
      verknuepfungAufheben: true,
    });
    expect(saved).toMatchObject({
      status: 200,
      body: { formular: { authentifizierung: 'normal' }, verknuepfung: null },
    });
    expect(await stateOf(account)).toMatchObject({ zustand: 'nichtVerknuepft' });
  });

  it('SAL-112 the SMTP account of the same name says that it uses the POP3 account’s link', async () => {
    const account = await linked();
    const { id } = await only(smtp);
    expect(await stateOf(`${smtp}/${String(id)}`)).toMatchObject({
      zustand: 'verknuepft',
      ueberPop3Konto: Number(account.split('/').at(-1)),
    });
  });

  it('SAL-112 an SMTP account without a POP3 account has a link of its own', async () => {
    const versand = {
      kontoname: 'Versand',
      server: 'smtp.example.test',
      benutzername: sales.address,
      authentifizierung: 'oauth2',
      absender: '*',
    };
    expect((await call('POST', smtp, versand)).status).toBe(201);
    const account = `${smtp}/${String((await only(smtp)).id)}`;
    expect((await only(smtp)).formular).toMatchObject({ authentifizierung: 'oauth2' });
    await signIn((await link(account)).body['adresse'], sales);
    expect(await stateOf(account)).toMatchObject({ zustand: 'verknuepft', ueberPop3Konto: null });
    const unlinked = await call('DELETE', `${account}/verknuepfung`);
    expect(unlinked.body['zustand']).toBe('nichtVerknuepft');
  });
});

describe('„Konto verknüpfen“ before the account is saved', () => {
  const newLink = (more: Readonly<Record<string, unknown>> = {}) =>
    call('POST', `${root}/verknuepfungen`, { server, emailAdresse: sales.address, ...more });

  it.each(['directly', 'with the disk symbol'])(
    'SAL-89 the form carries the link, and the account is saved linked and active, %s',
    async (way) => {
      const begun = await newLink({ ruecksprung: form });
      expect(begun.status).toBe(201);
      await signIn(begun.body['adresse'], sales);
      const { verknuepfungId } = begun.body;
      const path = `${root}/verknuepfungen/${String(verknuepfungId)}`;
      expect((await call('GET', path)).body).toMatchObject({
        zustand: 'verknuepft',
        adresse: null,
      });
      const account = pop3Form({ verknuepfungId, aktiv: true });
      const saved =
        way === 'directly'
          ? await call('POST', pop3, account)
          : await call('POST', `${root}/speichern`, { pop3Konten: { hinzugefuegt: [account] } });
      expect([200, 201]).toContain(saved.status);
      expect(await only(pop3)).toMatchObject({
        formular: { aktiv: true },
        verknuepfung: { zustand: 'verknuepft' },
      });
    },
  );

  it('an unfinished or a foreign link is refused at verknuepfungId, and a discarded one is gone', async () => {
    const { verknuepfungId } = (await newLink()).body;
    const early = await call('POST', pop3, pop3Form({ verknuepfungId }));
    expect(early).toMatchObject({
      status: 422,
      body: { code: 'linkNotFinished', field: 'verknuepfungId' },
    });
    const foreign = pop3Form({ verknuepfungId, benutzername: clerk.address });
    const staged = { pop3Konten: { hinzugefuegt: [foreign] } };
    expect(await call('POST', `${root}/speichern`, staged)).toMatchObject({
      status: 422,
      body: { code: 'linkForOtherAccount', field: 'pop3Konten.hinzugefuegt.0.verknuepfungId' },
    });
    const path = `${root}/verknuepfungen/${String(verknuepfungId)}`;
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    expect((await call('GET', pop3)).body['konten']).toEqual([]);
  });

  it.each([
    ['server', { server: 'pop.anders.test' }, 422],
    ['emailAdresse', { emailAdresse: 'verkauf' }, 400],
    ['ruecksprung', { ruecksprung: 'http://erp.example.test/' }, 400],
    ['delegierter', { delegierter: 'meier' }, 400],
    ['kontoart', { kontoart: 'imap' }, 400],
    ['weg', { weg: 'redirect' }, 400],
    ['farbe', { farbe: 'rot' }, 400],
  ])('names what is wrong in its own words: %s', async (field, more, status) => {
    const refused = await newLink(more);
    expect({ status: refused.status, field: refused.body['field'] }).toEqual({ status, field });
  });
});
