/**
 * From what is wanted and what is present to a graph of steps. Pure: the same input gives the same plan, and a plan
 * made from the result of a plan creates nothing.
 *
 * A step depends on those whose ids it needs, and on nothing else, so that the rest runs at the same time.
 */
import {
  includes,
  RpcAccountOptions,
  RuleState,
  SignatureKind,
  type AccountOptions,
  type Filter,
} from '../../greyhound/index.js';
import { parseInboundRuleScript } from '../../greyhound/inbound-rule-script.js';
import { sameName } from '../accounts/fields.js';
import { sendersFromWire } from '../accounts/smtp-wire.js';
import { refuse } from '../failure.js';
import { filterDefinitions, filterName, type FilterKey } from './filter-definitions.js';
import { ruleName, type ArchiveSnapshot } from './snapshot.js';
import {
  noInputs,
  type ElementKind,
  type Plan,
  type PlannedStep,
  type StepInputs,
  type Warning,
} from './steps.js';
import type { WantedProvisioning } from './wanted.js';

/** A plan in the making. */
export class PlanBuilder implements Plan {
  readonly steps: PlannedStep[] = [];
  readonly inputs: StepInputs = noInputs();
  readonly warnings: Warning[] = [];
  readonly places = new Map<string, string>();

  add(step: PlannedStep): string {
    this.steps.push(step);
    return step.id;
  }

  /** Exceptions from safe defaults are written only when there are any: it takes three more calls. */
  addOptions(
    element: 'incomingAccount' | 'smtpAccount',
    accountStep: string,
    name: string,
    options: AccountOptions,
  ): void {
    if (RpcAccountOptions.isEmpty(options)) return;
    const id = `${accountStep}.options`;
    this.inputs.options.set(id, options);
    this.add({ id, action: 'setOptions', element, name, accountStep, dependsOn: [accountStep] });
  }
}

interface Found {
  readonly ID: number;
  readonly Name: string;
}

/** The ids of the steps that others of the same account refer to. */
const stepIds = (key: string) => ({
  group: `${key}group`,
  signature: `${key}signature`,
  incoming: `${key}incomingAccount`,
  smtp: `${key}smtpAccount`,
  rule: `${key}inboundRule`,
});

/**
 * Adds everything for one account to a plan, except verification and activation.
 * @throws BridgeFailure elementExists naming what has the name and does not fit
 */
export function planProvisioning(
  plan: PlanBuilder,
  wanted: WantedProvisioning,
  present: ArchiveSnapshot,
): void {
  const groupId = planGroup(plan, wanted, present);
  // The account comes early: the longest chain goes from it over the rule's script to verification.
  planIncoming(plan, wanted);
  planSmtp(plan, wanted, present);
  planSignature(plan, wanted, present, groupId);
  planFilters(plan, wanted, present, groupId);
  planRule(plan, wanted, present, groupId);
}

/** Reuse what fits or was allowed; refuse what has the name and does not fit; null: there is none. */
function reusable<T extends Found>(
  element: ElementKind,
  found: T | undefined,
  fits: (found: T) => boolean,
  wanted: WantedProvisioning,
): number | null {
  if (found === undefined) return null;
  if (!wanted.reuse && !fits(found)) {
    throw refuse('elementExists', { field: 'name', params: { element, name: found.Name } });
  }
  return found.ID;
}

const creation = (existingId: number | null) =>
  ({ action: existingId === null ? 'create' : 'reuse', existingId }) as const;

function planGroup(
  plan: PlanBuilder,
  wanted: WantedProvisioning,
  present: ArchiveSnapshot,
): number | null {
  const existingId = reusable(
    'group',
    present.groups.find((group) => sameName(group.Name, wanted.name)),
    (group) => sameName(group.Email, wanted.address),
    wanted,
  );
  const id = stepIds(wanted.key).group;
  const { name, address } = wanted;
  plan.add({ id, element: 'group', name, address, dependsOn: [], ...creation(existingId) });
  return existingId;
}

function planSignature(
  plan: PlanBuilder,
  wanted: WantedProvisioning,
  present: ArchiveSnapshot,
  groupId: number | null,
): void {
  const found = present.signatures.find((signature) => sameName(signature.Name, wanted.name));
  const isDefault =
    found?.Groups.some(
      (entry) => entry.GroupRef === groupId && includes(entry.DefaultKinds, SignatureKind.skEmail),
    ) ?? false;
  const existingId = reusable('signature', found, () => isDefault, wanted);
  const { group: groupStep, signature: id } = stepIds(wanted.key);
  const { name } = wanted;
  if (found && !isDefault) {
    plan.warnings.push({ code: 'signatureNotDefault', element: 'signature', name });
  }
  plan.add({
    id,
    element: 'signature',
    name,
    groupStep,
    dependsOn: [groupStep],
    ...creation(existingId),
  });
}

/** Filters of all accounts have the same step ids, so that two accounts of one save share them. */
const filterStepId = (key: string, filter: FilterKey, scope: 'once' | 'account'): string =>
  `${scope === 'account' ? key : ''}filter.${filter}`;

function planFilters(
  plan: PlanBuilder,
  wanted: WantedProvisioning,
  present: ArchiveSnapshot,
  groupId: number | null,
): void {
  const existing = new Map<FilterKey, number | null>();
  for (const definition of filterDefinitions) {
    const { key: filter, scope, parent } = definition;
    const id = filterStepId(wanted.key, filter, scope);
    const name = filterName(definition, wanted.name);
    const parentId = parent === null ? 0 : (existing.get(parent) ?? null);
    const existingId = reusable(
      'filter',
      findFilter(present.filters, name, parentId),
      (found) => scope === 'once' || (groupId !== null && found.GroupRefs.includes(groupId)),
      wanted,
    );
    existing.set(filter, existingId);
    if (plan.steps.some((step) => step.id === id)) continue;
    const groupStep = scope === 'account' ? stepIds(wanted.key).group : null;
    const parentStep = parent === null ? null : filterStepId(wanted.key, parent, 'once');
    const dependsOn = [groupStep, parentStep].filter((step) => step !== null);
    plan.add({
      id,
      element: 'filter',
      name,
      filter,
      groupStep,
      parentStep,
      dependsOn,
      ...creation(existingId),
    });
  }
}

/** @param parentId null: the parent is not there yet, so the filter is not either */
export const findFilter = (
  filters: readonly Filter[],
  name: string,
  parentId: number | null,
): Filter | undefined =>
  filters.find((filter) => filter.ParentRef === parentId && sameName(filter.Name, name));

function planSmtp(plan: PlanBuilder, wanted: WantedProvisioning, present: ArchiveSnapshot): void {
  const id = stepIds(wanted.key).smtp;
  const shared = { id, element: 'smtpAccount', name: wanted.name } as const;
  if ('existingId' in wanted.smtp) {
    const { existingId } = wanted.smtp;
    plan.add({ ...shared, action: 'reuse', existingId, host: '', username: '', dependsOn: [] });
    return;
  }
  const { account, options } = wanted.smtp;
  const existingId = reusable(
    'smtpAccount',
    present.smtp.find((smtp) => sameName(smtp.Name, wanted.name)),
    (smtp) =>
      sameName(smtp.Host, account.Host) &&
      smtp.Username === account.Username &&
      sendersFromWire(smtp.Filter).some(
        (sender) => sender === '*' || sameName(sender, wanted.address),
      ),
    wanted,
  );
  plan.inputs.smtp.set(id, account);
  plan.add({
    ...shared,
    host: account.Host,
    username: account.Username,
    dependsOn: [],
    ...creation(existingId),
  });
  if (existingId === null) plan.addOptions('smtpAccount', id, wanted.name, options);
}

function planIncoming(plan: PlanBuilder, wanted: WantedProvisioning): void {
  const { incoming, name } = wanted;
  const id = stepIds(wanted.key).incoming;
  const shared = { id, element: 'incomingAccount', name } as const;
  if ('existingId' in incoming) {
    const { existingId } = incoming;
    plan.add({ ...shared, action: 'reuse', existingId, host: '', username: '', dependsOn: [] });
    return;
  }
  const { account, options } = incoming;
  plan.inputs.pop3.set(id, account);
  plan.add({
    ...shared,
    action: 'create',
    existingId: null,
    host: account.Host,
    username: account.Username,
    dependsOn: [],
  });
  plan.addOptions('incomingAccount', id, name, options);
}

/**
 * A rule of that name left by an earlier account names an account or a group that is gone: it gets the new script.
 * A script that is not our template was changed by hand and stays.
 */
function planRule(
  plan: PlanBuilder,
  wanted: WantedProvisioning,
  present: ArchiveSnapshot,
  groupId: number | null,
): void {
  const name = ruleName(wanted.name);
  const { group: groupStep, incoming: accountStep, rule: id } = stepIds(wanted.key);
  const { address } = wanted;
  const shared = {
    id,
    element: 'inboundRule',
    name,
    groupStep,
    accountStep,
    address,
    dependsOn: [groupStep, accountStep],
  } as const;
  const found = present.inboundRules.find((rule) => sameName(rule.Name, name));
  if (found === undefined) {
    plan.add({ ...shared, ...creation(null) });
    return;
  }
  const script = parseInboundRuleScript(found.SourceCode);
  const accountId = 'existingId' in wanted.incoming ? wanted.incoming.existingId : null;
  if (script === null) {
    plan.warnings.push({ code: 'ruleKeptAsChanged', element: 'inboundRule', name });
  } else if (script.accountId !== accountId || script.groupId !== groupId) {
    const previousSource = found.SourceCode;
    const wasActive = found.State === RuleState.rsActive;
    plan.add({ ...shared, action: 'rewrite', existingId: found.ID, previousSource, wasActive });
    return;
  }
  plan.add({ ...shared, ...creation(found.ID) });
}

/** Id of the one verification of a plan. */
export const VERIFY = 'verify';

/** After everything so far the plan looks whether it stands; a plan that makes nothing needs no look. */
export function planVerification(plan: PlanBuilder): void {
  const makesSomething = plan.steps.some(
    (step) => step.action === 'create' || step.action === 'rewrite',
  );
  if (!makesSomething) return;
  const dependsOn = plan.steps.map((step) => step.id);
  plan.add({ id: VERIFY, action: 'verify', element: null, name: '', dependsOn });
}

/** Ends a plan: the accounts that these steps make become active, after everything else. */
export function planActivation(
  plan: PlanBuilder,
  accountStepIds: readonly string[],
  dependsOn: readonly string[],
): void {
  for (const accountStep of accountStepIds) {
    const step = plan.steps.find(({ id }) => id === accountStep);
    if (step?.element !== 'incomingAccount' && step?.element !== 'smtpAccount') continue;
    const { element, name } = step;
    const id = `${accountStep}.activate`;
    plan.add({ id, action: 'activate', element, name, accountStep, dependsOn });
  }
}

/** The steps to activate for an account that is wanted active. */
export const accountSteps = (key: string): readonly [string, string] => [
  stepIds(key).incoming,
  stepIds(key).smtp,
];
