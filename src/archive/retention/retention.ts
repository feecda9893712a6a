/**
 * How long mails are kept. What an account fetched is deleted in the archive once it has been there for as many days as
 * the account says; the copy on the server is never touched, and never deleted later either. A mail that is held is
 * deleted by nobody. Each run, hold and release is written down in the commit that does it.
 */
import type { RetentionEntry } from '../../greyhound/index.js';
import type { Arming } from '../../platform/arming.js';
import type { Logger } from '../../platform/log.js';
import { RepeatedLook } from '../../platform/repeated-look.js';
import type { AccountStore, StoredPop3 } from '../accounts/account-store.js';
import { RpcError } from '../errors.js';
import type { Caller } from '../rpc/handlers.js';
import { MailLedger } from '../store/mail-ledger.js';
import type { MailStore } from '../store/mail-store.js';
import { readRetentionLog, writeRetentionLog } from './retention-log.js';

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** Mails that are deleted by one commit. */
const BATCH = 200;

export interface RetentionDependencies {
  readonly store: MailStore;
  readonly accounts: AccountStore;
  /** Whether somebody works on the item; then it is left for the next time. */
  readonly isLocked: (realmId: number, itemId: number) => boolean;
  /** Nothing is deleted by a copy before it is confirmed. */
  readonly arming: Arming;
  readonly logger: Logger;
}

export class Retention {
  readonly #looks: RepeatedLook;

  constructor(private readonly dependencies: RetentionDependencies) {
    this.#looks = new RepeatedLook(() => this.#look(), EVERY_MS);
  }

  start(): void {
    this.#looks.start();
  }

  /** Resolves when the batch under way is written. */
  close(): Promise<void> {
    return this.#looks.close();
  }

  /** Deletes what is due. @returns how many mails */
  async apply(realmId: number): Promise<number> {
    const { accounts } = this.dependencies;
    let count = 0;
    for (const { ID } of await accounts.list('pop3', realmId)) {
      const stored = await accounts.pop3(realmId, ID);
      if (stored !== null) count += await this.#applyTo(stored);
    }
    return count;
  }

  /** How many mails that many days would delete now. */
  async countDue(realmId: number, accountId: number, keepDays: number): Promise<number> {
    if (keepDays <= 0) return 0;
    const { count } = await this.#due(realmId, accountId, keepDays)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  }

  /** @throws RpcError notFound, invalidValue */
  async setHold(
    given: { readonly ID: number; readonly Value: boolean; readonly Reason: string },
    caller: Caller,
  ): Promise<void> {
    const { store } = this.dependencies;
    const reason = given.Reason.trim();
    if (reason === '') throw new RpcError('invalidValue', 'Reason: must not be empty');
    await store.items.transaction(async (items, transaction) => {
      const row = await items.find(caller.realmId, given.ID);
      if (row === undefined) throw new RpcError('notFound', `There is no item ${given.ID}.`);
      if ((row.is_held === 1) === given.Value) return;
      await items.update(caller.realmId, [given.ID], { is_held: given.Value ? 1 : 0 });
      await writeRetentionLog(transaction, store.clock.now(), {
        realm_id: caller.realmId,
        user_name: caller.username,
        action: given.Value ? 'held' : 'released',
        account_id: 0,
        item_id: given.ID,
        count: 1,
        reason,
      });
    });
  }

  async heldAmong(realmId: number, itemIds: readonly number[]): Promise<number[]> {
    const rows = await this.dependencies.store.items.findAll(realmId, itemIds);
    return rows.filter(({ is_held }) => is_held === 1).map(({ id }) => id);
  }

  log(realmId: number, limit: number): Promise<RetentionEntry[]> {
    return readRetentionLog(this.dependencies.store.database, realmId, limit);
  }

  async #look(): Promise<void> {
    const { store, logger } = this.dependencies;
    try {
      const realms = await store.database.selectFrom('realms').select('id').execute();
      for (const { id } of realms) await this.apply(id);
    } catch (error) {
      logger.error({ err: error }, 'mails whose time is over could not be deleted');
    }
  }

  async #applyTo({ realmId, account, options }: StoredPop3): Promise<number> {
    const { arming, isLocked, logger } = this.dependencies;
    if (options.KeepDays <= 0 || arming.disarmed !== null) return 0;
    let count = 0;
    let afterId = 0;
    while (!this.#looks.isClosed) {
      const due = await this.#due(realmId, account.ID, options.KeepDays)
        .select('id')
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(BATCH)
        .execute();
      const last = due.at(-1);
      if (last === undefined) break;
      afterId = last.id;
      const ids = due.map(({ id }) => id).filter((id) => !isLocked(realmId, id));
      if (ids.length > 0) await this.#expire(realmId, account.ID, ids);
      count += ids.length;
    }
    if (count > 0) logger.info({ realmId, accountId: account.ID, count }, 'mails deleted by age');
    return count;
  }

  #due(realmId: number, accountId: number, keepDays: number) {
    const { store } = this.dependencies;
    const until = new Date(store.clock.now().getTime() - keepDays * DAY_MS);
    return store.database
      .selectFrom('items')
      .where('realm_id', '=', realmId)
      .where('pop3_ref', '=', accountId)
      .where('created', '<=', until.toISOString())
      .where('is_held', '=', 0);
  }

  #expire(realmId: number, accountId: number, ids: readonly number[]): Promise<void> {
    const { store } = this.dependencies;
    return store.deleteItems(realmId, ids, async (transaction) => {
      await MailLedger.markExpired(transaction, realmId, ids);
      await writeRetentionLog(transaction, store.clock.now(), {
        realm_id: realmId,
        user_name: '',
        action: 'expired',
        account_id: accountId,
        item_id: 0,
        count: ids.length,
        reason: '',
      });
    });
  }
}
