/** The calls of undisturbed runs, which the matrices are made of. */
import { randomFrom } from './extent.js';
import { codeOf } from '../bridge/provisioning/stand.js';
import { judge, lastOperation } from './provisioning-invariants.js';
import {
  carryOut,
  operations,
  prepare,
  scenarios,
  type Scenario,
} from './provisioning-scenarios.js';
import { BridgeInProcess, newClientId, type ArchiveUnderFaults } from './provisioning-stand.js';

type Saved = ReturnType<ArchiveUnderFaults['save']>;

export interface Prepared {
  readonly scenario: Scenario;
  readonly saved: Saved;
  /** Names of the calls of an undisturbed run. */
  readonly calls: readonly string[];
}

export async function prepareAll(stand: ArchiveUnderFaults): Promise<Prepared[]> {
  const empty = stand.save();
  const prepared: Prepared[] = [];
  for (const scenario of scenarios) {
    await stand.restore(empty);
    const bridge = await BridgeInProcess.open(stand);
    await prepare(scenario, bridge.start('direct'), stand.client('direct', newClientId()));
    await bridge.close();
    const saved = stand.save();
    prepared.push({ scenario, saved, calls: await record(stand, scenario, saved) });
  }
  return prepared;
}

/** @returns the names of the calls that the operation makes when nothing happens */
async function record(
  stand: ArchiveUnderFaults,
  scenario: Scenario,
  saved: Saved,
): Promise<string[]> {
  await stand.restore(saved);
  const before = stand.contents();
  const bridge = await BridgeInProcess.open(stand);
  const management = bridge.start('watched');
  try {
    const command = await operations[scenario.operation](bridge.start('direct'));
    const code = await codeOf(carryOut(management, command));
    const operation = await lastOperation(bridge.database, management);
    const { database } = bridge;
    const run = { scenario, stand, before, operation, database, code, isRefusedForGood: false };
    const { ending, problems } = await judge(run);
    if (ending !== 'whole' || problems.length > 0) {
      throw new Error(`undisturbed, ${scenario.name} ends ${ending}: ${problems.join('; ')}`);
    }
    return [...new Set(stand.proxy.calls.map(({ name }) => name))];
  } finally {
    await bridge.close();
  }
}

/**
 * A seeded part of a matrix that still holds every kind of disturbance.
 * @param kinds what one is an example of
 */
export function sample<T>(
  matrix: readonly T[],
  options: { readonly size: number; readonly seed: number; readonly kinds: (one: T) => string[] },
): T[] {
  const random = randomFrom(options.seed);
  const shuffled = matrix
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
  const seen = new Set<string>();
  const covering = shuffled.filter((one) => {
    const kinds = options.kinds(one);
    const isNew = kinds.some((kind) => !seen.has(kind));
    for (const kind of kinds) seen.add(kind);
    return isNew;
  });
  const others = shuffled.filter((one) => !covering.includes(one));
  return [...covering, ...others.slice(0, Math.max(0, options.size - covering.length))];
}
