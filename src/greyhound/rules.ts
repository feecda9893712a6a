/** rpc_ruleslib: server-side automation. A rule is filters (conditions), triggers and a script. */
import {
  bool,
  dateTime,
  enumeration,
  int,
  list,
  setOf,
  struct,
  text,
  type ValueOf,
} from './codec.js';
import { bookkeeping, integers, RpcLockData } from './common.js';
import { method, procedure, service } from './service.js';

export const RuleState = { rsInactive: 0, rsActive: 1 } as const;
export const RuleKind = { rkExpert: 0, rkScript: 1 } as const;
export const RuleTrigger = {
  rtAfterIncoming: 0,
  rtAfterOutgoing: 1,
  rtManual: 2,
  rtNew: 3,
  rtEdit: 4,
  rtTime: 5,
  rtItemWorkflow: 6,
  rtRuleWorkflow: 7,
  rtFirstMessage: 8,
  rtNextMessage: 9,
} as const;
export const TriggerOption = { toAll: 0, toManual: 1, toItemWorkflow: 2 } as const;

export const RpcRuleRecurrence = struct('RpcRuleRecurrence', {
  ID: int,
  Recurrence: int,
  Periodicity: int,
  Count: int,
  DayNumber: int,
  DayType: int,
  OccurDays: int,
  StartDate: dateTime,
  EndDate: dateTime,
  NextOccurrence: dateTime,
});

const shared = {
  ID: int,
  Order: int,
  Name: text,
  State: enumeration('RpcRuleState', RuleState),
  Kind: enumeration('RpcRuleKind', RuleKind),
  Triggers: setOf('RpcRuleTriggers', RuleTrigger),
  Compiled: bool,
  Message: text,
  ...bookkeeping,
} as const;

export const RpcRule = struct('RpcRule', {
  ...shared,
  FilterRefs: integers,
  CategoryRefs: integers,
  Recurrence: RpcRuleRecurrence,
  ExpertData: text,
  SourceCode: text,
});
export type Rule = ValueOf<typeof RpcRule>;

/** What the list gives: no source code. */
export const RpcRuleItem = struct('RpcRuleItem', shared);
export type RuleItem = ValueOf<typeof RpcRuleItem>;

export const RpcRules = service('RpcRules', {
  AddCategory: procedure({ ID: int, CategoryRef: int }),
  AddFilter: procedure({ ID: int, FilterRef: int }),
  CheckSourceCode: method({ SourceCode: text }, text),
  Delete: procedure({ ID: int }),
  DeleteGlobal: procedure({ Name: text }),
  Export: method({ ID: int }, text),
  Get: method({ ID: int }, RpcRule),
  GetGlobal: method({ Name: text }, text),
  GetGlobals: method({}, text),
  GetList: method(
    { TriggerOption: enumeration('RpcTriggerOption', TriggerOption) },
    list(RpcRuleItem),
  ),
  GetLockData: method({ ID: int }, RpcLockData),
  Import: method({ XmlData: text }, int),
  Lock: procedure({ ID: int }),
  New: method({ Rule: RpcRule }, int),
  Put: procedure({ Rule: RpcRule }),
  PutGlobal: procedure({ Name: text, Value: text }),
  PutGlobals: procedure({ Globals: text }),
  SetOrder: procedure({ ID: int, Order: int }),
  Unlock: procedure({ ID: int }),
});
