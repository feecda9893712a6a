/**
 * The bridge's process is killed at every call that an operation makes, before the archive gets it and after it was
 * carried out, and started again: its own recovery at start leaves everything or nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectFile } from '../../fixtures/servers/project-file.js';
import { Vault } from '../../src/platform/vault.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { makeTemporaryDirectory } from '../support/temporary-directory.js';
import { isFull, report } from './extent.js';
import { judge, lastOperation, type Ending } from './provisioning-invariants.js';
import { prepareAll, sample, type Prepared } from './provisioning-matrix.js';
import { operations, scenarios } from './provisioning-scenarios.js';
import { ArchiveUnderFaults, BridgeInProcess, newClientId } from './provisioning-stand.js';

const SHORT_RUNS = 16;
const SEED = 20_261_123;
const moments = ['holdBefore', 'holdAfter'] as const;

interface Death {
  readonly prepared: Prepared;
  readonly call: string;
  readonly moment: (typeof moments)[number];
}

let stand: ArchiveUnderFaults;
let source: CompiledSource;
let directory: Awaited<ReturnType<typeof makeTemporaryDirectory>>;
let prepared: readonly Prepared[];
beforeAll(async () => {
  stand = await ArchiveUnderFaults.open();
  source = await compileSource();
  directory = await makeTemporaryDirectory();
  prepared = await prepareAll(stand);
}, 120_000);
afterAll(async () => {
  if (bridge !== null) await kill(bridge);
  await stand.close();
  await source.remove();
  await directory.remove();
});

/** What outlives the process: its data folder and the key beside it. */
interface Folder {
  readonly file: string;
  readonly key: string;
  readonly clientId: string;
}

/** The process that runs; the one that ended what a killed one left open goes on with the next folder. */
let bridge: ChildProcess | null = null;

function startBridge(): ChildProcess {
  const given = [source.path('.'), stand.proxy.url];
  return fork(projectFile('test', 'faults', 'bridge-process.mjs'), given, { execArgv: [] });
}

/** Resolves with the answer, or when the process is gone. */
async function tell(child: ChildProcess, message: object): Promise<unknown> {
  const answer = Promise.race([once(child, 'message'), once(child, 'exit')]);
  child.send(message);
  const [word] = (await answer) as unknown[];
  return word;
}

async function open(child: ChildProcess, folder: Folder): Promise<void> {
  const word = await tell(child, { folder });
  if (word !== 'ready') throw new Error(`the bridge does not start: ${String(word)}`);
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function commandFor({ scenario }: Prepared) {
  const reader = await BridgeInProcess.open(stand);
  try {
    return await operations[scenario.operation](reader.start('direct'));
  } finally {
    await reader.close();
  }
}

let folders = 0;

async function die({ prepared: one, call, moment }: Death) {
  const { scenario, saved } = one;
  await stand.restore(saved);
  const before = stand.contents();
  folders += 1;
  const file = join(directory.path, `bridge-${folders}.sqlite`);
  const folder = { file, key: Vault.newKey().toString('hex'), clientId: newClientId() };
  stand.willUse(folder.clientId);
  const child = bridge ?? startBridge();
  await open(child, folder);
  const reached: string[] = [];
  stand.proxy.onCall = ({ name }) => {
    if (name !== call || reached.length > 0) return 'pass';
    reached.push(name);
    return moment;
  };
  const held = stand.proxy.held();
  const answer = await Promise.race([held, tell(child, { command: await commandFor(one) })]);
  await kill(child);
  stand.proxy.heal();
  bridge = startBridge();
  await open(bridge, folder);
  return {
    before,
    folder,
    scenario,
    notMade: reached.length > 0 ? [] : [`${call} not made: ${String(answer)}`],
  };
}

async function judgeDeath(death: Death): Promise<{ ending: Ending; problems: readonly string[] }> {
  const { before, folder, scenario, notMade } = await die(death);
  const reader = await BridgeInProcess.open(stand, folder.file);
  try {
    const { database } = reader;
    const operation = await lastOperation(database, reader.start('direct'));
    const run = { scenario, stand, before, operation, database, code: null };
    const ended = await judge({ ...run, isRefusedForGood: false });
    return { ending: ended.ending, problems: [...ended.problems, ...notMade] };
  } finally {
    await reader.close();
  }
}

describe('the bridge is killed', () => {
  it('SAL-75 BRG-11 before or after any call: its next start ends the operation', async () => {
    const matrix = prepared.flatMap((one): Death[] =>
      one.calls.flatMap((call) => moments.map((moment) => ({ prepared: one, call, moment }))),
    );
    const kinds = ({ prepared: { scenario }, call, moment }: Death) => [
      `${scenario.name} ${moment}`,
      /\.(\w+)/.exec(call)?.[1] ?? '',
    ];
    const chosen = isFull ? matrix : sample(matrix, { size: SHORT_RUNS, seed: SEED, kinds });
    const startedMs = performance.now();
    const failures: string[] = [];
    const endings = new Map<Ending, number>();
    for (const death of chosen) {
      const { ending, problems } = await judgeDeath(death);
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
      const { prepared: one, call, moment } = death;
      if (problems.length > 0)
        failures.push(`${one.scenario.name}, ${moment} at ${call}: ${problems.join('; ')}`);
    }
    report('provisioning-killed', {
      operations: scenarios.length,
      matrix: matrix.length,
      kills: chosen.length,
      ...Object.fromEntries(endings),
      violations: failures.length,
      seed: isFull ? 'all' : SEED,
      seconds: Math.round((performance.now() - startedMs) / 1000),
    });
    expect(failures).toEqual([]);
  }, 3_600_000);
});
