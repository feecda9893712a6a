/** SMTP accounts: always as the archive has them. Saving one alone creates or changes nothing else (SAL-106, 38). */
import { tagged } from '../changesets/guard.js';
import { listVersion } from '../changesets/list-version.js';
import type { DryRun, SaveResult } from '../changesets/save.js';
import { noChanges } from '../changesets/schemas.js';
import { refuse } from '../failure.js';
import type { Run } from '../idempotency/index.js';
import { readAccounts } from '../provisioning/snapshot.js';
import {
  savedAccount,
  type AccountDependencies,
  type AccountList,
  type SavedAccount,
  type Versioned,
} from './incoming-accounts.js';
import type { LastError, SmtpAccount, SmtpAccountCreate, SmtpAccountUpdate } from './schemas.js';
import { smtpViews } from './views.js';
import { entityTag } from './wire.js';

const path = (): string => '';

export class SmtpAccounts {
  constructor(private readonly dependencies: AccountDependencies) {}

  async list(): Promise<AccountList<SmtpAccount>> {
    const { access, limits, links } = this.dependencies;
    const items = smtpViews(await readAccounts(access, links), limits);
    return { items, version: listVersion(items.map(tagged)) };
  }

  /** @throws BridgeFailure notFound */
  async get(id: number): Promise<Versioned<SmtpAccount>> {
    const { items } = await this.list();
    const account = items.find((item) => item.id === id);
    if (account === undefined) throw refuse('notFound');
    return { account, tag: entityTag(account) };
  }

  /** As the archive reports it at this moment; null: none so far. */
  async lastError(id: number): Promise<LastError | null> {
    return (await this.get(id)).account.lastError;
  }

  async create(
    installationId: string,
    create: SmtpAccountCreate,
    onStarted?: (operationId: string) => void,
    run?: Run,
  ): Promise<SavedAccount<SmtpAccount>> {
    const save = { installationId, run, ...creation(create) };
    const result = await this.dependencies.saving.save(save, onStarted);
    return savedAccount(result.smtpAccounts, result);
  }

  planCreate(installationId: string, create: SmtpAccountCreate): Promise<DryRun> {
    return this.dependencies.saving.dryRun({ installationId, ...creation(create) });
  }

  /** @param tag of the state that the caller knows; null for a change that does not depend on it */
  async update(
    installationId: string,
    id: number,
    changes: SmtpAccountUpdate,
    tag: string | null,
  ): Promise<SavedAccount<SmtpAccount>> {
    const smtpAccounts = { ...noChanges.smtpAccounts, update: [{ id, ...changes }] };
    const result = await this.dependencies.saving.save({
      installationId,
      changes: { ...noChanges, smtpAccounts },
      guard: tag === null ? null : { list: 'smtpAccounts', id, tag },
      path,
    });
    return savedAccount(result.smtpAccounts, result);
  }

  delete(installationId: string, id: number, tag: string): Promise<SaveResult> {
    return this.dependencies.saving.save({ installationId, ...deletion(id, tag) });
  }

  planDelete(installationId: string, id: number, tag: string): Promise<DryRun> {
    return this.dependencies.saving.dryRun({ installationId, ...deletion(id, tag) });
  }
}

const creation = (create: SmtpAccountCreate) => ({
  changes: { ...noChanges, smtpAccounts: { ...noChanges.smtpAccounts, create: [create] } },
  guard: null,
  path,
});

const deletion = (id: number, tag: string) => ({
  changes: { ...noChanges, smtpAccounts: { ...noChanges.smtpAccounts, delete: [id] } },
  guard: { list: 'smtpAccounts', id, tag } as const,
  path,
});
