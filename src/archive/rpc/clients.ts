/**
 * Who is connected. A client is a user and a client id; all connections with that id are one. One that makes no call
 * for 60 seconds counts as disconnected: what it holds (locks, queued events) is dropped. Clients live in memory.
 */
import type { Elapsed } from '../../platform/clock.js';
import type { Caller } from './handlers.js';

export const IDLE_LIMIT_MS = 60_000;

export interface Client {
  readonly realmId: number;
  readonly userId: number;
  readonly username: string;
  /** As it called itself; '' when it did not. */
  name: string;
  readonly connectedSinceMs: number;
}

interface Tracked extends Client {
  callsUnderWay: number;
  lastSeenMs: number;
}

const keyOf = (caller: Caller): string => `${String(caller.userId)}-${caller.clientId}`;

export class Clients {
  readonly #clients = new Map<string, Tracked>();
  readonly #endListeners = new Set<(client: Client) => void>();

  constructor(private readonly nowMs: Elapsed) {}

  /** A call begins; a call that takes long is no silence. @returns to be called when it has ended */
  enter(caller: Caller): () => void {
    const client = this.#of(caller);
    client.callsUnderWay += 1;
    client.lastSeenMs = this.nowMs();
    return () => {
      client.callsUnderWay -= 1;
      client.lastSeenMs = this.nowMs();
    };
  }

  /** The same object for as long as the client stays connected. */
  of(caller: Caller): Client {
    return this.#of(caller);
  }

  /** All that are connected. */
  all(): readonly Client[] {
    this.#dropSilent();
    return [...this.#clients.values()];
  }

  inRealm(realmId: number): readonly Client[] {
    return this.all().filter((client) => client.realmId === realmId);
  }

  ofUser(userId: number): readonly Client[] {
    return this.all().filter((client) => client.userId === userId);
  }

  /** For how long it has been connected. */
  connectedMs(client: Client): number {
    return this.nowMs() - client.connectedSinceMs;
  }

  /** It no longer counts as connected; its next call connects it anew. */
  end(client: Client): void {
    for (const [key, known] of this.#clients) if (known === client) this.#drop(key, known);
  }

  onEnd(listener: (client: Client) => void): void {
    this.#endListeners.add(listener);
  }

  #of(caller: Caller): Tracked {
    this.#dropSilent();
    const key = keyOf(caller);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const { realmId, userId, username } = caller;
    const nowMs = this.nowMs();
    const client: Tracked = {
      realmId,
      userId,
      username,
      name: '',
      connectedSinceMs: nowMs,
      callsUnderWay: 0,
      lastSeenMs: nowMs,
    };
    this.#clients.set(key, client);
    return client;
  }

  #dropSilent(): void {
    const limit = this.nowMs() - IDLE_LIMIT_MS;
    for (const [key, client] of this.#clients)
      if (client.callsUnderWay === 0 && client.lastSeenMs < limit) this.#drop(key, client);
  }

  #drop(key: string, client: Client): void {
    this.#clients.delete(key);
    for (const listener of this.#endListeners) listener(client);
  }
}
