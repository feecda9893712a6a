/**
 * What a creating step may have left in the archive although its answer was lost: found by what the step writes, and
 * by an id higher than any that there was when the plan was made. What stood before is never taken for a trace.
 */
import { Pop3State, SmtpState, type GreyhoundClient } from '../../greyhound/index.js';
import { sameName } from '../accounts/fields.js';
import {
  readAccountLists,
  readRules,
  type AccountLists,
  type ArchiveSnapshot,
} from './snapshot.js';
import type { ElementKind, ElementStep } from './steps.js';

export type ElementLists = AccountLists &
  Pick<ArchiveSnapshot, 'groups' | 'signatures' | 'filters' | 'rules'>;

const noLists: ElementLists = {
  incoming: [],
  smtp: [],
  groups: [],
  signatures: [],
  filters: [],
  rules: [],
};

interface Listed {
  readonly ID: number;
  readonly Name: string;
}

export const listOf = (lists: ElementLists, element: ElementKind): readonly Listed[] =>
  ({
    group: lists.groups,
    signature: lists.signatures,
    filter: lists.filters,
    inboundRule: lists.rules,
    incomingAccount: lists.incoming,
    smtpAccount: lists.smtp,
  })[element];

/** The highest id of each kind when a plan was made; 0 when there was none. */
export type HighestIds = Readonly<Record<ElementKind, number>>;

export function highestIds(lists: ElementLists): HighestIds {
  const highest = (element: ElementKind): number =>
    Math.max(0, ...listOf(lists, element).map(({ ID }) => ID));
  return {
    group: highest('group'),
    signature: highest('signature'),
    filter: highest('filter'),
    inboundRule: highest('inboundRule'),
    incomingAccount: highest('incomingAccount'),
    smtpAccount: highest('smtpAccount'),
  };
}

/** The list that holds elements of this kind; the others are empty. */
export async function readListOf(
  client: GreyhoundClient,
  element: ElementKind,
): Promise<ElementLists> {
  const named = { AdvancedFields: true };
  switch (element) {
    case 'group':
      return { ...noLists, groups: await client.groups.GetCompleteList(named) };
    case 'signature':
      return { ...noLists, signatures: await client.signatures.GetList(named) };
    case 'filter':
      return { ...noLists, filters: await client.filters.GetCompleteList(named) };
    case 'inboundRule':
      return { ...noLists, rules: await readRules(client) };
    case 'incomingAccount':
    case 'smtpAccount':
      return { ...noLists, ...(await readAccountLists(client)) };
  }
}

export interface TraceContext {
  /** Ids of the elements, by step. */
  readonly ids: ReadonlyMap<string, number>;
  readonly highestBefore: HighestIds;
}

/** Ids of what the step made, oldest first. Accounts are traces only while they are inactive, as they are made. */
export function tracesOf(step: ElementStep, lists: ElementLists, context: TraceContext): number[] {
  const isNewer = ({ ID }: Listed): boolean => ID > context.highestBefore[step.element];
  return matching(step, lists, context.ids)
    .filter(isNewer)
    .map(({ ID }) => ID)
    .sort((one, other) => one - other);
}

function matching(
  step: ElementStep,
  lists: ElementLists,
  ids: ReadonlyMap<string, number>,
): readonly Listed[] {
  const idOf = (stepId: string): number => ids.get(stepId) ?? -1;
  switch (step.element) {
    case 'group':
      return lists.groups.filter(
        ({ Name, Email }) => Name === step.name && sameName(Email, step.address),
      );
    case 'signature':
      return lists.signatures.filter(
        ({ Name, Groups }) =>
          Name === step.name && Groups.some(({ GroupRef }) => GroupRef === idOf(step.groupStep)),
      );
    case 'filter': {
      const parentId = step.parentStep === null ? 0 : idOf(step.parentStep);
      const { groupStep } = step;
      return lists.filters.filter(
        ({ Name, ParentRef, GroupRefs }) =>
          Name === step.name &&
          ParentRef === parentId &&
          (groupStep === null || GroupRefs.includes(idOf(groupStep))),
      );
    }
    case 'incomingAccount':
      return lists.incoming.filter(
        (account) => isAccountOf(step, account) && account.State === Pop3State.psInactive,
      );
    case 'smtpAccount':
      return lists.smtp.filter(
        (account) => isAccountOf(step, account) && account.State === SmtpState.ssInactive,
      );
    case 'inboundRule':
      return lists.rules.filter(({ Name }) => Name === step.name);
  }
}

const isAccountOf = (
  step: { readonly name: string; readonly host: string; readonly username: string },
  account: { readonly Name: string; readonly Host: string; readonly Username: string },
): boolean =>
  account.Name === step.name &&
  sameName(account.Host, step.host) &&
  account.Username === step.username;
