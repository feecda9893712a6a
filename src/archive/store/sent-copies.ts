/**
 * Sent mails that may need a copy on the server of an IMAP account. A row stands from the commit that notes the mail as
 * sent until the copy is there, or it is clear that there is none to be made.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveSchema } from './database.js';
import type { SentCopyTable } from './remote-mailbox-schema.js';

export type SentCopyRow = Selectable<SentCopyTable>;

export class SentCopies {
  constructor(
    private readonly database: Kysely<ArchiveSchema>,
    private readonly clock: Clock,
  ) {}

  /** @param transaction the one that notes the mail as sent */
  async add(
    transaction: Kysely<ArchiveSchema>,
    mail: Pick<SentCopyRow, 'realm_id' | 'item_id' | 'smtp_id'>,
  ): Promise<void> {
    const now = this.clock.now().toISOString();
    await transaction
      .insertInto('sent_copies')
      .values({ ...mail, attempts: 0, next_try_at: now, created: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** Oldest first. */
  due(limit: number): Promise<SentCopyRow[]> {
    return this.database
      .selectFrom('sent_copies')
      .selectAll()
      .where('next_try_at', '<=', this.clock.now().toISOString())
      .orderBy('item_id')
      .limit(limit)
      .execute();
  }

  /** null when none waits. */
  async nextDueAt(): Promise<Date | null> {
    const row = await this.database
      .selectFrom('sent_copies')
      .select(({ fn }) => fn.min('next_try_at').as('at'))
      .executeTakeFirst();
    return row?.at == null ? null : new Date(row.at);
  }

  async postpone({ item_id, attempts }: SentCopyRow, at: Date): Promise<void> {
    await this.database
      .updateTable('sent_copies')
      .set({ attempts: attempts + 1, next_try_at: at.toISOString() })
      .where('item_id', '=', item_id)
      .execute();
  }

  async remove(itemIds: readonly number[]): Promise<void> {
    await this.database.deleteFrom('sent_copies').where('item_id', 'in', itemIds).execute();
  }
}
