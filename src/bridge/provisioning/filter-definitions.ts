/**
 * The filters that belong to an account and those that stand once for all accounts. A filter is a saved search over
 * the archive; every criterion is written out, as 0 would mean "not used".
 *
 * "Pool" (mails without a user) and "Meine Mails" (mails of the acting user) cannot be said in the contract: both are
 * stored like "Offene Mails" and the condition is added when they are read (`readCondition`).
 */
import {
  asSet,
  ItemFlag,
  ItemKind,
  ItemPriority,
  ItemState,
  RpcFilter,
  type Filter,
} from '../../greyhound/index.js';

export type FilterKey =
  | 'all'
  | 'open'
  | 'pool'
  | 'mine'
  | 'sent'
  | 'failed'
  | 'deleted'
  | 'done'
  | 'drafts'
  | 'spam'
  | 'checked';

interface FilterDefinition {
  readonly key: FilterKey;
  /** Once for all accounts, or once for each; then the name begins with the account's. */
  readonly scope: 'once' | 'account';
  readonly label: string;
  readonly parent: FilterKey | null;
  readonly states: number;
  readonly with: number;
  readonly without: number;
}

const { isOpen, isNew, isQuestion, isAnswer, isDone, isForward, isDraft } = ItemState;
const { ifDeleted, ifSpam, ifFailure, ifUnsent } = ItemFlag;

/** Every state, those of newer servers too. */
const allStates = -1;
const open = {
  parent: null,
  states: asSet(isOpen, isQuestion),
  with: 0,
  without: asSet(ifDeleted, ifSpam),
} as const;
const generic = { scope: 'once', parent: null, with: 0 } as const;

/** In the order of the tree. A parent stands before its children. */
export const filterDefinitions: readonly FilterDefinition[] = [
  {
    ...generic,
    key: 'all',
    label: 'Alle E-Mails',
    states: allStates,
    without: asSet(ifDeleted, ifSpam),
  },
  { ...open, key: 'open', scope: 'account', label: 'Offene Mails' },
  { ...open, key: 'pool', scope: 'account', label: 'Pool' },
  { ...open, key: 'mine', scope: 'account', label: 'Meine Mails' },
  {
    ...generic,
    key: 'sent',
    label: 'Gesendete Elemente',
    states: asSet(isNew, isAnswer, isForward),
    without: asSet(ifUnsent, ifFailure, ifDeleted),
  },
  {
    ...generic,
    key: 'failed',
    label: 'Fehlgeschlagen',
    states: allStates,
    with: asSet(ifFailure),
    without: 0,
  },
  {
    ...generic,
    key: 'deleted',
    label: 'Gelöschte Elemente',
    states: allStates,
    with: asSet(ifDeleted),
    without: 0,
  },
  // A spam mail that was looked through is done as well: it stands below "Spamverdacht" only.
  {
    ...generic,
    key: 'done',
    label: 'Erledigt',
    states: asSet(isDone),
    without: asSet(ifDeleted, ifSpam),
  },
  {
    ...generic,
    key: 'drafts',
    label: 'Entwürfe',
    states: asSet(isDraft),
    without: asSet(ifDeleted),
  },
  {
    ...generic,
    key: 'spam',
    label: 'Spamverdacht',
    states: allStates,
    with: asSet(ifSpam),
    without: asSet(ifDeleted),
  },
  {
    ...generic,
    key: 'checked',
    label: 'Geprüft',
    parent: 'spam',
    states: asSet(isDone),
    with: asSet(ifSpam),
    without: asSet(ifDeleted),
  },
];

export function filterDefinition(key: FilterKey): FilterDefinition {
  const found = filterDefinitions.find((definition) => definition.key === key);
  if (found === undefined) throw new Error(`no filter ${key}`);
  return found;
}

/** The name in the tree; account filters carry the account's name: `Verkauf (Offene Mails)`. */
export const filterName = (definition: FilterDefinition, accountName: string): string =>
  definition.scope === 'account' ? `${accountName} (${definition.label})` : definition.label;

/** The filter as it is created. `groupId` for account filters, `parentId` for sub-filters; else 0. */
export function wireFilter(
  key: FilterKey,
  name: string,
  refs: { readonly groupId: number; readonly parentId: number },
): Filter {
  const definition = filterDefinition(key);
  return RpcFilter.make({
    Name: name,
    ParentRef: refs.parentId,
    GroupRefs: definition.scope === 'account' ? [refs.groupId] : [],
    Kinds: asSet(ItemKind.ikEmail),
    States: definition.states,
    Priorities: asSet(...Object.values(ItemPriority)),
    PositiveFlags: definition.with,
    NegativeFlags: definition.without,
  });
}

/** What the contract cannot say and the reader adds: mails without a user, or those of the acting user. */
export function readCondition(name: string): 'pool' | 'mine' | null {
  if (name.endsWith(' (Pool)')) return 'pool';
  return name.endsWith(' (Meine Mails)') ? 'mine' : null;
}
