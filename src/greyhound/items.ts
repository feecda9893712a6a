/** rpc_itemslib, as far as e-mail needs it: what its methods (items-service.ts) take and give. */
import {
  binary,
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

/** What an item becomes that is made from another one; shifted by one against ItemState. */
export const ItemNewState = {
  insNone: 0,
  insOpen: 1,
  insNew: 2,
  insQuestion: 3,
  insAnswer: 4,
  insDone: 5,
  insForward: 6,
  insDraft: 7,
} as const;
export const ItemTrigger = {
  itAfterIncoming: 0,
  itAfterOutgoing: 1,
  itManual: 2,
  itNew: 3,
  itEdit: 4,
  itTime: 5,
} as const;

const states = enumeration('RpcItemState', ItemState);
const kinds = enumeration('RpcItemKind', ItemKind);
const priorities = enumeration('RpcItemPriority', ItemPriority);
const flags = setOf('RpcItemFlags', ItemFlag);

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

/** Who has the item open. */
export const RpcReadingUser = struct('RpcReadingUser', { UserRef: int, UserName: text });
export type ReadingUser = ValueOf<typeof RpcReadingUser>;

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
  TopicPath: text,
  ColorRef: int,
  ColorName: text,
  ColorCode: text,
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
  ReadingUsers: list(RpcReadingUser),
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
  TopicName: text,
  TopicPath: text,
  ColorRef: int,
  ColorCode: text,
  ColorName: text,
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
  Remind: dateTime,
  Created: dateTime,
  Modified: dateTime,
  Protocols: list(RpcProtocolItem),
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
