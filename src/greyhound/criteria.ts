/** The criteria that a stored filter (rpc_filterslib) and an item query (rpc_itemslib) share, and their enums. */
import { dateTime, enumeration, int, setOf, text } from './codec.js';
import { integers } from './common.js';

export const ItemState = {
  isOpen: 0,
  isNew: 1,
  isQuestion: 2,
  isAnswer: 3,
  isDone: 4,
  isForward: 5,
  isDraft: 6,
  isRejected: 7,
} as const;
export const ItemKind = {
  ikEmail: 0,
  ikFax: 1,
  ikLetter: 2,
  ikMessage: 3,
  ikCall: 4,
  ikAppointment: 5,
  ikTask: 6,
  ikNote: 7,
  ikContact: 8,
  ikFile: 9,
} as const;
export const ItemFlag = {
  ifRead: 0,
  ifDeleted: 1,
  ifEscalated: 2,
  ifSpam: 3,
  ifFailure: 4,
  ifWaiting: 5,
  ifUnsent: 6,
  ifAttachment: 7,
  ifWholeday: 8,
  ifRecurrence: 9,
  ifUnclassifiable: 10,
  ifProtocol: 11,
  ifRemarks: 12,
  ifUseHtml: 13,
  ifEml: 14,
  ifDeliveryNotification: 15,
  ifCampaign: 16,
  ifArchiveFailure: 17,
} as const;
export const ItemPriority = {
  ipLowest: 0,
  ipLow: 1,
  ipNormal: 2,
  ipHigh: 3,
  ipHighest: 4,
} as const;
export const SearchField = {
  sfAddress: 0,
  sfSubject: 1,
  sfData: 2,
  sfNumber: 3,
  sfUserFields: 4,
  sfRemarks: 5,
  sfAttachments: 6,
} as const;
export const DateField = { dfStartDate: 0, dfEndDate: 1, dfCreated: 2, dfModified: 3 } as const;
export const Operator = {
  oLessEqual: 0,
  oLess: 1,
  oEqual: 2,
  oGreater: 3,
  oGreaterEqual: 4,
} as const;

/** Empty means: this criterion is unused. For sets -1 says "all". */
export const criteria = {
  GroupRefs: integers,
  UserRefs: integers,
  TopicRefs: integers,
  ColorRefs: integers,
  Kinds: setOf('RpcItemKinds', ItemKind),
  States: setOf('RpcItemStates', ItemState),
  Priorities: setOf('RpcItemPriorities', ItemPriority),
  PositiveFlags: setOf('RpcItemFlags', ItemFlag),
  NegativeFlags: setOf('RpcItemFlags', ItemFlag),
  SearchFor: text,
  SearchFields: setOf('RpcItemSearchFields', SearchField),
  StartField: enumeration('RpcItemDateField', DateField),
  EndField: enumeration('RpcItemDateField', DateField),
  StartOperator: enumeration('RpcItemOperator', Operator),
  EndOperator: enumeration('RpcItemOperator', Operator),
  StartDate: dateTime,
  EndDate: dateTime,
  MinAge: int,
  MaxAge: int,
  MinRemind: int,
  MaxRemind: int,
  MinSize: int,
  MaxSize: int,
  MinClassified: int,
  MaxClassified: int,
} as const;
