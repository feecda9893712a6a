/** Where the ERP wants events sent: one receiver an installation. Its secret is sealed and never answered again. */
import type { Kysely, Selectable } from 'kysely';
import type { Vault } from '../../platform/vault.js';
import type { EventLog } from './event-log.js';
import type { EventsSchema } from './schema.js';
import { newWebhookSecret, type WebhookTarget } from './webhook.js';

type Row = Selectable<EventsSchema['event_subscription']>;

export interface Subscription extends WebhookTarget {
  /** Everything up to this event was delivered or given up. */
  readonly doneSeq: number;
  readonly lastDeliveredAt: string | null;
  readonly lastError: string | null;
  readonly lastErrorAt: string | null;
  readonly failures: number;
  readonly nextTryAt: Date | null;
}

export interface SubscriptionDependencies {
  readonly database: Kysely<EventsSchema>;
  readonly vault: Vault;
  readonly installationId: string;
  readonly events: EventLog;
}

const UNTRIED = { last_error: null, last_error_at: null, failures: 0, next_try_at: null } as const;

export class SubscriptionStore {
  readonly #listeners = new Set<() => void>();

  constructor(private readonly dependencies: SubscriptionDependencies) {}

  /** @returns how to stop listening */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Null: nobody wants events sent. */
  async read(): Promise<Subscription | null> {
    const row = await this.#row();
    if (row === undefined) return null;
    return {
      url: row.url,
      secret: this.dependencies.vault.open(row.secret_sealed, this.#place()),
      doneSeq: row.done_seq,
      lastDeliveredAt: row.last_delivered_at,
      lastError: row.last_error,
      lastErrorAt: row.last_error_at,
      failures: row.failures,
      nextTryAt: row.next_try_at === null ? null : new Date(row.next_try_at),
    };
  }

  /**
   * A new receiver gets what happens from now on; a changed one goes on where the one before was.
   * @param secret undefined: the stored one, or a new one when there is none
   * @returns the secret if it was made here, to be shown once; else null
   */
  async put(url: string, secret: string | undefined): Promise<string | null> {
    const { database, vault, installationId, events } = this.dependencies;
    const current = await this.#row();
    const made = secret === undefined && current === undefined ? newWebhookSecret() : null;
    const given = secret ?? made;
    const secret_sealed =
      given === null ? (current?.secret_sealed ?? '') : vault.seal(given, this.#place());
    const row = { url, secret_sealed, ...UNTRIED };
    await database
      .insertInto('event_subscription')
      .values({
        installation_id: installationId,
        done_seq: await events.lastSeq(),
        last_delivered_at: null,
        ...row,
      })
      .onConflict((conflict) => conflict.column('installation_id').doUpdateSet(row))
      .execute();
    for (const listener of this.#listeners) listener();
    return made;
  }

  async remove(): Promise<void> {
    const { database, installationId } = this.dependencies;
    await database
      .deleteFrom('event_subscription')
      .where('installation_id', '=', installationId)
      .execute();
    for (const listener of this.#listeners) listener();
  }

  async delivered(seq: number, at: Date): Promise<void> {
    await this.#update({ done_seq: seq, last_delivered_at: at.toISOString(), ...UNTRIED });
  }

  async givenUp(seq: number): Promise<void> {
    await this.#update({ done_seq: seq });
  }

  async failed(error: string, at: Date, failures: number, nextTryAt: Date): Promise<void> {
    await this.#update({
      last_error: error,
      last_error_at: at.toISOString(),
      failures,
      next_try_at: nextTryAt.toISOString(),
    });
  }

  async #update(columns: Partial<Row>): Promise<void> {
    const { database, installationId } = this.dependencies;
    await database
      .updateTable('event_subscription')
      .set(columns)
      .where('installation_id', '=', installationId)
      .execute();
  }

  #row(): Promise<Row | undefined> {
    const { database, installationId } = this.dependencies;
    return database
      .selectFrom('event_subscription')
      .selectAll()
      .where('installation_id', '=', installationId)
      .executeTakeFirst();
  }

  #place() {
    const owner = this.dependencies.installationId;
    return { owner, record: 'event_subscription', field: 'secret' };
  }
}
