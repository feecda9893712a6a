/** RpcItems.Set…: one property of an item, or of many. Each stands once, for many; for one it is a list of one. */
import { ItemFlag, ItemState, type RpcItems } from '../../greyhound/index.js';
import { requireOrdinal, requirePrintable } from '../objects/validation.js';
import type { Caller, Handlers } from '../rpc/handlers.js';
import type { ItemChanges } from './item-changes.js';
import type { ItemReader } from './item-reader.js';
import type { ItemReferences, References } from './item-references.js';
import type { ItemWriter } from './item-writer.js';
import type { ReadingStates } from './reading-states.js';

type ItemHandlers = Handlers<typeof RpcItems.methods>;
type Ids = readonly number[];

interface PropertyServices {
  readonly reader: ItemReader;
  readonly writer: ItemWriter;
  readonly changes: ItemChanges;
  readonly references: ItemReferences;
  readonly reading: ReadingStates;
}

const columns = {
  GroupRef: 'group_ref',
  UserRef: 'user_ref',
  TopicRef: 'topic_ref',
  ColorRef: 'color_ref',
} as const;

class Properties {
  constructor(private readonly services: PropertyServices) {}

  async refer(
    ids: Ids,
    member: keyof References,
    ref: number,
    remark: string,
    caller: Caller,
  ): Promise<undefined> {
    const { changes, references } = this.services;
    await references.require(caller.realmId, { [member]: ref });
    return changes.set(ids, { [columns[member]]: ref }, remark, caller);
  }

  async state(ids: Ids, state: number, remark: string, caller: Caller): Promise<undefined> {
    const { changes, writer } = this.services;
    requireOrdinal('State', state, ItemState.isRejected);
    await changes.requireFree(ids, caller);
    await writer.setState(ids, state, caller);
    return changes.remark(ids, remark, caller);
  }

  /** A state that is taken back is open again. */
  stateOr(isSet: boolean, state: number): number {
    return isSet ? state : ItemState.isOpen;
  }

  number(ids: Ids, number: string, remark: string, caller: Caller): Promise<undefined> {
    requirePrintable('Number', number);
    return this.services.changes.set(ids, { number }, remark, caller);
  }

  /** Holds a mail back, or releases it. */
  async waiting(ids: Ids, value: boolean, remark: string, caller: Caller): Promise<undefined> {
    const { changes, writer } = this.services;
    await changes.requireFree(ids, caller);
    await writer.setWaiting(ids, value, caller);
    return changes.remark(ids, remark, caller);
  }

  async trash(ids: Ids, value: boolean, caller: Caller): Promise<undefined> {
    const { changes, writer } = this.services;
    await changes.requireFree(ids, caller);
    await writer.setTrash(ids, value, caller);
    return undefined;
  }
}

export function propertyHandlers(
  services: PropertyServices,
): Pick<ItemHandlers, Extract<keyof ItemHandlers, `Set${string}`>> {
  const { reader, changes, reading } = services;
  const set = new Properties(services);
  const { ifEscalated, ifSpam, ifUnclassifiable } = ItemFlag;
  const { isDone, isQuestion } = ItemState;
  return {
    SetColor: ({ ID, ColorRef, Remark }, caller) =>
      set.refer([ID], 'ColorRef', ColorRef, Remark, caller),
    SetColorList: ({ IDs, ColorRef, Remark }, caller) =>
      set.refer(IDs, 'ColorRef', ColorRef, Remark, caller),
    SetGroup: ({ ID, GroupRef, Remark }, caller) =>
      set.refer([ID], 'GroupRef', GroupRef, Remark, caller),
    SetGroupList: ({ IDs, GroupRef, Remark }, caller) =>
      set.refer(IDs, 'GroupRef', GroupRef, Remark, caller),
    SetTopic: ({ ID, TopicRef, Remark }, caller) =>
      set.refer([ID], 'TopicRef', TopicRef, Remark, caller),
    SetTopicList: ({ IDs, TopicRef, Remark }, caller) =>
      set.refer(IDs, 'TopicRef', TopicRef, Remark, caller),
    SetUser: ({ ID, UserRef, Remark }, caller) =>
      set.refer([ID], 'UserRef', UserRef, Remark, caller),
    SetUserList: ({ IDs, UserRef, Remark }, caller) =>
      set.refer(IDs, 'UserRef', UserRef, Remark, caller),
    SetDone: ({ ID, Value, Remark }, caller) =>
      set.state([ID], set.stateOr(Value, isDone), Remark, caller),
    SetDoneList: ({ IDs, Value, Remark }, caller) =>
      set.state(IDs, set.stateOr(Value, isDone), Remark, caller),
    SetQuestion: ({ ID, Value, Remark }, caller) =>
      set.state([ID], set.stateOr(Value, isQuestion), Remark, caller),
    SetQuestionList: ({ IDs, Value, Remark }, caller) =>
      set.state(IDs, set.stateOr(Value, isQuestion), Remark, caller),
    SetState: ({ ID, State, Remark }, caller) => set.state([ID], State, Remark, caller),
    SetStateList: ({ IDs, State, Remark }, caller) => set.state(IDs, State, Remark, caller),
    /** What belongs to a task is the conversation. */
    SetStateByTaskNumber: async ({ OldState, NewState, ...thread }, caller) => {
      const rows = await reader.threadRows(caller.realmId, thread);
      const ids = rows.filter(({ state }) => state === OldState).map(({ id }) => id);
      return set.state(ids, NewState, '', caller);
    },
    SetEscalated: ({ ID, Value, Remark }, caller) =>
      changes.mark([ID], ifEscalated, Value, Remark, caller),
    SetEscalatedList: ({ IDs, Value, Remark }, caller) =>
      changes.mark(IDs, ifEscalated, Value, Remark, caller),
    SetSpam: ({ ID, Value }, caller) => changes.mark([ID], ifSpam, Value, '', caller),
    SetSpamList: ({ IDs, Value }, caller) => changes.mark(IDs, ifSpam, Value, '', caller),
    SetUnclassifiable: ({ ID, Value, Remark }, caller) =>
      changes.mark([ID], ifUnclassifiable, Value, Remark, caller),
    SetUnclassifiableList: ({ IDs, Value, Remark }, caller) =>
      changes.mark(IDs, ifUnclassifiable, Value, Remark, caller),
    SetNumber: ({ ID, Number: number, Remark }, caller) => set.number([ID], number, Remark, caller),
    SetNumberList: ({ IDs, Number: number, Remark }, caller) =>
      set.number(IDs, number, Remark, caller),
    SetRead: ({ ID, Value }, caller) => changes.markRead([ID], Value, caller),
    SetReadList: ({ IDs, Value }, caller) => changes.markRead(IDs, Value, caller),
    SetUnreadForAll: ({ ID }, caller) => changes.markUnreadForAll([ID], caller),
    SetUnreadForAllList: ({ IDs }, caller) => changes.markUnreadForAll(IDs, caller),
    SetReadingState: async ({ ID, Value }, caller) => {
      await reader.row(caller.realmId, ID);
      reading.set(ID, Value, caller);
    },
    SetTrash: ({ ID, Value }, caller) => set.trash([ID], Value, caller),
    SetTrashList: ({ IDs, Value }, caller) => set.trash(IDs, Value, caller),
    SetWaiting: ({ ID, Value, Remark }, caller) => set.waiting([ID], Value, Remark, caller),
    SetWaitingList: ({ IDs, Value, Remark }, caller) => set.waiting(IDs, Value, Remark, caller),
  };
}
