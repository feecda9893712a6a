/** rpc_userslib, as far as a mail client needs it. */
import { bool, dateTime, enumeration, int, list, struct, text, type ValueOf } from './codec.js';
import { bookkeeping, integers } from './common.js';
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

/** The caller. */
export const RpcUserInfo = struct('RpcUserInfo', {
  ID: int,
  Username: text,
  FormattedName: text,
  OnlineState: enumeration('RpcOnlineState', OnlineState),
  Signature: text,
  Created: dateTime,
  Modified: dateTime,
});

export const RpcUsers = service('RpcUsers', {
  GetList: method({ AdvancedFields: bool }, list(RpcUserItem), [0]),
  GetUserInfo: method({}, RpcUserInfo),
  Logout: procedure({}),
});
