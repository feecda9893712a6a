/**
 * Assignments as people meet them, in a real browser: a customer's mail is fetched from Dovecot, opened in the reference
 * host, stands at its order with the reason, is taken away by hand, is kept from an order by the Blacklist, and an
 * answer inherits.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../../fixtures/browser.js';
import { startMailWorld, type MailWorld } from '../../fixtures/demo/world.js';
import { flatFilters, type MessageSummary } from '../../fixtures/erp-host/mailbox.js';
import { customerMail } from '../../fixtures/messages/customer-mail.js';
import { waitFor } from '../support/wait-for.js';

const sales = 'verkauf@example.test';
const password = 'Geheim!42';
const LIMIT_MS = 40_000;

let world: MailWorld;
let browser: TestBrowser;
let session: BrowserContext;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  const users = [{ address: sales, password }];
  world = await startMailWorld({
    users,
    scheme: 'https',
    logLevel: 'silent',
    erpUser: 'anna.berger',
  });
  const { salesware } = world.host;
  await salesware.createAccount('pop3Konten', {
    kontoname: 'Verkauf',
    aktiv: true,
    server: 'localhost',
    port: world.sandbox.pop3sPort,
    benutzername: sales,
    passwort: password,
  });
  const [smtp] = (await salesware.accounts('smtpKonten')).konten;
  salesware.stageChange('smtpKonten', smtp?.id ?? 0, { port: world.sandbox.submissionPort });
  await salesware.save();
  browser = await openBrowser();
}, 90_000);

afterAll(async () => {
  await browser.close();
  await world.stop();
}, 60_000);

beforeEach(async () => {
  session = await browser.newSession({ locale: 'de-DE' });
  page = await session.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
});

afterEach(async () => {
  expect(errors).toEqual([]);
  await session.close();
});

async function messages(): Promise<readonly MessageSummary[]> {
  const { mailbox } = world.host;
  const filter = flatFilters(await mailbox.filters()).find(
    ({ name }) => name === 'Verkauf (Offene Mails)',
  );
  return mailbox.messages(filter?.id ?? 0);
}

/** A mail is delivered and fetched; nobody has opened it yet. */
async function receive(mail: Omit<Parameters<typeof customerMail>[0], 'to'>): Promise<number> {
  await world.sandbox.deliver(sales, customerMail({ ...mail, to: sales }));
  await world.host.mailbox.receive();
  const found = await waitFor(
    async () => (await messages()).find(({ subject }) => subject === mail.subject),
    { timeoutMs: 20_000, what: `the mail “${mail.subject}”` },
  );
  return found.id;
}

const open = (path: string) => page.goto(`${world.host.url}${path}`);
const openMail = (id: number) => open(`/postfach/nachricht/${id}`);
const panel = () => page.getByRole('region', { name: 'Zuordnungen' });
const assigned = async () =>
  (await panel().locator('.datensaetze li > span').allTextContents()).map((text) =>
    text.replaceAll(/\s+/g, ' ').trim(),
  );
const reason = () => panel().locator('.grund').innerText();
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
/** Names of the fields that nobody can tell by their label. */
const fieldsWithoutLabel = () =>
  page.evaluate(
    `[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter((one) => one.labels.length === 0).map((one) => one.name)`,
  );

describe('a mail of a customer', () => {
  it(
    'SAL-125 SAL-126 SAL-127 is assigned when it is opened, says why, and stands at its order',
    async () => {
      const subject = 'Wann kommt die Ware?';
      await receive({ from: 'Huber <info@huber.example>', subject, text: 'Wann denn?' });
      await open('/bestellungen/O01/kommunikation');
      expect(await page.getByText(subject).count()).toBe(0);
      await open('/postfach');
      await page.getByRole('link', { name: 'Verkauf (Offene Mails)' }).click();
      await page.getByRole('link', { name: subject }).click();
      expect(await assigned()).toEqual([
        'Bestellung AB-5001 automatisch',
        'Angebot AN-3001 dazu',
        'Kontakt Huber GmbH dazu',
        'Artikel A10 dazu',
      ]);
      expect(await reason()).toBe(
        'info@huber.example (Absender) führt nur zu Bestellung AB-5001; dazu Kontakt Huber GmbH, Angebot AN-3001, Artikel A10.',
      );
      await page.getByText('So kam es dazu').click();
      expect(await page.getByRole('listitem').filter({ hasText: sales }).innerText()).toContain(
        'ignoriert, Adresse einer Gruppe von Greyhound',
      );
      expect(await fieldsWithoutLabel()).toEqual([]);
      await panel().getByRole('link', { name: 'AB-5001' }).click();
      await page.getByRole('link', { name: 'Kommunikation' }).click();
      expect(await page.getByRole('link', { name: subject }).count()).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'SAL-143 SAL-173 that is taken away from its order by hand is gone there, and stays gone',
    async () => {
      const subject = 'Noch eine Frage';
      const id = await receive({ from: 'info@huber.example', subject, text: 'Danke.' });
      await openMail(id);
      await press('Zuordnung zu Bestellung AB-5001 entfernen');
      expect(await page.getByRole('status').innerText()).toContain('entfernt');
      await openMail(id);
      expect((await assigned()).join()).not.toContain('Bestellung');
      await open('/bestellungen/O01/kommunikation');
      expect(await page.getByRole('link', { name: subject }).count()).toBe(0);
      await open('/kontakte/C01/kommunikation');
      expect(await page.getByRole('link', { name: subject }).count()).toBe(1);
      await openMail(id);
      await press('Bestellung AB-5001 wieder zuordnen');
      expect(await assigned()).toContain('Bestellung AB-5001 von Hand');
    },
    LIMIT_MS,
  );

  it(
    'SAL-173 whose assignment is undone as a whole is assigned to another record by hand',
    async () => {
      const subject = 'Falscher Absender';
      const id = await receive({ from: 'info@huber.example', subject, text: 'Für Herrn Schulz.' });
      await openMail(id);
      await press('Automatische Zuordnung zurücknehmen');
      expect(await assigned()).toEqual([]);
      await page.getByLabel('Weiterer Datensatz').selectOption('AB-5004 · Bernd Schulz');
      await press('Zuordnen');
      expect(await assigned()).toEqual(['Bestellung AB-5004 von Hand']);
    },
    LIMIT_MS,
  );

  it(
    'SAL-129 SAL-130 SAL-131 on the Blacklist is no longer assigned and says why',
    async () => {
      const before = await receive({
        from: 'einkauf@maier.example',
        subject: 'Zu AB-5003',
        text: 'Hallo',
      });
      await openMail(before);
      expect(await reason()).toContain('die Nummer AB-5003 steht nur an Bestellung AB-5003');
      await open('/mailzuordnung');
      expect(await fieldsWithoutLabel()).toEqual([]);
      const fields = page.getByLabel('Neuer Eintrag');
      await fields.first().fill('kein Eintrag');
      await press('Speichern');
      const wrong = page.locator('[aria-invalid=true]');
      expect(await wrong.inputValue()).toBe('kein Eintrag');
      await wrong.fill('maier.example');
      await press('Speichern');
      expect(await page.getByRole('row', { name: /Domain anna.berger/ }).count()).toBe(1);
      const later = await receive({
        from: 'einkauf@maier.example',
        subject: 'Nochmals AB-5003',
        text: 'Hallo',
      });
      await openMail(later);
      expect(await assigned()).toEqual([]);
      expect(await reason()).toContain('stehen in der Blacklist');
      await page.getByText('So kam es dazu').click();
      expect(
        await page.getByRole('listitem').filter({ hasText: 'einkauf@maier' }).innerText(),
      ).toContain('ignoriert, auf der Blacklist: maier.example');
      await openMail(before);
      expect(await assigned()).toContain('Bestellung AB-5003 automatisch');
    },
    LIMIT_MS,
  );

  it(
    'SAL-125 SAL-135 that answers ours is assigned to what the mail before was',
    async () => {
      const first = await receive({
        from: 'fremd@unbekannt.example',
        subject: 'Abholung',
        text: 'Kundennummer: K-1001, Auftrag: AB-5001',
      });
      await openMail(first);
      expect(await assigned()).toContain('Bestellung AB-5001 automatisch');
      await page.getByLabel('Antwort').fill('Gern, morgen ab acht.');
      await press('Senden');
      await page.getByRole('link', { name: 'Antwort' }).click();
      expect(await assigned()).toContain('Bestellung AB-5001 aus dem Verlauf');
      const ours = await world.host.mailbox.message(Number(page.url().split('/').at(-1)));
      const answer = await receive({
        from: 'kollege@unbekannt.example',
        subject: 'AW: Abholung',
        text: 'Danke, bis morgen.',
        answers: ours.messageId,
      });
      await openMail(answer);
      expect(await assigned()).toContain('Bestellung AB-5001 aus dem Verlauf');
      expect(await reason()).toContain('Aus dem Verlauf übernommen');
    },
    LIMIT_MS,
  );
});

describe('where the ERP is asked', () => {
  it(
    'a mail is assigned by its answer, and candidates are offered where that is ambiguous',
    async () => {
      const { lookUp } = world.host;
      await open('/mailzuordnung/directorySource');
      await page.getByLabel('Herkunft').selectOption('Das ERP wird gefragt');
      await page.getByLabel('Adresse der Nachfrage').fill(lookUp.url);
      await page.getByLabel('Zugriffstoken des ERP').fill(lookUp.token);
      await press('Einstellungen prüfen');
      expect(await page.getByRole('status').innerText()).toContain('korrekt');
      await page.getByLabel('Zugriffstoken des ERP').fill(lookUp.token);
      await press('Speichern');
      await open('/mailzuordnung/assignmentPolicies');
      await page.getByLabel('Vorschläge anbieten').check();
      await press('Speichern');
      const subject = 'Rechnung fehlt';
      const id = await receive({ from: 'doppel@web.example', subject, text: 'Bitte nachsenden.' });
      await openMail(id);
      expect(await reason()).toContain('führt zu mehreren Bestellungen');
      await press('Bestellung AB-5007 zuordnen');
      expect(await assigned()).toEqual(['Bestellung AB-5007 von Hand']);
    },
    LIMIT_MS,
  );
});
