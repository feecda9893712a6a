/** After creating, the lists are read again: does everything stand, and did another writer come first? Pure. */
import { sameName } from '../accounts/fields.js';
import { refuse, BridgeFailure } from '../failure.js';
import type { AccountLists, ArchiveSnapshot } from './snapshot.js';
import type { AccountElement, ElementKind, ElementStep } from './steps.js';

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

type Lists = AccountLists & Pick<ArchiveSnapshot, 'groups' | 'signatures' | 'filters' | 'rules'>;

const listOf = (
  lists: Lists,
  element: ElementKind,
): readonly { readonly ID: number; readonly Name: string }[] =>
  ({
    group: lists.groups,
    signature: lists.signatures,
    filter: lists.filters,
    inboundRule: lists.rules,
    incomingAccount: lists.incoming,
    smtpAccount: lists.smtp,
  })[element];

export const limitReached = (kind: AccountElement, limit: number): BridgeFailure =>
  refuse('accountLimitReached', { params: { kind, limit } });

/**
 * @throws BridgeFailure accountLimitReached, accountNameTaken when another writer's account has the older right;
 *   provisioningFailed when something that was created is not there
 */
export function verifyCreated(
  created: readonly CreatedElement[],
  lists: Lists,
  limits: Limits,
): void {
  for (const { step, id } of created) {
    const list = listOf(lists, step.element);
    if (!list.some(({ ID }) => ID === id)) throw missing(step);
    if (step.element === 'incomingAccount' || step.element === 'smtpAccount') {
      const limit = step.element === 'incomingAccount' ? limits.incoming : limits.smtp;
      verifyAccount(step, id, list, limit);
    }
  }
}

/** An account stays if fewer than the limit have a smaller id, and none of them has its name. */
function verifyAccount(
  step: { readonly element: AccountElement; readonly name: string },
  id: number,
  list: readonly { readonly ID: number; readonly Name: string }[],
  limit: number,
): void {
  const older = list.filter(({ ID }) => ID < id);
  if (older.length >= limit) throw limitReached(step.element, limit);
  if (older.some(({ Name }) => sameName(Name, step.name))) {
    throw refuse('accountNameTaken', { field: 'name', params: { name: step.name } });
  }
}

const missing = (step: ElementStep): BridgeFailure =>
  new BridgeFailure('provisioningFailed', {
    disposition: 'transient',
    origin: 'archive',
    params: { element: step.element, name: step.name },
  });
