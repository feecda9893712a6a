/**
 * The main job, whole: an ERP loads the plugin, saves an account in its own form, mail flows in and out. The bridge
 * runs through main.ts, the mail servers are Dovecot and Postfix, and the archive is looked at over its wire.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { flatFilters, type MessageSummary } from '../../fixtures/erp-host/mailbox.js';
import type { BridgeProblem } from '../../fixtures/erp-host/bridge-client.js';
import { startErpHost, type ErpHost } from '../../fixtures/erp-host/server.js';
import type { Form } from '../../fixtures/erp-host/salesware.js';
import { startMailSandbox, type MailSandbox } from '../../fixtures/servers/mail-sandbox.js';
import { GreyhoundClient, newClientId, TriggerOption } from '../../src/greyhound/index.js';
import { start, type Running } from '../../src/main.js';
import { readConfig } from '../../src/platform/config.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';
import { waitFor } from '../support/wait-for.js';

const token = 'e2e-token-0123456789abcdef';
const credentials = { username: 'bridge', password: 'archive password' };
const customer = 'kundin@example.test';
const sales = 'verkauf@example.test';
const password = 'Geheim!42';

let sandbox: MailSandbox;
let directory: TemporaryDirectory;
let bridge: Running;
let host: ErpHost;
let archive: GreyhoundClient;

beforeAll(async () => {
  sandbox = await startMailSandbox({
    users: [
      { address: sales, password },
      { address: customer, password: 'egal' },
    ],
  });
  directory = await makeTemporaryDirectory();
  const authority = join(directory.path, 'ca.pem');
  await writeFile(authority, sandbox.caCertificate);
  bridge = await start(
    readConfig({
      MB_DATA_DIR: join(directory.path, 'data'),
      MB_PORT: '0',
      MB_ARCHIVE_PORT: '0',
      MB_ARCHIVE_USERNAME: credentials.username,
      MB_ARCHIVE_PASSWORD: credentials.password,
      MB_ADMIN_TOKEN: token,
      MB_EGRESS_ALLOW: '127.0.0.0/8,::1/128',
      MB_TLS_CA_FILE: authority,
      MB_LOG_LEVEL: 'silent',
    }),
  );
  host = await startErpHost({ bridgeUrl: bridge.url, token, port: 0 });
  archive = new GreyhoundClient({
    url: String((await host.salesware.settings()).formular['greyhoundApi']),
    clientId: newClientId(),
    ...credentials,
  });
}, 60_000);

afterAll(async () => {
  archive.close();
  await host.close();
  await bridge.close();
  await directory.remove();
  await sandbox.stop();
}, 30_000);

const pop3Form = (): Form => ({
  kontoname: 'Verkauf',
  aktiv: false,
  server: 'localhost',
  port: sandbox.pop3sPort,
  benutzername: sales,
  passwort: password,
  verbindungsart: 'sslTls',
  authentifizierung: 'normal',
  loeschungVomPop3Konto: 'nicht',
});

async function objectsInArchive(): Promise<number> {
  const lists = await Promise.all([
    archive.pop3Accounts.GetList(),
    archive.smtpAccounts.GetList(),
    archive.groups.GetCompleteList({ AdvancedFields: true }),
    archive.signatures.GetList({ AdvancedFields: true }),
    archive.filters.GetList({ AdvancedFields: true }),
    archive.rules.GetList({ TriggerOption: TriggerOption.toAll }),
  ]);
  return lists.reduce((sum, list) => sum + list.length, 0);
}

async function messagesIn(filterName: string): Promise<readonly MessageSummary[]> {
  const filter = flatFilters(await host.mailbox.filters()).find(({ name }) => name === filterName);
  if (filter === undefined) throw new Error(`no filter "${filterName}"`);
  return host.mailbox.messages(filter.id);
}

async function accountId(kind: 'pop3Konten' | 'smtpKonten'): Promise<number> {
  const { konten } = await host.salesware.accounts(kind);
  const account = konten.find(({ formular }) => formular['kontoname'] === 'Verkauf');
  if (account === undefined) throw new Error('the account is not listed');
  return account.id;
}

describe('the main job', () => {
  it('BRG-01 BRG-03 the host loads the plugin from its manifest', () => {
    expect(host.plugin.manifest.displayName).toBe('Mail-Integration');
    expect(host.plugin.manifest.runtime.baseUrl).toBe(bridge.url);
    expect(host.plugin.operation('incomingAccounts', 'list')).toBe('saleswareListIncomingAccounts');
  });

  it('SAL-45 checks the unsaved form: right, and with a wrong password', async () => {
    const right = await host.salesware.checkAccount('pop3Konten', null, pop3Form());
    expect(right).toMatchObject({ inOrdnung: true });
    const wrong = { ...pop3Form(), passwort: 'falsch' };
    const refused = await host.salesware.checkAccount('pop3Konten', null, wrong);
    expect(refused.inOrdnung).toBe(false);
    expect(refused.befunde.map(({ feld }) => feld)).toContain('passwort');
  });

  it('SAL-74 SAL-80 saving the first POP3 account makes 16 objects, accounts inactive', async () => {
    const before = await objectsInArchive();
    const report = await host.salesware.createAccount('pop3Konten', pop3Form());
    expect(report.elemente).toHaveLength(16);
    expect(await objectsInArchive()).toBe(before + 16);
    const { konten } = await host.salesware.accounts('pop3Konten');
    expect(konten).toMatchObject([
      { formular: { kontoname: 'Verkauf', aktiv: false, passwort: '******' } },
    ]);
    const smtp = await host.salesware.accounts('smtpKonten');
    expect(smtp.konten).toMatchObject([{ formular: { absender: sales, aktiv: false } }]);
  });

  it('SAL-55 a wrong password shows in „Letzte Fehlermeldung“', async () => {
    const id = await accountId('pop3Konten');
    expect(await host.salesware.lastError('pop3Konten', id)).toBe('Bisher keine Fehlermeldung.');
    host.salesware.stageChange('pop3Konten', id, { passwort: 'falsch', aktiv: true });
    await host.salesware.save();
    await host.mailbox.receive();
    await waitFor(
      async () => (await host.salesware.accounts('pop3Konten')).konten[0]?.letzteFehlermeldung,
      {
        timeoutMs: 15_000,
        what: 'the last error',
      },
    );
    const shown = await host.salesware.lastError('pop3Konten', id);
    expect(shown).toMatch(/passwor[dt]|authentication/i);
    expect(shown).not.toContain('falsch');
    host.salesware.stageChange('pop3Konten', id, { passwort: password });
    host.salesware.stageChange('smtpKonten', await accountId('smtpKonten'), {
      aktiv: true,
      port: sandbox.submissionPort,
      passwort: password,
    });
    await host.salesware.save();
  }, 30_000);

  it('SAL-20 a mail is fetched, filed, listed and byte-identical', async () => {
    const sample = readFileSync(
      new URL('../../fixtures/messages/utf8-quoted-printable.eml', import.meta.url),
    );
    const addressed = Buffer.concat([
      Buffer.from(`To: ${sales}\r\nX-Test: main-job\r\n`),
      Buffer.from(sample.toString('latin1').replace(/^To:.*\r\n(?:[ \t].*\r\n)*/im, ''), 'latin1'),
    ]);
    await sandbox.deliver(sales, addressed);
    await host.mailbox.receive();
    const [message] = await waitFor(
      async () => {
        const found = await messagesIn('Verkauf (Offene Mails)');
        return found.length > 0 ? found : null;
      },
      { timeoutMs: 20_000, what: 'the mail in its filter' },
    );
    const date = new Date(/^Date: (.*)\r$/m.exec(addressed.toString('latin1'))?.[1] ?? '');
    expect(message).toMatchObject({ read: false, date: date.toISOString() });
    expect(await host.mailbox.raw(message?.id ?? 0)).toEqual(addressed);
    expect(await sandbox.readMaildir(sales)).toHaveLength(1);
  }, 30_000);

  it('SAL-123 a reply leaves through Postfix and refers to its mail', async () => {
    const [message] = await messagesIn('Verkauf (Offene Mails)');
    const mail = await host.mailbox.message(message?.id ?? 0);
    const sent = await host.mailbox.reply(mail.id, [customer], 'Gern, wir liefern morgen.');
    expect(sent.state).toBe('queued');
    const [arrived] = await waitFor(
      async () => {
        const inbox = await sandbox.readMaildir(customer);
        return inbox.length > 0 ? inbox : null;
      },
      { timeoutMs: 20_000, what: 'the reply at the customer' },
    );
    const reply = arrived?.bytes.toString('utf8') ?? '';
    expect(reply).toMatch(new RegExp(`^From: .*${sales}`, 'm'));
    expect(reply).toContain(`In-Reply-To: ${mail.messageId}`);
    expect(reply).toContain('Gern, wir liefern morgen.');
    await waitFor(async () => (await host.mailbox.message(sent.id)).delivery?.state === 'sent', {
      timeoutMs: 10_000,
      what: 'the reply among the sent ones',
    });
  }, 40_000);

  it('BRG-08 a save that started from an older list is refused, naming the account', async () => {
    await host.salesware.accounts('pop3Konten');
    const id = await accountId('pop3Konten');
    host.salesware.stageChange('pop3Konten', id, {
      zeitraum: 7,
      loeschungVomPop3Konto: 'nachZeitraum',
    });
    const other = await host.bridge.call('saleswareDeactivateIncomingAccount', { params: { id } });
    expect(other.status).toBe(200);
    const refused = await host.salesware.save().catch((error: unknown) => error as BridgeProblem);
    expect(refused).toMatchObject({ problem: { status: 412, field: 'pop3Konten.version' } });
    expect((refused as BridgeProblem).problem).toMatchObject({ params: { changed: 'Verkauf' } });
    expect(host.salesware.changed).toBe(true);
    host.salesware.discard();
  });

  it('SAL-34 until the save an account goes on with what is saved', async () => {
    const id = await accountId('pop3Konten');
    await host.bridge.call('saleswareActivateIncomingAccount', { params: { id } });
    await host.salesware.accounts('pop3Konten');
    host.salesware.stageRemoval('pop3Konten', id);
    const before = (await messagesIn('Verkauf (Offene Mails)')).length;
    const late = Buffer.from(
      `From: a@example.test\r\nTo: ${sales}\r\nSubject: Noch da\r\n\r\nJa.\r\n`,
    );
    await sandbox.deliver(sales, late);
    await host.mailbox.receive();
    await waitFor(async () => (await messagesIn('Verkauf (Offene Mails)')).length > before, {
      timeoutMs: 20_000,
      what: 'a mail for an account that is about to be removed',
    });
    host.salesware.discard();
  }, 30_000);

  it('SAL-20 deleting on the server what is stored is saved only once the number is confirmed', async () => {
    const id = await accountId('pop3Konten');
    const onServer = (await sandbox.readMaildir(sales)).length;
    expect(onServer).toBeGreaterThan(0);
    const post = async (path: string, form: Readonly<Record<string, string>>) => {
      const body = new URLSearchParams(form);
      const headers = { origin: host.url };
      return (await fetch(`${host.url}${path}`, { method: 'POST', body, headers })).text();
    };
    const { formular } = (await host.salesware.accounts('pop3Konten')).konten[0]!;
    host.salesware.stageChange('pop3Konten', id, { ...formular, loeschungVomPop3Konto: 'sofort' });
    const question = await post('/speichern', {});
    expect(question).toContain(`Ja, ${onServer} E-Mails auf dem Server löschen`);
    expect(await sandbox.readMaildir(sales)).toHaveLength(onServer);
    const feld = /name="feld" value="([^"]+)"/.exec(question)?.[1] ?? '';
    expect(await post('/speichern', { feld, anzahl: String(onServer) })).toContain('Gespeichert.');
    await host.mailbox.receive();
    await waitFor(async () => (await sandbox.readMaildir(sales)).length === 0, {
      timeoutMs: 20_000,
      what: 'an emptied mailbox',
    });
  }, 40_000);

  it('SAL-30 SAL-31 SAL-33 a removal is staged, taken back by discarding, final on save', async () => {
    const id = await accountId('pop3Konten');
    host.salesware.stageRemoval('pop3Konten', id);
    expect(await accountId('pop3Konten')).toBe(id);
    host.salesware.discard();
    expect(await accountId('smtpKonten')).toBeGreaterThan(0);
    await host.salesware.accounts('pop3Konten');
    host.salesware.stageRemoval('pop3Konten', id);
    await host.salesware.save();
    expect((await host.salesware.accounts('pop3Konten')).konten).toEqual([]);
    expect((await host.salesware.accounts('smtpKonten')).konten).toEqual([]);
    expect((await host.salesware.groups()).gruppen.map(({ name }) => name)).toContain('Verkauf');
  });
});
