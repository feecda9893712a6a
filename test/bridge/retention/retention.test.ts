/** Days an account's mails are kept, and mails that nobody may delete, over HTTP with a real archive. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { retentionRoutes } from '../../../src/bridge/retention/routes.js';
import { RunningArchive } from '../../archive/retrieval/running-archive.js';
import { ScriptedPop3 } from '../../archive/retrieval/scripted-pop3.js';
import { startBridge, type Answer, type BridgeHarness } from '../http/bridge-harness.js';

let server: ScriptedPop3;
let archive: RunningArchive;
let bridge: BridgeHarness;
let accountId: number;
beforeAll(async () => {
  server = await ScriptedPop3.start(
    ['1', '2', '3'].map((name) => ({
      uidl: `u-${name}`,
      bytes: Buffer.from(`From: k@example.test\r\nSubject: ${name}\r\n\r\nText\r\n`),
    })),
  );
  archive = await RunningArchive.open();
  bridge = await startBridge({
    embedded: {
      url: `http://127.0.0.1:${String(archive.port)}`,
      username: 'bridge',
      password: 'geheim',
    },
    routes: ({ archive: access }) => retentionRoutes(access),
  });
  accountId = await archive.addPop3({ Username: 'u', Password: 'p', Port: server.port });
  await archive.fetchNow(accountId);
});
afterAll(async () => {
  await bridge.close();
  await archive.close();
  await server.stop();
});

const call = (method: string, path: string, body?: Record<string, unknown>): Promise<Answer> =>
  bridge.request(`/api/v1${path}`, {
    method,
    headers: { 'Accept-Language': 'de' },
    ...(body !== undefined && { body }),
  });
const retention = () => `/incoming-accounts/${accountId}/retention`;

describe('retention', () => {
  it('is never, and can be changed where nothing is due', async () => {
    expect((await call('GET', retention())).body).toEqual({ keepDays: null });
    expect((await call('PUT', retention(), { keepDays: 90 })).status).toBe(200);
    expect((await call('GET', retention())).body).toEqual({ keepDays: 90 });
    // what else the account's options say stays
    const [status] = await archive.client.mailBridge.GetStatusList();
    expect(status?.Options).toMatchObject({ KeepDays: 90, AllowClearTextLogin: true });
  });

  it('deletes nothing that was not confirmed by its exact number', async () => {
    archive.clock.advance(40 * 86_400_000);
    for (const confirmDeletion of [undefined, 2]) {
      const refused = await call('PUT', retention(), { keepDays: 30, confirmDeletion });
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({ code: 'expiryNotConfirmed', field: 'confirmDeletion' });
      expect(refused.body['detail']).toContain('3 E-Mails');
    }
    expect((await call('GET', retention())).body).toEqual({ keepDays: 90 });
    const kept = await call('PUT', retention(), { keepDays: 30, confirmDeletion: 3 });
    expect(kept.body).toEqual({ keepDays: 30 });
  });

  it('names what is wrong', async () => {
    for (const keepDays of [0, -1, 1.5, 'x', 40_000])
      expect((await call('PUT', retention(), { keepDays })).status).toBe(400);
    expect((await call('GET', '/incoming-accounts/999/retention')).status).toBe(404);
    expect((await call('PUT', '/incoming-accounts/999/retention', { keepDays: 1 })).status).toBe(
      404,
    );
  });
});

describe('a hold', () => {
  it('keeps a message from everybody, with a reason that stands in the log', async () => {
    const [item] = await archive.list();
    const path = `/messages/${String(item?.ID)}`;
    expect((await call('PUT', `${path}/hold`, { held: true })).status).toBe(400);
    const reason = 'Rechtsstreit 12/26';
    expect((await call('PUT', `${path}/hold`, { held: true, reason })).body).toEqual({
      held: true,
    });
    expect((await call('GET', `${path}/hold`)).body).toEqual({ held: true });
    const refused = await call('PATCH', path, { deleted: true });
    expect([refused.status, refused.body['code']]).toEqual([409, 'messageHeld']);
    expect(refused.body['detail']).toContain('aufbewahrt');

    expect(await archive.client.mailBridge.ApplyRetention()).toBe(2);
    const { items } = (await call('GET', '/retention-log?limit=5')).body;
    expect(items).toMatchObject([
      { action: 'expired', incomingAccountId: accountId, messageId: null, count: 2 },
      { action: 'held', messageId: item?.ID, reason, userName: 'bridge' },
    ]);
  });

  it('is told of no message that is not there', async () => {
    expect((await call('GET', '/messages/99999/hold')).status).toBe(404);
    const body = { held: true, reason: 'x' };
    expect((await call('PUT', '/messages/99999/hold', body)).status).toBe(404);
  });
});
