/** rpc_groupslib: groups; their e-mail address is the sender address. */
import { bool, enumeration, int, list, struct, text, type ValueOf } from './codec.js';
import { bookkeeping, integers, RpcLockData } from './common.js';
import { method, procedure, service } from './service.js';

export const GroupWorkSpace = {
  wsSystem: 0,
  wsForbidden: 1,
  wsPersonal: 2,
  wsShared: 3,
  wsForeign: 4,
} as const;

/** Default signature per item kind; 0 = none. Read-only: written through RpcSignature.Groups. */
export const RpcGroupSignatures = struct('RpcGroupSignatures', {
  EmailSignatureRef: int,
  FaxSignatureRef: int,
  LetterSignatureRef: int,
  ReservedSignatureRef: int,
  CallSignatureRef: int,
  AppointmentSignatureRef: int,
  TaskSignatureRef: int,
  NoteSignatureRef: int,
  ContactSignatureRef: int,
  FileSignatureRef: int,
});

export const RpcGroup = struct('RpcGroup', {
  ID: int,
  ParentRef: int,
  Name: text,
  Path: text,
  Order: int,
  WorkSpace: enumeration('RpcWorkSpace', GroupWorkSpace),
  Email: text,
  Phone: text,
  Fax: text,
  Mobile: text,
  PostalAddress: text,
  UserRefs: integers,
  CategoryRefs: integers,
  Signatures: RpcGroupSignatures,
  ...bookkeeping,
});
export type Group = ValueOf<typeof RpcGroup>;

export const RpcGroups = service('RpcGroups', {
  AddCategory: procedure({ ID: int, CategoryRef: int }),
  AddUser: procedure({ ID: int, UserRef: int }),
  Delete: procedure({ ID: int }),
  Get: method({ ID: int }, RpcGroup),
  GetCompleteList: method({ AdvancedFields: bool }, list(RpcGroup)),
  GetList: method({ AdvancedFields: bool }, list(RpcGroup)),
  GetLockData: method({ ID: int }, RpcLockData),
  Lock: procedure({ ID: int }),
  New: method({ Group: RpcGroup }, int),
  Put: procedure({ Group: RpcGroup }),
  SetOrder: procedure({ ID: int, Order: int }),
  SetParent: procedure({ ID: int, ParentRef: int }),
  Unlock: procedure({ ID: int }),
});
