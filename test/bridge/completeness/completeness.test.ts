/** Completeness, preview, quarantine and the confirmed removal: bridge, embedded archive and a real POP3 and IMAP server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScriptedArchive } from '../../../fixtures/scripted-archive.js';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import { accountRoutes } from '../../../src/bridge/accounts/index.js';
import { changesetRoutes } from '../../../src/bridge/changesets/index.js';
import {
  MailboxCompleteness,
  mailboxCompletenessRoutes,
} from '../../../src/bridge/completeness/index.js';
import type { AnyRoute } from '../../../src/bridge/http/index.js';
import { createAccountManagement, licensedLimits } from '../../../src/bridge/provisioning/index.js';
import {
  provisioningMigrations,
  type ProvisioningSchema,
} from '../../../src/bridge/provisioning/schema.js';
import { ArchiveConnection, Settings, SettingsStore } from '../../../src/bridge/settings/index.js';
import { openBridgeDatabase, tablesOf } from '../../../src/bridge/store/database.js';
import {
  GreyhoundClient,
  newClientId,
  Pop3Protocol,
  Pop3State,
} from '../../../src/greyhound/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openSqlite } from '../../../src/platform/database.js';
import { randomIds } from '../../../src/platform/ids.js';
import { Vault } from '../../../src/platform/vault.js';
import { RunningArchive } from '../../archive/retrieval/running-archive.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';

const SHOP = { address: 'shop@example.test', password: 'geheim' };
const mail = (subject: string, bytes = 0) =>
  Buffer.from(`From: k@example.test\r\nSubject: ${subject}\r\n\r\n${'x'.repeat(bytes)}\r\n`);

interface Embedded {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** The routes under test over an archive of their own connection. */
async function routesFor(embedded: Embedded) {
  const vault = new Vault([Vault.newKey()]);
  const settings = new Settings(
    new SettingsStore(tablesOf(await openBridgeDatabase(':memory:')), vault, 'default'),
    {},
    embedded,
  );
  const access = new ArchiveConnection(settings, newClientId());
  const database = await openSqlite<ProvisioningSchema>(':memory:', provisioningMigrations);
  const management = createAccountManagement({
    access,
    database,
    vault,
    clock: systemClock,
    ids: randomIds,
  });
  const routes: AnyRoute[] = [
    ...accountRoutes(management),
    ...changesetRoutes(management.saving),
    ...mailboxCompletenessRoutes(new MailboxCompleteness({ access, limits: licensedLimits })),
  ];
  return { routes, close: () => access.close() };
}

const endpoints = [
  ['completeness', 'GET'],
  ['completeness/check', 'POST'],
  ['deletion-preview', 'POST'],
  ['quarantine', 'GET'],
  ['quarantine/1/retry', 'POST'],
] as const;

let dovecot: Dovecot;
let archive: RunningArchive;
let bridge: BridgeHarness;
let connection: { close(): void };
let id: number;
const german = { 'Accept-Language': 'de' };
const at = (path = '') => `/api/v1/incoming-accounts/${String(id)}${path}`;
const subjectsOnServer = async () =>
  (await dovecot.readMaildir(SHOP.address)).map(
    ({ bytes }) => /Subject: (.*)\r/.exec(bytes.toString())?.[1],
  );

const protocols = [
  ['POP3', Pop3Protocol.ppPop3, ({ pop3Port }: Dovecot) => pop3Port],
  ['IMAP', Pop3Protocol.ppImap4, ({ imapPort }: Dovecot) => imapPort],
] as const;

describe.each(protocols)('by %s', (_name, protocol, portOf) => {
  beforeAll(async () => {
    dovecot = await startDovecot({ users: [SHOP] });
    archive = await RunningArchive.open();
    const embedded = {
      url: `http://127.0.0.1:${String(archive.port)}`,
      username: 'bridge',
      password: 'geheim',
    };
    const { routes, close } = await routesFor(embedded);
    connection = { close };
    bridge = await startBridge({ embedded, routes });
    for (const subject of ['eins', 'zwei', 'drei'])
      await dovecot.deliver(SHOP.address, mail(subject));
    id = await archive.addPop3({
      Username: SHOP.address,
      Password: SHOP.password,
      Protocol: protocol,
      Port: portOf(dovecot),
      MaxSize: 2000,
      State: Pop3State.psInactive,
    });
  }, 60_000);
  afterAll(async () => {
    connection.close();
    await bridge.close();
    await archive.close();
    await dovecot.stop();
  });

  describe('completeness', () => {
    it('tells what is on the server and what of it is stored', async () => {
      const before = await bridge.request(at('/completeness'));
      expect(before.body).toMatchObject({ checkedAt: null, onServer: 0, complete: false });
      const asked = await bridge.request(at('/completeness/check'), { method: 'POST' });
      expect(asked.status).toBe(200);
      expect(asked.body).toMatchObject({ onServer: 3, stored: 0, missing: 3, complete: false });
      await archive.changePop3(id, { State: Pop3State.psActive });
      await archive.fetchNow(id);
      const { body } = await bridge.request(at('/completeness'));
      expect(body).toEqual({
        checkedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        onServer: 3,
        stored: 3,
        missing: 0,
        quarantined: 0,
        unidentified: 0,
        passedOver: 0,
        damaged: 0,
        complete: true,
      });
    });

    it('answers 404 for an account that is not there', async () => {
      for (const [path, method] of endpoints) {
        const answer = await bridge.request(`/api/v1/incoming-accounts/999/${path}`, { method });
        expect([path, answer.status]).toEqual([path, 404]);
      }
    });

    it("tells in the mail server's words why it cannot be asked", async () => {
      await archive.changePop3(id, { Password: 'falsch' });
      const options = { method: 'POST', headers: german };
      for (const path of ['/completeness/check', '/deletion-preview']) {
        const body = path === '/deletion-preview' ? { deletion: { policy: 'immediately' } } : {};
        const answer = await bridge.request(at(path), { ...options, body });
        expect(answer.body).toMatchObject({
          status: 422,
          code: 'authenticationFailed',
          origin: 'mailServer',
          title: 'Anmeldung abgelehnt',
        });
        expect(answer.text).not.toContain('falsch');
      }
      await archive.changePop3(id, { Password: SHOP.password, Port: 1 });
      const gone = await bridge.request(at('/completeness/check'), options);
      expect(gone.body).toMatchObject({ status: 502, code: 'connectionRefused' });
      await archive.changePop3(id, { Port: portOf(dovecot) });
    });
  });

  describe('preview of deletion', () => {
    it('names what a policy would remove; by itself the saved one', async () => {
      const saved = await bridge.request(at('/deletion-preview'), { method: 'POST' });
      expect(saved.body).toMatchObject({ count: 0, sizeBytes: 0, messages: [] });
      const { status, body } = await bridge.request(at('/deletion-preview?limit=2'), {
        method: 'POST',
        body: { deletion: { policy: 'immediately' } },
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({ completeness: { complete: true }, count: 3 });
      const items = await archive.list();
      expect(body['messages']).toEqual(
        items.slice(0, 2).map(({ ID, Subject, Size }) => ({
          messageId: ID,
          subject: Subject,
          sizeBytes: Size,
          storedAt: expect.any(String),
        })),
      );
      expect(body['sizeBytes']).toBe(items.reduce((sum, { Size }) => sum + Size, 0));
      const later = await bridge.request(at('/deletion-preview'), {
        method: 'POST',
        body: { deletion: { policy: 'afterDays', days: 5 } },
      });
      expect(later.body).toMatchObject({ count: 0 });
    });

    it('shows subjects only to those who may read messages, and logs none', async () => {
      const body = { deletion: { policy: 'immediately' } };
      const token = await bridge.tokenWith('accounts:read');
      const answer = await bridge.request(at('/deletion-preview'), { method: 'POST', body, token });
      const messages = answer.body['messages'] as { subject: string | null }[];
      expect(messages.map(({ subject }) => subject)).toEqual([null, null, null]);
      await bridge.request(at('/deletion-preview'), { method: 'POST', body });
      expect(bridge.log()).toContain('previewDeletion');
      for (const subject of ['eins', 'zwei', 'drei']) expect(bridge.log()).not.toContain(subject);
    });
  });

  describe('removal', () => {
    const put = async (body: object) => {
      const { headers } = await bridge.request(at());
      const ifMatch = headers.get('etag') ?? '';
      return bridge.request(at(), {
        method: 'PUT',
        body,
        headers: { ...german, 'If-Match': ifMatch },
      });
    };

    it('has to be confirmed with its number, and then happens', async () => {
      const deletion = { policy: 'immediately' };
      const asked = await put({ deletion });
      expect(asked.body).toMatchObject({
        status: 409,
        code: 'removalNotConfirmed',
        field: 'confirmRemoval',
        params: { count: 3 },
        title: 'Löschung bestätigen',
      });
      expect(asked.body['detail']).toContain('Anzahl: 3');
      expect(asked.body['hint']).toContain('(3)');
      expect((await put({ deletion, confirmRemoval: 4 })).body).toMatchObject({ status: 409 });
      await archive.fetchNow(id);
      expect(await subjectsOnServer()).toEqual(['eins', 'zwei', 'drei']);
      const done = await put({ deletion, confirmRemoval: 3 });
      expect(done.status).toBe(200);
      await archive.fetchNow(id);
      expect(await subjectsOnServer()).toEqual([]);
      expect(await archive.list()).toHaveLength(3);
      expect((await bridge.request(at('/completeness'))).body).toMatchObject({ onServer: 0 });
      expect((await put({ deletion: { policy: 'never' } })).status).toBe(200);
    });

    it('is not to be had without asking the server, unless nothing could be removed', async () => {
      await dovecot.deliver(SHOP.address, mail('vier'));
      await archive.fetchNow(id);
      await archive.changePop3(id, { Port: 1 });
      const refused = await put({ deletion: { policy: 'immediately' } });
      expect(refused.body).toMatchObject({
        status: 409,
        code: 'removalNotProven',
        title: 'Löschung nicht überprüfbar',
      });
      expect((await put({ deletion: { policy: 'afterDays', days: 30 } })).status).toBe(200);
      expect((await put({ deletion: { policy: 'never' }, port: portOf(dovecot) })).status).toBe(
        200,
      );
    });
  });

  describe('quarantine', () => {
    it('lists what could not be taken in, and has it fetched again', async () => {
      await dovecot.deliver(SHOP.address, mail('gross', 5000));
      await archive.fetchNow(id);
      const { body } = await bridge.request(at('/quarantine'));
      expect(body['items']).toMatchObject([{ attempts: 1, sizeBytes: expect.any(Number) }]);
      const [{ id: quarantined } = { id: 0 }] = body['items'] as { id: number }[];
      expect((await bridge.request(at('/completeness'))).body).toMatchObject({
        quarantined: 1,
        complete: false,
      });
      const retry = at(`/quarantine/${String(quarantined)}/retry`);
      const readOnly = await bridge.tokenWith('accounts:read');
      expect((await bridge.request(retry, { method: 'POST', token: readOnly })).status).toBe(403);
      await archive.changePop3(id, { MaxSize: 0 });
      expect((await bridge.request(retry, { method: 'POST' })).status).toBe(204);
      expect((await bridge.request(retry, { method: 'POST' })).status).toBe(404);
      await archive.fetchNow(id);
      expect((await archive.list()).map(({ Subject }) => Subject)).toContain('gross');
      expect((await bridge.request(at('/completeness'))).body).toMatchObject({
        quarantined: 0,
        complete: true,
      });
    });
  });

  it('everything answers 501 against an archive without RpcMailBridge', async () => {
    const without = await ScriptedArchive.start({ hasMailBridge: false });
    const client = new GreyhoundClient({
      url: without.url,
      username: 'a',
      password: 'b',
      clientId: newClientId(),
    });
    const access = {
      client: () => Promise.resolve(client),
      hasMailBridge: () => Promise.resolve(false),
    };
    const service = new MailboxCompleteness({ access, limits: licensedLimits });
    const other = await startBridge({ routes: mailboxCompletenessRoutes(service) });
    try {
      const account = without.insert('RpcPop3Accounts', { Name: 'Verkauf', Kind: 0 });
      for (const [path, method] of endpoints) {
        const answer = await other.request(`/api/v1/incoming-accounts/${String(account)}/${path}`, {
          method,
        });
        expect([path, answer.status, answer.body['code']]).toEqual([
          path,
          501,
          'notSupportedByArchive',
        ]);
      }
      const asked = without.calls.map(({ method }) => method);
      expect(asked.filter((method) => method.startsWith('RpcMailBridge'))).toEqual([]);
    } finally {
      client.close();
      await other.close();
      await without.close();
    }
  });
});
