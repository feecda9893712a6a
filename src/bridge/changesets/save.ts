/** Saving: the one way in which accounts and group addresses are changed, whether one at a time or staged. */
import { RpcAccountStatus, type AccountOptions } from '../../greyhound/index.js';
import { incomingFromWire } from '../accounts/incoming-wire.js';
import type { IncomingAccount, SmtpAccount } from '../accounts/schemas.js';
import { smtpFromWire } from '../accounts/smtp-wire.js';
import type { AccountFacts } from '../accounts/wire.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { Run } from '../idempotency/index.js';
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
  type ArchiveSnapshot,
} from '../provisioning/snapshot.js';
import type { Plan, Warning } from '../provisioning/steps.js';
import type { Limits } from '../provisioning/verify.js';
import { checkGuard, type Guard } from './guard.js';
import { changesetPath, planChanges, type SaveRequest } from './plan-changes.js';
import { findRemovals, removalWarnings, requireConfirmed, type Removal } from './removals.js';
import type { Changes } from './schemas.js';

export interface SaveDependencies {
  readonly access: ArchiveAccess;
  readonly executor: PlanExecutor;
  readonly lock: InstallationLock;
  readonly limits: Limits;
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
    const { lock, executor } = this.dependencies;
    return lock.run(save.installationId, async () => {
      await executor.recover(save.installationId);
      const earlier = await executor.earlier(save.installationId, save.run);
      if (earlier !== null) {
        onStarted(earlier.operationId);
        return this.#repeated(earlier);
      }
      const { plan: planned, present, removals } = await this.#plan(save);
      const plan = { ...planned, warnings: [...planned.warnings, ...requireConfirmed(removals)] };
      const result = await executor.execute(
        save.installationId,
        plan,
        present,
        onStarted,
        save.run,
      );
      return this.#result(result, present);
    });
  }

  /** What the save would do; reads only. */
  async dryRun(save: Save): Promise<DryRun> {
    const { plan, removals } = await this.#plan(save);
    const warnings = [...plan.warnings, ...removalWarnings(removals)];
    return { elements: plannedElements(plan.steps), warnings };
  }

  async #plan({ changes, guard, path = changesetPath }: Save): Promise<{
    readonly plan: Plan;
    readonly present: ArchiveSnapshot;
    readonly removals: readonly Removal[];
  }> {
    const { access, limits } = this.dependencies;
    const present = await readFor(changes, guard, access);
    checkGuard(guard, changes, present, limits);
    const plan = planChanges({ changes, guarded: guard !== null, path }, present, limits);
    const removals = await findRemovals({ changes, path }, present, access);
    return { plan, present, removals };
  }

  async #repeated({ accounts, ...result }: EndedOperation): Promise<SaveResult> {
    const { access, limits } = this.dependencies;
    const present = await readAccounts(access);
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

/** Signatures, filters and rules matter to new incoming accounts only, groups to these and to their own changes. */
async function readFor(
  changes: Changes,
  guard: Guard,
  access: ArchiveAccess,
): Promise<ArchiveSnapshot> {
  const names = changes.incomingAccounts.create.map(({ name }) => name);
  if (names.length > 0) return readArchive(access, rulesOf(names));
  const client = await access.client();
  const guardsGroups =
    guard !== null && 'baseVersion' in guard && guard.baseVersion.groups !== undefined;
  const needsGroups = guardsGroups || changes.groups.update.length > 0;
  const [accounts, groups] = await Promise.all([
    readAccounts(access),
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
