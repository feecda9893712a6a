/** After creating, the lists are read again: does everything stand, and did another writer come first? Pure. */
import { sameName } from '../accounts/fields.js';
import type { Pop3Account } from '../../greyhound/index.js';
import { refuse, BridgeFailure } from '../failure.js';
import type { AccountElement, ElementStep, PlannedStep } from './steps.js';
import { listOf, type ElementLists } from './traces.js';

export interface Limits {
  readonly incoming: number;
  readonly smtp: number;
}

/** Places in the licence, unless told otherwise. */
export const licensedLimits: Limits = { incoming: 10, smtp: 10 };

export interface CreatedElement {
  readonly step: ElementStep;
  readonly id: number;
}

export const limitReached = (kind: AccountElement, limit: number): BridgeFailure =>
  refuse('accountLimitReached', { params: { kind, limit } });

/** Accounts that the same save is still going to delete or to change, by `element.id`. */
export interface Leaving {
  readonly deleted: ReadonlySet<string>;
  readonly updated: ReadonlySet<string>;
}

const keyOf = (element: string, id: number): string => `${element}.${String(id)}`;

export function leavingOf(steps: readonly PlannedStep[]): Leaving {
  const of = (action: 'delete' | 'update'): Set<string> =>
    new Set(
      steps.flatMap((step) =>
        step.action === action ? [keyOf(step.element, step.existingId)] : [],
      ),
    );
  return { deleted: of('delete'), updated: of('update') };
}

/**
 * @throws BridgeFailure accountLimitReached, accountNameTaken when another writer's account has the older right;
 *   provisioningFailed when something that was created is not there
 */
export function verifyCreated(
  created: readonly CreatedElement[],
  lists: ElementLists,
  limits: Limits,
  leaving: Leaving,
): void {
  for (const { step, id } of created) {
    const list = listOf(lists, step.element);
    if (!list.some(({ ID }) => ID === id)) throw missing(step);
    if (step.element === 'incomingAccount' || step.element === 'smtpAccount') {
      const limit = step.element === 'incomingAccount' ? limits.incoming : limits.smtp;
      const staying = list.filter(({ ID }) => !leaving.deleted.has(keyOf(step.element, ID)));
      verifyAccount(step, id, staying, limit, leaving.updated);
    }
  }
}

/**
 * An archive that knows no IMAP drops the member of an account that says so: it would fetch by POP3.
 * @param wanted accounts by the ids of their steps
 * @throws BridgeFailure notSupportedByArchive
 */
export function verifyProtocols(
  created: readonly CreatedElement[],
  wanted: ReadonlyMap<string, Pick<Pop3Account, 'Protocol'>>,
  { incoming }: Pick<ElementLists, 'incoming'>,
): void {
  for (const { step, id } of created) {
    const account = incoming.find(({ ID }) => step.element === 'incomingAccount' && ID === id);
    const asked = wanted.get(step.id);
    if (account !== undefined && asked !== undefined && account.Protocol !== asked.Protocol)
      throw refuse('notSupportedByArchive', { field: 'protocol' });
  }
}

/** @throws BridgeFailure provisioningFailed when another writer removed what the save builds upon */
export function verifyReused(reused: readonly CreatedElement[], lists: ElementLists): void {
  for (const { step, id } of reused) {
    if (!listOf(lists, step.element).some(({ ID }) => ID === id)) throw missing(step);
  }
}

/**
 * An account stays if fewer than the limit have a smaller id, and none of them has its name; that of an account which
 * the same save changes was looked at when it was planned.
 */
function verifyAccount(
  step: { readonly element: AccountElement; readonly name: string },
  id: number,
  list: readonly { readonly ID: number; readonly Name: string }[],
  limit: number,
  updated: ReadonlySet<string>,
): void {
  const older = list.filter(({ ID }) => ID < id);
  if (older.length >= limit) throw limitReached(step.element, limit);
  const kept = older.filter(({ ID }) => !updated.has(keyOf(step.element, ID)));
  if (kept.some(({ Name }) => sameName(Name, step.name))) {
    throw refuse('accountNameTaken', { field: 'name', params: { name: step.name } });
  }
}

const missing = (step: ElementStep): BridgeFailure =>
  new BridgeFailure('provisioningFailed', {
    disposition: 'transient',
    origin: 'archive',
    params: { element: step.element, name: step.name },
  });
