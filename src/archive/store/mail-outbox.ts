/** Items on their way out. A row stands from the moment an item is released until a server has taken or refused it. */
import {
  sql,
  type Expression,
  type ExpressionBuilder,
  type Kysely,
  type Selectable,
  type SqlBool,
} from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveSchema } from './database.js';
import type { OutboxTable } from './mail-schema.js';

const LONGEST_WAIT_MS = 3_600_000;

export type OutboxRow = Selectable<OutboxTable>;

const dueAt = sql<string>`max(next_try_at, coalesce(not_before, next_try_at))`;

/** Not one that a person wants to leave later. */
export const isTimeFor = (
  eb: ExpressionBuilder<ArchiveSchema, 'outbox'>,
  now: Date,
): Expression<SqlBool> =>
  eb.or([eb('not_before', 'is', null), eb('not_before', '<=', now.toISOString())]);

export class MailOutbox {
  constructor(
    private readonly database: Kysely<ArchiveSchema>,
    private readonly clock: Clock,
  ) {}

  /** The same within a transaction that others take part in. */
  within(transaction: Kysely<ArchiveSchema>): MailOutbox {
    return new MailOutbox(transaction, this.clock);
  }

  /**
   * Puts an item in; one that waits already begins anew.
   * @param notBefore when it is to leave; null: at once; undefined: as it stood there, else at once
   */
  async add(
    realmId: number,
    itemId: number,
    accountId: number,
    notBefore?: Date | null,
  ): Promise<void> {
    const now = this.clock.now().toISOString();
    const row = {
      realm_id: realmId,
      account_id: accountId,
      state: 'queued',
      attempts: 0,
      next_try_at: now,
      ...(notBefore !== undefined && { not_before: notBefore?.toISOString() ?? null }),
      last_error: '',
      created: now,
      is_composed: 0,
    } as const;
    await this.database
      .insertInto('outbox')
      .values({ item_id: itemId, ...row })
      .onConflict((conflict) => conflict.column('item_id').doUpdateSet(row))
      .execute();
  }

  async remove(itemId: number): Promise<void> {
    await this.database.deleteFrom('outbox').where('item_id', '=', itemId).execute();
  }

  /** Those of the items that are in it, oldest first. */
  findAll(itemIds: readonly number[]): Promise<OutboxRow[]> {
    if (itemIds.length === 0) return Promise.resolve([]);
    return this.database
      .selectFrom('outbox')
      .selectAll()
      .where('item_id', 'in', itemIds)
      .orderBy('created')
      .orderBy('item_id')
      .execute();
  }

  /**
   * Oldest first. A time further away than any wait was noted before the clock was set back: it counts as come.
   * @param busy accounts whose mails are left out
   */
  due(limit: number, busy: readonly number[] = []): Promise<OutboxRow[]> {
    const now = this.clock.now().getTime();
    const at = (ms: number) => new Date(ms).toISOString();
    return this.database
      .selectFrom('outbox')
      .selectAll()
      .where('state', '=', 'queued')
      .$if(busy.length > 0, (query) => query.where('account_id', 'not in', busy))
      .where((eb) =>
        eb.or([
          eb('next_try_at', '<=', at(now)),
          eb('next_try_at', '>', at(now + LONGEST_WAIT_MS)),
        ]),
      )
      .where((eb) => isTimeFor(eb, this.clock.now()))
      .orderBy('created')
      .orderBy('item_id')
      .limit(limit)
      .execute();
  }

  /** When the next one is due; null when none waits. */
  async nextDueAt(busy: readonly number[] = []): Promise<Date | null> {
    const row = await this.database
      .selectFrom('outbox')
      .select(({ fn }) => fn.min<string | null>(dueAt).as('at'))
      .where('state', '=', 'queued')
      .$if(busy.length > 0, (query) => query.where('account_id', 'not in', busy))
      .executeTakeFirst();
    return row?.at == null ? null : new Date(row.at);
  }

  /** Tries that were under way when the process ended. */
  interrupted(): Promise<OutboxRow[]> {
    return this.database.selectFrom('outbox').selectAll().where('state', '=', 'sending').execute();
  }

  /** The item's message is stored, made for this account. */
  async markComposed(itemId: number, accountId: number): Promise<void> {
    await this.#set(itemId, { account_id: accountId, is_composed: 1 });
  }

  /** The stored message is not the item's any more. */
  async forgetMessage(itemId: number): Promise<void> {
    await this.#set(itemId, { is_composed: 0 });
  }

  async #set(itemId: number, columns: Partial<OutboxRow>): Promise<void> {
    await this.database.updateTable('outbox').set(columns).where('item_id', '=', itemId).execute();
  }

  /** From here on the server may take the message; until it says so, nobody knows. */
  async markSending(itemId: number): Promise<void> {
    await this.database
      .updateTable('outbox')
      .set((columns) => ({ state: 'sending' as const, attempts: columns('attempts', '+', 1) }))
      .where('item_id', '=', itemId)
      .execute();
  }

  async postpone(
    row: OutboxRow,
    next: { at: Date; attempts: number; error: string },
  ): Promise<void> {
    await this.database
      .updateTable('outbox')
      .set({
        state: 'queued',
        attempts: next.attempts,
        next_try_at: next.at.toISOString(),
        last_error: next.error,
      })
      .where('item_id', '=', row.item_id)
      .execute();
  }

  /** Not before that time has passed; no try was made. */
  async putOff(itemIds: readonly number[], waitMs: number): Promise<void> {
    const until = new Date(this.clock.now().getTime() + waitMs);
    await this.database
      .updateTable('outbox')
      .set({ next_try_at: until.toISOString() })
      .where('item_id', 'in', itemIds)
      .where('state', '=', 'queued')
      .execute();
  }

  /** Makes everything of the realm due. */
  async hurry(realmId: number): Promise<void> {
    await this.database
      .updateTable('outbox')
      .set({ next_try_at: this.clock.now().toISOString() })
      .where('realm_id', '=', realmId)
      .where('state', '=', 'queued')
      .execute();
  }

  /** Of one realm, oldest first. */
  list(realmId: number): Promise<OutboxRow[]> {
    return this.database
      .selectFrom('outbox')
      .selectAll()
      .where('realm_id', '=', realmId)
      .orderBy('created')
      .orderBy('item_id')
      .execute();
  }

  /** By SMTP account; without those that are to leave later. */
  async waiting(realmId: number): Promise<{ accountId: number; count: number; oldest: Date }[]> {
    const rows = await this.database
      .selectFrom('outbox')
      .select(({ fn }) => [
        'account_id',
        fn.countAll<number>().as('count'),
        fn.min('created').as('oldest'),
      ])
      .where('realm_id', '=', realmId)
      .where((eb) => isTimeFor(eb, this.clock.now()))
      .groupBy('account_id')
      .execute();
    return rows.map((row) => ({
      accountId: row.account_id,
      count: row.count,
      oldest: new Date(row.oldest),
    }));
  }
}
