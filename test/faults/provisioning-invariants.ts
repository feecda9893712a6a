/** What has to hold after an operation was disturbed and recovered. */
import type { Kysely } from 'kysely';
import type { AccountManagement } from '../../src/bridge/provisioning/index.js';
import type { ProvisioningSchema } from '../../src/bridge/provisioning/schema.js';
import type { Operation } from '../../src/bridge/operations/index.js';
import { INSTALLATION } from '../bridge/provisioning/stand.js';
import {
  census,
  compare,
  incompleteCreation,
  SECRET,
  type Comparison,
  type Scenario,
} from './provisioning-scenarios.js';
import { newClientId, type ArchiveUnderFaults, type Contents } from './provisioning-stand.js';

export type Ending = 'whole' | 'none' | 'inPart' | 'inactive';

export interface Ended {
  readonly ending: Ending;
  /** What does not hold; empty when everything does. */
  readonly problems: readonly string[];
}

/** The last operation in the journal; null when it did not come to that. */
export async function lastOperation(
  database: Kysely<ProvisioningSchema>,
  management: Pick<AccountManagement, 'operations'>,
): Promise<Operation | null> {
  const row = await database
    .selectFrom('operation')
    .select('id')
    .orderBy('started_at', 'desc')
    .executeTakeFirst();
  return row === undefined ? null : management.operations.get(INSTALLATION, row.id);
}

export interface Disturbed {
  readonly scenario: Scenario;
  readonly stand: ArchiveUnderFaults;
  readonly before: Contents;
  readonly operation: Operation | null;
  readonly database: Kysely<ProvisioningSchema>;
  /** What the caller was told: a failure's code, `no failure`; null when it died before. */
  readonly code: string | null;
  /** Whether an element may be refused for good; else the operation ends whole or as if it had never begun. */
  readonly isRefusedForGood: boolean;
}

export async function judge(run: Disturbed): Promise<Ended> {
  const { scenario, stand, before, operation, code } = run;
  const comparison = compare(scenario, before, stand.contents());
  const ending = endingOf(scenario, comparison, operation);
  const problems = [
    ...comparison.touched.map((what) => `touched: ${what}`),
    ...comparison.mangled.map((what) => `half changed: ${what}`),
    ...duplicates(stand.contents()).map((what) => `twice: ${what}`),
    ...(await stand.locked()).map((name) => `still locked: ${name}`),
    ...(await secretsKept(run)),
    ...wrongRecord(operation, ending, code),
    ...(operation === null ? [] : wrongSteps(operation, before, stand.contents())),
  ];
  if (ending === 'whole') {
    const counted = await census(stand.client('direct', newClientId()));
    problems.push(...incompleteCreation(scenario, counted));
  }
  if (ending === 'inPart' && !run.isRefusedForGood) problems.push('ended in part');
  if (ending === 'inPart' && comparison.created.length > 0) problems.push('new elements remain');
  return { ending, problems };
}

function endingOf(
  { created, changes }: Scenario,
  now: Comparison,
  operation: Operation | null,
): Ending {
  if (now.created.length === created && now.done.length === changes.length) {
    return operation?.failure?.code === 'activationFailed' ? 'inactive' : 'whole';
  }
  return now.created.length === 0 && now.done.length === 0 ? 'none' : 'inPart';
}

const duplicates = (contents: Contents): string[] => {
  const keys = [...contents.values()].map(({ kind, name, stored }) => {
    const { ParentRef = 0 } = JSON.parse((JSON.parse(stored) as { struct: string }).struct) as {
      ParentRef?: number;
    };
    return `${kind} ${name} in ${ParentRef}`;
  });
  return keys.filter((key, index) => keys.indexOf(key) !== index);
};

async function secretsKept({ database, operation }: Disturbed): Promise<string[]> {
  const rows = await database.selectFrom('operation').selectAll().execute();
  const steps = await database.selectFrom('operation_step').selectAll().execute();
  const problems: string[] = [];
  if (JSON.stringify([rows, steps]).includes(SECRET)) problems.push('the journal holds a password');
  const isOver = operation?.state === 'succeeded' || operation?.state === 'failed';
  if (isOver && rows.some((row) => row.inputs_sealed !== null))
    problems.push('inputs outlive the operation');
  return problems;
}

function wrongRecord(operation: Operation | null, ending: Ending, code: string | null): string[] {
  if (operation === null) {
    return ending === 'none' ? [] : [`${ending}, although no operation was begun`];
  }
  const told = `${operation.state} (${operation.failure?.code ?? ''})`;
  const expected: Readonly<Record<Ending, boolean>> = {
    whole: operation.state === 'succeeded',
    none: operation.state === 'failed',
    inPart: operation.state === 'failed' && operation.failure?.code === 'partlySaved',
    inactive: operation.state === 'failed',
  };
  const problems = expected[ending] ? [] : [`${ending}, but the operation says ${told}`];
  if (code === 'no failure' && ending !== 'whole') problems.push(`${ending}, but success was told`);
  return problems;
}

const unitOf: Readonly<Record<string, string>> = {
  incomingAccount: 'pop3',
  smtpAccount: 'smtp',
  group: 'group',
  signature: 'signature',
  filter: 'filter',
  inboundRule: 'rule',
};

/** Every step tells what is so. */
function wrongSteps({ steps }: Operation, before: Contents, after: Contents): string[] {
  return steps.flatMap(({ element, id, outcome, step }) => {
    if (outcome === 'unknown' || outcome === 'running') return [`${step} is ${outcome}`];
    if (element === null || id === null) return [];
    const key = `${unitOf[element] ?? element}.${id}`;
    const now = after.get(key);
    const isTrue =
      outcome === 'created' || outcome === 'reused'
        ? now !== undefined
        : outcome === 'deleted'
          ? now === undefined
          : outcome === 'compensated'
            ? now?.stored === before.get(key)?.stored
            : true;
    return isTrue ? [] : [`${step} says ${outcome}`];
  });
}
