/** The calendar of endings where people and programs see it: health, metrics, events. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEvents, type Events } from '../../../src/bridge/events/index.js';
import { Metrics, metricsRoutes } from '../../../src/bridge/metrics/index.js';
import type { ArchiveAccess } from '../../../src/bridge/archive-access.js';
import {
  openBridgeDatabase,
  tablesOf,
  type BridgeDatabase,
} from '../../../src/bridge/store/database.js';
import { RpcOAuth2Link, RpcOAuth2Provider } from '../../../src/greyhound/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { randomIds } from '../../../src/platform/ids.js';
import { createLogger } from '../../../src/platform/log.js';
import { Vault } from '../../../src/platform/vault.js';
import { SettableArming } from '../../support/settable-arming.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { startWireArchive, type WireArchive } from '../http/wire-archive.js';

const DAY_MS = 86_400_000;

describe('in the running bridge', () => {
  let archive: WireArchive;
  let bridge: BridgeHarness;
  let events: Events;
  let database: BridgeDatabase;

  beforeEach(async () => {
    archive = await startWireArchive();
    archive.on('RpcInfo.GetServerInfo', () => ({ Version: '5.5.1' }));
    archive.on('RpcInfo.GetAddOnList', () => [{ Name: 'MailBridge', Version: '1.2' }]);
    archive.on('RpcPop3Accounts.GetList', () => [
      { ID: 3, Name: 'Verkauf', State: 1, Delete: 1, Authenticate: 2 },
    ]);
    archive.on('RpcSmtpAccounts.GetList', () => [
      { ID: 5, Name: 'Verkauf', State: 1, Authenticate: 2 },
    ]);
    standing({ Linked: true });
    provider(null);
    database = await openBridgeDatabase(':memory:');
    const access: ArchiveAccess = {
      client: () => bridge.archive.client(),
      hasMailBridge: () => bridge.archive.hasMailBridge(),
    };
    events = createEvents({
      archive: access,
      database: tablesOf(database),
      vault: new Vault([Vault.newKey()]),
      installationId: 'default',
      connect: { egress: EgressPolicy.parse('127.0.0.0/8'), trust: {} },
      arming: new SettableArming(),
      clock: systemClock,
      ids: randomIds,
      logger: createLogger('silent'),
    });
    const metrics = Metrics.open();
    bridge = await startBridge({
      embedded: { url: archive.url, username: 'a', password: 'b' },
      routes: [
        ...metricsRoutes({ archive: access, clock: systemClock, metrics: () => metrics }),
        ...events.routes,
      ],
    });
  });
  afterEach(async () => {
    await events.close();
    await bridge.close();
    await archive.close();
    await database.destroy();
  });

  function standing(link: Partial<ReturnType<typeof RpcOAuth2Link.make>>): void {
    const OAuth2 = RpcOAuth2Link.encode(RpcOAuth2Link.make({ ProviderRef: 'firma', ...link }));
    const via = RpcOAuth2Link.encode(
      RpcOAuth2Link.make({ ProviderRef: 'firma', ViaAccountRef: 3, ...link }),
    );
    archive.on('RpcMailBridge.GetStatusList', () => [
      { AccountRef: 3, OAuth2 },
      { Kind: 1, AccountRef: 5, OAuth2: via },
    ]);
  }
  function provider(ClientSecretExpires: Date | null): void {
    const given = RpcOAuth2Provider.make({ ID: 'firma', ClientSecretExpires });
    archive.on('RpcMailBridge.GetOAuth2ProviderList', () => [RpcOAuth2Provider.encode(given)]);
  }
  const from = (days: number): Date => new Date(Date.now() + days * DAY_MS);
  const health = async () => {
    const answer = await bridge.request('/api/v1/health', {
      headers: { 'Accept-Language': 'de' },
    });
    expect(answer.status).toBe(200);
    return answer.body as {
      mailFlows: boolean;
      findings: { code: string; outcome: string; message: string; hint: string }[];
      accounts: { link: unknown }[];
    };
  };

  it.each<[string, () => void, string, string]>([
    [
      'a link in 20 days',
      () => standing({ Linked: true, Expires: from(20), ExpiresBy: 'inactivity' }),
      'linkEnding',
      'warning',
    ],
    [
      'a link today',
      () => standing({ Linked: true, Expires: from(0.5), ExpiresBy: 'testing' }),
      'linkEndingNow',
      'warning',
    ],
    [
      'an ended link',
      () => standing({ EndedAt: from(-1), EndedCode: 'revoked' }),
      'accountLinkEnded',
      'failed',
    ],
    ['a secret in 6 days', () => provider(from(6)), 'secretEnding', 'warning'],
    ['a secret today', () => provider(from(0.5)), 'secretEndingNow', 'warning'],
    ['a secret that is over', () => provider(from(-1)), 'secretEnded', 'failed'],
  ])('health tells of %s, once, with what to do', async (_what, arrange, code, outcome) => {
    expect((await health()).findings).toEqual([]);
    arrange();
    const { findings, mailFlows } = await health();
    expect(findings.map((one) => [one.code, one.outcome])).toEqual([[code, outcome]]);
    expect(mailFlows).toBe(outcome !== 'failed');
    expect(findings[0]?.message).toContain(code.startsWith('secret') ? '„firma“' : '„Verkauf“');
    expect(findings[0]?.hint).toMatch(/verknüpfen|Geheimnis/);
  });

  it('health tells of an active account without a link, and of the link rather than its errors', async () => {
    standing({});
    expect((await health()).findings.map(({ code }) => code)).toEqual([
      'accountNotLinked',
      'accountNotLinked',
    ]);
    archive.on('RpcPop3Accounts.GetList', () => [
      { ID: 3, Name: 'Verkauf', State: 1, Delete: 1, Authenticate: 2, ErrorCount: 3, Message: 'x' },
    ]);
    standing({ EndedAt: from(-1), EndedCode: 'revoked' });
    const { findings, accounts } = await health();
    expect(findings.map(({ code }) => code)).toEqual(['accountLinkEnded']);
    expect(accounts[0]?.link).toMatchObject({ state: 'ended' });
  });

  it('metrics count down', async () => {
    standing({ Linked: true, Expires: from(2), ExpiresBy: 'testing' });
    provider(from(9));
    const { text } = await bridge.request('/metrics');
    const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
    expect(value('mail_bridge_account_linked{kind="incoming",account="3"}')).toBe(1);
    const ends = value('mail_bridge_account_link_ends_in_seconds{kind="incoming",account="3"}');
    expect(Math.abs(ends - 2 * 86_400)).toBeLessThan(60);
    const secret = value('mail_bridge_oauth_provider_secret_ends_in_seconds{provider="firma"}');
    expect(Math.abs(secret - 9 * 86_400)).toBeLessThan(60);
  });

  it('events tell it with the account, and no name', async () => {
    standing({ Linked: true, Expires: from(6), ExpiresBy: 'testing' });
    await events.look();
    const { body, text } = await bridge.request('/api/v1/events');
    expect(body['events']).toMatchObject([
      {
        type: 'oauth.ending',
        data: { kind: 'incoming', accountId: 3, because: 'testing', daysLeft: expect.any(Number) },
      },
    ]);
    expect(text).not.toContain('Verkauf');
  });
});
