/**
 * Who may change what. A lock belongs to a client (clients.ts) and falls when it is gone. Locks live in memory: after a
 * restart every client has to lock again, as after a lost connection.
 */
import { LockState, RpcLockData, type LockData } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Client, Clients } from './clients.js';
import type { Caller } from './handlers.js';

export type LockUnit =
  | 'pop3'
  | 'smtp'
  | 'group'
  | 'signature'
  | 'filter'
  | 'rule'
  | 'topic'
  | 'color'
  | 'textblock'
  | 'user'
  | 'item';

export interface LockChange {
  readonly realmId: number;
  readonly unit: LockUnit;
  readonly ids: readonly number[];
  readonly lockData: LockData;
}

interface Lock {
  readonly unit: LockUnit;
  readonly id: number;
  readonly holder: Client;
}

const lockKey = (realmId: number, unit: LockUnit, id: number): string =>
  `${String(realmId)}/${unit}/${String(id)}`;

export class LockTable {
  readonly #locks = new Map<string, Lock>();
  readonly #listeners = new Set<(change: LockChange) => void>();

  constructor(private readonly clients: Clients) {
    clients.onEnd((client) => this.#releaseAll(client));
  }

  onChange(listener: (change: LockChange) => void): void {
    this.#listeners.add(listener);
  }

  /** Locking again what one has locked is no error. @throws RpcError lockedByOther */
  lock(unit: LockUnit, id: number, caller: Caller): void {
    this.lockAll(unit, [id], caller);
  }

  /** All or none. @throws RpcError lockedByOther */
  lockAll(unit: LockUnit, ids: readonly number[], caller: Caller): void {
    const holder = this.clients.of(caller);
    const fresh = this.#withoutLockOfOthers(unit, ids, caller).filter(({ held }) => !held);
    for (const { key, id } of fresh) this.#locks.set(key, { unit, id, holder });
    this.#tell(caller.realmId, unit, fresh);
  }

  /** Unlocking what is not locked is no error. @throws RpcError lockedByOther */
  unlock(unit: LockUnit, id: number, caller: Caller): void {
    this.unlockAll(unit, [id], caller);
  }

  /** All or none. @throws RpcError lockedByOther */
  unlockAll(unit: LockUnit, ids: readonly number[], caller: Caller): void {
    const held = this.#withoutLockOfOthers(unit, ids, caller).filter((one) => one.held);
    for (const { key } of held) this.#locks.delete(key);
    this.#tell(caller.realmId, unit, held);
  }

  /** @throws RpcError notLocked, or lockedByOther */
  requireOwn(unit: LockUnit, id: number, caller: Caller): void {
    const [one] = this.#withoutLockOfOthers(unit, [id], caller);
    if (one?.held !== true)
      throw new RpcError('notLocked', `The ${unit} ${id} has to be locked before it is changed.`);
  }

  /** For an object that is gone. */
  remove(unit: LockUnit, id: number, realmId: number): void {
    if (this.#locks.delete(lockKey(realmId, unit, id))) this.#tell(realmId, unit, [{ id }]);
  }

  lockData(unit: LockUnit, id: number, realmId: number): LockData {
    const holder = this.#holder(lockKey(realmId, unit, id));
    if (holder === undefined) return RpcLockData.empty();
    return RpcLockData.make({
      LockState: LockState.lsLocked,
      UserRef: holder.userId,
      UserName: holder.username,
    });
  }

  /** @returns which of them the caller holds. @throws RpcError lockedByOther for the first one that another holds */
  #withoutLockOfOthers(unit: LockUnit, ids: readonly number[], caller: Caller) {
    const own = this.clients.of(caller);
    return [...new Set(ids)].map((id) => {
      const key = lockKey(caller.realmId, unit, id);
      const holder = this.#holder(key);
      if (holder !== undefined && holder !== own)
        throw new RpcError('lockedByOther', `The ${unit} ${id} is locked by ${holder.username}.`);
      return { id, key, held: holder !== undefined };
    });
  }

  #holder(key: string): Client | undefined {
    // looking who is connected drops the silent ones, and their locks
    this.clients.all();
    return this.#locks.get(key)?.holder;
  }

  #releaseAll(client: Client): void {
    for (const [key, { holder, unit, id }] of this.#locks) {
      if (holder !== client) continue;
      this.#locks.delete(key);
      this.#tell(client.realmId, unit, [{ id }]);
    }
  }

  #tell(realmId: number, unit: LockUnit, changed: readonly { readonly id: number }[]): void {
    const [first] = changed;
    if (first === undefined) return;
    const lockData = this.lockData(unit, first.id, realmId);
    const ids = changed.map(({ id }) => id);
    for (const listener of this.#listeners) listener({ realmId, unit, ids, lockData });
  }
}
