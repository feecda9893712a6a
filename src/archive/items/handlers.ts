/**
 * RpcItems. `Put`, deletion and attachments need the item's own lock; setting one property is refused only while
 * somebody else holds it. Lists of ids are all or nothing: one that does not exist refuses the call.
 */
import { ItemKind, type RpcItems } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import { lockHandlers } from '../objects/locked-objects.js';
import type { Handlers } from '../rpc/handlers.js';
import { derivedItem } from './derived-item.js';
import { ItemChanges } from './item-changes.js';
import { previewHtml, previewText } from './item-preview.js';
import type { ItemServices } from './item-services.js';
import { itemVariables } from './item-variables.js';
import { propertyHandlers } from './property-handlers.js';
import { writingHandlers } from './writing-handlers.js';

type ItemHandlers = Handlers<typeof RpcItems.methods>;
type Elsewhere =
  keyof ReturnType<typeof writingHandlers> | keyof ReturnType<typeof propertyHandlers>;

export function itemHandlers(services: ItemServices): ItemHandlers {
  const changes = new ItemChanges(services);
  return {
    ...readingHandlers(services, changes),
    ...writingHandlers(services, changes),
    ...propertyHandlers({ ...services, changes }),
  };
}

function readingHandlers(
  { reader, locks, reading, groups }: ItemServices,
  changes: ItemChanges,
): Omit<ItemHandlers, Elsewhere> {
  const get: ItemHandlers['Get'] = async ({ ID, MarkAsReading }, caller) => {
    await reader.row(caller.realmId, ID);
    if (MarkAsReading) {
      await changes.markRead([ID], true, caller);
      reading.set(ID, true, caller);
    }
    return reader.get(caller.realmId, ID);
  };
  return {
    ...lockHandlers('item', locks, (realmId, id) => reader.row(realmId, id)),
    GetLockDataList: async ({ IDs }, caller) => {
      await changes.requireAll(IDs, caller);
      return IDs.map((id) => locks.lockData('item', id, caller.realmId));
    },
    LockList: async ({ IDs }, caller) => {
      await changes.requireAll(IDs, caller);
      locks.lockAll('item', IDs, caller);
    },
    UnlockList: ({ IDs }, caller) => {
      locks.unlockAll('item', IDs, caller);
      return undefined;
    },
    Get: get,
    GetAs: async ({ Kind, NewState, ...asked }, caller, ended) => {
      if (Kind !== ItemKind.ikEmail)
        throw new RpcError('invalidValue', 'Kind: this archive writes e-mail only');
      const original = await get(asked, caller, ended);
      const group = await groups.find(caller.realmId, original.GroupRef);
      return derivedItem(original, NewState, group?.Email ?? '');
    },
    GetList: (request, { realmId }) => reader.list(realmId, request),
    GetThreadList: (request, { realmId }) => reader.thread(realmId, request),
    GetAttachmentList: ({ ID }, { realmId }) => reader.attachments(realmId, ID),
    GetModified: async ({ ID }, { realmId }) => new Date((await reader.row(realmId, ID)).modified),
    GetLastModifiedForTaskNumber: async ({ ID }, { realmId }) => {
      const rows = await reader.threadRows(realmId, { ID, IncludeReferredItem: true });
      const times = rows.map(({ modified }) => modified).sort();
      return new Date(times.at(-1) ?? 0);
    },
    GetReadingState: async ({ ID }, { realmId }) => {
      await reader.row(realmId, ID);
      return reading.of(realmId, ID);
    },
    GetUserFieldList: async ({ ID }, { realmId }) => {
      if (ID !== 0) await reader.row(realmId, ID);
      return [];
    },
    GetPreviewHtml: ({ Item }) => Buffer.from(previewHtml(Item)),
    GetPreviewText: ({ Item }) => previewText(Item),
    GetVariables: ({ Item }) => itemVariables(Item),
  };
}
