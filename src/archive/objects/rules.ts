/**
 * RpcRules. This archive executes script rules made from one template (see the compiler that is handed in); any
 * other rule is kept as it is, answered with `Compiled = false` and a message, and never executed.
 */
import {
  includes,
  RpcRuleItem,
  RuleKind,
  RuleState,
  RuleTrigger,
  TriggerOption,
  type Rule,
  type RpcRules,
} from '../../greyhound/index.js';
import type { Handlers } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { ScriptCompiler } from '../rpc/ports.js';
import { lockedChange, lockedDelete, lockHandlers, withLockData } from './locked-objects.js';
import { readRuleDocument, writeRuleDocument } from './rule-document.js';
import type { RuleGlobals } from './rule-globals.js';
import type { ObjectStores } from './stores.js';
import { requireExisting, requireName, requireOrdinal, withAdded } from './validation.js';

interface RuleDependencies {
  readonly stores: ObjectStores;
  readonly locks: LockTable;
  readonly compiler: ScriptCompiler;
  readonly globals: RuleGlobals;
}

const triggerOf = new Map<number, number>([
  [TriggerOption.toManual, RuleTrigger.rtManual],
  [TriggerOption.toItemWorkflow, RuleTrigger.rtItemWorkflow],
]);

export function ruleHandlers(dependencies: RuleDependencies): Handlers<typeof RpcRules.methods> {
  const { stores, locks, compiler, globals } = dependencies;
  const { rules, filters, changes } = stores;

  const compiled = (rule: Rule): Rule => {
    if (rule.Kind !== RuleKind.rkScript) {
      return { ...rule, Compiled: false, Message: 'This archive executes script rules only.' };
    }
    const outcome = compiler.compile(rule.SourceCode);
    return { ...rule, Compiled: outcome.ok, Message: outcome.ok ? '' : outcome.message };
  };

  const validate = async (realmId: number, rule: Rule): Promise<void> => {
    requireName(rule.Name);
    requireOrdinal('State', rule.State, RuleState.rsActive);
    const filterIds = (await filters.list(realmId)).map(({ ID }) => ID);
    requireExisting('FilterRefs', rule.FilterRefs, new Set(filterIds));
  };

  const create = (realmId: number, rule: Rule): Promise<number> =>
    changes.run(async () => {
      await validate(realmId, rule);
      return rules.create(realmId, compiled(rule));
    });

  const change = lockedChange('rule', rules, changes, locks, validate);

  return {
    ...lockHandlers('rule', locks, (realmId, id) => rules.get(realmId, id)),
    GetList: async ({ TriggerOption: option }, { realmId }) => {
      const trigger = triggerOf.get(option);
      return (await rules.list(realmId))
        .filter(({ Triggers }) => trigger === undefined || includes(Triggers, trigger))
        .sort((a, b) => a.Order - b.Order || a.ID - b.ID)
        .map(withLockData('rule', locks, realmId))
        .map(asListItem);
    },
    Get: async ({ ID }, { realmId }) =>
      withLockData('rule', locks, realmId)(await rules.get(realmId, ID)),
    New: ({ Rule: rule }, { realmId }) => create(realmId, rule),
    Put: ({ Rule: rule }, caller) => change(rule.ID, caller, () => compiled(rule)),
    Delete: lockedDelete('rule', rules, changes, locks, () => Promise.resolve()),
    AddCategory: ({ ID, CategoryRef }, caller) =>
      change(ID, caller, (rule) => ({
        ...rule,
        CategoryRefs: withAdded(rule.CategoryRefs, CategoryRef),
      })),
    AddFilter: ({ ID, FilterRef }, caller) =>
      change(ID, caller, (rule) => ({
        ...rule,
        FilterRefs: withAdded(rule.FilterRefs, FilterRef),
      })),
    SetOrder: ({ ID, Order }, caller) => change(ID, caller, (rule) => ({ ...rule, Order })),
    CheckSourceCode: ({ SourceCode }) => {
      const outcome = compiler.compile(SourceCode);
      return outcome.ok ? '' : outcome.message;
    },
    Export: async ({ ID }, { realmId }) => writeRuleDocument(await rules.get(realmId, ID)),
    Import: ({ XmlData }, { realmId }) =>
      create(realmId, { ...readRuleDocument(XmlData), State: RuleState.rsInactive }),
    GetGlobal: ({ Name }, { realmId }) => globals.get(realmId, Name),
    GetGlobals: (_parameters, { realmId }) => globals.getAll(realmId),
    PutGlobal: ({ Name, Value }, { realmId }) => globals.put(realmId, Name, Value),
    PutGlobals: ({ Globals }, { realmId }) => globals.putAll(realmId, Globals),
    DeleteGlobal: ({ Name }, { realmId }) => globals.delete(realmId, Name),
  };
}

/** A list gives no source code and nothing else that only `Get` gives. */
function asListItem(rule: Rule) {
  const item: Record<string, unknown> = {};
  for (const member of Object.keys(RpcRuleItem.members)) item[member] = rule[member as keyof Rule];
  return RpcRuleItem.make(item);
}
