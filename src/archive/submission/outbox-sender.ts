/**
 * Sends what the outbox holds: composes the message, keeps its bytes, hands exactly these to the server. A message
 * leaves the outbox when the server has taken it, when it is refused for good, or when nobody can know (`in doubt`):
 * then a person decides, because sending again might send twice.
 */
import type { AccountStore, StoredSmtp } from '../accounts/account-store.js';
import { endpointOf, smtpCredentialsOf } from '../accounts/mail-endpoint.js';
import { RpcError } from '../errors.js';
import { asSet, ItemFlag } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import type { SubmissionResult } from '../../mail/smtp/outcome.js';
import { SmtpSession } from '../../mail/smtp/session.js';
import type { Logger } from '../../platform/log.js';
import { failureText } from '../retrieval/failure-text.js';
import { detailOf, type ItemRow } from '../store/mail-items.js';
import type { MailOutbox, OutboxRow } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import { Readable } from 'node:stream';
import { envelopeOf, forcedSender, requireAccountFor } from './release.js';

const MINUTE_MS = 60_000;
/** After the first, second … failed try; the last one repeats. */
const WAITS_MINUTES = [1, 5, 15, 60];
const GIVE_UP_AFTER_MS = 48 * 60 * MINUTE_MS;
const BATCH = 50;
/** Messages for one account that wait for the same connection. */
type Batch = { readonly stored: StoredSmtp; readonly rows: OutboxRow[] };

export interface SenderDependencies {
  readonly store: MailStore;
  readonly outbox: MailOutbox;
  readonly accounts: AccountStore;
  readonly connect: ConnectDependencies;
  readonly logger: Logger;
}

export class OutboxSender {
  #running: Promise<void> | null = null;
  #isWanted = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;
  readonly #sessions = new Set<SmtpSession>();

  constructor(private readonly dependencies: SenderDependencies) {}

  /** What was under way when the process ended is in doubt; the rest goes on. */
  async start(): Promise<void> {
    for (const row of await this.dependencies.outbox.interrupted()) await this.#doubt(row, '');
    this.wake();
  }

  /** There may be something to send. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isClosed) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted && !this.#isClosed) this.wake();
    });
  }

  /** Tries everything of the realm now, also what waits for its next try. */
  async sendNow(realmId: number): Promise<void> {
    await this.dependencies.outbox.hurry(realmId);
    this.wake();
  }

  /** A message under way may end within `graceMs`; after that its connection is cut. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const cut = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, graceMs);
    await this.#running;
    clearTimeout(cut);
  }

  async #run(): Promise<void> {
    const { outbox, logger } = this.dependencies;
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false;
        const rows = await outbox.due(BATCH);
        if (rows.length === 0) continue;
        await this.#send(rows);
        this.#isWanted = true;
      }
      await this.#arm();
    } catch (error) {
      logger.error({ err: error }, 'outbox could not be worked on');
      this.#isWanted = false;
      this.#wakeIn(MINUTE_MS);
    }
  }

  async #arm(): Promise<void> {
    const next = await this.dependencies.outbox.nextDueAt();
    if (next === null || this.#isClosed) return;
    this.#wakeIn(Math.max(next.getTime() - this.dependencies.store.clock.now().getTime(), 1000));
  }

  #wakeIn(waitMs: number): void {
    if (this.#isClosed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), waitMs).unref();
  }

  async #send(rows: readonly OutboxRow[]): Promise<void> {
    const batches = new Map<number, Batch>();
    for (const row of rows) {
      const stored = await this.#accountOf(row);
      if (stored === null) continue;
      const batch = batches.get(stored.account.ID) ?? { stored, rows: [] };
      batch.rows.push(row);
      batches.set(stored.account.ID, batch);
    }
    await Promise.all([...batches.values()].map((batch) => this.#sendBatch(batch)));
  }

  /** The account that serves the item's sender now; without one the item waits for it. */
  async #accountOf(row: OutboxRow): Promise<StoredSmtp | null> {
    const item = await this.dependencies.store.items.find(row.realm_id, row.item_id);
    try {
      if (item === undefined) return null;
      const { from } = envelopeOf(item.from_text, detailOf(item));
      return await requireAccountFor(this.dependencies.accounts, row.realm_id, from);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error.code === 'noAccountForSender') await this.#postpone(row, error.message);
      else await this.#fail(row, error.message);
      return null;
    }
  }

  async #sendBatch({ stored, rows }: Batch): Promise<void> {
    let session: SmtpSession | null = null;
    try {
      for (const row of rows) {
        if (this.#isClosed) return;
        const item = await this.#composed(row, stored);
        if (item === null) continue;
        try {
          if (session === null || !session.isOpen) session = await this.#connect(stored);
        } catch (error) {
          await this.#connectFailed(row, stored, error);
          continue;
        }
        await this.#submit(session, row, item, stored);
      }
      if (session?.isOpen === true) await session.quit();
    } finally {
      if (session !== null) {
        this.#sessions.delete(session);
        session.destroy();
      }
    }
  }

  async #connect(stored: StoredSmtp): Promise<SmtpSession> {
    const { accounts, connect, store } = this.dependencies;
    const { account, options, realmId } = stored;
    const credentials = smtpCredentialsOf(account);
    if (credentials === undefined) throw new MailFailure('authenticationUnavailable');
    const session = await SmtpSession.connect(endpointOf(account, options), connect);
    this.#sessions.add(session);
    try {
      if (credentials !== null) await session.login(credentials);
    } catch (error) {
      this.#sessions.delete(session);
      session.destroy();
      throw error;
    }
    await accounts.recordSignIn('smtp', realmId, account.ID, store.clock.now());
    return session;
  }

  async #connectFailed(row: OutboxRow, stored: StoredSmtp, error: unknown): Promise<void> {
    if (!(error instanceof MailFailure)) throw error;
    await this.#recordFailure(stored, error);
    await this.#postpone(row, failureText(error));
  }

  /** The item with its message stored; null when it cannot be composed. */
  async #composed(row: OutboxRow, stored: StoredSmtp): Promise<ItemRow | null> {
    const { store } = this.dependencies;
    const item = await store.items.find(row.realm_id, row.item_id);
    if (item === undefined) return null;
    // a further try sends the very same bytes
    if (row.attempts > 0 && row.account_id === stored.account.ID && item.raw_hash !== null)
      return item;
    const body = await store.items.body(item.id);
    const attachments = await store.items.attachments([item.id]);
    const draft = { row: item, body, attachments, fromOverwrite: forcedSender(stored) };
    const writer = store.raw.writer();
    // loaded with the first mail that leaves
    const { composeMessage } = await import('./compose.js');
    try {
      for await (const piece of composeMessage(draft, store.raw))
        await writer.write(piece as Buffer);
    } catch {
      await writer.discard();
      await this.#fail(row, 'The message could not be composed.');
      return null;
    }
    const staged = await writer.finish();
    await store.exclusive(async () => {
      await store.raw.commit([staged]);
      const before = item.raw_hash;
      await store.items.update(row.realm_id, [item.id], {
        raw_hash: staged.hash,
        size: staged.sizeBytes,
        flags: item.flags | asSet(ItemFlag.ifEml),
      });
      if (before !== null && before !== staged.hash)
        await store.raw.remove(await store.items.unreferenced([before]));
    });
    return { ...item, raw_hash: staged.hash };
  }

  async #submit(
    session: SmtpSession,
    row: OutboxRow,
    item: ItemRow,
    stored: StoredSmtp,
  ): Promise<void> {
    const { outbox, store } = this.dependencies;
    const forced = forcedSender(stored);
    const envelope = envelopeOf(forced ?? item.from_text, detailOf(item));
    await outbox.markSending(row.item_id, stored.account.ID);
    const message = Readable.from(store.raw.read(item.raw_hash ?? ''), { objectMode: false });
    let result: SubmissionResult;
    try {
      result = await session.submit(envelope, message);
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      result = { outcome: 'notSent', failure: error };
    }
    await this.#settle({ ...row, account_id: stored.account.ID }, stored, result);
  }

  async #settle(row: OutboxRow, stored: StoredSmtp, result: SubmissionResult): Promise<void> {
    const { accounts, logger, store } = this.dependencies;
    const { realmId, account } = stored;
    logger.info({ realmId, itemId: row.item_id, outcome: result.outcome }, 'submission');
    switch (result.outcome) {
      case 'accepted':
        await this.#sent(row, stored, result);
        await accounts.recordSuccess('smtp', realmId, account.ID, store.clock.now());
        return;
      case 'refused':
        if (result.permanent) await this.#fail(row, refusalText(result));
        else await this.#postpone(row, refusalText(result));
        if (result.stage !== 'recipients') await this.#recordFailure(stored, result.failure);
        return;
      case 'notSent':
        if (result.failure.disposition === 'permanent')
          await this.#fail(row, failureText(result.failure));
        else await this.#postpone(row, failureText(result.failure));
        await this.#recordFailure(stored, result.failure);
        return;
      case 'inDoubt':
        await this.#doubt(row, failureText(result.failure));
        await this.#recordFailure(stored, result.failure);
    }
  }

  async #sent(
    row: OutboxRow,
    { account }: StoredSmtp,
    { rejected }: Extract<SubmissionResult, { outcome: 'accepted' }>,
  ): Promise<void> {
    const refusals = rejected.map(({ address, code, text }) => `${address} (${code} ${text})`);
    const text =
      `Sent through "${account.Name}".` +
      (refusals.length === 0 ? '' : ` Not accepted for: ${refusals.join(', ')}`);
    await this.#leave(row, text, refusals.length > 0 ? [ItemFlag.ifFailure] : []);
  }

  /** It stays unsent, marked as failed, and says why. */
  #fail(row: OutboxRow, reason: string): Promise<void> {
    const flags = [ItemFlag.ifUnsent, ItemFlag.ifFailure];
    return this.#leave(row, `Sending failed: ${reason}`, flags);
  }

  /** As failed, and held back besides: only a person may decide whether it goes out again. */
  #doubt(row: OutboxRow, reason: string): Promise<void> {
    const flags = [ItemFlag.ifUnsent, ItemFlag.ifFailure, ItemFlag.ifWaiting];
    return this.#leave(row, `${IN_DOUBT} ${reason}`.trimEnd(), flags);
  }

  /** Takes the mail out of the outbox with the given of its flags, and no others of these three. */
  async #leave(row: OutboxRow, text: string, flags: readonly number[]): Promise<void> {
    const { store, outbox } = this.dependencies;
    await store.items.transaction(async (items, database) => {
      await outbox.within(database).remove(row.item_id);
      for (const flag of [ItemFlag.ifUnsent, ItemFlag.ifFailure, ItemFlag.ifWaiting])
        await items.setFlags(row.realm_id, [row.item_id], [flag], flags.includes(flag));
      await items.addProtocol(row.realm_id, [{ itemId: row.item_id, text }]);
    });
  }

  async #postpone(row: OutboxRow, error: string): Promise<void> {
    const { store, outbox } = this.dependencies;
    const now = store.clock.now().getTime();
    const minutes = WAITS_MINUTES[Math.min(row.attempts, WAITS_MINUTES.length - 1)] ?? 60;
    if (now - new Date(row.created).getTime() >= GIVE_UP_AFTER_MS) {
      await this.#fail(row, `given up after two days: ${error}`);
      return;
    }
    const at = new Date(now + minutes * MINUTE_MS);
    await outbox.postpone(row, { at, attempts: row.attempts + 1, error });
  }

  #recordFailure({ realmId, account }: StoredSmtp, failure: MailFailure): Promise<void> {
    const { accounts, store } = this.dependencies;
    return accounts.recordFailure('smtp', realmId, account.ID, {
      code: failure.code,
      message: failureText(failure),
      at: store.clock.now(),
    });
  }
}

const IN_DOUBT =
  'It is in doubt whether the server took the message: the connection ended before it said so. ' +
  'It is not sent again by itself.';

const refusalText = ({
  code,
  text,
  rejected,
}: Extract<SubmissionResult, { outcome: 'refused' }>): string =>
  rejected.length === 0
    ? `the server refused: ${code} ${text}`
    : `the server refused: ${rejected.map((one) => `${one.address}: ${one.code} ${one.text}`).join(', ')}`;
