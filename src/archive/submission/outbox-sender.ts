/**
 * Sends what the outbox holds. A message leaves it when the server has taken it, when it is refused for good, or when
 * nobody can know (`in doubt`): then a person decides, because sending again might send twice.
 *
 * Every account has a lane of its own: a server that hangs delays no mail of another account. After a connection that
 * failed all mails of the account wait together (retry-policy.ts), and while it is switched off until it is activated.
 */
import type { AccountStore, StoredSmtp } from '../accounts/account-store.js';
import { RpcError } from '../errors.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { SmtpState } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { Arming } from '../../platform/arming.js';
import type { Logger } from '../../platform/log.js';
import { detailOf, type ItemRow } from '../store/mail-items.js';
import type { MailOutbox, OutboxRow } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import type { SentCopies } from '../store/sent-copies.js';
import { BatchSender, type Batch } from './batch-sender.js';
import { DeliveryRecord } from './delivery-record.js';
import type { MailsUnderWay } from './mails-under-way.js';
import { envelopeOf, requireAccountFor } from './release.js';

const BATCH = 50;
/** After a failure of our own storage. */
const RETRY_MS = 60_000;
/** Until it is looked again whether an account that is not active has been replaced by another. */
const INACTIVE_WAIT_MS = 3_600_000;

/** An account that is being worked on. */
interface Lane {
  readonly realmId: number;
  readonly ended: Promise<void>;
  /** Somebody asked meanwhile: what this work puts off is tried again at once, perhaps with other settings. */
  isAskedAgain: boolean;
}

export interface SenderDependencies {
  readonly store: MailStore;
  readonly outbox: MailOutbox;
  readonly underWay: MailsUnderWay;
  readonly copies: SentCopies;
  /** Told when mails may have been sent. */
  readonly onSent: () => void;
  readonly accounts: AccountStore;
  readonly connect: ConnectDependencies;
  readonly credentials: AccountCredentials;
  /** Until it is armed mails wait. */
  readonly arming: Arming;
  readonly logger: Logger;
}

export class OutboxSender {
  #running: Promise<void> | null = null;
  #isWanted = false;
  #timer: NodeJS.Timeout | null = null;
  readonly #closing = new AbortController();
  readonly #cut = new AbortController();
  /** By account. */
  readonly #lanes = new Map<number, Lane>();
  /** Realms whose mails somebody wants to be tried now. */
  readonly #asked = new Set<number>();
  readonly #record: DeliveryRecord;
  readonly #batches: BatchSender;
  #stopListening: () => void = () => undefined;

  constructor(private readonly dependencies: SenderDependencies) {
    this.#record = new DeliveryRecord(dependencies.store, dependencies.outbox, dependencies.copies);
    this.#batches = new BatchSender({
      ...dependencies,
      record: this.#record,
      closing: this.#closing.signal,
      cut: this.#cut.signal,
    });
  }

  /** What may have been taken when the process ended is in doubt. To be called before anybody changes an item. */
  async recover(): Promise<void> {
    for (const row of await this.dependencies.outbox.interrupted())
      await this.#record.doubt(row, '');
  }

  start(): void {
    this.#stopListening = this.dependencies.arming.onArmed(() => this.wake());
    this.wake();
  }

  /** There may be something to send. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isClosed()) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted && !this.#isClosed()) this.wake();
    });
  }

  /** A mail was put in for the account. While that one is being worked on, whoever does looks again at the end. */
  released(accountId: number): void {
    if (!this.#lanes.has(accountId)) this.wake();
  }

  /** Tries everything of the realm now, also what waits for its next try. */
  async sendNow(realmId: number): Promise<void> {
    for (const lane of this.#lanes.values()) lane.isAskedAgain ||= lane.realmId === realmId;
    await this.dependencies.outbox.hurry(realmId);
    this.#asked.add(realmId);
    this.wake();
  }

  /** A message under way may end within `graceMs`; after that its connection is cut. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    this.#stopListening();
    if (this.#timer !== null) clearTimeout(this.#timer);
    const cut = setTimeout(() => this.#cut.abort(), graceMs);
    await this.#running;
    await Promise.all([...this.#lanes.values()].map(({ ended }) => ended));
    clearTimeout(cut);
  }

  /** Asked again after every wait. */
  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    const { outbox, arming, logger } = this.dependencies;
    const asked = new Set<number>();
    try {
      while (this.#isWanted && !this.#isClosed()) {
        this.#isWanted = false;
        // woken again once it is armed
        if (arming.disarmed !== null) return;
        for (const realmId of this.#asked) asked.add(realmId);
        this.#asked.clear();
        const rows = await outbox.due(BATCH, [...this.#lanes.keys()]);
        // those that a client is changing come again
        if (rows.length > 0 && (await this.#send(rows, asked))) this.#isWanted = true;
      }
      await this.#arm();
    } catch (error) {
      logger.error({ err: error }, 'outbox could not be worked on');
      this.#isWanted = false;
      this.#wakeIn(RETRY_MS);
    }
  }

  async #arm(): Promise<void> {
    const { outbox, store } = this.dependencies;
    const next = await outbox.nextDueAt([...this.#lanes.keys()]);
    if (next === null) return;
    const waitMs = next.getTime() - store.clock.now().getTime();
    this.#wakeIn(Math.min(Math.max(waitMs, 1000), RETRY_MS));
  }

  #wakeIn(waitMs: number): void {
    if (this.#isClosed()) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), waitMs).unref();
  }

  /** Begins to send, a lane an account. @returns whether any was begun or put off */
  async #send(rows: readonly OutboxRow[], asked: ReadonlySet<number>): Promise<boolean> {
    const { underWay, outbox } = this.dependencies;
    const ids = rows.map(({ item_id }) => item_id);
    const claimed = new Set(ids.filter((itemId) => underWay.beginSending(itemId)));
    const batches = new Map<number, Batch>();
    try {
      // a client may have changed or removed some before they were ours
      const current = await outbox.findAll([...claimed]);
      let isAnyDone = current.length < claimed.size;
      const accountOf = await this.#accounts(current);
      for (const row of current) {
        const stored = row.state === 'queued' ? await accountOf(row) : null;
        isAnyDone ||= stored === null;
        if (stored === null || this.#lanes.has(stored.account.ID)) continue;
        const isAsked = asked.has(stored.realmId);
        const batch = batches.get(stored.account.ID) ?? { stored, rows: [], isAsked };
        batch.rows.push(row);
        batches.set(stored.account.ID, batch);
      }
      for (const batch of batches.values()) {
        for (const { item_id } of batch.rows) claimed.delete(item_id);
        this.#begin(batch);
      }
      return isAnyDone || batches.size > 0;
    } finally {
      for (const itemId of claimed) underWay.endSending(itemId);
    }
  }

  #begin(batch: Batch): void {
    const { underWay, logger } = this.dependencies;
    const { realmId, account } = batch.stored;
    const work = async (): Promise<void> => {
      try {
        await this.#batches.send(batch).finally(() => {
          for (const { item_id } of batch.rows) underWay.endSending(item_id);
          this.#lanes.delete(account.ID);
          this.dependencies.onSent();
        });
        if (lane.isAskedAgain) await this.sendNow(realmId);
        else this.wake();
      } catch (error) {
        logger.error({ err: error, accountId: account.ID }, 'an account could not be worked on');
        this.#wakeIn(RETRY_MS);
      }
    };
    const lane: Lane = { realmId, isAskedAgain: false, ended: work() };
    this.#lanes.set(account.ID, lane);
  }

  /** For each of the rows the account that serves its sender now; without one the item waits for it. */
  async #accounts(
    rows: readonly OutboxRow[],
  ): Promise<(row: OutboxRow) => Promise<StoredSmtp | null>> {
    const { store, outbox, accounts, logger } = this.dependencies;
    const items = new Map<number, ItemRow>();
    const active = new Map<number, readonly StoredSmtp[]>();
    for (const [realmId, ofRealm] of byRealm(rows)) {
      const ids = ofRealm.map(({ item_id }) => item_id);
      for (const item of await store.items.findAll(realmId, ids)) items.set(item.id, item);
      active.set(realmId, await accounts.activeSmtp(realmId));
    }
    return async (row) => {
      const item = items.get(row.item_id);
      if (item === undefined) {
        logger.error({ itemId: row.item_id }, 'mail to be sent is gone');
        await outbox.remove(row.item_id);
        return null;
      }
      try {
        const { from } = envelopeOf(item.from_text, detailOf(item));
        return requireAccountFor(active.get(row.realm_id) ?? [], from);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        if (error.code !== 'noAccountForSender') await this.#record.fail(row, error.message);
        else if (await this.#isInactive(row)) await outbox.putOff([row.item_id], INACTIVE_WAIT_MS);
        else await this.#record.postpone(row, error.message);
        return null;
      }
    };
  }

  /** Whether the mail's account is there, but not active: then the mail waits for it, however long. */
  async #isInactive({ realm_id, account_id }: OutboxRow): Promise<boolean> {
    const stored = await this.dependencies.accounts.smtp(realm_id, account_id);
    return stored !== null && stored.account.State !== SmtpState.ssActive;
  }
}

function byRealm(rows: readonly OutboxRow[]): ReadonlyMap<number, OutboxRow[]> {
  const realms = new Map<number, OutboxRow[]>();
  for (const row of rows) realms.set(row.realm_id, [...(realms.get(row.realm_id) ?? []), row]);
  return realms;
}
