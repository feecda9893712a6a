/** RpcFilters: the tree of saved searches. */
import { RpcFilter, type Filter, type RpcFilters } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Caller, Handlers } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { ItemQuery, RuleRunner } from '../rpc/ports.js';
import type { Realms } from '../rpc/realms.js';
import { lockedChange, lockedDelete, lockHandlers, withLockData } from './locked-objects.js';
import type { ObjectStores } from './stores.js';
import { requireParent, withPaths } from './tree.js';
import { requireExisting, requireName, withAdded } from './validation.js';

interface FilterDependencies {
  readonly stores: ObjectStores;
  readonly realms: Realms;
  readonly locks: LockTable;
  readonly rules: RuleRunner;
  readonly items: ItemQuery;
}

type IdList = 'CategoryRefs' | 'ColorRefs' | 'GroupRefs' | 'TopicRefs' | 'UserRefs';

export function filterHandlers(
  dependencies: FilterDependencies,
): Handlers<typeof RpcFilters.methods> {
  const { stores, realms, locks, rules, items } = dependencies;
  const { filters, groups, changes } = stores;

  const list = async (_parameters: unknown, { realmId }: Caller): Promise<Filter[]> =>
    withPaths(await filters.list(realmId)).map(withLockData('filter', locks, realmId));

  const validate = async (realmId: number, filter: Filter): Promise<void> => {
    requireName(filter.Name);
    requireParent(await filters.list(realmId), filter);
    const groupIds = (await groups.list(realmId)).map(({ ID }) => ID);
    requireExisting('GroupRefs', filter.GroupRefs, new Set(groupIds));
    const userIds = (await realms.users(realmId)).map(({ userId }) => userId);
    requireExisting('UserRefs', filter.UserRefs, new Set(userIds));
  };

  const requireUnused = async (realmId: number, id: number): Promise<void> => {
    const children = (await filters.list(realmId)).some(({ ParentRef }) => ParentRef === id);
    const ruled = (await stores.rules.list(realmId)).some((rule) => rule.FilterRefs.includes(id));
    if (children || ruled)
      throw new RpcError('inUse', `The filter ${id} is used by filters or rules.`);
  };

  const change = lockedChange('filter', filters, changes, locks, validate);
  const add = (ID: number, member: IdList, id: number, caller: Caller) =>
    change(ID, caller, (filter) => ({ ...filter, [member]: withAdded(filter[member], id) }));

  const execute = async (realmId: number, filter: Filter, ruleId: number): Promise<undefined> => {
    await stores.rules.get(realmId, ruleId);
    await rules.runOnItems(realmId, ruleId, await items.idsOfFilter(realmId, filter));
  };

  return {
    ...lockHandlers('filter', locks, (realmId, id) => filters.get(realmId, id)),
    GetList: list,
    GetCompleteList: list,
    Get: async (parameters, caller) =>
      (await list(parameters, caller)).find(({ ID }) => ID === parameters.ID) ??
      filters.get(caller.realmId, parameters.ID),
    New: ({ Filter: filter }, { realmId }) =>
      changes.run(async () => {
        await validate(realmId, { ...filter, ID: 0 });
        return filters.create(realmId, filter);
      }),
    Put: ({ Filter: filter }, caller) => change(filter.ID, caller, () => filter),
    Delete: lockedDelete('filter', filters, changes, locks, requireUnused),
    AddCategory: ({ ID, CategoryRef }, caller) => add(ID, 'CategoryRefs', CategoryRef, caller),
    AddColor: ({ ID, ColorRef }, caller) => add(ID, 'ColorRefs', ColorRef, caller),
    AddGroup: ({ ID, GroupRef }, caller) => add(ID, 'GroupRefs', GroupRef, caller),
    AddTopic: ({ ID, TopicRef }, caller) => add(ID, 'TopicRefs', TopicRef, caller),
    AddUser: ({ ID, UserRef }, caller) => add(ID, 'UserRefs', UserRef, caller),
    SetOrder: ({ ID, Order }, caller) => change(ID, caller, (filter) => ({ ...filter, Order })),
    SetParent: ({ ID, ParentRef }, caller) =>
      change(ID, caller, (filter) => ({ ...filter, ParentRef })),
    SetViewOption: ({ ID, ViewOptionRef }, caller) =>
      change(ID, caller, (filter) => ({ ...filter, ViewOptionRef })),
    ExecuteRule: async ({ ID, RuleID }, { realmId }) =>
      execute(realmId, await filters.get(realmId, ID), RuleID),
    ExecuteRuleForTempFilter: ({ Filter: filter, RuleID }, { realmId }) =>
      execute(realmId, RpcFilter.make(filter), RuleID),
  };
}
