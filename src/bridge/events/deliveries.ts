/**
 * Sends events to the receiver: in order, one at a time, each until it is taken or three days old. At least once: an
 * answer that was lost makes a repetition with the same id. It works beside everything else; a receiver that is down
 * delays nothing but its own events. A copy of the data folder stays silent until it is armed.
 */
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { Arming } from '../../platform/arming.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { BridgeEvent, EventLog } from './event-log.js';
import type { Subscription, SubscriptionStore } from './subscription.js';
import { postWebhook } from './webhook.js';

const MINUTE_MS = 60_000;
/** After the first, second … failure in a row; the last one repeats. */
const WAITS_MS = [5_000, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, 60 * MINUTE_MS];
const LONGEST_WAIT_MS = 60 * MINUTE_MS;
const GIVE_UP_AFTER_MS = 3 * 24 * 60 * MINUTE_MS;

export interface DeliveryDependencies {
  readonly events: EventLog;
  readonly subscriptions: SubscriptionStore;
  readonly connect: ConnectDependencies;
  readonly arming: Arming;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class EventDeliveries {
  readonly #closing = new AbortController();
  readonly #stopListening: (() => void)[] = [];
  #running: Promise<void> | null = null;
  #isWanted = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly dependencies: DeliveryDependencies) {}

  start(): void {
    const { arming, events, subscriptions } = this.dependencies;
    const wake = () => this.wake();
    this.#stopListening.push(
      events.onAppended(wake),
      subscriptions.onChanged(wake),
      arming.onArmed(wake),
    );
    this.wake();
  }

  /** There may be something to deliver. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isClosed()) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted && !this.#isClosed()) this.wake();
    });
  }

  /** Cuts the delivery under way; it is repeated after the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const stop of this.#stopListening) stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isClosed()) {
        this.#isWanted = false;
        const waitMs = await this.#next();
        if (waitMs === 0) this.#isWanted = true;
        else if (waitMs !== null) this.#wakeIn(waitMs);
      }
    } catch (error) {
      this.dependencies.logger.error({ err: error }, 'events could not be delivered');
      this.#isWanted = false;
      this.#wakeIn(MINUTE_MS);
    }
  }

  #wakeIn(waitMs: number): void {
    if (this.#isClosed()) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), waitMs).unref();
  }

  /** @returns how long to wait before the next; null: until there is something new */
  async #next(): Promise<number | null> {
    const { arming, events, subscriptions, clock } = this.dependencies;
    if (arming.disarmed !== null) return null;
    const subscription = await subscriptions.read();
    if (subscription === null) return null;
    const waitMs = remainingMs(subscription.nextTryAt, clock.now());
    if (waitMs > 0) return waitMs;
    const [event] = await events.after(subscription.doneSeq, 1);
    if (event === undefined) return null;
    const ageMs = clock.now().getTime() - new Date(event.occurredAt).getTime();
    if (ageMs >= GIVE_UP_AFTER_MS) {
      await subscriptions.givenUp(event.seq);
      return 0;
    }
    return this.#deliver(event, subscription);
  }

  async #deliver(event: BridgeEvent, subscription: Subscription): Promise<number> {
    const { subscriptions, connect, clock, logger } = this.dependencies;
    const through = { ...connect, signal: this.#closing.signal };
    const outcome = await postWebhook(subscription, event, clock.now(), through);
    if (this.#isClosed() || (await this.#hasChanged(subscription))) return 0;
    const now = clock.now();
    if (outcome.delivered) {
      await subscriptions.delivered(event.seq, now);
      return 0;
    }
    const { code, status } = outcome;
    logger.warn({ eventId: event.id, code, status }, 'event not delivered');
    const error = status === null ? code : `${code} ${String(status)}`;
    const waitMs = WAITS_MS[Math.min(subscription.failures, WAITS_MS.length - 1)] ?? MINUTE_MS;
    const nextTryAt = new Date(now.getTime() + waitMs);
    await subscriptions.failed(error, now, subscription.failures + 1, nextTryAt);
    return waitMs;
  }

  /** What became of a delivery to another receiver says nothing about this one. */
  async #hasChanged({ url, secret }: Subscription): Promise<boolean> {
    const current = await this.dependencies.subscriptions.read();
    return current?.url !== url || current.secret !== secret;
  }
}

/** A time further away than any wait was noted before the clock was set back. */
function remainingMs(nextTryAt: Date | null, now: Date): number {
  const remaining = nextTryAt === null ? 0 : nextTryAt.getTime() - now.getTime();
  return remaining > LONGEST_WAIT_MS ? 0 : Math.max(remaining, 0);
}
