/** Types that several units repeat under the same name. */
import { dateTime, enumeration, int, list, struct, text, type ValueOf } from './codec.js';

export const integers = list(int);

export const LockState = { lsUnlocked: 0, lsModified: 1, lsLocked: 2 } as const;

export const RpcLockData = struct('RpcLockData', {
  LockState: enumeration('RpcLockState', LockState),
  UserRef: int,
  UserName: text,
});
export type LockData = ValueOf<typeof RpcLockData>;

/** Server-maintained members that most objects end with. */
export const bookkeeping = {
  LockData: RpcLockData,
  Created: dateTime,
  Modified: dateTime,
} as const;
