/** Health, metrics, options and events of a real archive that fetches from a real server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import { mailOptionsRoutes } from '../../../src/bridge/mail-options/routes.js';
import { Metrics, metricsRoutes } from '../../../src/bridge/metrics/index.js';
import type { ArchiveAccess } from '../../../src/bridge/archive-access.js';
import { RunningArchive } from '../../archive/retrieval/running-archive.js';
import { waitFor } from '../../support/wait-for.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';

const SHOP = { address: 'shop@example.test', password: 'geheim:Wört 1' };

let dovecot: Dovecot;
let archive: RunningArchive;
let bridge: BridgeHarness;
let accountId: number;
beforeAll(async () => {
  dovecot = await startDovecot({ users: [SHOP] });
  archive = await RunningArchive.open({ caCertificate: dovecot.caCertificate });
  // the routes need the archive's connection, which the bridge makes
  const access: ArchiveAccess = {
    client: () => bridge.archive.client(),
    hasMailBridge: () => bridge.archive.hasMailBridge(),
  };
  const url = `http://127.0.0.1:${String(archive.port)}`;
  const metrics = Metrics.open();
  bridge = await startBridge({
    embedded: { url, username: 'bridge', password: 'geheim' },
    routes: [
      ...mailOptionsRoutes(access),
      ...metricsRoutes({ archive: access, clock: archive.clock, metrics: () => metrics }),
    ],
  });
  accountId = await archive.addPop3({
    Name: SHOP.address,
    Username: SHOP.address,
    Password: SHOP.password,
    Port: dovecot.pop3Port,
    Interval: 1,
  });
  await archive.addSmtp({ Username: SHOP.address, Password: 'x', Port: 587 });
}, 60_000);
afterAll(async () => {
  await bridge.close();
  await archive.close();
  await dovecot.stop();
});

interface Health {
  readonly mailFlows: boolean;
  readonly accounts: readonly Record<string, unknown>[];
  readonly findings: readonly { readonly code: string; readonly message: string }[];
}
const health = async () => {
  const answer = await bridge.request('/api/v1/health', { headers: { 'Accept-Language': 'de' } });
  return answer.body as unknown as Health & Record<string, unknown>;
};

describe('the flow of mail', () => {
  it('is reported as long as it flows', async () => {
    await archive.fetchNow(accountId);
    expect(await health()).toMatchObject({
      mailFlows: true,
      armed: true,
      inDoubt: 0,
      failed: 0,
      outbox: 0,
      storageFault: null,
      findings: [],
      accounts: [{ failedTries: 0, nextTryAt: null, switchedOff: null, missing: 0 }, {}],
    });
  });

  it('TEC-14 shows and changes after how many tries an account is switched off', async () => {
    const path = '/api/v1/mail-options';
    expect((await bridge.request(path)).body).toEqual({ switchOffAfter: 5 });
    const put = (body: object) => bridge.request(path, { method: 'PUT', body });
    expect((await put({ switchOffAfter: 1 })).body).toEqual({ switchOffAfter: 1 });
    for (const switchOffAfter of [-1, 1001, 1.5, '3']) {
      const refused = await put({ switchOffAfter });
      expect([refused.status, refused.body['field']]).toEqual([400, 'switchOffAfter']);
    }
  });

  it('TEC-15 TEC-91 has stopped within one look after the server died, and flows again after survival', async () => {
    await dovecot.stop();
    const stopped = await waitFor(async () => {
      const current = await health();
      return current.mailFlows ? undefined : current;
    });
    expect(stopped.accounts[0]).toMatchObject({
      active: false,
      failedTries: 1,
      switchedOff: { code: 'connectionRefused', at: expect.any(String) },
    });
    expect(stopped.findings).toMatchObject([
      { code: 'accountSwitchedOff', message: expect.stringContaining('Verbindung abgelehnt') },
    ]);
    const dead = (await bridge.request('/metrics')).text;
    const label = `{kind="incoming",account="${String(accountId)}"}`;
    expect(dead).toContain(`mail_bridge_account_switched_off${label} 1`);
    expect(dead).toContain(`mail_bridge_account_failed_tries${label} 1`);

    dovecot = await startDovecot({ users: [SHOP] });
    await archive.changePop3(accountId, {
      Port: dovecot.pop3Port,
      State: 1,
      Password: SHOP.password,
    });
    const lastSuccess = stopped.accounts[0]?.['lastSuccessAt'];
    await waitFor(async () => (await health()).accounts[0]?.['lastSuccessAt'] !== lastSuccess);
    expect(await health()).toMatchObject({
      mailFlows: true,
      accounts: [{ active: true, switchedOff: null }, {}],
    });
  }, 60_000);

  it('gives metrics without names and addresses', async () => {
    const { text, headers, status } = await bridge.request('/metrics');
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/plain'),
    ]);
    expect(text).toMatch(/^mail_bridge_archive_reachable [01]$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).not.toMatch(/example\.test|geheim/);
    const token = await bridge.tokenWith('accounts:read');
    expect((await bridge.request('/metrics', { token })).status).toBe(403);
  });
});
