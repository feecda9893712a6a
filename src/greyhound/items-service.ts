/**
 * RpcItems: the methods that concern e-mail. Of many the reference tells the name only; their parameters follow those
 * that it tells (id or ids, value, remark) and are marked in docs/archive-methods.md. A value that says yes or no
 * is yes when it is left out.
 */
import {
  binary,
  bool,
  dateTime,
  enumeration,
  int,
  list,
  setOf,
  struct,
  text,
  type WireType,
} from './codec.js';
import { integers, RpcLockData } from './common.js';
import { ItemKind, ItemState } from './criteria.js';
import {
  ItemNewState,
  ItemTrigger,
  ListValue,
  ListValueEx,
  OrderBy,
  OrderDirection,
  RpcAttachmentItem,
  RpcDetailedItem,
  RpcItemFilter,
  RpcListItem,
  RpcReadingUser,
} from './items.js';
import { method, procedure, service } from './service.js';
import { variables } from './variables.js';

const states = enumeration('RpcItemState', ItemState);
const kinds = enumeration('RpcItemKind', ItemKind);
const newStates = enumeration('RpcItemNewState', ItemNewState);
const triggers = enumeration('RpcItemTrigger', ItemTrigger);
const listValues = setOf('RpcListValues', ListValue);
const listValuesEx = setOf('RpcListValuesEx', ListValueEx);
const orderBy = enumeration('RpcItemOrderBy', OrderBy);
const orderDirection = enumeration('RpcItemOrderDirection', OrderDirection);

const unlessNo: WireType<boolean> = {
  ...bool,
  decode: (value, path) =>
    value === null || value === undefined ? true : bool.decode(value, path),
};

const one = { ID: int } as const;
const many = { IDs: integers } as const;
const remark = { Remark: text } as const;
const marked = { Value: unlessNo } as const;

export const RpcItems = service('RpcItems', {
  AddProtocol: procedure({ ...one, Protocol: text }),
  AddProtocolList: procedure({ ...many, Protocol: text }),
  AddRemark: procedure({ ...one, ...remark }),
  AddRemarkList: procedure({ ...many, ...remark }),
  CopyAttachment: method({ AttachmentID: int, TargetID: int, RevGroup: int }, int),
  Delete: procedure(one),
  DeleteAttachment: procedure({ AttachmentID: int, DeleteRevGroup: bool }),
  DeleteList: procedure(many),
  ExecuteRule: procedure({ ...one, RuleID: int }),
  ExecuteRuleList: procedure({ ...many, RuleID: int }),
  Get: method({ ...one, MarkAsReading: bool }, RpcDetailedItem),
  GetAs: method({ ...one, Kind: kinds, NewState: newStates, MarkAsReading: bool }, RpcDetailedItem),
  GetAttachmentList: method(one, list(RpcAttachmentItem)),
  GetLastModifiedForTaskNumber: method(one, dateTime),
  GetList: method(
    {
      Filter: RpcItemFilter,
      OrderBy: orderBy,
      OrderDirection: orderDirection,
      Offset: int,
      ListValues: listValues,
      UserFields: integers,
      OrderUserFieldRef: int,
      ListValuesEx: listValuesEx,
    },
    list(RpcListItem),
    [7],
  ),
  GetLockData: method(one, RpcLockData),
  GetLockDataList: method(many, list(RpcLockData)),
  GetModified: method(one, dateTime),
  GetPreviewHtml: method({ Item: RpcDetailedItem }, binary),
  GetPreviewText: method({ Item: RpcDetailedItem }, text),
  GetReadingState: method(one, list(RpcReadingUser)),
  GetThreadList: method(
    {
      ...one,
      ListValues: listValues,
      UserFields: integers,
      IncludeReferredItem: bool,
      ListValuesEx: listValuesEx,
    },
    list(RpcListItem),
    [4],
  ),
  GetUserFieldList: method({ ...one, Kind: kinds }, list(struct('RpcUserFieldItem', {}))),
  GetVariables: method({ Item: RpcDetailedItem }, variables),
  Import: method({ Item: RpcDetailedItem, CreateLocked: bool }, int),
  Lock: procedure(one),
  LockList: procedure(many),
  New: method({ Item: RpcDetailedItem, CreateLocked: bool }, int),
  Put: procedure({ Item: RpcDetailedItem }),
  PutList: procedure({
    Items: list(RpcListItem),
    ListValues: listValues,
    RemindUsers: integers,
    Rules: integers,
    ...remark,
    UnreadForAll: bool,
    ListValuesEx: listValuesEx,
  }),
  RenameAttachment: procedure({ AttachmentID: int, Name: text }),
  SetColor: procedure({ ...one, ColorRef: int, ...remark }),
  SetColorList: procedure({ ...many, ColorRef: int, ...remark }),
  SetDone: procedure({ ...one, ...marked, ...remark }),
  SetDoneList: procedure({ ...many, ...marked, ...remark }),
  SetEscalated: procedure({ ...one, ...marked, ...remark }),
  SetEscalatedList: procedure({ ...many, ...marked, ...remark }),
  SetGroup: procedure({ ...one, GroupRef: int, ...remark }),
  SetGroupList: procedure({ ...many, GroupRef: int, ...remark }),
  SetNumber: procedure({ ...one, Number: text, ...remark }),
  SetNumberList: procedure({ ...many, Number: text, ...remark }),
  SetQuestion: procedure({ ...one, ...marked, ...remark }),
  SetQuestionList: procedure({ ...many, ...marked, ...remark }),
  SetRead: procedure({ ...one, Value: bool }),
  SetReadingState: procedure({ ...one, ...marked }),
  SetReadList: procedure({ ...many, Value: bool }),
  SetSpam: procedure({ ...one, Value: bool }),
  SetSpamList: procedure({ ...many, Value: bool }),
  SetState: procedure({ ...one, State: states, ...remark }),
  SetStateByTaskNumber: procedure({
    ...one,
    OldState: states,
    NewState: states,
    IncludeReferredItem: bool,
  }),
  SetStateList: procedure({ ...many, State: states, ...remark }),
  SetTopic: procedure({ ...one, TopicRef: int, ...remark }),
  SetTopicList: procedure({ ...many, TopicRef: int, ...remark }),
  SetTrash: procedure({ ...one, Value: bool }),
  SetTrashList: procedure({ ...many, Value: bool }),
  SetUnclassifiable: procedure({ ...one, ...marked, ...remark }),
  SetUnclassifiableList: procedure({ ...many, ...marked, ...remark }),
  SetUnreadForAll: procedure(one),
  SetUnreadForAllList: procedure(many),
  SetUser: procedure({ ...one, UserRef: int, ...remark }),
  SetUserList: procedure({ ...many, UserRef: int, ...remark }),
  SetWaiting: procedure({ ...one, ...marked, ...remark }),
  SetWaitingList: procedure({ ...many, ...marked, ...remark }),
  TriggerRules: procedure({ ...one, Trigger: triggers, DeleteExistingWorkflowRules: bool }),
  Unlock: procedure(one),
  UnlockList: procedure(many),
});
