/** What clients see of the outbox, and mails that are to leave later. */
import { RpcOutboxItem, type OutboxItem } from '../../greyhound/index.js';
import type { ItemWriter } from '../items/item-writer.js';
import type { Caller } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { OutboxControl } from '../rpc/ports.js';
import type { MailOutbox } from '../store/mail-outbox.js';

export interface DeskDependencies {
  readonly outbox: MailOutbox;
  readonly writer: ItemWriter;
  readonly locks: LockTable;
}

const date = (text: string | null): Date | null => (text === null ? null : new Date(text));

export class OutboxDesk implements OutboxControl {
  constructor(private readonly dependencies: DeskDependencies) {}

  async list(realmId: number): Promise<OutboxItem[]> {
    const rows = await this.dependencies.outbox.list(realmId);
    return rows.map((row) =>
      RpcOutboxItem.make({
        ItemRef: row.item_id,
        AccountRef: row.account_id,
        Sending: row.state === 'sending',
        Attempts: row.attempts,
        NextTry: date(row.next_try_at),
        SendAt: date(row.not_before),
        LastError: row.last_error,
        Created: date(row.created),
      }),
    );
  }

  async releaseAt(id: number, state: number, at: Date, caller: Caller): Promise<void> {
    const { locks, writer } = this.dependencies;
    locks.requireOwn('item', id, caller);
    await writer.releaseAt(id, state, at, caller);
  }
}
