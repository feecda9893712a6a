/** rpc_topicslib: topics of items, a tree. */
import { bool, int, list, struct, text, type ValueOf } from './codec.js';
import { bookkeeping, integers, RpcLockData } from './common.js';
import { method, procedure, service } from './service.js';

/** The reference tells the number of members, not their names: those that every tree of the contract has. */
export const RpcTopic = struct('RpcTopic', {
  ID: int,
  ParentRef: int,
  Name: text,
  Path: text,
  Order: int,
  WorkSpace: int,
  CategoryRefs: integers,
  ...bookkeeping,
});
export type Topic = ValueOf<typeof RpcTopic>;

export const RpcTopics = service('RpcTopics', {
  AddCategory: procedure({ ID: int, CategoryRef: int }),
  Delete: procedure({ ID: int }),
  Get: method({ ID: int }, RpcTopic),
  GetCompleteList: method({ AdvancedFields: bool }, list(RpcTopic)),
  GetList: method({ AdvancedFields: bool }, list(RpcTopic)),
  GetLockData: method({ ID: int }, RpcLockData),
  Lock: procedure({ ID: int }),
  New: method({ Topic: RpcTopic }, int),
  Put: procedure({ Topic: RpcTopic }),
  SetOrder: procedure({ ID: int, Order: int }),
  SetParent: procedure({ ID: int, ParentRef: int }),
  Unlock: procedure({ ID: int }),
});
