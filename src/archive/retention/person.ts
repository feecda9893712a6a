/**
 * All mails of a person, told by an e-mail address: whoever wrote them, and whoever got them, openly or not. Deleting
 * them takes two steps: the number and a digest of what was found must be named, so that nothing else is deleted than
 * what somebody has seen. The server's copies are not touched; mails that are held, or wait to be sent, stay.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { RpcPersonItems, type PersonItems } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import { isMailAddress, parseAddresses } from '../items/mime/addresses.js';
import type { Caller } from '../rpc/handlers.js';
import { MailLedger } from '../store/mail-ledger.js';
import { detailOf, type ItemRow } from '../store/mail-items.js';
import type { MailStore } from '../store/mail-store.js';
import type { MailsUnderWay } from '../submission/mails-under-way.js';
import { writeRetentionLog } from './retention-log.js';

/** Mails that are deleted by one commit. */
const BATCH = 200;

type Found = Pick<ItemRow, 'id' | 'is_held'> & { readonly waits: boolean };

export class PersonMails {
  constructor(
    private readonly store: MailStore,
    private readonly underWay: MailsUnderWay,
  ) {}

  /** @throws RpcError invalidValue */
  async find(realmId: number, address: string): Promise<PersonItems> {
    const found = await this.#found(realmId, address);
    const free = deletable(found);
    return RpcPersonItems.make({
      IDs: found.map(({ id }) => id),
      Held: found.filter(({ is_held }) => is_held === 1).length,
      Waiting: found.filter(({ waits }) => waits).length,
      Digest: digestOf(free),
    });
  }

  /** @returns how many. @throws RpcError invalidValue, notConfirmed; inUse when one of them is being sent just now */
  async delete(
    given: { readonly Address: string; readonly Digest: string; readonly Reason: string },
    caller: Caller,
  ): Promise<number> {
    const reason = given.Reason.trim();
    if (reason === '') throw new RpcError('invalidValue', 'Reason: must not be empty');
    const free = deletable(await this.#found(caller.realmId, given.Address));
    if (digestOf(free) !== given.Digest)
      throw new RpcError('notConfirmed', 'Digest: the mails of this address are others now');
    for (let at = 0; at < free.length; at += BATCH)
      await this.#delete(free.slice(at, at + BATCH), reason, caller);
    return free.length;
  }

  #delete(ids: readonly number[], reason: string, { realmId, username }: Caller): Promise<void> {
    const { store } = this;
    return this.underWay.whileNotSending(ids, () =>
      store.deleteItems(realmId, ids, async (transaction) => {
        await MailLedger.markExpired(transaction, realmId, ids);
        await writeRetentionLog(transaction, store.clock.now(), {
          realm_id: realmId,
          user_name: username,
          action: 'erased',
          account_id: 0,
          item_id: 0,
          count: ids.length,
          reason,
        });
      }),
    );
  }

  async #found(realmId: number, given: string): Promise<Found[]> {
    const address = given.trim().toLowerCase();
    if (!isMailAddress(address)) throw new RpcError('invalidValue', 'Address: is none');
    const rows = await this.store.database
      .selectFrom('items')
      .leftJoin('outbox', 'outbox.item_id', 'items.id')
      .selectAll('items')
      .select('outbox.item_id as waiting')
      .where('items.realm_id', '=', realmId)
      .where((eb) =>
        eb.or(
          (['from_text', 'detail'] as const).map(
            (column) => sql<boolean>`instr(lower(${sql.ref(`items.${column}`)}), ${address}) > 0`,
          ),
        ),
      )
      .orderBy('items.id')
      .execute();
    return rows
      .filter((row) => isOf(row, address))
      .map(({ id, is_held, waiting }) => ({ id, is_held, waits: waiting !== null }));
  }
}

const deletable = (found: readonly Found[]): number[] =>
  found.filter(({ is_held, waits }) => is_held === 0 && !waits).map(({ id }) => id);

const digestOf = (ids: readonly number[]): string =>
  createHash('sha256').update(ids.join(' ')).digest('hex');

function isOf(row: ItemRow, address: string): boolean {
  const { to, cc, bcc, replyTo, envelopeTo } = detailOf(row);
  return [row.from_text, ...to, ...cc, ...bcc, ...replyTo, ...envelopeTo]
    .flatMap(parseAddresses)
    .some((one) => one.address.toLowerCase() === address);
}
