/** Who has which mail open, as clients say. In memory; it ends with the client. */
import type { ReadingUser } from '../../greyhound/index.js';
import type { Client, Clients } from '../rpc/clients.js';
import type { EventQueues } from '../rpc/events.js';
import type { Caller } from '../rpc/handlers.js';

/** A client that opens more has forgotten to close the first. */
const MAX_OPEN = 100;

export class ReadingStates {
  /** Items by client, the one that was opened last at the end. */
  readonly #open = new Map<Client, Set<number>>();

  constructor(
    private readonly clients: Clients,
    private readonly events: EventQueues,
  ) {
    clients.onEnd((client) => {
      const items = this.#open.get(client) ?? [];
      this.#open.delete(client);
      for (const id of items) this.#tell(client.realmId, id);
    });
  }

  /** Each user once. */
  of(realmId: number, itemId: number): ReadingUser[] {
    const users = new Map<number, string>();
    for (const client of this.clients.inRealm(realmId))
      if (this.#open.get(client)?.has(itemId) === true) users.set(client.userId, client.username);
    return [...users].map(([UserRef, UserName]) => ({ UserRef, UserName }));
  }

  set(itemId: number, isOpen: boolean, caller: Caller): void {
    const client = this.clients.of(caller);
    const items = this.#open.get(client) ?? new Set();
    this.#open.set(client, items);
    if (items.has(itemId) === isOpen) return;
    const [first] = items;
    if (isOpen && first !== undefined && items.size >= MAX_OPEN) items.delete(first);
    if (isOpen) items.add(itemId);
    else items.delete(itemId);
    this.#tell(caller.realmId, itemId);
  }

  #tell(realmId: number, ID: number): void {
    const ReadingUsers = this.of(realmId, ID);
    this.events.publish(realmId, 'ReadingStateChanged', { ID, ReadingUsers });
  }
}
