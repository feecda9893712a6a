/** What every service of lockable objects does the same way. */
import type { LockData } from '../../greyhound/index.js';
import type { Limiter } from '../../greyhound/limiter.js';
import type { Caller } from '../rpc/handlers.js';
import type { LockTable, LockUnit } from '../rpc/locks.js';
import type { ObjectKind, ObjectStore, ObjectStruct } from './object-store.js';

interface ById {
  readonly ID: number;
}

/** @param requireExists throws RpcError notFound */
export function lockHandlers(
  unit: LockUnit,
  locks: LockTable,
  requireExists: (realmId: number, id: number) => Promise<unknown>,
) {
  return {
    GetLockData: async ({ ID }: ById, { realmId }: Caller): Promise<LockData> => {
      await requireExists(realmId, ID);
      return locks.lockData(unit, ID, realmId);
    },
    Lock: async ({ ID }: ById, caller: Caller): Promise<undefined> => {
      await requireExists(caller.realmId, ID);
      locks.lock(unit, ID, caller);
    },
    /** Also for an object that was deleted meanwhile: its lock went with it. */
    Unlock: ({ ID }: ById, caller: Caller): undefined => {
      locks.unlock(unit, ID, caller);
    },
  };
}

/** The object as it is answered: with the state of its lock. */
export const withLockData =
  (unit: LockUnit, locks: LockTable, realmId: number) =>
  <T extends { ID: number; LockData: LockData }>(value: T): T => ({
    ...value,
    LockData: locks.lockData(unit, value.ID, realmId),
  });

/**
 * A change of an existing object under the caller's lock.
 * @param validate throws RpcError invalidValue
 */
export const lockedChange =
  <T extends ObjectStruct>(
    unit: ObjectKind,
    store: ObjectStore<T>,
    changes: Limiter,
    locks: LockTable,
    validate: (realmId: number, value: T) => Promise<void>,
  ) =>
  (id: number, caller: Caller, edit: (current: T) => T): Promise<undefined> =>
    changes.run(async () => {
      const current = await store.get(caller.realmId, id);
      locks.requireOwn(unit, id, caller);
      const changed = { ...edit(current), ID: id };
      await validate(caller.realmId, changed);
      await store.replace(caller.realmId, changed);
      return undefined;
    });

/** @param requireUnused throws RpcError inUse */
export const lockedDelete =
  <T extends ObjectStruct>(
    unit: ObjectKind,
    store: ObjectStore<T>,
    changes: Limiter,
    locks: LockTable,
    requireUnused: (realmId: number, id: number) => Promise<void>,
  ) =>
  ({ ID }: ById, caller: Caller): Promise<undefined> =>
    changes.run(async () => {
      await store.get(caller.realmId, ID);
      locks.requireOwn(unit, ID, caller);
      await requireUnused(caller.realmId, ID);
      await store.delete(caller.realmId, ID);
      locks.remove(unit, ID, caller.realmId);
      return undefined;
    });
