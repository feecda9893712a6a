/** What happened, kept for 30 days: appended in one piece with what was told about each subject. */
import type { Kysely, Selectable } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { IdSource } from '../../platform/ids.js';
import type { Change, Condition, Conditions, EventData } from './conditions.js';
import type { EventsSchema } from './schema.js';

const RETENTION_MS = 30 * 24 * 3_600_000;

export interface BridgeEvent {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly data: EventData;
}

export interface EventLogDependencies {
  readonly database: Kysely<EventsSchema>;
  readonly installationId: string;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export class EventLog {
  readonly #listeners = new Set<() => void>();

  constructor(private readonly dependencies: EventLogDependencies) {}

  /** @returns how to stop listening */
  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async conditions(): Promise<Conditions> {
    const { database, installationId } = this.dependencies;
    const rows = await database
      .selectFrom('event_state')
      .selectAll()
      .where('installation_id', '=', installationId)
      .execute();
    return new Map(rows.map(({ subject, state }) => [subject, JSON.parse(state) as Condition]));
  }

  /** Both or none: an alarm is neither lost nor repeated by a restart between them. */
  async append(changes: readonly Change[], conditions: Conditions): Promise<void> {
    const { database, installationId, clock, ids } = this.dependencies;
    const now = clock.now();
    const events = changes.map(({ type, data }) => ({
      id: ids.next(),
      installation_id: installationId,
      type,
      occurred_at: now.toISOString(),
      data: JSON.stringify(data),
    }));
    const states = [...conditions].map(([subject, condition]) => ({
      installation_id: installationId,
      subject,
      state: JSON.stringify(condition),
    }));
    await database.transaction().execute(async (transaction) => {
      for (const event of events) await transaction.insertInto('event').values(event).execute();
      await transaction
        .deleteFrom('event_state')
        .where('installation_id', '=', installationId)
        .execute();
      for (const row of states) await transaction.insertInto('event_state').values(row).execute();
      await transaction
        .deleteFrom('event')
        .where('installation_id', '=', installationId)
        .where('occurred_at', '<', new Date(now.getTime() - RETENTION_MS).toISOString())
        .execute();
    });
    if (changes.length > 0) for (const listener of this.#listeners) listener();
  }

  /** The oldest first. */
  async after(seq: number, limit: number): Promise<BridgeEvent[]> {
    const { database, installationId } = this.dependencies;
    const rows = await database
      .selectFrom('event')
      .selectAll()
      .where('installation_id', '=', installationId)
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(limit)
      .execute();
    return rows.map(eventOf);
  }

  async countAfter(seq: number): Promise<number> {
    const { database, installationId } = this.dependencies;
    const row = await database
      .selectFrom('event')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('installation_id', '=', installationId)
      .where('seq', '>', seq)
      .executeTakeFirstOrThrow();
    return row.count;
  }

  /** Number of the latest event; 0 when there is none. */
  async lastSeq(): Promise<number> {
    const { database, installationId } = this.dependencies;
    const row = await database
      .selectFrom('event')
      .select('seq')
      .where('installation_id', '=', installationId)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.seq ?? 0;
  }

  /**
   * Every event after `seq`, then each new one, until `signal` is aborted. Null every `idleMs` without one.
   */
  async *follow(
    seq: number,
    idleMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<BridgeEvent | null, void, undefined> {
    const news = new Bell();
    const ring = () => news.ring();
    const stop = this.onAppended(ring);
    signal.addEventListener('abort', ring, { once: true });
    try {
      for (let last = seq; !signal.aborted;) {
        news.hush();
        const events = await this.after(last, PAGE);
        for (const event of events) {
          yield event;
          last = event.seq;
        }
        if (events.length === 0 && !(await news.rings(idleMs))) yield null;
      }
    } finally {
      stop();
      signal.removeEventListener('abort', ring);
    }
  }
}

/** Rung while nobody waits, it is heard by who waits next. */
class Bell {
  #isRung = false;
  #heard: () => void = () => undefined;

  ring(): void {
    this.#isRung = true;
    this.#heard();
  }

  hush(): void {
    this.#isRung = false;
  }

  /** @returns false when it did not ring in time */
  rings(withinMs: number): Promise<boolean> {
    if (this.#isRung) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs).unref();
      this.#heard = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

const PAGE = 100;

const eventOf = (row: Selectable<EventsSchema['event']>): BridgeEvent => ({
  seq: row.seq,
  id: row.id,
  type: row.type,
  occurredAt: row.occurred_at,
  data: JSON.parse(row.data) as EventData,
});
