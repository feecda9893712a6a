/** Changes of stored items that need no new message: properties, remarks, marks, and who has read them. */
import { ItemFlag, LockState } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Caller } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import { detailOf, type NewItemRow } from '../store/mail-items.js';
import type { MailStore } from '../store/mail-store.js';
import type { ItemWriter } from './item-writer.js';

export interface ChangeServices {
  readonly store: MailStore;
  readonly writer: ItemWriter;
  readonly locks: LockTable;
}

type Columns = Pick<Partial<NewItemRow>, 'group_ref' | 'user_ref' | 'topic_ref' | 'color_ref'> &
  Pick<Partial<NewItemRow>, 'number'>;

export class ItemChanges {
  constructor(private readonly services: ChangeServices) {}

  /** @throws RpcError notFound */
  async requireAll(ids: readonly number[], { realmId }: Caller): Promise<void> {
    const found = new Set((await this.services.store.items.findAll(realmId, ids)).map((r) => r.id));
    const missing = ids.find((id) => !found.has(id));
    if (missing !== undefined) throw new RpcError('notFound', `There is no item ${missing}.`);
  }

  /** @throws RpcError notFound, lockedByOther */
  async requireFree(ids: readonly number[], caller: Caller): Promise<void> {
    const { locks } = this.services;
    await this.requireAll(ids, caller);
    for (const id of ids) {
      const { LockState: state } = locks.lockData('item', id, caller.realmId);
      // the table knows whose lock it is: asking for it again is how it tells
      if (state === LockState.lsLocked) locks.requireOwn('item', id, caller);
    }
  }

  /** Own locks needed. @throws RpcError notFound, notLocked, lockedByOther, inUse */
  async delete(ids: readonly number[], caller: Caller): Promise<undefined> {
    const { locks, writer } = this.services;
    await this.requireAll(ids, caller);
    for (const id of ids) locks.requireOwn('item', id, caller);
    await writer.delete(ids, caller);
    for (const id of ids) locks.remove('item', id, caller.realmId);
    return undefined;
  }

  /** Sets properties that have been checked. @throws RpcError notFound, lockedByOther */
  async set(
    ids: readonly number[],
    columns: Columns,
    remark: string,
    caller: Caller,
  ): Promise<undefined> {
    await this.requireFree(ids, caller);
    await this.services.store.items.update(caller.realmId, ids, columns);
    return this.remark(ids, remark, caller);
  }

  /** @param flag ordinal of ItemFlag. @throws RpcError notFound, lockedByOther */
  async mark(
    ids: readonly number[],
    flag: number,
    value: boolean,
    remark: string,
    caller: Caller,
  ): Promise<undefined> {
    await this.requireFree(ids, caller);
    await this.services.store.items.setFlags(caller.realmId, ids, [flag], value);
    return this.remark(ids, remark, caller);
  }

  /** Appends a line to the remarks; an empty remark is none. */
  async remark(ids: readonly number[], remark: string, caller: Caller): Promise<undefined> {
    if (remark.trim() === '') return undefined;
    await this.requireFree(ids, caller);
    await this.services.store.items.transaction(async (items) => {
      for (const row of await items.findAll(caller.realmId, ids)) {
        const remarks = row.remarks === '' ? remark : `${row.remarks}\n${remark}`;
        await items.update(caller.realmId, [row.id], { remarks });
      }
      await items.setFlags(caller.realmId, ids, [ItemFlag.ifRemarks], true);
    });
    return undefined;
  }

  /** @throws RpcError notFound, lockedByOther */
  async addProtocol(ids: readonly number[], text: string, caller: Caller): Promise<undefined> {
    await this.requireFree(ids, caller);
    const { userId, username } = caller;
    const lines = ids.map((itemId) => ({ itemId, text, userId, userName: username }));
    await this.services.store.items.addProtocol(caller.realmId, lines);
    return undefined;
  }

  /** Reading is each user's own: no lock stands against it. @throws RpcError notFound */
  async markRead(ids: readonly number[], isRead: boolean, caller: Caller): Promise<undefined> {
    const { userId } = caller;
    return this.#setReaders(ids, caller, (readers) =>
      readers.includes(userId) === isRead
        ? readers
        : [...readers.filter((user) => user !== userId), ...(isRead ? [userId] : [])],
    );
  }

  /** @throws RpcError notFound, lockedByOther */
  async markUnreadForAll(ids: readonly number[], caller: Caller): Promise<undefined> {
    await this.requireFree(ids, caller);
    return this.#setReaders(ids, caller, () => []);
  }

  async #setReaders(
    ids: readonly number[],
    caller: Caller,
    edit: (readers: readonly number[]) => readonly number[],
  ): Promise<undefined> {
    const { realmId } = caller;
    await this.requireAll(ids, caller);
    await this.services.store.items.transaction(async (items) => {
      for (const row of await items.findAll(realmId, ids)) {
        const detail = detailOf(row);
        const readUsers = edit(detail.readUsers);
        if (readUsers === detail.readUsers) continue;
        await items.update(realmId, [row.id], { detail: JSON.stringify({ ...detail, readUsers }) });
        await items.setFlags(realmId, [row.id], [ItemFlag.ifRead], readUsers.length > 0);
      }
    });
    return undefined;
  }
}
