/** How each element is created, locked and removed again. */
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
import { wireFilter } from './filter-definitions.js';
import type {
  ElementKind,
  ElementStep,
  FilterStep,
  InboundRuleStep,
  StepInputs,
  Warning,
} from './steps.js';
import { listOf, readListOf } from './traces.js';

/** What steps share while they run. */
export interface RunContext {
  readonly client: GreyhoundClient;
  readonly inputs: StepInputs;
  /** Ids of the elements, by step. */
  readonly ids: Map<string, number>;
  readonly warnings: Warning[];
  /** Told when the archive may still carry out a call that was given up, or a lock may have been left behind. */
  readonly onDoubt: () => void;
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
  return listOf(await readListOf(client, element), element).some(({ ID }) => ID === id);
}

type Releasing = Pick<RunContext, 'client' | 'onDoubt'>;

/** That the lock could not be given back is no error: it is tried again when the operation is over. */
export async function unlock(
  { client, onDoubt }: Releasing,
  element: ElementKind,
  id: number,
): Promise<void> {
  try {
    await serviceOf(client, element).Unlock({ ID: id });
  } catch (error) {
    if (!(error instanceof ArchiveFailure)) throw error;
    onDoubt();
  }
}

/** Takes the element's lock. When that is in doubt it is given back. */
async function lock(context: Releasing, element: ElementKind, id: number): Promise<void> {
  try {
    await serviceOf(context.client, element).Lock({ ID: id });
  } catch (error) {
    const mayBeHeld = error instanceof ArchiveFailure && error.maybeExecuted;
    if (mayBeHeld) await unlock(context, element, id);
    throw error;
  }
}

/** Runs `change` while the element's lock is held. */
export async function locked<R>(
  context: Releasing,
  element: ElementKind,
  id: number,
  change: () => Promise<R>,
): Promise<R> {
  await lock(context, element, id);
  try {
    return await change();
  } finally {
    await unlock(context, element, id);
  }
}

/** Removes an element; that it is gone already is no error. */
export async function removeElement(
  context: Releasing,
  element: ElementKind,
  id: number,
): Promise<void> {
  const { client } = context;
  try {
    await lock(context, element, id);
    await serviceOf(client, element).Delete({ ID: id });
  } catch (error) {
    await unlock(context, element, id);
    const isRefused = error instanceof ArchiveFailure && error.code === 'archiveFault';
    if (!isRefused || (await exists(client, element, id))) throw error;
  }
}
