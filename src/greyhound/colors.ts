/** rpc_colorslib: the colours that items are marked with, one each. */
import { bool, int, list, struct, text, type ValueOf } from './codec.js';
import { bookkeeping, integers, RpcLockData } from './common.js';
import { method, procedure, service } from './service.js';

export const RpcColor = struct('RpcColor', {
  ID: int,
  Name: text,
  /** Kept as it came: the reference does not tell its form. */
  Code: text,
  Order: int,
  WorkSpace: int,
  CategoryRefs: integers,
  ...bookkeeping,
});
export type Color = ValueOf<typeof RpcColor>;

export const RpcColors = service('RpcColors', {
  AddCategory: procedure({ ID: int, CategoryRef: int }),
  Delete: procedure({ ID: int }),
  Get: method({ ID: int }, RpcColor),
  GetCompleteList: method({ AdvancedFields: bool }, list(RpcColor)),
  GetList: method({ AdvancedFields: bool }, list(RpcColor)),
  GetLockData: method({ ID: int }, RpcLockData),
  Lock: procedure({ ID: int }),
  New: method({ Color: RpcColor }, int),
  Put: procedure({ Color: RpcColor }),
  SetOrder: procedure({ ID: int, Order: int }),
  Unlock: procedure({ ID: int }),
});
