/**
 * Every call that an operation makes is disturbed in every way; the calls are those of an undisturbed run. Afterwards
 * the archive holds everything or nothing of it, once, and the operation says what happened.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { faults, type Fault, type ProxiedCall } from '../../fixtures/fault-proxy.js';
import { codeOf } from '../bridge/provisioning/stand.js';
import { isFull, report } from './extent.js';
import { judge, lastOperation, type Ending } from './provisioning-invariants.js';
import { prepareAll, sample, type Prepared } from './provisioning-matrix.js';
import { carryOut, operations, scenarios, type Scenario } from './provisioning-scenarios.js';
import { ArchiveUnderFaults, BridgeInProcess } from './provisioning-stand.js';

/** Runs of the short form, over all operations. */
const SHORT_RUNS = 50;
const SEED = 20_261_122;

interface Disturbance {
  readonly prepared: Prepared;
  readonly call: string;
  readonly fault: Fault;
}

let stand: ArchiveUnderFaults;
let prepared: readonly Prepared[];
const endings = new Map<Ending | 'runs' | 'notReached', number>();
const count = (what: Ending | 'runs' | 'notReached'): void => {
  endings.set(what, (endings.get(what) ?? 0) + 1);
};

beforeAll(async () => {
  stand = await ArchiveUnderFaults.open();
  prepared = await prepareAll(stand);
}, 120_000);

afterAll(() => stand.close());

/** Told before an account is activated: what it lacks at this moment. */
function lacking(scenario: Scenario, before: number, { method, params }: ProxiedCall): string[] {
  const account = params[0] as { Name: string; State?: number };
  const isActivation = /^Rpc(Pop3|Smtp)Accounts\.Put$/.test(method) && account.State === 1;
  if (!isActivation || !scenario.creates.includes(account.Name)) return [];
  const gone = scenario.changes.filter(({ isDone }) => isDone(undefined)).length;
  const missing = before + scenario.created - gone - stand.contents().size;
  return missing <= 0 ? [] : [`${method} ${account.Name} while ${missing} elements are missing`];
}

/** On a busy machine a call may still be given up; the product tries again every half a minute. */
async function untilReached(recover: () => Promise<void>): Promise<void> {
  const TRIES = 5;
  for (let attempt = 1; attempt < TRIES; attempt += 1) {
    const isDone = await recover().then(
      () => true,
      () => false,
    );
    if (isDone) return;
  }
  await recover();
}

async function disturb({ prepared: { scenario, saved }, call, fault }: Disturbance) {
  await stand.restore(saved);
  const before = stand.contents();
  const bridge = await BridgeInProcess.open(stand);
  const command = await operations[scenario.operation](bridge.start('direct'));
  const early: string[] = [];
  let isReached = false;
  stand.proxy.onCall = (arrived) => {
    early.push(...lacking(scenario, before.size, arrived));
    if (arrived.name !== call || isReached) return 'pass';
    isReached = true;
    return fault;
  };
  try {
    const code = await codeOf(carryOut(bridge.start(), command));
    stand.proxy.heal();
    const again = bridge.start();
    await untilReached(() => again.recoverOperations());
    // What the archive carries out now, after everything has ended, is found by the next look.
    if ((await stand.proxy.release()) > 0) await untilReached(() => again.recoverOperations());
    const operation = await lastOperation(bridge.database, again);
    const { database } = bridge;
    const isRefusedForGood = fault === 'refuseForGood';
    const run = { scenario, stand, before, operation, database, code, isRefusedForGood };
    const { ending, problems } = await judge(run);
    return { isReached, ending, problems: [...problems, ...early] };
  } finally {
    await bridge.close();
  }
}

const all = (): Disturbance[] =>
  prepared.flatMap((one) =>
    [...new Set(one.calls)].flatMap((call) =>
      faults.map((fault) => ({ prepared: one, call, fault })),
    ),
  );

describe('an operation is disturbed at a call', () => {
  it('SAL-75 BRG-11 ends whole or as if it had never begun, whatever happens to whichever call', async () => {
    const matrix = all();
    const kinds = ({ prepared: { scenario }, call, fault }: Disturbance) => [
      `${scenario.name} ${fault}`,
      `${scenario.name} ${call.split(' ')[0] ?? ''}`,
    ];
    const chosen = isFull ? matrix : sample(matrix, { size: SHORT_RUNS, seed: SEED, kinds });
    const startedMs = performance.now();
    const failures: string[] = [];
    for (const disturbance of chosen) {
      const { isReached, ending, problems } = await disturb(disturbance);
      count('runs');
      count(isReached ? ending : 'notReached');
      const { prepared: one, call, fault } = disturbance;
      if (problems.length > 0) {
        failures.push(`${one.scenario.name}, ${fault} at ${call}: ${problems.join('; ')}`);
        process.stdout.write(`${failures.at(-1) ?? ''}\n`);
      }
    }
    report('provisioning', {
      operations: scenarios.length,
      calls: new Set(matrix.map(({ prepared: one, call }) => `${one.scenario.name} ${call}`)).size,
      faults: faults.length,
      matrix: matrix.length,
      ...Object.fromEntries(endings),
      violations: failures.length,
      seed: isFull ? 'all' : SEED,
      seconds: Math.round((performance.now() - startedMs) / 1000),
    });
    expect(failures).toEqual([]);
  }, 3_600_000);
});

describe('a call that the archive carries out late', () => {
  const MINUTE_MS = 60_000;

  it('is looked for during ten minutes, and what it made is removed', async () => {
    const one = prepared.find(({ scenario }) => scenario.operation === 'save');
    if (one === undefined) throw new Error('there is no save');
    await stand.restore(one.saved);
    const bridge = await BridgeInProcess.open(stand);
    const command = await operations.save();
    stand.proxy.onCall = ({ name }) => (name === 'RpcGroups.New Verkauf 1' ? 'late' : 'pass');
    const management = bridge.start();
    await carryOut(management, command);
    stand.proxy.heal();
    const groups = () => [...stand.contents().values()].filter(({ kind }) => kind === 'group');
    const standing = groups();

    bridge.clock.advance(9 * MINUTE_MS);
    await untilReached(() => management.recoverOperations());
    expect(await stand.proxy.release()).toBe(1);
    expect(groups()).toHaveLength(standing.length + 1);
    await untilReached(() => management.recoverOperations());
    expect(groups()).toEqual(standing);

    bridge.clock.advance(2 * MINUTE_MS);
    await untilReached(() => management.recoverOperations());
    const calls = stand.proxy.calls.length;
    await management.recoverOperations();
    expect(stand.proxy.calls).toHaveLength(calls);
    await bridge.close();
  }, 60_000);
});
