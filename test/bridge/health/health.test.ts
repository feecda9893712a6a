import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HOSTED_QUOTA_BYTES } from '../../../src/bridge/health/index.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { startWireArchive, type WireArchive } from '../http/wire-archive.js';

let archive: WireArchive;
let bridge: BridgeHarness;
beforeAll(async () => {
  archive = await startWireArchive();
  archive.on('RpcInfo.GetServerInfo', () => ({ Version: '5.5.1' }));
  archive.on('RpcInfo.GetAddOnList', () => [{ Name: 'MailBridge', Version: '1.0' }]);
  archive.on('RpcPop3Accounts.GetList', () => []);
  archive.on('RpcSmtpAccounts.GetList', () => []);
  archive.on('RpcMailBridge.GetStatusList', () => []);
  bridge = await startBridge({
    embedded: { url: archive.url, username: 'a', password: 'b' },
    quotaBytes: () => Promise.resolve(HOSTED_QUOTA_BYTES),
  });
});
afterAll(async () => {
  await bridge.close();
  await archive.close();
});

interface Finding {
  readonly code: string;
  readonly outcome: string;
  readonly message: string;
}
const health = async () => {
  const answer = await bridge.request('/api/v1/health', { headers: { 'Accept-Language': 'de' } });
  expect(answer.status).toBe(200);
  return answer.body as {
    mailFlows: boolean;
    findings: Finding[];
    archive: object;
    accounts: object[];
    oldestInOutboxAt: string | null;
  };
};

describe('health', () => {
  it('SAL-19 SAL-102 reports the mail function incomplete without accounts', async () => {
    const { mailFlows, findings } = await health();
    expect(mailFlows).toBe(false);
    expect(findings.map(({ code, outcome }) => [code, outcome])).toEqual([
      ['noIncomingAccount', 'failed'],
      ['noSmtpAccount', 'failed'],
    ]);
  });

  it.each<[string, number, object | null, readonly string[]]>([
    ['little', 3.2e9, { usedBytes: 3.2e9, quotaBytes: 20e9, diskFreeBytes: 7e9 }, []],
    [
      'nearly all',
      18.44e9,
      { usedBytes: 18.44e9, quotaBytes: 20e9, diskFreeBytes: 7e9 },
      ['Von 20 GB Speicher des Archivs sind 18,4 GB belegt.'],
    ],
    [
      'more',
      21e9,
      { usedBytes: 21e9, quotaBytes: 20e9, diskFreeBytes: 7e9 },
      ['Das Archiv belegt 21 GB; vereinbart sind 20 GB.'],
    ],
    ['what nobody tells', 0, null, []],
  ])(
    'SAL-03 shows %s of the storage that was agreed on',
    async (_what, used, storage, messages) => {
      const Disk = { DiskSize: 9e9, DiskFree: 7e9 };
      archive.on('RpcInfo.GetServerInfo', () => ({
        Version: '5.5.1',
        ...(used > 0 && { DatabaseSize: used, ...Disk }),
      }));
      const shown = await health();
      expect(shown).toHaveProperty('storage', storage);
      const ofStorage = shown.findings.filter(({ code }) => code.startsWith('storage'));
      expect(ofStorage.map(({ message }) => message)).toEqual(messages);
      expect(ofStorage.every(({ outcome }) => outcome === 'warning')).toBe(true);
    },
  );

  it("shows each account's last sign-in, success and error, and the oldest mail in the outbox", async () => {
    archive.on('RpcPop3Accounts.GetList', () => [
      {
        ID: 3,
        Name: 'Verkauf',
        State: 1,
        Delete: 1,
        Message: '[authenticationFailed] no',
        ErrorCount: 4,
      },
    ]);
    archive.on('RpcSmtpAccounts.GetList', () => [{ ID: 5, Name: 'Verkauf', State: 1 }]);
    archive.on('RpcMailBridge.GetStatusList', () => [
      {
        AccountRef: 3,
        LastSignIn: '20261120T080000+00:00',
        LastSuccess: '20261120T080100+00:00',
        LastErrorAt: '20261121T090000+00:00',
      },
      { Kind: 1, AccountRef: 5, Waiting: 2, OldestWaiting: '20261122T100000+00:00' },
    ]);
    const shown = await health();
    expect(shown).toMatchObject({
      mailFlows: false,
      archive: { reachable: true, version: '5.5.1' },
      oldestInOutboxAt: '2026-11-22T10:00:00.000Z',
      accounts: [
        {
          kind: 'incoming',
          id: 3,
          active: true,
          lastSignInAt: '2026-11-20T08:00:00.000Z',
          lastSuccessAt: '2026-11-20T08:01:00.000Z',
          lastError: { count: 4, at: '2026-11-21T09:00:00.000Z' },
        },
        { kind: 'smtp', id: 5, waiting: 2 },
      ],
    });
    expect(shown.findings.map(({ code }) => code)).toEqual(['accountFailing', 'mailWaiting']);
    expect(shown.findings[0]?.message).toContain('„Verkauf“');
  });

  const ago = (minutes: number) =>
    new Date(Date.now() - minutes * 60_000)
      .toISOString()
      .replace(/[-:]|\.\d+/g, '')
      .replace('Z', '+00:00');

  it.each<[string, object, object, readonly string[], boolean]>([
    ['a mail that has just been queued', { Outbox: 1, OldestInOutbox: ago(5) }, {}, [], true],
    ['an outbox that stands', { Outbox: 1, OldestInOutbox: ago(16) }, {}, ['outboxWaiting'], false],
    [
      'a restored backup',
      { Armed: false, DisarmedReason: 'restored' },
      {},
      ['archiveRestored'],
      false,
    ],
    ['a copy', { Armed: false, DisarmedReason: 'copied' }, {}, ['archiveCopied'], false],
    ['a full disk', { StorageFault: 'diskFull' }, {}, ['storageFull'], false],
    [
      'a disk that is nearly full, and not that fetching is late because of it',
      { StorageFault: 'diskLow' },
      { LastSuccess: ago(16), LastSignIn: ago(16) },
      ['storageLow'],
      false,
    ],
    ['a fault that nobody knows', { StorageFault: 'strange' }, {}, ['storageFault'], false],
    [
      'mails in doubt and failed',
      { InDoubt: 1, Failed: 2 },
      {},
      ['mailInDoubt', 'mailFailed'],
      true,
    ],
    [
      'a fetch that is late',
      {},
      { LastSuccess: ago(16), LastSignIn: ago(16) },
      ['fetchOverdue'],
      false,
    ],
    ['a long first fetch', {}, { LastSuccess: ago(40), LastSignIn: ago(20) }, [], true],
    [
      'a fetch that hangs',
      {},
      { LastSuccess: ago(90), LastSignIn: ago(70) },
      ['fetchOverdue'],
      false,
    ],
    ['quarantine', {}, { LastSuccess: ago(1), Waiting: 1 }, ['mailQuarantined'], true],
  ])('tells of %s whether mail flows', async (_what, flow, status, codes, mailFlows) => {
    archive.on('RpcMailBridge.GetUnits', () => ({ IntervalSeconds: 1 }));
    archive.on('RpcMailBridge.GetMailFlow', () => ({ Armed: true, ...flow }));
    archive.on('RpcMailBridge.GetCompletenessList', () => []);
    archive.on('RpcPop3Accounts.GetList', () => [
      { ID: 3, Name: 'Verkauf', State: 1, Delete: 1, Interval: 60 },
    ]);
    archive.on('RpcSmtpAccounts.GetList', () => [{ ID: 5, Name: 'Verkauf', State: 1 }]);
    archive.on('RpcMailBridge.GetStatusList', () => [
      { AccountRef: 3, LastSuccess: ago(1), ...status },
    ]);
    const before = archive.calls.length;
    const shown = await health();
    expect([shown.findings.map(({ code }) => code), shown.mailFlows]).toEqual([codes, mailFlows]);
    const calls = archive.calls.slice(before).map(({ method }) => method);
    expect(calls).toHaveLength(new Set(calls).size);
  });

  it('tells of mails that are missing or damaged, and of everything being switched off', async () => {
    archive.on('RpcMailBridge.GetStatusList', () => []);
    archive.on('RpcMailBridge.GetCompletenessList', () => [
      { AccountRef: 3, Missing: 2, Damaged: 1 },
    ]);
    expect((await health()).findings.map(({ code }) => code)).toEqual([
      'mailMissing',
      'mailDamaged',
    ]);
    archive.on('RpcMailBridge.GetCompletenessList', () => []);
    archive.on('RpcPop3Accounts.GetList', () => [{ ID: 3, Name: 'Verkauf', State: 0, Delete: 1 }]);
    const { mailFlows, findings } = await health();
    expect([mailFlows, findings.map(({ code }) => code)]).toEqual([
      false,
      ['noActiveIncomingAccount'],
    ]);
  });

  it.each<[string, () => void, string]>([
    [
      'answers nonsense',
      () => archive.intercept((response) => response.end('<html>')),
      'archiveProtocol',
    ],
    ['refuses the sign-in', () => archive.acceptOnly('other'), 'archiveLogin'],
    [
      'breaks off',
      () => archive.intercept((response) => response.destroy()),
      'archiveConnectionLost',
    ],
  ])('stays up and says so when the archive %s', async (_name, spoil, code) => {
    spoil();
    const { mailFlows, findings } = await health();
    expect([mailFlows, findings[0]?.code]).toEqual([false, code]);
    const used = await bridge.request('/api/v1/filters');
    expect([used.status, used.body['code']]).toEqual([502, code]);
    expect((await bridge.request('/readyz', { token: null })).status).toBe(200);
    archive.intercept(null);
    archive.acceptOnly('b');
  });

  it('readyz asks the database only, healthz nobody', async () => {
    const lone = await startBridge();
    try {
      expect((await lone.request('/readyz', { token: null })).status).toBe(200);
      await lone.database.destroy();
      expect((await lone.request('/readyz', { token: null })).status).toBe(503);
      expect((await lone.request('/healthz', { token: null })).status).toBe(200);
    } finally {
      await lone.close();
    }
  });
});
