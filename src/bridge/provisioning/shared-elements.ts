/**
 * Elements that several writers on one archive share: bridges with data folders of their own do not see each other's
 * plans. The filters that stand once serve every account; group, signature, filters and rule of a name serve whoever's
 * account of that name stays.
 */
import type { GreyhoundClient, Rule } from '../../greyhound/index.js';
import { parseInboundRuleScript } from '../../greyhound/inbound-rule-script.js';
import { sameName } from '../accounts/fields.js';
import { filterDefinition, filterName } from './filter-definitions.js';
import { readAccountLists, ruleName, type ArchiveSnapshot } from './snapshot.js';
import type { ElementStep, FilterStep } from './steps.js';
import { listOf, readListOf, type HighestIds } from './traces.js';
import type { CreatedElement } from './verify.js';

type Filters = ArchiveSnapshot['filters'];
type Accounts = readonly { readonly ID: number; readonly Name: string }[];

/** A filter of ours that gives way to one of the same name and place, which another writer had made a moment earlier. */
export interface Concession {
  readonly created: CreatedElement;
  readonly olderId: number;
  /** What we made below it. `olderId` null: the other one has no such child yet, ours is made there. */
  readonly children: readonly {
    readonly created: CreatedElement;
    readonly olderId: number | null;
  }[];
}

/** A filter that stands once, for every account. */
export const isForAll = (step: ElementStep): step is FilterStep =>
  step.element === 'filter' && step.groupStep === null;

/** @returns the older filter of the same name below the same parent */
export const olderTwin = (id: number, filters: Filters): number | null => {
  const own = filters.find(({ ID }) => ID === id);
  const isOlder = (other: Filters[number]): boolean =>
    own !== undefined &&
    other.ID < own.ID &&
    other.ParentRef === own.ParentRef &&
    sameName(other.Name, own.Name);
  return filters.find(isOlder)?.ID ?? null;
};

/** Which of the filters that stand once have to give way. One with children of somebody else stays. Pure. */
export function concessions(
  created: readonly CreatedElement[],
  filters: Filters,
): readonly Concession[] {
  const ours = created.filter(({ step }) => isForAll(step));
  return ours.flatMap((mine) => {
    const olderId = olderTwin(mine.id, filters);
    if (olderId === null) return [];
    const below = filters.filter(({ ParentRef }) => ParentRef === mine.id);
    const children = below.map((child) => ({
      created: ours.find(({ id }) => id === child.ID),
      olderId:
        filters.find(({ ParentRef, Name }) => ParentRef === olderId && sameName(Name, child.Name))
          ?.ID ?? null,
    }));
    const own = children.flatMap(({ created: one, ...rest }) =>
      one === undefined ? [] : [{ created: one, ...rest }],
    );
    return own.length === below.length ? [{ created: mine, olderId, children: own }] : [];
  });
}

/** While a save is being taken back: what of it serves somebody else's account by now, and stays. */
export class OtherAccounts {
  readonly #own: Set<number>;
  #incoming: Promise<Accounts> | null = null;

  /** @param own incoming accounts that stood before and that the save itself is about */
  constructor(
    private readonly client: GreyhoundClient,
    private readonly highestBefore: HighestIds,
    own: Iterable<number>,
  ) {
    this.#own = new Set(own);
  }

  /** An incoming account of the save itself; to be told before anything else of it is asked for. */
  exclude(accountId: number): void {
    this.#own.add(accountId);
  }

  /** @param id null while it is not known */
  async need(step: ElementStep, id: number | null): Promise<boolean> {
    if (step.element === 'incomingAccount' || step.element === 'smtpAccount') return false;
    const others = await this.#others();
    if (isForAll(step)) return (await this.#haveGroup(others)) && !(await this.#hasOlderTwin(id));
    const isNamesake = ({ Name }: Accounts[number]): boolean =>
      sameName(step.name, nameFor(step, Name));
    if (id === null || !others.some(isNamesake)) return false;
    const standing = listOf(await readListOf(this.client, step.element), step.element);
    // with one of its own beside it, the other account does without ours
    return !standing.some((entry) => entry.ID !== id && sameName(entry.Name, step.name));
  }

  /** Whether the filters that stand once serve somebody else's account, as it is now. */
  async needFiltersForAll(): Promise<boolean> {
    this.#incoming = null;
    return this.#haveGroup(await this.#others());
  }

  /** Whether the rule was meanwhile rewritten for an account of somebody else. */
  async own({ SourceCode }: Rule): Promise<boolean> {
    const accountId = parseInboundRuleScript(SourceCode)?.accountId;
    return (await this.#others()).some(({ ID }) => ID === accountId);
  }

  /** Whether one of the accounts was saved by a bridge: only then it has a group of its name. */
  async #haveGroup(others: Accounts): Promise<boolean> {
    if (others.length === 0) return false;
    const { groups } = await readListOf(this.client, 'group');
    return others.some((account) => groups.some(({ Name }) => sameName(Name, account.Name)));
  }

  /** Whether the others have such a filter of their own, or will have it below a parent of their own. */
  async #hasOlderTwin(id: number | null): Promise<boolean> {
    if (id === null) return false;
    const { filters } = await readListOf(this.client, 'filter');
    if (filters.some(({ ParentRef }) => ParentRef === id)) return false;
    const parentId = filters.find(({ ID }) => ID === id)?.ParentRef ?? 0;
    return olderTwin(id, filters) !== null || olderTwin(parentId, filters) !== null;
  }

  async #others(): Promise<Accounts> {
    this.#incoming ??= this.#youngAccounts();
    try {
      return (await this.#incoming).filter(({ ID }) => !this.#own.has(ID));
    } catch (error) {
      this.#incoming = null;
      throw error;
    }
  }

  /** An account that had its rule when the save was planned was complete without anything of it. */
  async #youngAccounts(): Promise<Accounts> {
    const [{ incoming }, { rules }] = await Promise.all([
      readAccountLists(this.client),
      readListOf(this.client, 'inboundRule'),
    ]);
    const before = rules.filter(({ ID }) => ID <= this.highestBefore.inboundRule);
    return incoming.filter(
      (account) => !before.some(({ Name }) => sameName(Name, ruleName(account.Name))),
    );
  }
}

/** What an element of this kind is called when it belongs to an account of that name. */
function nameFor(step: ElementStep, accountName: string): string {
  if (step.element === 'filter') return filterName(filterDefinition(step.filter), accountName);
  return step.element === 'inboundRule' ? ruleName(accountName) : accountName;
}
