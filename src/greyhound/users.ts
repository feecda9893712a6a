/** rpc_userslib, as far as a mail client needs it. */
import {
  binary,
  bool,
  dateTime,
  enumeration,
  int,
  list,
  struct,
  text,
  type ValueOf,
} from './codec.js';
import { bookkeeping, integers, RpcLockData } from './common.js';
import { method, procedure, service } from './service.js';

export const UserState = { usInactive: 0, usActive: 1 } as const;
export const OnlineState = { osOffline: 0, osAvailable: 1, osOnline: 2, osDND: 3 } as const;

export const RpcUserItem = struct('RpcUserItem', {
  ID: int,
  Username: text,
  FormattedName: text,
  State: enumeration('RpcUserState', UserState),
  OnlineState: enumeration('RpcOnlineState', OnlineState),
  ProfileRef: int,
  ProfileName: text,
  CategoryRefs: integers,
  Login: dateTime,
  ...bookkeeping,
});
export type UserItem = ValueOf<typeof RpcUserItem>;

export const RpcUser = struct('RpcUser', {
  ID: int,
  Username: text,
  FormattedName: text,
  /** Goes in and never comes out. */
  Password: text,
  State: enumeration('RpcUserState', UserState),
  OnlineState: enumeration('RpcOnlineState', OnlineState),
  ProfileRef: int,
  ProfileName: text,
  CategoryRefs: integers,
  Signature: text,
  Picture: binary,
  Use2fa: int,
  Totp: text,
  Login: dateTime,
  ...bookkeeping,
});
export type User = ValueOf<typeof RpcUser>;

/** The caller. */
export const RpcUserInfo = struct('RpcUserInfo', {
  ID: int,
  Username: text,
  FormattedName: text,
  OnlineState: enumeration('RpcOnlineState', OnlineState),
  Signature: text,
  Picture: binary,
  Created: dateTime,
  Modified: dateTime,
});

export const RpcUsers = service('RpcUsers', {
  AddCategory: procedure({ ID: int, CategoryRef: int }),
  Delete: procedure({ ID: int }),
  Get: method({ ID: int }, RpcUser),
  GetList: method({ AdvancedFields: bool }, list(RpcUserItem), [0]),
  /** `AdvancedFields` fills signature and picture, too. */
  GetListEx: method({ AdvancedFields: bool }, list(RpcUser)),
  GetLockData: method({ ID: int }, RpcLockData),
  GetSettings: method({ ProductID: text }, text),
  GetUserInfo: method({}, RpcUserInfo),
  Kick: procedure({ ID: int, ClientName: text }),
  Lock: procedure({ ID: int }),
  Logout: procedure({}),
  New: method({ User: RpcUser }, int),
  Put: procedure({ User: RpcUser }),
  PutSettings: procedure({ ProductID: text, Settings: text }),
  SetOnlineState: procedure({ OnlineState: enumeration('RpcOnlineState', OnlineState) }),
  Unlock: procedure({ ID: int }),
});
