/** The same saves over the wire against the embedded archive. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Archive } from '../../../src/archive/index.js';
import {
  createAccountManagement,
  type AccountManagement,
} from '../../../src/bridge/provisioning/index.js';
import {
  provisioningMigrations,
  type ProvisioningSchema,
} from '../../../src/bridge/provisioning/schema.js';
import { GreyhoundClient, newClientId } from '../../../src/greyhound/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openSqlite } from '../../../src/platform/database.js';
import { randomIds } from '../../../src/platform/ids.js';
import { Vault } from '../../../src/platform/vault.js';
import { openEmbeddedArchive } from '../../support/embedded-archive.js';
import { makeTemporaryDirectory } from '../../support/temporary-directory.js';
import { INSTALLATION, wanted } from './stand.js';

let archive: Archive;
let client: GreyhoundClient;
let management: AccountManagement;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  const realm = { username: 'bridge', password: 'secret' };
  const directory = await makeTemporaryDirectory();
  archive = await openEmbeddedArchive({ dataDir: directory.path, realm });
  client = new GreyhoundClient({
    url: `http://127.0.0.1:${String(archive.port)}`,
    ...realm,
    clientId: newClientId(),
  });
  const database = await openSqlite<ProvisioningSchema>(':memory:', provisioningMigrations);
  closing.push(
    () => archive.close(),
    () => database.destroy(),
    directory.remove,
  );
  management = createAccountManagement({
    access: { client: () => Promise.resolve(client), hasMailBridge: () => Promise.resolve(true) },
    database,
    vault: new Vault([Vault.newKey()]),
    clock: systemClock,
    ids: randomIds,
  });
});
afterEach(async () => {
  client.close();
  for (const close of closing.splice(0)) await close();
});

it('SAL-74 SAL-70 16 objects for the first account, 8 for the next, rules compiled', async () => {
  const { incomingAccounts, provisioning } = management;
  const first = await incomingAccounts.create(INSTALLATION, wanted('Verkauf'));
  const second = await incomingAccounts.create(INSTALLATION, wanted('Service'));
  const made = ({ result }: typeof first) =>
    result.elements.filter(({ outcome }) => outcome === 'created').length;
  expect([made(first), made(second)]).toEqual([16, 8]);
  expect([...first.result.warnings, ...second.result.warnings]).toEqual([]);
  const status = await provisioning.status(first.account.id);
  expect(status.filter(({ state }) => state !== 'present')).toEqual([]);
  const rules = await client.rules.GetList({ TriggerOption: 0 });
  expect(rules.map(({ Compiled }) => Compiled)).toEqual([true, true]);
});

it('SAL-31 SAL-42 SAL-82 changes, activation and deletion over the real wire', async () => {
  const { incomingAccounts, smtpAccounts } = management;
  const { account } = await incomingAccounts.create(INSTALLATION, wanted('Verkauf'));
  const changed = await incomingAccounts.update(
    INSTALLATION,
    account.id,
    { pollIntervalMinutes: null, timeoutSeconds: 30, active: true },
    null,
  );
  expect((await incomingAccounts.get(account.id)).tag).toBe(changed.tag);
  expect(changed.account).toMatchObject({ active: true, timeoutSeconds: 30 });
  expect((await smtpAccounts.list()).items.map(({ active }) => active)).toEqual([false]);
  await incomingAccounts.delete(INSTALLATION, account.id, changed.tag);
  expect((await incomingAccounts.list()).items).toEqual([]);
  expect((await smtpAccounts.list()).items).toEqual([]);
});

it('exceptions from safe defaults are kept by the archive', async () => {
  const { incomingAccounts } = management;
  const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
  const { account } = await incomingAccounts.create(
    INSTALLATION,
    wanted('Verkauf', { tlsException: { fingerprint, reason: 'own certificate' } }),
  );
  const { account: read } = await incomingAccounts.get(account.id);
  expect(read.tlsException).toEqual({ fingerprint, reason: 'own certificate' });
  expect(read).toEqual(account);
});
