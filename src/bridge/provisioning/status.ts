/** Which of the elements that belong to an account stand, and what a repair would create. Pure. */
import {
  includes,
  SignatureKind,
  type Filter,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import {
  parseInboundRuleScript,
  type InboundRuleParameters,
} from '../../greyhound/inbound-rule-script.js';
import { sameName } from '../accounts/fields.js';
import {
  filterDefinition,
  filterDefinitions,
  filterName,
  wireFilter,
  type FilterKey,
} from './filter-definitions.js';
import { findFilter } from './plan.js';
import { ruleName, type ArchiveSnapshot } from './snapshot.js';
import type { ElementKind } from './steps.js';

export interface ElementStatus {
  readonly element: ElementKind;
  readonly name: string;
  readonly id: number | null;
  /** `changed`: it stands, but not as it was created; it is left alone. */
  readonly state: 'present' | 'missing' | 'changed';
}

/** What an account's elements are named after and which group they serve. */
export interface Provisioned {
  readonly name: string;
  readonly groupId: number | null;
}

/**
 * The elements keep their names when the account is renamed (SAL-42): the rule knows the account by its id. Without
 * the rule they are looked for by the account's present name.
 */
export function provisionedAs(account: Pop3Account, present: ArchiveSnapshot): Provisioned {
  const prefix = ruleName('');
  for (const rule of present.inboundRules) {
    const script = parseInboundRuleScript(rule.SourceCode);
    if (script?.accountId !== account.ID || !rule.Name.startsWith(prefix)) continue;
    const group = present.groups.find(({ ID }) => ID === script.groupId);
    return { name: rule.Name.slice(prefix.length), groupId: group?.ID ?? null };
  }
  const group = present.groups.find(({ Name }) => sameName(Name, account.Name));
  return { name: account.Name, groupId: group?.ID ?? null };
}

/** After a rename of either side it is found by the present name or by the one it was created with. */
export const smtpOf = (
  account: Pop3Account,
  provisionedName: string,
  present: ArchiveSnapshot,
): SmtpAccount | undefined =>
  present.smtp.find(({ Name }) => sameName(Name, account.Name)) ??
  present.smtp.find(({ Name }) => sameName(Name, provisionedName));

type Found = { readonly ID: number } | undefined;

const status = (
  element: ElementKind,
  name: string,
  found: Found,
  isAsCreated: boolean,
): ElementStatus => ({
  element,
  name,
  id: found?.ID ?? null,
  state: found === undefined ? 'missing' : isAsCreated ? 'present' : 'changed',
});

export function provisioningStatus(
  account: Pop3Account,
  present: ArchiveSnapshot,
): ElementStatus[] {
  const { name, groupId } = provisionedAs(account, present);
  const group = present.groups.find(({ ID }) => ID === groupId);
  const signature = present.signatures.find(({ Name }) => sameName(Name, name));
  const isDefault = signature?.Groups.some(
    (entry) => entry.GroupRef === groupId && includes(entry.DefaultKinds, SignatureKind.skEmail),
  );
  const smtp = smtpOf(account, name, present);
  return [
    status('incomingAccount', account.Name, account, true),
    status('group', name, group, group !== undefined && group.Email !== ''),
    status('signature', name, signature, isDefault ?? false),
    ...filterStatuses(name, groupId, present),
    ruleStatus(account, name, groupId, present),
    status('smtpAccount', smtp?.Name ?? name, smtp, true),
  ];
}

function filterStatuses(
  accountName: string,
  groupId: number | null,
  present: ArchiveSnapshot,
): ElementStatus[] {
  const find = (key: FilterKey): Filter | undefined => {
    const definition = filterDefinition(key);
    const parent: Found = definition.parent === null ? { ID: 0 } : find(definition.parent);
    return findFilter(present.filters, filterName(definition, accountName), parent?.ID ?? null);
  };
  return filterDefinitions.map((definition) => {
    const found = find(definition.key);
    const name = filterName(definition, accountName);
    const refs = { groupId: groupId ?? 0, parentId: found?.ParentRef ?? 0 };
    const wanted = wireFilter(definition.key, name, refs);
    const isAsCreated =
      found !== undefined &&
      found.States === wanted.States &&
      found.Kinds === wanted.Kinds &&
      found.PositiveFlags === wanted.PositiveFlags &&
      found.NegativeFlags === wanted.NegativeFlags &&
      JSON.stringify(found.GroupRefs) === JSON.stringify(wanted.GroupRefs);
    return status('filter', name, found, isAsCreated);
  });
}

function ruleStatus(
  account: Pop3Account,
  accountName: string,
  groupId: number | null,
  present: ArchiveSnapshot,
): ElementStatus {
  const name = ruleName(accountName);
  const rule = present.inboundRules.find(({ Name }) => sameName(Name, name));
  const script: InboundRuleParameters | null =
    rule === undefined ? null : parseInboundRuleScript(rule.SourceCode);
  const isAsCreated = script?.accountId === account.ID && script.groupId === groupId;
  return status('inboundRule', name, rule, isAsCreated);
}
