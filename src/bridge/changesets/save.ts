/** Saving: the one way in which accounts and group addresses are changed, whether one at a time or staged. */
import { RpcAccountStatus, type AccountOptions } from '../../greyhound/index.js';
import { Failure } from '../../platform/failure.js';
import { incomingFromWire } from '../accounts/incoming-wire.js';
import type { IncomingAccount, SmtpAccount } from '../accounts/schemas.js';
import { smtpFromWire } from '../accounts/smtp-wire.js';
import type { AccountFacts } from '../accounts/wire.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { Run } from '../idempotency/index.js';
import type { LinkPort, TouchedLinks } from '../oauth/link-port.js';
import type { EndedOperation, ExecutionResult, PlanExecutor } from '../provisioning/executor.js';
import type { InstallationLock } from '../provisioning/installation-lock.js';
import {
  plannedElements,
  type ElementOutcome,
  type PlannedElement,
} from '../provisioning/outcome.js';
import {
  factsOf,
  readAccounts,
  readArchive,
  rulesOf,
  usesOAuth2,
  type ArchiveSnapshot,
} from '../provisioning/snapshot.js';
import type { Plan, Warning } from '../provisioning/steps.js';
import type { Limits } from '../provisioning/verify.js';
import { checkGuard, type Guard } from './guard.js';
import { withCredentials } from './link-credentials.js';
import { touchedLinks, withSmtpCopies } from './linked-changes.js';
import { changesetPath, planChanges, type SaveRequest } from './plan-changes.js';
import { findRemovals, removalWarnings, requireConfirmed, type Removal } from './removals.js';
import type { Changes } from './schemas.js';

export interface SaveDependencies {
  readonly access: ArchiveAccess;
  readonly executor: PlanExecutor;
  readonly lock: InstallationLock;
  readonly limits: Limits;
  readonly links: LinkPort;
}

export interface Save {
  readonly installationId: string;
  readonly changes: Changes;
  readonly guard: Guard;
  /** Where changes stand in the request; as in a changeset unless told. */
  readonly path?: SaveRequest['path'];
  /** For a request with Idempotency-Key. */
  readonly run?: Run | undefined;
}

export interface SaveResult {
  readonly operationId: string;
  readonly elements: readonly ElementOutcome[];
  readonly warnings: readonly Warning[];
  /** Accounts that were created or changed, as they stand now. */
  readonly incomingAccounts: readonly IncomingAccount[];
  readonly smtpAccounts: readonly SmtpAccount[];
}

export interface DryRun {
  readonly elements: readonly PlannedElement[];
  readonly warnings: readonly Warning[];
}

export class Saving {
  constructor(private readonly dependencies: SaveDependencies) {}

  /**
   * @param onStarted told the operation's id before anything is changed
   * @throws BridgeFailure or ArchiveFailure
   */
  save(
    save: Save,
    onStarted: (operationId: string) => void = () => undefined,
  ): Promise<SaveResult> {
    const { lock, executor, links } = this.dependencies;
    return lock.run(save.installationId, async () => {
      await executor.recover(save.installationId);
      await links.settleAll();
      const earlier = await executor.earlier(save.installationId, save.run);
      if (earlier !== null) {
        onStarted(earlier.operationId);
        return this.#repeated(earlier);
      }
      const { plan: planned, present, removals, touched } = await this.#plan(save);
      const plan = { ...planned, warnings: [...planned.warnings, ...requireConfirmed(removals)] };
      const result = await this.#execute(save, plan, present, touched, onStarted);
      const changesLinks = touched.uses.length + touched.ends.length > 0 || makesLinkable(plan);
      return this.#result(result, changesLinks ? await this.#readAgain(present) : present);
    });
  }

  /** What becomes of the links stands in the journal before the first step, and in the links after the last. */
  async #execute(
    { installationId, run }: Save,
    plan: Plan,
    present: ArchiveSnapshot,
    touched: TouchedLinks,
    onStarted: (operationId: string) => void,
  ): Promise<ExecutionResult> {
    const { executor, links } = this.dependencies;
    const begin = async (operationId: string): Promise<void> => {
      await links.begin(operationId, touched);
      onStarted(operationId);
    };
    try {
      return await executor.execute(installationId, plan, present, begin, run);
    } finally {
      // what cannot be noted now is noted when it is asked for
      await links.settle(touched).catch(() => undefined);
    }
  }

  /** How accounts are linked is told by the archive anew; when it cannot tell, the save has been made all the same. */
  async #readAgain(present: ArchiveSnapshot): Promise<ArchiveSnapshot> {
    const { access, links } = this.dependencies;
    try {
      return { ...present, ...(await readAccounts(access, links)) };
    } catch (error) {
      if (error instanceof Failure) return present;
      throw error;
    }
  }

  /** What the save would do; reads only. */
  async dryRun(save: Save): Promise<DryRun> {
    const { plan, removals } = await this.#plan(save);
    const warnings = [...plan.warnings, ...removalWarnings(removals)];
    return { elements: plannedElements(plan.steps), warnings };
  }

  async #plan({ changes: asked, guard, path = changesetPath }: Save): Promise<{
    readonly plan: Plan;
    readonly present: ArchiveSnapshot;
    readonly removals: readonly Removal[];
    readonly touched: TouchedLinks;
  }> {
    const { access, limits, links } = this.dependencies;
    const present = await readFor(asked, guard, access, links);
    checkGuard(guard, asked, present, limits);
    const linked = await withCredentials({ changes: asked, path }, present, links);
    const changes = withSmtpCopies(linked, present, limits);
    const plan = planChanges({ changes, guarded: guard !== null, path }, present, limits);
    const removals = await findRemovals({ changes, path }, present, access);
    return { plan, present, removals, touched: touchedLinks(changes, plan, present) };
  }

  async #repeated({ accounts, ...result }: EndedOperation): Promise<SaveResult> {
    const { access, limits, links } = this.dependencies;
    const present = await readAccounts(access, links);
    return {
      ...result,
      incomingAccounts: present.incoming
        .filter(({ ID }) => accounts.incoming.has(ID))
        .map((one) => incomingFromWire(one, factsOf(present, 'incoming', one.ID, limits.incoming))),
      smtpAccounts: present.smtp
        .filter(({ ID }) => accounts.smtp.has(ID))
        .map((one) => smtpFromWire(one, factsOf(present, 'smtp', one.ID, limits.smtp))),
    };
  }

  #result({ saved, ...result }: ExecutionResult, present: ArchiveSnapshot): SaveResult {
    const { limits } = this.dependencies;
    const facts = (kind: 'incoming' | 'smtp', id: number, sent: Sent) =>
      afterSave(factsOf(present, kind, id, limits[kind]), present.hasMailBridge, sent);
    return {
      ...result,
      incomingAccounts: [...saved.incoming.values()].map(({ account, ...sent }) =>
        incomingFromWire(account, facts('incoming', account.ID, sent)),
      ),
      smtpAccounts: [...saved.smtp.values()].map(({ account, ...sent }) =>
        smtpFromWire(account, facts('smtp', account.ID, sent)),
      ),
    };
  }
}

/** A new account may be linked by that of another one. */
const makesLinkable = ({ inputs }: Plan): boolean =>
  [...inputs.pop3.values()].some((account) => usesOAuth2('incoming', account)) ||
  [...inputs.smtp.values()].some((account) => usesOAuth2('smtp', account));

/** Signatures, filters and rules matter to new incoming accounts only, groups to these and to their own changes. */
async function readFor(
  changes: Changes,
  guard: Guard,
  access: ArchiveAccess,
  links: LinkPort,
): Promise<ArchiveSnapshot> {
  const names = changes.incomingAccounts.create.map(({ name }) => name);
  if (names.length > 0) return readArchive(access, rulesOf(names), links);
  const client = await access.client();
  const guardsGroups =
    guard !== null && 'baseVersion' in guard && guard.baseVersion.groups !== undefined;
  const needsGroups = guardsGroups || changes.groups.update.length > 0;
  const [accounts, groups] = await Promise.all([
    readAccounts(access, links),
    needsGroups ? client.groups.GetCompleteList({ AdvancedFields: true }) : [],
  ]);
  return { ...accounts, groups, signatures: [], filters: [], rules: [], inboundRules: [] };
}

interface Sent {
  readonly options: AccountOptions | null;
  readonly passwordSent: boolean;
}

/** The facts as they are after the save; a new account has no status of its own yet. */
function afterSave(facts: AccountFacts, hasMailBridge: boolean, sent: Sent): AccountFacts {
  if (!hasMailBridge) return facts;
  const status = facts.status ?? RpcAccountStatus.make();
  return {
    ...facts,
    status: {
      ...status,
      Options: sent.options ?? status.Options,
      PasswordSet: status.PasswordSet || sent.passwordSent,
    },
  };
}
