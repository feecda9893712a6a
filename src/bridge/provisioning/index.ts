/** What belongs to an account: planned, journalled, created, verified, repaired. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { IdSource } from '../../platform/ids.js';
import type { Vault } from '../../platform/vault.js';
import { IncomingAccounts } from '../accounts/incoming-accounts.js';
import { SmtpAccounts } from '../accounts/smtp-accounts.js';
import type { ArchiveAccess } from '../archive-access.js';
import { Saving } from '../changesets/save.js';
import { Groups } from '../groups/groups.js';
import { noLinks, type LinkPort } from '../oauth/link-port.js';
import { Operations } from '../operations/operations.js';
import { PlanExecutor } from './executor.js';
import { ProcessLock } from './installation-lock.js';
import { OperationJournal } from './journal.js';
import { Provisioning } from './repair.js';
import type { ProvisioningSchema } from './schema.js';
import { licensedLimits, type Limits } from './verify.js';

export { abandonOperations } from './abandon.js';
export { OperationJournal } from './journal.js';
export { provisioningRoutes } from './routes.js';
export type { ElementStatus } from './status.js';
export { licensedLimits, type Limits } from './verify.js';
export { type Provisioning } from './repair.js';

export interface AccountManagementOptions {
  readonly access: ArchiveAccess;
  readonly database: Kysely<ProvisioningSchema>;
  /** Seals what is needed to complete an operation after a crash. */
  readonly vault: Vault;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** 10 incoming and 10 SMTP accounts unless told. */
  readonly limits?: Limits;
  /** Links with mail providers; none unless told. */
  readonly links?: LinkPort;
  /** Wait before a step is tried again; real time unless told. */
  readonly pause?: (ms: number) => Promise<void>;
}

export interface AccountManagement {
  readonly incomingAccounts: IncomingAccounts;
  readonly smtpAccounts: SmtpAccounts;
  readonly groups: Groups;
  readonly saving: Saving;
  readonly provisioning: Provisioning;
  readonly operations: Operations;
  /**
   * Ends operations that a crash or an unreachable archive left open, and removes what the archive carried out late; at
   * start and regularly.
   * @throws ArchiveFailure when it cannot be reached
   */
  recoverOperations(): Promise<void>;
}

/** Everything that manages accounts, put together. */
export function createAccountManagement(options: AccountManagementOptions): AccountManagement {
  const { access, database, vault, clock, ids } = options;
  const { limits = licensedLimits, links = noLinks } = options;
  const pause = options.pause ?? ((ms: number) => sleep(ms));
  const journal = new OperationJournal(database, clock, vault);
  const executor = new PlanExecutor({ access, journal, clock, ids, limits, pause });
  const lock = new ProcessLock();
  const saving = new Saving({ access, executor, lock, limits, links });
  return {
    incomingAccounts: new IncomingAccounts({ access, saving, limits, links }),
    smtpAccounts: new SmtpAccounts({ access, saving, limits, links }),
    groups: new Groups({ access, saving }),
    saving,
    provisioning: new Provisioning({ access, executor, lock, limits }),
    operations: new Operations(journal),
    async recoverOperations() {
      for (const installationId of await journal.installationsToRecover()) {
        await lock.run(installationId, () => executor.recover(installationId));
      }
      await links.settleAll();
    },
  };
}
