/** Provisioning of accounts that stand: what belongs to them, and creating what is missing. */
import type { Pop3Account } from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { checkSmtpAfter } from '../accounts/account-rules.js';
import { refuse } from '../failure.js';
import type { ExecutionResult, PlanExecutor } from './executor.js';
import type { InstallationLock } from './installation-lock.js';
import { PlanBuilder, planProvisioning, planVerification } from './plan.js';
import { readArchive, ruleName, usesOAuth2, type ArchiveSnapshot } from './snapshot.js';
import { provisionedAs, provisioningStatus, smtpOf, type ElementStatus } from './status.js';
import type { Plan } from './steps.js';
import type { Limits } from './verify.js';
import { groupAddressOf, smtpFor, wantedSmtp, type WantedProvisioning } from './wanted.js';

export interface ProvisioningDependencies {
  readonly access: ArchiveAccess;
  readonly executor: PlanExecutor;
  readonly lock: InstallationLock;
  readonly limits: Limits;
}

export class Provisioning {
  constructor(private readonly dependencies: ProvisioningDependencies) {}

  /** @throws BridgeFailure notFound */
  async status(accountId: number): Promise<ElementStatus[]> {
    const present = await this.#read();
    return provisioningStatus(findAccount(present, accountId), present);
  }

  /**
   * Creates what is missing, and nothing else: what stands is left as it is, changed or not.
   * @throws BridgeFailure notFound, managedExternally, accountLimitReached, groupAddressRequired
   */
  repair(installationId: string, accountId: number): Promise<ExecutionResult> {
    const { lock, executor, limits } = this.dependencies;
    return lock.run(installationId, async () => {
      await executor.recover(installationId);
      const present = await this.#read();
      const plan = planRepair(accountId, present, limits);
      return executor.execute(installationId, plan, present, () => undefined);
    });
  }

  #read(): Promise<ArchiveSnapshot> {
    const prefix = ruleName('');
    return readArchive(this.dependencies.access, (name) => name.startsWith(prefix));
  }
}

function findAccount(present: ArchiveSnapshot, id: number): Pop3Account {
  const account = present.incoming.find(({ ID }) => ID === id);
  if (account === undefined) throw refuse('notFound');
  return account;
}

/** Pure. */
export function planRepair(accountId: number, present: ArchiveSnapshot, limits: Limits): Plan {
  const account = findAccount(present, accountId);
  if (present.incoming.indexOf(account) >= limits.incoming) {
    throw refuse('managedExternally', { params: { name: account.Name } });
  }
  const plan = new PlanBuilder();
  const wanted = wantedRepair(account, present);
  planProvisioning(plan, wanted, present);
  const createsSmtp = plan.steps.some(
    ({ element, action }) => element === 'smtpAccount' && action === 'create',
  );
  if (createsSmtp) {
    // the archive lets it sign in by the link of the incoming account
    if (!present.hasMailBridge || !usesOAuth2('incoming', account))
      plan.warnings.push({
        code: 'smtpPasswordMissing',
        element: 'smtpAccount',
        name: wanted.name,
      });
    const other = { host: '', username: '', mailbox: '', path: null, isNew: false };
    const smtp = present.smtp.map(({ Name }) => ({ ...other, name: Name }));
    const added = { ...other, name: wanted.name, path: '', isNew: true };
    checkSmtpAfter([...smtp, added], limits);
  }
  planVerification(plan);
  return plan;
}

/** The archive does not give passwords away: an SMTP account that is missing comes back without one, inactive. */
function wantedRepair(account: Pop3Account, present: ArchiveSnapshot): WantedProvisioning {
  const { name, groupId } = provisionedAs(account, present);
  const group = present.groups.find(({ ID }) => ID === groupId);
  const address =
    group !== undefined && group.Email !== ''
      ? group.Email
      : groupAddressOf({ username: account.Username });
  const standing = smtpOf(account, name, present);
  const authentication = usesOAuth2('incoming', account) ? 'oauth2' : 'password';
  const { Host: host, Username: username } = account;
  const smtp = smtpFor({ name, host, username, authentication }, address);
  return {
    key: '',
    name,
    address,
    incoming: { existingId: account.ID },
    smtp: standing ? { existingId: standing.ID } : wantedSmtp(smtp, present.units),
    active: false,
    reuse: true,
  };
}
