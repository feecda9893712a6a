/**
 * What clients are told, by long polling: `GetEvent` waits until something happened, gathers for a moment, and answers
 * all of it. Every connected client of a realm has a queue of its own, which goes when the client is gone. An event is
 * a hint to look again: one that waits already is not queued twice, and of too many the oldest are dropped.
 */
import { type ArchiveEvent } from '../../greyhound/index.js';
import type { Client, Clients } from './clients.js';
import type { Caller } from './handlers.js';

const GATHER_MS = 1000;
const MAX_WAIT_MS = 60_000;
const MAX_EVENTS = 1000;
/** How often somebody who waits looks for clients that fell silent. */
const LOOK_MS = 5000;

class EventQueue {
  readonly #events = new Map<string, ArchiveEvent>();
  readonly #waiting = new Set<() => void>();
  #firstAtMs: number | null = null;
  isEnded = false;

  /** Of the oldest event that waits. */
  get firstAtMs(): number | null {
    return this.#firstAtMs;
  }

  add(event: ArchiveEvent): void {
    const key = `${event.Name} ${event.Parameters}`;
    this.#events.delete(key);
    this.#events.set(key, event);
    const [oldest] = this.#events.keys();
    if (this.#events.size > MAX_EVENTS && oldest !== undefined) this.#events.delete(oldest);
    this.#firstAtMs ??= performance.now();
    this.wake();
  }

  take(): ArchiveEvent[] {
    const events = [...this.#events.values()];
    this.#events.clear();
    this.#firstAtMs = null;
    return events;
  }

  wake(): void {
    for (const done of this.#waiting) done();
  }

  /** Resolves when something may have changed, and at the latest after that time. */
  change(waitMs: number, ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        ended.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.#waiting.add(done);
      ended.addEventListener('abort', done);
    });
  }
}

export class EventQueues {
  readonly #queues = new Map<Client, EventQueue>();
  #isClosed = false;

  constructor(
    private readonly clients: Clients,
    private readonly gatherMs = GATHER_MS,
  ) {
    clients.onEnd((client) => this.#end(client));
  }

  /** For every client of the realm that is connected now, the one that caused it among them. */
  publish(realmId: number, Name: string, parameters: object = {}): void {
    const event = { Name, Parameters: JSON.stringify(parameters) };
    for (const client of this.clients.inRealm(realmId)) this.#queueOf(client).add(event);
  }

  /**
   * @param seconds to wait for a first event; what happened before is answered at once
   * @param ended the caller has given up: nothing is taken from its queue
   */
  async next(caller: Caller, seconds: number, ended: AbortSignal): Promise<ArchiveEvent[]> {
    const queue = this.#queueOf(this.clients.of(caller));
    const deadlineMs = performance.now() + Math.min(Math.max(seconds * 1000, 0), MAX_WAIT_MS);
    const isOver = () => this.#isClosed || queue.isEnded || ended.aborted;
    while (!isOver()) {
      const { firstAtMs } = queue;
      const gatheredMs = firstAtMs === null ? Infinity : firstAtMs + this.gatherMs;
      const waitMs = Math.min(deadlineMs, gatheredMs) - performance.now();
      if (waitMs <= 0) break;
      await queue.change(Math.min(waitMs, LOOK_MS), ended);
      // drops silent clients, whose locks are news
      this.clients.all();
    }
    return ended.aborted ? [] : queue.take();
  }

  /** Answers everybody who waits; from now on nobody waits. */
  close(): void {
    this.#isClosed = true;
    for (const queue of this.#queues.values()) queue.wake();
  }

  #queueOf(client: Client): EventQueue {
    const queue = this.#queues.get(client) ?? new EventQueue();
    this.#queues.set(client, queue);
    return queue;
  }

  #end(client: Client): void {
    const queue = this.#queues.get(client);
    if (queue === undefined) return;
    this.#queues.delete(client);
    queue.isEnded = true;
    queue.wake();
  }
}
