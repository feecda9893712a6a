/** Provisioning status and repair. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { codeOf, INSTALLATION, openStand, wanted, type Stand } from './stand.js';

let stand: Stand;
beforeEach(async () => {
  stand = await openStand();
  await stand.management.incomingAccounts.create(INSTALLATION, wanted('Verkauf'));
});
afterEach(() => stand.close());

const status = async () => {
  const elements = await stand.management.provisioning.status(1);
  return elements.filter(({ state }) => state !== 'present');
};

/** Another program removes an element. */
function remove(service: string, name: string): void {
  const entry = stand.archive.entries(service).find((one) => one['Name'] === name);
  stand.archive.remove(service, entry?.ID ?? 0);
}

it('SAL-74 after saving all 16 elements are present', async () => {
  expect(await stand.management.provisioning.status(1)).toHaveLength(16);
  expect(await status()).toEqual([]);
});

it('SAL-75 a repair creates what is missing and nothing else', async () => {
  remove('RpcFilters', 'Spamverdacht');
  remove('RpcFilters', 'Geprüft');
  remove('RpcRules', 'Eingangsverarbeitung: Verkauf');
  expect((await status()).map(({ name, state }) => `${name}: ${state}`)).toEqual([
    'Spamverdacht: missing',
    'Geprüft: missing',
    'Eingangsverarbeitung: Verkauf: missing',
  ]);
  const result = await stand.management.provisioning.repair(INSTALLATION, 1);
  expect(result.elements.filter(({ outcome }) => outcome === 'created')).toHaveLength(3);
  expect(stand.archive.objectCount).toBe(16);
  expect(await status()).toEqual([]);
});

it('a second repair makes nothing', async () => {
  await stand.management.provisioning.repair(INSTALLATION, 1);
  expect(stand.archive.calls.filter(({ method }) => method.endsWith('.New'))).toHaveLength(16);
});

it('SAL-42 elements keep their names after a rename, and still belong to the account', async () => {
  await stand.management.incomingAccounts.update(INSTALLATION, 1, { name: 'Vertrieb' }, null);
  expect(await status()).toEqual([]);
  const before = stand.archive.objectCount;
  await stand.management.provisioning.repair(INSTALLATION, 1);
  expect(stand.archive.objectCount).toBe(before);
});

it('what was changed is told and left alone', async () => {
  const filter = stand.archive.entries('RpcFilters').find((one) => one['Name'] === 'Erledigt');
  if (filter) filter['States'] = 1;
  expect(await status()).toMatchObject([{ name: 'Erledigt', state: 'changed' }]);
  await stand.management.provisioning.repair(INSTALLATION, 1);
  expect(await status()).toMatchObject([{ name: 'Erledigt', state: 'changed' }]);
});

it('SAL-103 a repair that would need an eleventh SMTP account is refused', async () => {
  remove('RpcSmtpAccounts', 'Verkauf');
  for (let index = 0; index < 10; index += 1) {
    stand.archive.insert('RpcSmtpAccounts', { Name: `K${String(index)}`, Kind: 0 });
  }
  const repair = stand.management.provisioning.repair(INSTALLATION, 1);
  expect(await codeOf(repair)).toBe('accountLimitReached');
});

it('an unknown account is not found', async () => {
  expect(await codeOf(stand.management.provisioning.status(99))).toBe('notFound');
});
