/**
 * What a save does to the archive, as data: a graph of steps. Steps are journalled as they stand here, so they hold
 * no secret; account settings with passwords travel beside the plan (`StepInputs`): those of changes sealed, so that
 * a save can be completed after a crash, those of new accounts in memory only, as these are taken back.
 */
import type { AccountOptions, Pop3Account, SmtpAccount } from '../../greyhound/index.js';
import type { IncomingAccountUpdate, SmtpAccountUpdate } from '../accounts/schemas.js';
import type { FilterKey } from './filter-definitions.js';

export type ElementKind =
  'incomingAccount' | 'smtpAccount' | 'group' | 'signature' | 'filter' | 'inboundRule';

export type AccountElement = 'incomingAccount' | 'smtpAccount';

interface Step {
  readonly id: string;
  /** Of the element that the step is about. */
  readonly name: string;
  readonly dependsOn: readonly string[];
}

interface Creation extends Step {
  readonly action: 'create' | 'reuse';
  /** The element that is reused; null when it is created. */
  readonly existingId: number | null;
}

export interface GroupStep extends Creation {
  readonly element: 'group';
  readonly address: string;
}

export interface SignatureStep extends Creation {
  readonly element: 'signature';
  readonly groupStep: string;
}

export interface FilterStep extends Creation {
  readonly element: 'filter';
  readonly filter: FilterKey;
  readonly groupStep: string | null;
  readonly parentStep: string | null;
}

export interface IncomingAccountStep extends Creation {
  readonly element: 'incomingAccount';
  readonly host: string;
  readonly username: string;
}

export interface SmtpAccountStep extends Creation {
  readonly element: 'smtpAccount';
  readonly host: string;
  readonly username: string;
}

export interface InboundRuleStep extends Creation {
  readonly element: 'inboundRule';
  readonly groupStep: string;
  readonly accountStep: string;
  readonly address: string;
}

/** What may be created, and is removed again when the save fails before activation. */
export type ElementStep =
  GroupStep | SignatureStep | FilterStep | IncomingAccountStep | SmtpAccountStep | InboundRuleStep;

/** An inbound rule left by an earlier account of this name gets the script for the new one. */
export interface RewriteRuleStep extends Step {
  readonly action: 'rewrite';
  readonly element: 'inboundRule';
  readonly existingId: number;
  readonly groupStep: string;
  readonly accountStep: string;
  readonly address: string;
  readonly previousSource: string;
  readonly wasActive: boolean;
}

/** Takes the lock of something that stands and compares it with what the caller had read. */
export interface LockStep extends Step {
  readonly action: 'lock';
  readonly element: AccountElement | 'group';
  readonly existingId: number;
  /** null: the caller does not mind. */
  readonly expectedTag: string | null;
}

export interface UpdateStep extends Step {
  readonly action: 'update';
  readonly element: AccountElement | 'group';
  readonly existingId: number;
}

export interface DeleteStep extends Step {
  readonly action: 'delete';
  readonly element: AccountElement;
  readonly existingId: number;
}

/** Exceptions from safe defaults, kept by RpcMailBridge. */
export interface OptionsStep extends Step {
  readonly action: 'setOptions';
  readonly element: AccountElement;
  readonly accountStep: string;
}

/** Reads the lists again: everything stands, and the new accounts are among the licensed ones. */
export interface VerifyStep extends Step {
  readonly action: 'verify';
  readonly element: null;
}

/** The account may fetch, delete and send mails from here on: never taken back. */
export interface ActivateStep extends Step {
  readonly action: 'activate';
  readonly element: AccountElement;
  readonly accountStep: string;
}

export type PlannedStep =
  | ElementStep
  | RewriteRuleStep
  | LockStep
  | UpdateStep
  | DeleteStep
  | OptionsStep
  | VerifyStep
  | ActivateStep;

/** What cannot be taken back: the old values, passwords among them, are not to be had. */
export type CommittingStep = UpdateStep | DeleteStep | ActivateStep;

/** These come after everything that can be taken back. From the first one that had an effect on a save goes forward. */
export const isCommitting = (step: PlannedStep): step is CommittingStep =>
  step.action === 'update' || step.action === 'delete' || step.action === 'activate';

export const isElementStep = (step: PlannedStep): step is ElementStep =>
  step.action === 'create' || step.action === 'reuse';

/** Incoming accounts that stand and that a plan is about. */
export const subjectsOf = (steps: readonly PlannedStep[]): number[] =>
  steps.flatMap((step) =>
    step.element === 'incomingAccount' && 'existingId' in step && step.existingId !== null
      ? [step.existingId]
      : [],
  );

/** Warnings of a save; texts for them stand with the caller. */
export type WarningCode =
  | 'ruleRefused'
  | 'ruleKeptAsChanged'
  | 'signatureNotDefault'
  | 'smtpPasswordMissing'
  | 'smtpManagedExternally'
  | 'removalNotConfirmed'
  | 'removalNotProven'
  | 'removalNotChecked';

export interface Warning {
  readonly code: WarningCode;
  readonly element: ElementKind;
  readonly name: string;
  /** Of mails, for removalNotConfirmed. */
  readonly count?: number;
}

/** What steps need and the journal must not hold in clear; by step id. */
export interface StepInputs {
  readonly pop3: Map<string, Pop3Account>;
  readonly smtp: Map<string, SmtpAccount>;
  readonly options: Map<string, AccountOptions>;
  readonly incomingUpdates: Map<string, IncomingAccountUpdate>;
  readonly smtpUpdates: Map<string, SmtpAccountUpdate>;
  readonly groupAddresses: Map<string, string>;
}

export const noInputs = (): StepInputs => ({
  pop3: new Map(),
  smtp: new Map(),
  options: new Map(),
  incomingUpdates: new Map(),
  smtpUpdates: new Map(),
  groupAddresses: new Map(),
});

export interface Plan {
  readonly steps: readonly PlannedStep[];
  readonly inputs: StepInputs;
  readonly warnings: readonly Warning[];
  /** Where the request says what a step writes, by step id. */
  readonly places: ReadonlyMap<string, string>;
}
