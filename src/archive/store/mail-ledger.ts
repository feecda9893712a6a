/**
 * The ledger of one mailbox: which of its mails are stored, which are in quarantine. A mail that has its row here is
 * durable; only such a mail is ever deleted on the server.
 */
import type { Transaction } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveDatabase, ArchiveSchema } from './database.js';

export interface Mailbox {
  readonly realmId: number;
  readonly accountId: number;
}

export interface LedgerEntry {
  readonly uidl: string;
  readonly rawHash: string;
  readonly storedAt: Date;
  /** Whether the server confirmed the deletion; one that lists the mail all the same has not carried it out. */
  readonly isDeleted: boolean;
  /** `gone`: deleted for good in the archive; `trashed`: marked as deleted. */
  readonly item: 'present' | 'trashed' | 'gone';
}

export interface NewLedgerEntry {
  readonly uidl: string;
  readonly rawHash: string;
  readonly itemId: number;
}

/** Tries after which a mail stays on the server and is left alone until somebody says otherwise. */
export const MAX_ATTEMPTS = 3;

const DELETED_BIT = 2;
const CHUNK = 500;

export class MailLedger {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly clock: Clock,
  ) {}

  async entries(mailbox: Mailbox): Promise<ReadonlyMap<string, LedgerEntry>> {
    const rows = await this.database
      .selectFrom('uidls')
      .leftJoin('items', 'items.id', 'uidls.item_id')
      .select(['uidl', 'uidls.raw_hash', 'stored_at', 'deleted_at', 'items.flags'])
      .where('account_id', '=', mailbox.accountId)
      .execute();
    return new Map(
      rows.map(({ uidl, raw_hash, stored_at, deleted_at, flags }) => [
        uidl,
        {
          uidl,
          rawHash: raw_hash,
          storedAt: new Date(stored_at),
          isDeleted: deleted_at !== null,
          item: flags === null ? 'gone' : (flags & DELETED_BIT) !== 0 ? 'trashed' : 'present',
        },
      ]),
    );
  }

  /** Items that the mailbox already yielded, by the hash of their bytes, with the unique-ids they had. */
  static async sameBytes(
    transaction: Transaction<ArchiveSchema>,
    mailbox: Mailbox,
    hashes: readonly string[],
  ): Promise<{ uidl: string; rawHash: string; itemId: number }[]> {
    const rows = await transaction
      .selectFrom('uidls')
      .innerJoin('items', 'items.id', 'uidls.item_id')
      .select(['uidls.uidl', 'uidls.raw_hash', 'uidls.item_id'])
      .where('uidls.account_id', '=', mailbox.accountId)
      .where('uidls.raw_hash', 'in', hashes)
      .execute();
    return rows.map((row) => ({ uidl: row.uidl, rawHash: row.raw_hash, itemId: row.item_id }));
  }

  async add(
    transaction: Transaction<ArchiveSchema>,
    mailbox: Mailbox,
    entries: readonly NewLedgerEntry[],
  ): Promise<void> {
    const storedAt = this.clock.now().toISOString();
    const rows = entries.map(({ uidl, rawHash, itemId }) => ({
      realm_id: mailbox.realmId,
      account_id: mailbox.accountId,
      uidl,
      raw_hash: rawHash,
      item_id: itemId,
      stored_at: storedAt,
      deleted_at: null,
    }));
    await transaction.insertInto('uidls').values(rows).execute();
    await transaction
      .deleteFrom('quarantine')
      .where('account_id', '=', mailbox.accountId)
      .where(
        'uidl',
        'in',
        entries.map(({ uidl }) => uidl),
      )
      .execute();
  }

  /** The server has confirmed these deletions. */
  markDeleted(mailbox: Mailbox, uidls: readonly string[]): Promise<void> {
    return this.#inChunks(uidls, async (chunk) => {
      await this.database
        .updateTable('uidls')
        .set({ deleted_at: this.clock.now().toISOString() })
        .where('account_id', '=', mailbox.accountId)
        .where('uidl', 'in', chunk)
        .execute();
    });
  }

  /**
   * Forgets mails that we deleted and that the server does not list any more: some servers give a unique-id again.
   * A mail that somebody else removed is kept in mind, in case a server lists too little for once.
   */
  forget(mailbox: Mailbox, uidls: readonly string[]): Promise<void> {
    return this.#inChunks(uidls, async (chunk) => {
      await this.database
        .deleteFrom('uidls')
        .where('account_id', '=', mailbox.accountId)
        .where('uidl', 'in', chunk)
        .execute();
    });
  }

  /**
   * ResetUIDL: mails whose item is still there are not fetched a second time; the others are, as far as the server
   * still has them.
   */
  async reset(mailbox: Mailbox): Promise<void> {
    await this.database
      .deleteFrom('uidls')
      .where('account_id', '=', mailbox.accountId)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb.selectFrom('items').select('items.id').whereRef('items.id', '=', 'uidls.item_id'),
          ),
        ),
      )
      .execute();
    await this.database
      .deleteFrom('quarantine')
      .where('account_id', '=', mailbox.accountId)
      .execute();
  }

  /** The mailbox in which an item lies, for deletion there; null when it came from none. */
  async mailboxOf(realmId: number, itemId: number): Promise<Mailbox | null> {
    const row = await this.database
      .selectFrom('uidls')
      .select('account_id')
      .where('realm_id', '=', realmId)
      .where('item_id', '=', itemId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return row === undefined ? null : { realmId, accountId: row.account_id };
  }

  /** Unique-ids that are left alone. */
  async quarantined(mailbox: Mailbox): Promise<ReadonlySet<string>> {
    const rows = await this.database
      .selectFrom('quarantine')
      .select('uidl')
      .where('account_id', '=', mailbox.accountId)
      .where('is_final', '=', 1)
      .execute();
    return new Set(rows.map((row) => row.uidl));
  }

  /** Counts a failed try. @param isFinal whether trying again is pointless */
  async countFailure(
    mailbox: Mailbox,
    mail: { readonly uidl: string; readonly sizeBytes: number; readonly reason: string },
    isFinal: boolean,
  ): Promise<{ readonly quarantined: boolean }> {
    const row = await this.database
      .insertInto('quarantine')
      .values({
        realm_id: mailbox.realmId,
        account_id: mailbox.accountId,
        uidl: mail.uidl,
        size: mail.sizeBytes,
        attempts: 1,
        is_final: isFinal ? 1 : 0,
        reason: mail.reason,
        since: this.clock.now().toISOString(),
      })
      .onConflict((conflict) =>
        conflict.columns(['account_id', 'uidl']).doUpdateSet((columns) => ({
          attempts: columns('quarantine.attempts', '+', 1),
          reason: mail.reason,
          is_final: columns
            .case()
            .when(columns('quarantine.attempts', '>=', MAX_ATTEMPTS - 1))
            .then(1)
            .else(isFinal ? 1 : 0)
            .end(),
        })),
      )
      .returning('is_final')
      .executeTakeFirstOrThrow();
    return { quarantined: row.is_final === 1 };
  }

  async #inChunks(
    uidls: readonly string[],
    work: (chunk: readonly string[]) => Promise<void>,
  ): Promise<void> {
    for (let at = 0; at < uidls.length; at += CHUNK) await work(uidls.slice(at, at + CHUNK));
  }
}
