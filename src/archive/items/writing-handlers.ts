/** RpcItems, what writes: new and changed items, attachments, remarks and protocol, rules. */
import { asSet, includes, ItemFlag, ListValue, ListValueEx } from '../../greyhound/index.js';
import type { DetailedItem, ListItem, RpcItems } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import { invalid, requirePrintable } from '../objects/validation.js';
import type { Caller, Handlers } from '../rpc/handlers.js';
import type { AttachmentRow } from '../store/mail-items.js';
import type { ItemServices } from './item-services.js';
import type { ItemChanges } from './item-changes.js';

type ItemHandlers = Handlers<typeof RpcItems.methods>;
type Names =
  | 'AddProtocol'
  | 'AddProtocolList'
  | 'AddRemark'
  | 'AddRemarkList'
  | 'CopyAttachment'
  | 'Delete'
  | 'DeleteAttachment'
  | 'DeleteList'
  | 'ExecuteRule'
  | 'ExecuteRuleList'
  | 'Import'
  | 'New'
  | 'Put'
  | 'PutList'
  | 'RenameAttachment'
  | 'TriggerRules';

export function writingHandlers(
  services: ItemServices,
  changes: ItemChanges,
): Pick<ItemHandlers, Names> {
  const { reader, writer, references, locks, rules } = services;
  const attachments = new Attachments(services);
  const create = async (item: DetailedItem, isLocked: boolean, caller: Caller) => {
    const id = await writer.create(item, caller);
    if (isLocked) locks.lock('item', id, caller);
    return id;
  };
  const executeRule = async (ids: readonly number[], ruleId: number, caller: Caller) => {
    await changes.requireFree(ids, caller);
    await rules.runOnItems(caller.realmId, ruleId, ids);
    return undefined;
  };
  return {
    New: ({ Item, CreateLocked }, caller) => create(Item, CreateLocked, caller),
    /** What is brought along was sent or received elsewhere: it never leaves from here. */
    Import: ({ Item, CreateLocked }, caller) => {
      const Flags = Item.Flags & ~asSet(ItemFlag.ifUnsent);
      return create({ ...Item, Flags }, CreateLocked, caller);
    },
    Put: async ({ Item }, caller) => {
      await reader.row(caller.realmId, Item.ID);
      locks.requireOwn('item', Item.ID, caller);
      await writer.replace(Item, caller);
    },
    PutList: async ({ Items, RemindUsers, Rules, Remark, UnreadForAll, ...wanted }, caller) => {
      if (RemindUsers.length > 0) throw invalid('RemindUsers', 'this archive has no calendar');
      if (Rules.length > 0) throw invalid('Rules', 'this archive has no workflow rules');
      const ids = Items.map(({ ID }) => ID);
      await changes.requireAll(ids, caller);
      for (const id of ids) locks.requireOwn('item', id, caller);
      const chosen = Items.map((item) => ({ ID: item.ID, members: chosenMembers(item, wanted) }));
      // before the first one is written
      for (const { members } of chosen) await references.require(caller.realmId, members);
      for (const { ID, members } of chosen)
        await writer.replace({ ...(await reader.get(caller.realmId, ID)), ...members }, caller);
      if (UnreadForAll) await changes.markUnreadForAll(ids, caller);
      await changes.remark(ids, Remark, caller);
    },
    Delete: ({ ID }, caller) => changes.delete([ID], caller),
    DeleteList: ({ IDs }, caller) => changes.delete(IDs, caller),
    AddProtocol: ({ ID, Protocol }, caller) => changes.addProtocol([ID], Protocol, caller),
    AddProtocolList: ({ IDs, Protocol }, caller) => changes.addProtocol(IDs, Protocol, caller),
    AddRemark: ({ ID, Remark }, caller) => changes.remark([ID], Remark, caller),
    AddRemarkList: ({ IDs, Remark }, caller) => changes.remark(IDs, Remark, caller),
    CopyAttachment: ({ AttachmentID, TargetID }, caller) =>
      attachments.copy(AttachmentID, TargetID, caller),
    DeleteAttachment: async ({ AttachmentID }, caller) => {
      await services.attachments.delete(await attachments.requireOwn(AttachmentID, caller));
    },
    RenameAttachment: async ({ AttachmentID, Name }, caller) => {
      const row = await attachments.requireOwn(AttachmentID, caller);
      requirePrintable('Name', Name);
      if (Name.trim() === '') throw invalid('Name', 'must not be empty');
      await services.attachments.rename(row, Name);
    },
    ExecuteRule: ({ ID, RuleID }, caller) => executeRule([ID], RuleID, caller),
    ExecuteRuleList: ({ IDs, RuleID }, caller) => executeRule(IDs, RuleID, caller),
    TriggerRules: async ({ ID, Trigger }, caller) => {
      await changes.requireFree([ID], caller);
      await rules.trigger(caller.realmId, Trigger, [ID]);
    },
  };
}

/** What a list can write; the rest of its members the archive makes itself, or they are texts made for lists. */
const written = [
  ...(['GroupRef', 'UserRef', 'TopicRef', 'ColorRef', 'State', 'Priority', 'Flags'] as const),
  ...(['Subject', 'Number', 'StartDate', 'EndDate', 'Remind'] as const),
] as const;

function chosenMembers(
  item: ListItem,
  { ListValues, ListValuesEx }: { ListValues: number; ListValuesEx: number },
): Partial<DetailedItem> {
  const members = written.filter((member) => includes(ListValues, ListValue[`lv${member}`]));
  return {
    ...Object.fromEntries(members.map((member) => [member, item[member]])),
    ...(includes(ListValuesEx, ListValueEx.lvRemarks) && { Remarks: item.Remarks }),
  };
}

class Attachments {
  constructor(private readonly services: ItemServices) {}

  /** @throws RpcError notFound, notLocked, lockedByOther */
  async requireOwn(id: number, caller: Caller): Promise<AttachmentRow> {
    const row = await this.#find(id, caller);
    this.services.locks.requireOwn('item', row.item_id, caller);
    return row;
  }

  /** @returns the copy's id. @throws RpcError notFound, notLocked, lockedByOther, inUse; BytesDamaged */
  async copy(id: number, targetId: number, caller: Caller): Promise<number> {
    const { store, reader, locks } = this.services;
    const attachment = await this.#find(id, caller);
    const source = await reader.row(caller.realmId, attachment.item_id);
    // read whole first: its own attachments come before the copy
    await reader.attachments(caller.realmId, targetId);
    const target = await reader.row(caller.realmId, targetId);
    locks.requireOwn('item', targetId, caller);
    // loads the MIME parser, which little else needs
    const { contentOf } = await import('../submission/compose.js');
    const added = {
      name: attachment.name,
      contentType: attachment.content_type,
      contentId: attachment.content_id,
      stream: contentOf(source, attachment, (hash) => store.raw.readIntact(hash)),
    };
    return this.services.attachments.add(target, added, caller);
  }

  async #find(id: number, { realmId }: Caller): Promise<AttachmentRow> {
    const row = await this.services.store.items.attachment(realmId, id);
    if (row === undefined) throw new RpcError('notFound', `There is no attachment ${id}.`);
    return row;
  }
}
