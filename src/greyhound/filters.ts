/** rpc_filterslib: the filter tree. A filter is a saved search; the tree is the flat list with ParentRef and Order. */
import { bool, enumeration, int, list, setOf, struct, text, type ValueOf } from './codec.js';
import { bookkeeping, integers, RpcLockData } from './common.js';
import { criteria } from './criteria.js';
import { method, procedure, service } from './service.js';

export const LoadReferences = { lrNo: 0, lrDifferent: 1, lrAlways: 2 } as const;
export const FilterOption = { oCountTotal: 0, oCountRead: 1 } as const;
const loadReferences = enumeration('RpcLoadReferences', LoadReferences);

export const RpcFilterUserField = struct('RpcUserFieldItem', { Combine: int, Compare: int });

export const RpcFilter = struct('RpcFilter', {
  ID: int,
  ParentRef: int,
  Order: int,
  ViewOptionRef: int,
  Name: text,
  Path: text,
  Icon: text,
  WorkSpace: int,
  CategoryRefs: integers,
  LoadGroups: loadReferences,
  LoadUsers: loadReferences,
  LoadTopics: loadReferences,
  LoadColors: loadReferences,
  ...criteria,
  UserFields: list(RpcFilterUserField),
  Options: setOf('RpcOptions', FilterOption),
  ...bookkeeping,
});
export type Filter = ValueOf<typeof RpcFilter>;

export const RpcFilters = service('RpcFilters', {
  AddCategory: procedure({ ID: int, CategoryRef: int }),
  AddColor: procedure({ ID: int, ColorRef: int }),
  AddGroup: procedure({ ID: int, GroupRef: int }),
  AddTopic: procedure({ ID: int, TopicRef: int }),
  AddUser: procedure({ ID: int, UserRef: int }),
  Delete: procedure({ ID: int }),
  ExecuteRule: procedure({ ID: int, RuleID: int }),
  ExecuteRuleForTempFilter: procedure({ Filter: RpcFilter, RuleID: int }),
  Get: method({ ID: int }, RpcFilter),
  GetCompleteList: method({ AdvancedFields: bool }, list(RpcFilter)),
  GetList: method({ AdvancedFields: bool }, list(RpcFilter)),
  GetLockData: method({ ID: int }, RpcLockData),
  Lock: procedure({ ID: int }),
  New: method({ Filter: RpcFilter }, int),
  Put: procedure({ Filter: RpcFilter }),
  SetOrder: procedure({ ID: int, Order: int }),
  SetParent: procedure({ ID: int, ParentRef: int }),
  SetViewOption: procedure({ ID: int, ViewOptionRef: int }),
  Unlock: procedure({ ID: int }),
});
