/** Who is there. A user is offline without a connected client; else as he said, and online when he said nothing. */
import { formatWireDate, OnlineState } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Clients } from './clients.js';
import type { EventQueues } from './events.js';

interface Presence {
  readonly OnlineState: number;
  /** Since when a client is connected. */
  readonly Login: Date | null;
}

export class UserPresence {
  /** By user; for as long as a client is connected. */
  readonly #said = new Map<number, number>();
  readonly #clients: Clients;
  readonly #events: EventQueues;
  readonly #clock: Clock;

  constructor(given: {
    readonly clients: Clients;
    readonly events: EventQueues;
    readonly clock: Clock;
  }) {
    this.#clients = given.clients;
    this.#events = given.events;
    this.#clock = given.clock;
    given.clients.onEnd(({ realmId, userId }) => {
      if (given.clients.ofUser(userId).length > 0) return;
      this.#said.delete(userId);
      this.#tell(realmId, userId);
    });
  }

  of(userId: number): Presence {
    const connectedMs = this.#clients.ofUser(userId).map((one) => this.#clients.connectedMs(one));
    if (connectedMs.length === 0) return { OnlineState: OnlineState.osOffline, Login: null };
    return {
      OnlineState: this.#said.get(userId) ?? OnlineState.osOnline,
      Login: new Date(this.#clock.now().getTime() - Math.max(...connectedMs)),
    };
  }

  set(realmId: number, userId: number, state: number): void {
    this.#said.set(userId, state);
    this.#tell(realmId, userId);
  }

  #tell(realmId: number, userId: number): void {
    const { OnlineState: state, Login } = this.of(userId);
    this.#events.publish(realmId, 'OnlineStateChanged', {
      ID: userId,
      OnlineState: state,
      Login: Login === null ? '' : formatWireDate(Login),
    });
  }
}
