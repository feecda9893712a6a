/** rpc_textblockslib: texts that users put into what they write, a tree. */
import { bool, dateTime, enumeration, int, list, struct, text, type ValueOf } from './codec.js';
import { bookkeeping, integers, RpcLockData } from './common.js';
import { method, procedure, service } from './service.js';
import { Synchronisation } from './signatures.js';
import { variables } from './variables.js';

export const RpcTextBlock = struct('RpcTextBlock', {
  ID: int,
  ParentRef: int,
  Name: text,
  Subject: text,
  KeyWords: text,
  TextData: text,
  HtmlData: text,
  /** The reference does not tell the type of these two: what occurs in the text, as a list of variables. */
  TextVariables: variables,
  HtmlVariables: variables,
  Synchronisation: enumeration('RpcSynchronisation', Synchronisation),
  CategoryRefs: integers,
  WorkSpace: int,
  UsedCount: int,
  LastUsed: dateTime,
  ...bookkeeping,
});
export type TextBlock = ValueOf<typeof RpcTextBlock>;

export const RpcTextBlocks = service('RpcTextBlocks', {
  AddCategory: procedure({ ID: int, CategoryRef: int }),
  Delete: procedure({ ID: int }),
  Get: method({ ID: int, MarkAsUsed: bool }, RpcTextBlock),
  GetCompleteList: method({ AdvancedFields: bool }, list(RpcTextBlock)),
  GetList: method({ AdvancedFields: bool }, list(RpcTextBlock)),
  GetLockData: method({ ID: int }, RpcLockData),
  GetWithVariables: method(
    { ID: int, MarkAsUsed: bool, Variables: variables, ItemRef: int },
    RpcTextBlock,
  ),
  Lock: procedure({ ID: int }),
  New: method({ TextBlock: RpcTextBlock }, int),
  Put: procedure({ TextBlock: RpcTextBlock }),
  SetParent: procedure({ ID: int, ParentRef: int }),
  Unlock: procedure({ ID: int }),
});
