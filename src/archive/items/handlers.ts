/**
 * RpcItems. `Put`, deletion and attachments need the item's own lock; setting one property is refused only while
 * somebody else holds it. Lists of ids are all or nothing: one that does not exist refuses the call.
 */
import { ItemFlag, LockState, type RpcItems } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import { lockHandlers } from '../objects/locked-objects.js';
import type { ObjectStores } from '../objects/stores.js';
import { requireExisting, requireOrdinal } from '../objects/validation.js';
import { ItemState } from '../../greyhound/index.js';
import type { Caller, Handlers } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { Realms } from '../rpc/realms.js';
import { detailOf } from '../store/mail-items.js';
import type { MailStore } from '../store/mail-store.js';
import type { ItemReader } from './item-reader.js';
import type { ItemWriter } from './item-writer.js';

export interface ItemServices {
  readonly store: MailStore;
  readonly reader: ItemReader;
  readonly writer: ItemWriter;
  readonly locks: LockTable;
  readonly objects: ObjectStores;
  readonly realms: Realms;
}

export function itemHandlers(services: ItemServices): Handlers<typeof RpcItems.methods> {
  const { reader, writer, locks, store } = services;
  const changes = new ItemChanges(services);
  return {
    ...lockHandlers('item', locks, (realmId, id) => reader.row(realmId, id)),
    Get: async ({ ID, MarkAsReading }, caller) => {
      await reader.row(caller.realmId, ID);
      if (MarkAsReading) await changes.markRead(ID, true, caller);
      return reader.get(caller.realmId, ID);
    },
    GetList: (request, { realmId }) => reader.list(realmId, request),
    GetThreadList: (request, { realmId }) => reader.thread(realmId, request),
    GetAttachmentList: ({ ID }, { realmId }) => reader.attachments(realmId, ID),
    New: async ({ Item, CreateLocked }, caller) => {
      const id = await writer.create(Item, caller);
      if (CreateLocked) locks.lock('item', id, caller);
      return id;
    },
    Put: async ({ Item }, caller) => {
      await reader.row(caller.realmId, Item.ID);
      locks.requireOwn('item', Item.ID, caller);
      await writer.replace(Item, caller);
    },
    Delete: ({ ID }, caller) => changes.delete([ID], caller),
    DeleteList: ({ IDs }, caller) => changes.delete(IDs, caller),
    DeleteAttachment: async ({ AttachmentID }, caller) => {
      const row = await store.items.attachment(caller.realmId, AttachmentID);
      if (row === undefined)
        throw new RpcError('notFound', `There is no attachment ${AttachmentID}.`);
      locks.requireOwn('item', row.item_id, caller);
      await writer.deleteAttachment(row);
    },
    AddProtocol: async ({ ID, Protocol }, caller) => {
      await changes.requireFree([ID], caller);
      const { userId, username } = caller;
      const line = { itemId: ID, text: Protocol, userId, userName: username };
      await store.items.addProtocol(caller.realmId, [line]);
    },
    AddRemark: ({ ID, Remark }, caller) => changes.remark([ID], Remark, caller),
    SetState: async ({ ID, State, Remark }, caller) => {
      requireOrdinal('State', State, ItemState.isRejected);
      await changes.requireFree([ID], caller);
      await writer.setState(ID, State, caller);
      await changes.remark([ID], Remark, caller);
    },
    SetGroupList: async ({ IDs, GroupRef, Remark }, caller) => {
      const groups = await services.objects.groups.list(caller.realmId);
      requireExisting('GroupRef', [GroupRef], new Set([0, ...groups.map(({ ID }) => ID)]));
      await changes.requireFree(IDs, caller);
      await store.items.update(caller.realmId, IDs, { group_ref: GroupRef });
      await changes.remark(IDs, Remark, caller);
    },
    SetUser: async ({ ID, UserRef, Remark }, caller) => {
      const users = await services.realms.users(caller.realmId);
      requireExisting('UserRef', [UserRef], new Set([0, ...users.map(({ userId }) => userId)]));
      await changes.requireFree([ID], caller);
      await store.items.update(caller.realmId, [ID], { user_ref: UserRef });
      await changes.remark([ID], Remark, caller);
    },
    SetRead: async ({ ID, Value }, caller) => {
      await reader.row(caller.realmId, ID);
      await changes.markRead(ID, Value, caller);
    },
    SetSpam: async ({ ID, Value }, caller) => {
      await changes.requireFree([ID], caller);
      await store.items.setFlags(caller.realmId, [ID], [ItemFlag.ifSpam], Value);
    },
    SetTrash: async ({ ID, Value }, caller) => {
      await changes.requireFree([ID], caller);
      await writer.setTrash(ID, Value, caller);
    },
  };
}

class ItemChanges {
  constructor(private readonly services: ItemServices) {}

  /** @throws RpcError notFound, lockedByOther */
  async requireFree(ids: readonly number[], caller: Caller): Promise<void> {
    const { locks } = this.services;
    await this.#requireAll(ids, caller);
    for (const id of ids) {
      const { LockState: state } = locks.lockData('item', id, caller.realmId);
      // the table knows whose lock it is: asking for it again is how it tells
      if (state === LockState.lsLocked) locks.requireOwn('item', id, caller);
    }
  }

  /** Own locks needed. @throws RpcError notFound, notLocked, lockedByOther, inUse */
  async delete(ids: readonly number[], caller: Caller): Promise<undefined> {
    const { locks, writer } = this.services;
    await this.#requireAll(ids, caller);
    for (const id of ids) locks.requireOwn('item', id, caller);
    await writer.delete(ids, caller);
    for (const id of ids) locks.remove('item', id, caller.realmId);
    return undefined;
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
      await items.index(ids);
    });
    return undefined;
  }

  /** Reading is each user's own: no lock stands against it. */
  async markRead(id: number, isRead: boolean, { realmId, userId }: Caller): Promise<void> {
    await this.services.store.items.transaction(async (items) => {
      const row = await items.find(realmId, id);
      if (row === undefined) return;
      const detail = detailOf(row);
      if (detail.readUsers.includes(userId) === isRead) return;
      const others = detail.readUsers.filter((user) => user !== userId);
      const readUsers = isRead ? [...others, userId] : others;
      await items.update(realmId, [id], { detail: JSON.stringify({ ...detail, readUsers }) });
      await items.setFlags(realmId, [id], [ItemFlag.ifRead], readUsers.length > 0);
    });
  }

  async #requireAll(ids: readonly number[], { realmId }: Caller): Promise<void> {
    const found = new Set((await this.services.store.items.findAll(realmId, ids)).map((r) => r.id));
    const missing = ids.find((id) => !found.has(id));
    if (missing !== undefined) throw new RpcError('notFound', `There is no item ${missing}.`);
  }
}
