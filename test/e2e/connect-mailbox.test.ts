/**
 * From an e-mail address to the first mail in the archive, in a real browser: the bridge through main.ts, mail servers
 * that are found by DNS, an authorization server, and the page „Postfach verbinden“ of the reference host. What a person
 * types and clicks is counted in the browser, on our pages and on those of the provider apart.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { decideOn, signInOn } from '../../fixtures/authorization-server/person.js';
import { openBrowser, type TestBrowser } from '../../fixtures/browser.js';
import { startMailWorld, type MailWorld } from '../../fixtures/demo/world.js';
import { makeMessage } from '../../fixtures/messages/make-message.js';

const PAGE = '/postfach-verbinden';
const LIMIT_MS = 20_000;

const person = (address: string) => ({ address, password: `Geheim!${address}` });
const sales = person('verkauf@example.test');
const office = person('info@example.test');
const service = person('service@example.test');
const archive = person('archiv@example.test');
const empty = person('leer@example.test');
const purchase = person('einkauf@firma.test');
const clerk = person('meier@firma.test');
const accounting = person('buchhaltung@firma.test');
const people = [sales, office, service, archive, empty, purchase, clerk, accounting];

let world: MailWorld;
let browser: TestBrowser;
let session: BrowserContext;
let page: Page;
let work: Work;

beforeAll(async () => {
  world = await startMailWorld({ users: people, scheme: 'https', logLevel: 'silent' });
  for (const [index, { address: to }] of people.entries())
    if (to !== empty.address)
      await world.sandbox.deliver(to, makeMessage({ index, to, sizeBytes: 1_500 }));
  browser = await openBrowser();
}, 90_000);

afterAll(async () => {
  await browser.close();
  await world.stop();
}, 60_000);

beforeEach(async () => {
  session = await browser.newSession({ locale: 'de-DE' });
  page = await session.newPage();
  work = await Work.watch(session, world.host.url);
});

afterEach(async () => {
  expect(work.errors).toEqual([]);
  await session.close();
});

interface Counts {
  fields: number;
  clicks: number;
}

/** What a person does in a browser: fields that were typed into, and clicks. */
class Work {
  readonly ours: Counts = { fields: 0, clicks: 0 };
  readonly provider: Counts = { fields: 0, clicks: 0 };
  /** What scripts or rules of our pages complained of. */
  readonly errors: string[] = [];

  static async watch(context: BrowserContext, ourOrigin: string): Promise<Work> {
    const work = new Work();
    await context.exposeBinding('noteWork', ({ page: at }, kind: keyof Counts) => {
      const isOurs = new URL(at.url()).origin === ourOrigin;
      work[isOurs ? 'ours' : 'provider'][kind] += 1;
    });
    await context.addInitScript(() => {
      const { noteWork } = globalThis as unknown as { noteWork: (kind: string) => void };
      const listen = (type: string, kind: string, counts: (event: never) => boolean) => {
        (globalThis as unknown as EventTarget).addEventListener(
          type,
          (event) => {
            if (event.isTrusted && counts(event as never)) noteWork(kind);
          },
          true,
        );
      };
      // the enter key presses a button without a pointer
      listen('click', 'clicks', ({ detail }: { detail: number }) => detail > 0);
      listen('change', 'fields', () => true);
    });
    context.on('console', (message) => {
      const isOurs = message.page()?.url().startsWith(ourOrigin) === true;
      if (isOurs && message.type() === 'error') work.errors.push(message.text());
    });
    context.on('weberror', (error) => work.errors.push(error.error().message));
    return work;
  }
}

const open = () => page.goto(`${world.host.url}${PAGE}`);
const address = () => page.getByLabel('E-Mail-Adresse');
const password = () => page.getByLabel('Passwort', { exact: true });
const press = (name: string) => page.getByRole('button', { name, exact: true }).last().click();
/** Names of the fields that nobody can tell by their label. */
const fieldsWithoutLabel = () =>
  page.evaluate(
    `[...document.querySelectorAll('input:not([type=hidden]), select')].filter((one) => one.labels.length === 0).map((one) => one.name)`,
  );
const firstMail = () => page.locator('#erste-mail');

/** Letter by letter, as a person does. */
async function enter(given: string): Promise<number> {
  await open();
  await address().click();
  await address().pressSequentially(given);
  const startedAt = Date.now();
  await press('Weiter');
  return startedAt;
}

const report = (way: string, durationMs: number) => {
  const { ours, provider } = work;
  process.stdout.write(
    `connected ${way}: ${ours.fields} fields and ${ours.clicks} clicks, on the provider's pages ` +
      `${provider.fields} fields and ${provider.clicks} clicks, first mail after ${durationMs} ms\n`,
  );
};

describe('connecting a mailbox', () => {
  it('with a password: address, password, and the first mail is there', async () => {
    const startedAt = await enter(sales.address);
    await password().pressSequentially(sales.password);
    await press('Prüfen und verbinden');
    await firstMail().waitFor({ timeout: LIMIT_MS });
    const durationMs = Date.now() - startedAt;
    report('with a password', durationMs);
    expect(await firstMail().innerText()).toContain('Auftrag A-10000');
    expect(work.ours.fields).toBeLessThanOrEqual(3);
    expect(work.ours.clicks).toBeLessThanOrEqual(5);
    expect(durationMs).toBeLessThanOrEqual(LIMIT_MS);
    const { konten } = await world.host.salesware.accounts('pop3Konten');
    expect(konten).toMatchObject([
      { formular: { kontoname: 'Verkauf', server: 'mail.example.test', aktiv: true } },
    ]);
    const smtp = await world.host.salesware.accounts('smtpKonten');
    expect(smtp.konten).toMatchObject([
      { formular: { server: 'mail.example.test', port: world.sandbox.smtpsPort, aktiv: true } },
    ]);
  }, 60_000);

  it('SAL-89 with OAuth: the address and a sign-in at the provider, no password here', async () => {
    const startedAt = await enter(purchase.address);
    await press('Anmelden bei Firma');
    await signInOn(page, purchase);
    await decideOn(page, 'Allow');
    await firstMail().waitFor({ timeout: LIMIT_MS });
    const durationMs = Date.now() - startedAt;
    report('with OAuth', durationMs);
    expect(await page.locator('#verbinden').innerText()).toContain(
      `Angemeldet als ${purchase.address}`,
    );
    expect(work.ours.fields).toBeLessThanOrEqual(1);
    expect(work.ours.clicks).toBeLessThanOrEqual(4);
    expect(durationMs).toBeLessThanOrEqual(LIMIT_MS);
    // what came back with the browser is gone from the address bar
    expect(page.url()).toBe(`${world.host.url}${PAGE}`);
    const { konten } = await world.host.salesware.accounts('pop3Konten');
    expect(konten.at(-1)).toMatchObject({
      formular: { kontoname: 'Einkauf', authentifizierung: 'oauth2', passwort: '' },
      verknuepfung: { anzeige: 'verknüpft' },
    });
  }, 60_000);

  it('TEC-22 by the keyboard alone: leaving the address fills in the rest', async () => {
    await open();
    // the page sets the focus when it is drawn, which may be after it has loaded
    await page.locator('#adresse:focus').waitFor();
    await page.keyboard.type(office.address);
    await page.keyboard.press('Tab');
    await expect(password().waitFor()).resolves.toBeUndefined();
    expect(await page.locator('#server').inputValue()).toBe('mail.example.test');
    expect(await page.locator('#benutzername').inputValue()).toBe(office.address);
    await page.keyboard.type(office.password);
    await page.keyboard.press('Enter');
    await firstMail().waitFor({ timeout: LIMIT_MS });
    expect(work.ours.clicks).toBe(0);
  }, 60_000);

  it('without scripts: every step is a page', async () => {
    const plain = await browser.newSession({ javaScriptEnabled: false });
    page = await plain.newPage();
    await enter(accounting.address);
    await press('Anmelden bei Firma');
    await signInOn(page, accounting);
    await decideOn(page, 'Allow');
    await press('Verbinden');
    await firstMail().waitFor({ timeout: LIMIT_MS });
    expect(await firstMail().innerText()).toContain('Auftrag A-1000');
    await plain.close();
  }, 60_000);

  it('an empty mailbox is connected, too', async () => {
    await enter(empty.address);
    await password().fill(empty.password);
    await press('Prüfen und verbinden');
    await page.getByText('Das Postfach ist leer.').waitFor({ timeout: LIMIT_MS });
  }, 60_000);
});

describe('what goes wrong', () => {
  it('a wrong password is told at its field and put right without typing anything else again', async () => {
    await enter(service.address);
    await page.getByText('Server und Kontoname').click();
    await page.getByLabel('Kontoname').fill('Kundendienst');
    await password().fill('falsch');
    await press('Prüfen und verbinden');
    const wrong = page.locator('#passwort[aria-invalid="true"]');
    await wrong.waitFor();
    const told = page.locator(`#${String(await wrong.getAttribute('aria-describedby'))}`);
    expect(await told.innerText()).toMatch(/Passwort abgelehnt/);
    expect(await page.evaluate('document.activeElement.id')).toBe('passwort');
    expect(await address().inputValue()).toBe(service.address);
    expect((await world.host.salesware.accounts('pop3Konten')).konten).not.toContainEqual(
      expect.objectContaining({ formular: expect.objectContaining({ kontoname: 'Service' }) }),
    );
    await password().fill(service.password);
    await press('Prüfen und verbinden');
    await page.getByText('Konto „Kundendienst“ gespeichert').waitFor({ timeout: LIMIT_MS });
    await firstMail().waitFor({ timeout: LIMIT_MS });
  }, 60_000);

  it('an address whose servers cannot be found has fields to fill in', async () => {
    await enter('jemand@nirgends.test');
    await page.getByText('keine Server gefunden').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('server');
    expect(await fieldsWithoutLabel()).toEqual([]);
    const values = { '#server': 'mail.example.test', '#port': String(world.sandbox.pop3sPort) };
    const more = {
      '#smtpServer': 'mail.example.test',
      '#smtpPort': String(world.sandbox.smtpsPort),
    };
    for (const [field, value] of Object.entries({ ...values, ...more }))
      await page.locator(field).fill(value);
    await page.locator('#benutzername').fill(archive.address);
    await password().fill('falsch');
    await press('Nur prüfen');
    await page.locator('#passwort[aria-invalid="true"]').waitFor();
    expect(await page.locator('#server').inputValue()).toBe('mail.example.test');
    expect(await page.locator('#port').inputValue()).toBe(String(world.sandbox.pop3sPort));
    await password().fill(archive.password);
    await press('Prüfen und verbinden');
    await firstMail().waitFor({ timeout: LIMIT_MS });
  }, 60_000);

  it.each(['meier', 'meier@firma', ''])('TEC-25 %j is refused at the field', async (given) => {
    await enter(given);
    await page.locator('#adresse[aria-invalid="true"]').waitFor();
    expect(await page.locator('#falsch-adresse').innerText()).toMatch(/E-Mail-Adresse/);
    expect(await address().inputValue()).toBe(given);
  });

  it('TEC-27 TEC-28 the encryption brings its port; one that was typed stays until then', async () => {
    await enter(clerk.address);
    await page.getByText('Server und Kontoname').click();
    const port = page.locator('#port');
    expect(await port.inputValue()).toBe(String(world.sandbox.pop3sPort));
    await page.locator('#verbindungsart').selectOption('starttls');
    expect(await port.inputValue()).toBe(String(world.sandbox.pop3Port));
    await port.fill('2110');
    await press('Neu suchen');
    await page.locator('[aria-busy]').waitFor({ state: 'detached' });
    expect(await page.locator('#verbindungsart').inputValue()).toBe('starttls');
    expect(await port.inputValue()).toBe('2110');
    await page.locator('#verbindungsart').selectOption('tls');
    expect(await port.inputValue()).toBe(String(world.sandbox.pop3sPort));
  });

  it('a sign-in that is denied, or by somebody else, links nothing, is told, and can be repeated', async () => {
    await enter(clerk.address);
    await press('Anmelden bei Firma');
    await signInOn(page, clerk);
    await decideOn(page, 'Deny');
    await page.getByText('abgelehnt').waitFor();
    expect(await address().inputValue()).toBe(clerk.address);
    await session.clearCookies({ domain: 'localhost' });
    await press('Anmelden bei Firma');
    await signInOn(page, purchase);
    await decideOn(page, 'Allow');
    await page.getByText(`verknüpft werden soll ${clerk.address}`).waitFor();
    expect((await world.host.salesware.accounts('pop3Konten')).konten).not.toContainEqual(
      expect.objectContaining({ formular: expect.objectContaining({ kontoname: 'Meier' }) }),
    );
    await press('Anmelden bei Firma');
    await signInOn(page, clerk);
    await decideOn(page, 'Allow');
    await firstMail().waitFor({ timeout: LIMIT_MS });
  }, 60_000);
});
