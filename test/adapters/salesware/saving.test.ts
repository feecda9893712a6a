/** Working the registers over HTTP, against the embedded archive; no mail server is needed for what is shown here. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startProduct, type Product } from '../../support/product.js';
import { callAt } from './calls.js';

let bridge: Product;

beforeEach(async () => {
  bridge = await startProduct();
});
afterEach(() => bridge.close());

interface Account {
  readonly id: number;
  readonly formular: Record<string, unknown>;
}
interface Body extends Record<string, unknown> {
  readonly field?: string;
  readonly version: string;
  readonly konten: readonly Account[];
}

const call = (method: string, path: string, body?: unknown, etag?: string) =>
  callAt<Body>(bridge, method, path, { body, etag });

const pop3 = '/adapters/salesware/pop3-konten';
const smtp = '/adapters/salesware/smtp-konten';
const verkauf = {
  kontoname: 'Verkauf',
  server: 'pop.example.test',
  benutzername: 'verkauf@example.test',
  passwort: 'geheim',
};
const einkauf = { ...verkauf, kontoname: 'Einkauf', benutzername: 'einkauf@example.test' };
const versand = {
  kontoname: 'Versand',
  server: 'smtp.example.test',
  benutzername: 'versand',
  passwort: 'geheim',
  absender: '*',
};

const names = async (path: string): Promise<unknown[]> =>
  (await call('GET', path)).body.konten.map(({ formular }) => formular['kontoname']);
const only = async (path: string): Promise<Account> => {
  const [account] = (await call('GET', path)).body.konten;
  if (account === undefined) throw new Error(`${path} is empty`);
  return account;
};
const elements = async (): Promise<number> => {
  const groups = (await call('GET', '/api/v1/groups')).body['items'] as unknown[];
  const filters = (await call('GET', '/api/v1/filters')).body['filters'] as unknown[];
  return groups.length + filters.length;
};

describe('POP3 accounts', () => {
  it('SAL-60 a settings check creates nothing', async () => {
    const check = await call('POST', `${pop3}/pruefen`, { ...verkauf, server: 'pop.invalid' });
    expect(check.status).toBe(200);
    expect(await names(pop3)).toEqual([]);
    expect(await elements()).toBe(0);
    expect((await call('POST', pop3, verkauf)).status).toBe(201);
    expect(await elements()).toBeGreaterThan(0);
  });

  it('SAL-25 several accounts are edited in one save', async () => {
    await call('POST', pop3, verkauf);
    await call('POST', pop3, einkauf);
    const { version, konten } = (await call('GET', pop3)).body;
    const geaendert = konten.map(({ id }) => ({
      id,
      formular: { server: `pop${id}.example.test` },
    }));
    const saved = await call('POST', '/adapters/salesware/speichern', {
      pop3Konten: { version, geaendert },
    });
    expect(saved.status).toBe(200);
    expect((await call('GET', pop3)).body.konten.map(({ formular }) => formular['server'])).toEqual(
      konten.map(({ id }) => `pop${id}.example.test`),
    );
  });

  it('SAL-28 an account is removed for good', async () => {
    await call('POST', pop3, verkauf);
    const { id } = await only(pop3);
    const { etag } = await call('GET', `${pop3}/${id}`);
    expect((await call('DELETE', `${pop3}/${id}`)).status).toBe(428);
    expect((await call('DELETE', `${pop3}/${id}`, undefined, etag)).status).toBe(200);
    expect((await call('GET', `${pop3}/${id}`)).status).toBe(404);
    expect(await names(pop3)).toEqual([]);
  });

  it('SAL-56 the last error cannot be written', async () => {
    await call('POST', pop3, verkauf);
    const { id } = await only(pop3);
    const { etag } = await call('GET', `${pop3}/${id}`);
    const write = await call('PUT', `${pop3}/${id}`, { letzteFehlermeldung: 'keine' }, etag);
    expect([write.status, write.body.field]).toEqual([400, 'letzteFehlermeldung']);
  });
});

describe('SMTP accounts', () => {
  it('SAL-104 SAL-105 an account is added and edited', async () => {
    expect((await call('POST', smtp, versand)).status).toBe(201);
    const { id } = await only(smtp);
    const { etag } = await call('GET', `${smtp}/${id}`);
    const edited = await call('PUT', `${smtp}/${id}`, { server: 'mail.example.test' }, etag);
    expect(edited.status).toBe(200);
    expect((await only(smtp)).formular).toMatchObject({
      kontoname: 'Versand',
      server: 'mail.example.test',
      benutzername: 'versand',
    });
    expect(await names(pop3)).toEqual([]);
  });

  it('SAL-107 an account is deactivated, or removed for good', async () => {
    await call('POST', smtp, { ...versand, aktiv: true });
    const { id, formular } = await only(smtp);
    expect(formular['aktiv']).toBe(true);
    expect((await call('POST', `${smtp}/${id}/deaktivieren`)).status).toBe(200);
    expect((await only(smtp)).formular['aktiv']).toBe(false);
    const { etag } = await call('GET', `${smtp}/${id}`);
    expect((await call('DELETE', `${smtp}/${id}`, undefined, etag)).status).toBe(200);
    expect(await names(smtp)).toEqual([]);
  });

  it('SAL-120 the last error cannot be written', async () => {
    await call('POST', smtp, versand);
    const { id } = await only(smtp);
    const { etag } = await call('GET', `${smtp}/${id}`);
    const write = await call('PUT', `${smtp}/${id}`, { letzteFehlermeldung: 'keine' }, etag);
    expect([write.status, write.body.field]).toEqual([400, 'letzteFehlermeldung']);
  });
});

describe('inbound rules', () => {
  it('SAL-72 stand in no register and no manifest; the API shows them to admins', async () => {
    await call('POST', pop3, verkauf);
    const { paths } = (await call('GET', '/openapi.json')).body as unknown as { paths: object };
    const adapter = Object.keys(paths).filter((path) => path.startsWith('/adapters/'));
    expect(adapter.filter((path) => /regel|rule|eingang/i.test(path))).toEqual([]);
    const contributes = (await call('GET', '/manifest.json')).body['contributes'];
    expect(JSON.stringify(contributes)).not.toMatch(/rule|Eingangsverarbeitung/i);
    const rules = (await call('GET', '/api/v1/rules')).body['rules'] as { name: string }[];
    expect(rules.map(({ name }) => name)).toEqual(['Eingangsverarbeitung: Verkauf']);
  });
});
