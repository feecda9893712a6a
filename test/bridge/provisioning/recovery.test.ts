/** How operations go on that were cut off or refused in the middle. Every call under every fault: test/faults. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ScriptedCall } from '../../../fixtures/scripted-archive.js';
import { changesetRequest } from '../../../src/bridge/changesets/index.js';
import { codeOf, INSTALLATION, openStand, wanted, type Stand } from './stand.js';

let stand: Stand;
beforeEach(async () => {
  stand = await openStand();
});
afterEach(() => stand.close());

const create = (name: string, more: Record<string, unknown> = {}) =>
  stand.management.incomingAccounts.create(INSTALLATION, wanted(name, more));

const account = (id: number) =>
  stand.archive.entries('RpcPop3Accounts').find(({ ID }) => ID === id);

const names = (service: string) => stand.archive.entries(service).map((entry) => entry['Name']);

function save(request: unknown) {
  const { incomingAccounts, smtpAccounts, groups } = changesetRequest.parse(request);
  const changes = { incomingAccounts, smtpAccounts, groups };
  return stand.management.saving.save({ installationId: INSTALLATION, changes, guard: null });
}

/** The archive is gone from the first call on that this holds for. */
function goneFrom(isFirst: (call: ScriptedCall) => boolean): void {
  let isGone = false;
  stand.archive.onCall = (call) => {
    isGone ||= isFirst(call);
    return isGone ? { kind: 'drop' } : undefined;
  };
}

const comeBack = (): void => {
  stand.archive.onCall = () => undefined;
};

async function operation() {
  const row = await stand.database
    .selectFrom('operation')
    .select(['id', 'inputs_sealed'])
    .orderBy('started_at', 'desc')
    .executeTakeFirstOrThrow();
  const { state, failure, steps } = await stand.management.operations.get(INSTALLATION, row.id);
  const outcome = (step: string) => steps.find((one) => one.step === step)?.outcome;
  return { state, code: failure?.code ?? null, outcome, inputs: row.inputs_sealed };
}

it('SAL-75 BRG-11 an open operation is ended before the next save begins', async () => {
  goneFrom(({ method }) => method === 'RpcRules.New');
  expect(await codeOf(create('Verkauf'))).toBe('operationUnfinished');
  expect(stand.archive.objectCount).toBeGreaterThan(0);
  comeBack();
  await create('Verkauf');
  expect(stand.archive.objectCount).toBe(16);
});

describe('a change whose lock is lost', () => {
  beforeEach(() => create('Verkauf'));
  const change = () => save({ incomingAccounts: { update: [{ id: 1, password: 'neu' }] } });

  it('takes it again when the archive has forgotten it', async () => {
    let isForgotten = false;
    stand.archive.onCall = ({ method }) => {
      if (method === 'RpcPop3Accounts.Put' && !isForgotten) {
        stand.archive.expireLocks();
        isForgotten = true;
      }
      return undefined;
    };
    await change();
    expect(account(1)?.['Password']).toBe('neu');
    expect(stand.archive.lockCount).toBe(0);
  });

  it('is completed after a restart, with its password, once the other one has let go', async () => {
    goneFrom(({ method }) => method === 'RpcPop3Accounts.Put');
    expect(await codeOf(change())).toBe('operationUnfinished');
    expect((await operation()).inputs).not.toContain('neu');
    comeBack();
    stand.archive.lockAs('RpcPop3Accounts', 1, 'f'.repeat(32));
    await stand.restart().recoverOperations();
    expect((await operation()).state).toBe('unfinished');
    stand.archive.expireLocks();
    await stand.restart().recoverOperations();
    expect(await operation()).toMatchObject({ state: 'succeeded', inputs: null });
    expect(account(1)?.['Password']).toBe('neu');
    expect(stand.archive.lockCount).toBe(0);
  });
});

describe('a change that the archive refuses for good', () => {
  beforeEach(async () => {
    await create('Verkauf');
    await create('Service');
  });
  const refuse = (isMeant: (call: ScriptedCall) => boolean): void => {
    stand.archive.onCall = (call) => (isMeant(call) ? { kind: 'refuse' } : undefined);
  };
  const request = {
    incomingAccounts: {
      create: [wanted('Neu', { active: true })],
      update: [{ id: 1, port: 1110 }],
    },
    smtpAccounts: { delete: [2] },
  };

  it('as the first that cannot be taken back: everything is as before', async () => {
    const before = JSON.stringify(stand.archive.entries('RpcPop3Accounts'));
    refuse(({ method, params }) => method === 'RpcSmtpAccounts.Delete' && params[0] === 2);
    expect(await codeOf(save(request))).toBe('provisioningFailed');
    expect(JSON.stringify(stand.archive.entries('RpcPop3Accounts'))).toBe(before);
    expect(stand.archive.objectCount).toBe(24);
    expect((await operation()).state).toBe('failed');
  });

  it('after another was done: new accounts are removed, and every element is told', async () => {
    refuse(({ method }) => method === 'RpcPop3Accounts.Put');
    expect(await codeOf(save(request))).toBe('partlySaved');
    const { state, outcome } = await operation();
    expect([state, outcome('delete.smtpAccount.2'), outcome('update.incomingAccount.1')]).toEqual([
      'failed',
      'deleted',
      'failed',
    ]);
    expect([outcome('incomingAccount'), outcome('incomingAccount.activate')]).toEqual([
      'compensated',
      'skipped',
    ]);
    expect(names('RpcPop3Accounts')).toEqual(['Verkauf', 'Service']);
    expect(names('RpcSmtpAccounts')).toEqual(['Verkauf']);
    expect(stand.archive.lockCount).toBe(0);
  });
});
