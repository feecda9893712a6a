/** Incoming accounts: always as the archive has them, nothing is kept here (SAL-18, SAL-56). */
import type { ArchiveAccess } from '../archive-access.js';
import { tagged } from '../changesets/guard.js';
import { listVersion } from '../changesets/list-version.js';
import type { DryRun, SaveResult, Saving } from '../changesets/save.js';
import { noChanges } from '../changesets/schemas.js';
import { refuse } from '../failure.js';
import type { Run } from '../idempotency/index.js';
import type { LinkPort } from '../oauth/link-port.js';
import { readAccounts } from '../provisioning/snapshot.js';
import type { Limits } from '../provisioning/verify.js';
import type {
  IncomingAccount,
  IncomingAccountCreate,
  IncomingAccountUpdate,
  LastError,
} from './schemas.js';
import { incomingViews } from './views.js';
import { entityTag } from './wire.js';

export interface AccountDependencies {
  readonly access: ArchiveAccess;
  readonly saving: Saving;
  readonly limits: Limits;
  readonly links: LinkPort;
}

export interface AccountList<A> {
  readonly items: readonly A[];
  /** For `baseVersion` of a changeset that starts from this list. */
  readonly version: string;
}

export interface Versioned<A> {
  readonly account: A;
  /** Entity tag of what is saved. */
  readonly tag: string;
}

export interface SavedAccount<A> extends Versioned<A> {
  readonly result: SaveResult;
}

/** The one account that a save of one account created or changed. */
export function savedAccount<A extends Parameters<typeof entityTag>[0]>(
  accounts: readonly A[],
  result: SaveResult,
): SavedAccount<A> {
  const [account] = accounts;
  // a repeated request can come after somebody has deleted the account
  if (account === undefined) throw refuse('notFound');
  return { account, tag: entityTag(account), result };
}

const path = (): string => '';

type Started = (operationId: string) => void;

export class IncomingAccounts {
  constructor(private readonly dependencies: AccountDependencies) {}

  async list(): Promise<AccountList<IncomingAccount>> {
    const { access, limits, links } = this.dependencies;
    const items = incomingViews(await readAccounts(access, links), limits);
    return { items, version: listVersion(items.map(tagged)) };
  }

  /** @throws BridgeFailure notFound */
  async get(id: number): Promise<Versioned<IncomingAccount>> {
    const { items } = await this.list();
    const account = items.find((item) => item.id === id);
    if (account === undefined) throw refuse('notFound');
    return { account, tag: entityTag(account) };
  }

  /** As the archive reports it at this moment; null: none so far. */
  async lastError(id: number): Promise<LastError | null> {
    return (await this.get(id)).account.lastError;
  }

  /** Saves a new account with everything that belongs to it (SAL-59). */
  async create(
    installationId: string,
    create: IncomingAccountCreate,
    onStarted?: Started,
    run?: Run,
  ): Promise<SavedAccount<IncomingAccount>> {
    const save = { installationId, run, ...creation(create) };
    const result = await this.dependencies.saving.save(save, onStarted);
    return savedAccount(result.incomingAccounts, result);
  }

  planCreate(installationId: string, create: IncomingAccountCreate): Promise<DryRun> {
    return this.dependencies.saving.dryRun({ installationId, ...creation(create) });
  }

  /**
   * Changes the account and nothing else: neither its group nor its SMTP account (SAL-42, 59, 78, 82).
   * @param tag of the state that the caller knows; null for a change that does not depend on it
   */
  async update(
    installationId: string,
    id: number,
    changes: IncomingAccountUpdate,
    tag: string | null,
  ): Promise<SavedAccount<IncomingAccount>> {
    const incomingAccounts = { ...noChanges.incomingAccounts, update: [{ id, ...changes }] };
    const result = await this.dependencies.saving.save({
      installationId,
      changes: { ...noChanges, incomingAccounts },
      guard: tag === null ? null : { list: 'incomingAccounts', id, tag },
      path,
    });
    return savedAccount(result.incomingAccounts, result);
  }

  /** Takes the SMTP account of the same name along; group, signature, filters, rule and mails stay (SAL-31, 37). */
  delete(installationId: string, id: number, tag: string): Promise<SaveResult> {
    return this.dependencies.saving.save({ installationId, ...deletion(id, tag) });
  }

  planDelete(installationId: string, id: number, tag: string): Promise<DryRun> {
    return this.dependencies.saving.dryRun({ installationId, ...deletion(id, tag) });
  }
}

const creation = (create: IncomingAccountCreate) => ({
  changes: {
    ...noChanges,
    incomingAccounts: { ...noChanges.incomingAccounts, create: [create] },
  },
  guard: null,
  path,
});

const deletion = (id: number, tag: string) => ({
  changes: { ...noChanges, incomingAccounts: { ...noChanges.incomingAccounts, delete: [id] } },
  guard: { list: 'incomingAccounts', id, tag } as const,
  path,
});
