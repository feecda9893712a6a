/** What becomes of a mail that was tried: its flags, a line in its protocol, its place in the outbox; one commit each. */
import { asSet, ItemFlag } from '../../greyhound/index.js';
import type { SubmissionResult } from '../../mail/smtp/outcome.js';
import { failureText } from '../retrieval/failure-text.js';
import type { OutboxRow, MailOutbox } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import type { SentCopies } from '../store/sent-copies.js';
import { proofInArchive } from './delivery-evidence.js';
import { delivery, withDelivery } from './delivery-flags.js';

const MINUTE_MS = 60_000;
/** After the first, second … failed try; the last one repeats. */
const WAITS_MINUTES = [1, 5, 15, 60];
const GIVE_UP_AFTER_MS = 48 * 60 * MINUTE_MS;

const IN_DOUBT =
  'It is in doubt whether the server took the message: the connection ended before it said so. ' +
  'It is not sent again by itself.';

export class DeliveryRecord {
  constructor(
    private readonly store: MailStore,
    private readonly outbox: MailOutbox,
    private readonly copies: SentCopies,
  ) {}

  /** @param through the account, and what else the mail's protocol is to say when it is sent */
  async settle(
    row: OutboxRow,
    through: { readonly accountName: string; readonly note: string },
    result: SubmissionResult,
  ): Promise<void> {
    switch (result.outcome) {
      case 'accepted': {
        const refusals = result.rejected.map((one) => `${one.address} (${one.code} ${one.text})`);
        const left = refusals.length === 0 ? '' : ` Not accepted for: ${refusals.join(', ')}`;
        const text = `Sent through "${through.accountName}".${left}${through.note}`;
        return this.#leave(row, text, refusals.length > 0 ? delivery.undelivered : delivery.sent);
      }
      case 'refused':
        if (result.permanent) return this.fail(row, refusalText(result));
        return this.postpone(row, refusalText(result));
      case 'notSent':
        if (result.failure.disposition === 'permanent')
          return this.fail(row, failureText(result.failure));
        return this.postpone(row, failureText(result.failure));
      case 'inDoubt':
        return this.doubt(row, failureText(result.failure));
    }
  }

  /** It stays unsent, marked as failed, and says why. */
  fail(row: OutboxRow, reason: string): Promise<void> {
    return this.#leave(row, `Sending failed: ${reason}`, delivery.refused);
  }

  /** In doubt, unless what has arrived meanwhile proves that the server took it. */
  async doubt(row: OutboxRow, reason: string): Promise<void> {
    const proof = await proofInArchive(this.store.database, row.realm_id, row.item_id);
    if (proof === null) await this.#leave(row, `${IN_DOUBT} ${reason}`.trimEnd(), delivery.inDoubt);
    else await this.#leave(row, proof, delivery.sent);
  }

  async postpone(row: OutboxRow, error: string): Promise<void> {
    const now = this.store.clock.now().getTime();
    const minutes = WAITS_MINUTES[Math.min(row.attempts, WAITS_MINUTES.length - 1)] ?? 60;
    // one that was to leave later has been tried since then
    if (now - new Date(row.not_before ?? row.created).getTime() >= GIVE_UP_AFTER_MS)
      return this.fail(row, `given up after two days: ${error}`);
    const at = new Date(now + minutes * MINUTE_MS);
    return this.outbox.postpone(row, { at, attempts: row.attempts + 1, error });
  }

  /** Takes the mail out of the outbox with the given flags of `delivery`. */
  async #leave(row: OutboxRow, text: string, stands: readonly number[]): Promise<void> {
    const { realm_id, item_id } = row;
    await this.store.items.transaction(async (items, database) => {
      await this.outbox.within(database).remove(item_id);
      const item = await database
        .selectFrom('items')
        .select('flags')
        .where('realm_id', '=', realm_id)
        .where('id', '=', item_id)
        .executeTakeFirst();
      const flags = withDelivery(item?.flags ?? 0, stands) | asSet(ItemFlag.ifProtocol);
      await items.update(realm_id, [item_id], { flags });
      await items.insertProtocol(realm_id, [{ itemId: item_id, text }]);
      const isTaken = stands === delivery.sent || stands === delivery.undelivered;
      if (isTaken) await this.copies.add(database, { realm_id, item_id, smtp_id: row.account_id });
    });
  }
}

const refusalText = ({
  code,
  text,
  rejected,
}: Extract<SubmissionResult, { outcome: 'refused' }>): string =>
  rejected.length === 0
    ? `the server refused: ${code} ${text}`
    : `the server refused: ${rejected.map((one) => `${one.address}: ${one.code} ${one.text}`).join(', ')}`;
