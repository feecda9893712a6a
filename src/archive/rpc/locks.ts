/**
 * Who may change what. A lock belongs to a user and a client id; all connections with that client id share it.
 * A client that makes no call for 60 seconds counts as disconnected and its locks are dropped. Locks live in memory:
 * after a restart every client has to lock again, as after a lost connection.
 */
import { LockState, RpcLockData, type LockData } from '../../greyhound/index.js';
import type { Elapsed } from '../../platform/clock.js';
import { RpcError } from '../errors.js';
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
  | 'item';

export const IDLE_LIMIT_MS = 60_000;

interface Client {
  readonly userId: number;
  readonly username: string;
  callsUnderWay: number;
  lastSeenMs: number;
  readonly locks: Set<string>;
}

const lockKey = (realmId: number, unit: LockUnit, id: number): string =>
  `${String(realmId)}/${unit}/${String(id)}`;

const clientKey = (caller: Caller): string => `${String(caller.userId)}-${caller.clientId}`;

export class LockTable {
  readonly #clients = new Map<string, Client>();
  readonly #holders = new Map<string, Client>();

  constructor(private readonly nowMs: Elapsed) {}

  /** A call begins; a call that takes long is no silence. @returns to be called when it has ended */
  enter(caller: Caller): () => void {
    this.#dropSilentClients();
    const client = this.#client(caller);
    client.callsUnderWay += 1;
    client.lastSeenMs = this.nowMs();
    return () => {
      client.callsUnderWay -= 1;
      client.lastSeenMs = this.nowMs();
    };
  }

  /** Locking again what one has locked is no error. @throws RpcError lockedByOther */
  lock(unit: LockUnit, id: number, caller: Caller): void {
    const key = lockKey(caller.realmId, unit, id);
    const client = this.#client(caller);
    const holder = this.#holder(key);
    if (holder !== undefined && holder !== client) throw lockedByOther(unit, id, holder);
    this.#holders.set(key, client);
    client.locks.add(key);
  }

  /** Unlocking what is not locked is no error. @throws RpcError lockedByOther */
  unlock(unit: LockUnit, id: number, caller: Caller): void {
    const key = lockKey(caller.realmId, unit, id);
    const holder = this.#holder(key);
    if (holder !== undefined && holder !== this.#client(caller))
      throw lockedByOther(unit, id, holder);
    this.#release(key);
  }

  /** @throws RpcError notLocked, or lockedByOther */
  requireOwn(unit: LockUnit, id: number, caller: Caller): void {
    const holder = this.#holder(lockKey(caller.realmId, unit, id));
    if (holder === undefined)
      throw new RpcError('notLocked', `The ${unit} ${id} has to be locked before it is changed.`);
    if (holder !== this.#client(caller)) throw lockedByOther(unit, id, holder);
  }

  /** For an object that is gone. */
  remove(unit: LockUnit, id: number, realmId: number): void {
    this.#release(lockKey(realmId, unit, id));
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

  /** Gives back everything that the client holds. */
  releaseClient(caller: Caller): void {
    for (const key of this.#client(caller).locks) this.#release(key);
  }

  /** Has the user made a call within the last minute? */
  isConnected(userId: number): boolean {
    this.#dropSilentClients();
    return [...this.#clients.values()].some((client) => client.userId === userId);
  }

  /** Clients that made a call within the last minute. */
  connectedClients(): number {
    this.#dropSilentClients();
    return this.#clients.size;
  }

  #client(caller: Caller): Client {
    const key = clientKey(caller);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const { userId, username } = caller;
    const client: Client = {
      userId,
      username,
      callsUnderWay: 0,
      lastSeenMs: this.nowMs(),
      locks: new Set(),
    };
    this.#clients.set(key, client);
    return client;
  }

  #holder(key: string): Client | undefined {
    this.#dropSilentClients();
    return this.#holders.get(key);
  }

  #release(key: string): void {
    this.#holders.get(key)?.locks.delete(key);
    this.#holders.delete(key);
  }

  #dropSilentClients(): void {
    const limit = this.nowMs() - IDLE_LIMIT_MS;
    for (const [key, client] of this.#clients) {
      if (client.callsUnderWay > 0 || client.lastSeenMs >= limit) continue;
      for (const lock of client.locks) this.#release(lock);
      this.#clients.delete(key);
    }
  }
}

const lockedByOther = (unit: LockUnit, id: number, holder: Client): RpcError =>
  new RpcError('lockedByOther', `The ${unit} ${id} is locked by ${holder.username}.`);
