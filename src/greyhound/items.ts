/** rpc_itemslib, as far as e-mail needs it: lists, threads, reading, filing, drafts and sending. */
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
  type ValueOf,
} from './codec.js';
import { bookkeeping, integers, RpcLockData } from './common.js';
import { criteria, ItemFlag, ItemKind, ItemPriority, ItemState } from './criteria.js';
import { method, procedure, service } from './service.js';

export const OrderBy = {
  iobGroup: 0,
  iobUser: 1,
  iobTopic: 2,
  iobColor: 3,
  iobPriority: 4,
  iobFrom: 5,
  iobSubject: 6,
  iobNumber: 7,
  iobSize: 8,
  iobStartDate: 9,
  iobEndDate: 10,
  iobCreated: 11,
  iobModified: 12,
  iobRemind: 13,
  iobRecipient: 14,
  iobID: 15,
  iobNone: 16,
} as const;
export const OrderDirection = { iodAscending: 0, iodDescending: 1 } as const;

/** Which members a list fills. */
export const ListValue = {
  lvGroupRef: 0,
  lvGroupName: 1,
  lvGroupPath: 2,
  lvUserRef: 3,
  lvUserName: 4,
  lvTopicRef: 5,
  lvTopicName: 6,
  lvTopicPath: 7,
  lvColorRef: 8,
  lvColorCode: 9,
  lvColorName: 10,
  lvState: 11,
  lvKind: 12,
  lvPriority: 13,
  lvFlags: 14,
  lvClassified: 15,
  lvFrom: 16,
  lvRecipients: 17,
  lvSubject: 18,
  lvNumber: 19,
  lvSize: 20,
  lvTaskProgress: 21,
  lvTaskPercent: 22,
  lvTaskDone: 23,
  lvStartDate: 24,
  lvEndDate: 25,
  lvRemind: 26,
  lvNextWorkflow: 27,
  lvCreated: 28,
  lvModified: 29,
  lvText: 30,
  lvAttachments: 31,
} as const;
export const ListValueEx = {
  lvProtocol: 0,
  lvRemarks: 1,
  lvPop3Ref: 2,
  lvMessageState: 3,
  lvExcludesAi: 4,
  lvItemPrevRef: 5,
} as const;

const states = enumeration('RpcItemState', ItemState);
const kinds = enumeration('RpcItemKind', ItemKind);
const priorities = enumeration('RpcItemPriority', ItemPriority);
const flags = setOf('RpcItemFlags', ItemFlag);
const listValues = setOf('RpcListValues', ListValue);
const listValuesEx = setOf('RpcListValuesEx', ListValueEx);

/** `Name <address>` as in RFC 5322. */
export const RpcAddressItem = struct('RpcAddressItem', { ContactRef: int, Text: text });
const addresses = list(RpcAddressItem);

/** No content: the bytes travel through binary transfer. */
export const RpcAttachmentItem = struct('RpcAttachmentItem', {
  ID: int,
  Name: text,
  ContentType: text,
  ContentID: text,
  Size: int,
  RevGroup: int,
  Revision: int,
  UserRef: int,
  UserName: text,
  Created: dateTime,
});
export type AttachmentItem = ValueOf<typeof RpcAttachmentItem>;

export const RpcProtocolItem = struct('RpcProtocolItem', {
  Date: dateTime,
  UserRef: int,
  UserName: text,
  RuleName: text,
  Text: text,
});

export const RpcEmailProperties = struct('RpcEmailProperties', {
  CC: addresses,
  BCC: addresses,
  ReplyTo: addresses,
  EnvelopeTo: RpcAddressItem,
  Header: text,
  MessageID: text,
  EditorData: binary,
  /** The body, UTF-8: HTML when ifUseHtml is set, else plain text. */
  ViewData: binary,
});

export const RpcItemProperties = struct('RpcItemProperties', { Email: RpcEmailProperties });

export const RpcDetailedItem = struct('RpcDetailedItem', {
  ID: int,
  /** The item that this one answers or forwards. */
  RefID: int,
  GroupRef: int,
  GroupName: text,
  GroupPath: text,
  UserRef: int,
  UserName: text,
  TopicRef: int,
  TopicName: text,
  ColorRef: int,
  Kind: kinds,
  State: states,
  Priority: priorities,
  Flags: flags,
  From: RpcAddressItem,
  Recipients: addresses,
  Subject: text,
  Number: text,
  Remarks: text,
  Size: int,
  Attachments: list(RpcAttachmentItem),
  Properties: RpcItemProperties,
  Protocol: list(RpcProtocolItem),
  ReadUsers: integers,
  StartDate: dateTime,
  EndDate: dateTime,
  Remind: dateTime,
  ...bookkeeping,
});
export type DetailedItem = ValueOf<typeof RpcDetailedItem>;

export const RpcListItem = struct('RpcListItem', {
  ID: int,
  GroupRef: int,
  GroupName: text,
  GroupPath: text,
  UserRef: int,
  UserName: text,
  TopicRef: int,
  ColorRef: int,
  State: states,
  Kind: kinds,
  Priority: priorities,
  Flags: flags,
  /** Plain text in lists. */
  From: text,
  Recipients: text,
  Subject: text,
  Number: text,
  Size: int,
  StartDate: dateTime,
  EndDate: dateTime,
  Created: dateTime,
  Modified: dateTime,
  Remarks: text,
  Pop3Ref: int,
  /** First 256 characters of the content. */
  ViewData: text,
  Attachments: list(RpcAttachmentItem),
  LockData: RpcLockData,
});
export type ListItem = ValueOf<typeof RpcListItem>;

export const RpcItemFilter = struct('RpcItemFilter', {
  ...criteria,
  ItemRefs: integers,
  ContactRef: int,
  FirstChar: text,
});
export type ItemFilter = ValueOf<typeof RpcItemFilter>;

const orderBy = enumeration('RpcItemOrderBy', OrderBy);
const orderDirection = enumeration('RpcItemOrderDirection', OrderDirection);

export const RpcItems = service('RpcItems', {
  AddProtocol: procedure({ ID: int, Protocol: text }),
  AddRemark: procedure({ ID: int, Remark: text }),
  Delete: procedure({ ID: int }),
  DeleteAttachment: procedure({ AttachmentID: int, DeleteRevGroup: bool }),
  DeleteList: procedure({ IDs: integers }),
  Get: method({ ID: int, MarkAsReading: bool }, RpcDetailedItem),
  GetAttachmentList: method({ ID: int }, list(RpcAttachmentItem)),
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
  GetLockData: method({ ID: int }, RpcLockData),
  GetThreadList: method(
    {
      ID: int,
      ListValues: listValues,
      UserFields: integers,
      IncludeReferredItem: bool,
      ListValuesEx: listValuesEx,
    },
    list(RpcListItem),
    [4],
  ),
  Lock: procedure({ ID: int }),
  New: method({ Item: RpcDetailedItem, CreateLocked: bool }, int),
  Put: procedure({ Item: RpcDetailedItem }),
  SetGroupList: procedure({ IDs: integers, GroupRef: int, Remark: text }),
  SetRead: procedure({ ID: int, Value: bool }),
  SetSpam: procedure({ ID: int, Value: bool }),
  SetState: procedure({ ID: int, State: states, Remark: text }),
  SetTrash: procedure({ ID: int, Value: bool }),
  SetUser: procedure({ ID: int, UserRef: int, Remark: text }),
  Unlock: procedure({ ID: int }),
});
