/** How each element is created, looked for by its natural key, and removed again. */
import {
  ArchiveFailure,
  asSet,
  RpcGroup,
  RpcRule,
  RpcSignature,
  RuleKind,
  RuleState,
  RuleTrigger,
  SignatureKind,
  type GreyhoundClient,
} from '../../greyhound/index.js';
import { inboundRuleScript } from '../../greyhound/inbound-rule-script.js';
import { sameName } from '../accounts/fields.js';
import { wireFilter } from './filter-definitions.js';
import { findFilter } from './plan.js';
import { readAccountLists, readRules } from './snapshot.js';
import type {
  ElementKind,
  ElementStep,
  FilterStep,
  InboundRuleStep,
  StepInputs,
  Warning,
} from './steps.js';

/** What steps share while they run. */
export interface RunContext {
  readonly client: GreyhoundClient;
  readonly inputs: StepInputs;
  /** Ids of the elements, by step. */
  readonly ids: Map<string, number>;
  readonly warnings: Warning[];
}

/** The id that an earlier step found or made. */
export function idOf(context: RunContext, stepId: string): number {
  const id = context.ids.get(stepId);
  if (id === undefined) throw new Error(`step ${stepId} has not run`);
  return id;
}

export function createElement(step: ElementStep, context: RunContext): Promise<number> {
  const { client, inputs } = context;
  switch (step.element) {
    case 'group':
      return client.groups.New({ Group: RpcGroup.make({ Name: step.name, Email: step.address }) });
    case 'signature': {
      const GroupRef = idOf(context, step.groupStep);
      const Groups = [{ GroupRef, DefaultKinds: asSet(SignatureKind.skEmail) }];
      return client.signatures.New({ Signature: RpcSignature.make({ Name: step.name, Groups }) });
    }
    case 'filter':
      return client.filters.New({ Filter: filterOf(step, context) });
    case 'incomingAccount':
      return client.pop3Accounts.New({ Pop3Account: input(inputs.pop3, step.id) });
    case 'smtpAccount':
      return client.smtpAccounts.New({ SmtpAccount: input(inputs.smtp, step.id) });
    case 'inboundRule':
      return createRule(step, context);
  }
}

function input<T>(inputs: ReadonlyMap<string, T>, stepId: string): T {
  const found = inputs.get(stepId);
  if (found === undefined) throw new Error(`no input for step ${stepId}`);
  return found;
}

const filterOf = (step: FilterStep, context: RunContext) =>
  wireFilter(step.filter, step.name, {
    groupId: step.groupStep === null ? 0 : idOf(context, step.groupStep),
    parentId: step.parentStep === null ? 0 : idOf(context, step.parentStep),
  });

/** The script for the account; refused by the archive, the rule is kept inactive and the save warns. */
export async function checkedScript(
  step: Pick<InboundRuleStep, 'name' | 'groupStep' | 'accountStep' | 'address'>,
  context: RunContext,
): Promise<{ readonly source: string; readonly isAccepted: boolean }> {
  const source = inboundRuleScript({
    groupId: idOf(context, step.groupStep),
    address: step.address,
    accountId: idOf(context, step.accountStep),
  });
  const complaint = await context.client.rules.CheckSourceCode({ SourceCode: source });
  const isAccepted = complaint === '';
  if (!isAccepted) {
    context.warnings.push({ code: 'ruleRefused', element: 'inboundRule', name: step.name });
  }
  return { source, isAccepted };
}

async function createRule(step: InboundRuleStep, context: RunContext): Promise<number> {
  const { source, isAccepted } = await checkedScript(step, context);
  return context.client.rules.New({
    Rule: RpcRule.make({
      Name: step.name,
      State: isAccepted ? RuleState.rsActive : RuleState.rsInactive,
      Kind: RuleKind.rkScript,
      Triggers: asSet(RuleTrigger.rtAfterIncoming),
      SourceCode: source,
    }),
  });
}

type Reads = Pick<RunContext, 'client' | 'ids'>;

/**
 * Looks for what a step would create. The plan was made when nothing had that key, so what has it now came from a try
 * whose reply was lost. The youngest counts.
 */
export async function findElement(
  step: ElementStep,
  { client, ids }: Reads,
): Promise<number | null> {
  const named = { AdvancedFields: true };
  const youngest = (found: readonly { readonly ID: number }[]): number | null =>
    found.length === 0 ? null : Math.max(...found.map(({ ID }) => ID));
  switch (step.element) {
    case 'group':
      return youngest(
        (await client.groups.GetCompleteList(named)).filter((group) => group.Name === step.name),
      );
    case 'signature':
      return youngest(
        (await client.signatures.GetList(named)).filter(({ Name }) => Name === step.name),
      );
    case 'filter': {
      const parentId = step.parentStep === null ? 0 : (ids.get(step.parentStep) ?? null);
      return (
        findFilter(await client.filters.GetCompleteList(named), step.name, parentId)?.ID ?? null
      );
    }
    case 'incomingAccount':
      return youngest((await readAccountLists(client)).incoming.filter(isAccountOf(step)));
    case 'smtpAccount':
      return youngest((await readAccountLists(client)).smtp.filter(isAccountOf(step)));
    case 'inboundRule':
      return youngest((await readRules(client)).filter(({ Name }) => Name === step.name));
  }
}

const isAccountOf =
  (step: { readonly name: string; readonly host: string; readonly username: string }) =>
  (account: { readonly Name: string; readonly Host: string; readonly Username: string }): boolean =>
    account.Name === step.name &&
    sameName(account.Host, step.host) &&
    account.Username === step.username;

const serviceOf = (client: GreyhoundClient, element: ElementKind) =>
  ({
    group: client.groups,
    signature: client.signatures,
    filter: client.filters,
    incomingAccount: client.pop3Accounts,
    smtpAccount: client.smtpAccounts,
    inboundRule: client.rules,
  })[element];

async function exists(client: GreyhoundClient, element: ElementKind, id: number): Promise<boolean> {
  const named = { AdvancedFields: false };
  const lists = {
    group: () => client.groups.GetCompleteList(named),
    signature: () => client.signatures.GetList(named),
    filter: () => client.filters.GetCompleteList(named),
    incomingAccount: () => client.pop3Accounts.GetList(),
    smtpAccount: () => client.smtpAccounts.GetList(),
    inboundRule: () => readRules(client),
  };
  const found: readonly { readonly ID: number }[] = await lists[element]();
  return found.some(({ ID }) => ID === id);
}

/** Ignores that the lock is already gone, and with it perhaps the object. */
export async function unlock(
  client: GreyhoundClient,
  element: ElementKind,
  id: number,
): Promise<void> {
  try {
    await serviceOf(client, element).Unlock({ ID: id });
  } catch (error) {
    if (!(error instanceof ArchiveFailure)) throw error;
  }
}

/** Removes an element; that it is gone already is no error. */
export async function removeElement(
  client: GreyhoundClient,
  element: ElementKind,
  id: number,
): Promise<void> {
  const service = serviceOf(client, element);
  try {
    await service.Lock({ ID: id });
    await service.Delete({ ID: id });
  } catch (error) {
    const isRefused = error instanceof ArchiveFailure && error.code === 'archiveFault';
    if (!isRefused || (await exists(client, element, id))) throw error;
  }
  await unlock(client, element, id);
}
