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
  /** Whether a session has asked the server to delete it. */
  readonly isDeleted: boolean;
  /** Whether the server did not list it when it was last asked. */
  readonly isAbsent: boolean;
  /**
   * `gone`: somebody deleted it for good in the archive; `trashed`: marked as deleted; `expired`: it was deleted because
   * its time was over, which says nothing about its copy on the server.
   */
  readonly item: 'present' | 'trashed' | 'gone' | 'expired';
}

export interface StoredMail extends LedgerEntry {
  readonly itemId: number;
}

/** Marks a hash that stands for a unique-id, where the server gives none that can be relied on. */
export const HASH_PREFIX = 'sha256:';

/**
 * Whether a mail that is listed under the entry's unique-id is certainly the one that was stored. Once it may be gone
 * from the server, the unique-id may be given to another mail (RFC 1939 §7): only the bytes can tell.
 */
export const isCertain = ({ uidl, isDeleted, isAbsent }: LedgerEntry): boolean =>
  uidl.startsWith(HASH_PREFIX) || (!isDeleted && !isAbsent);

/** Tries after which a mail stays on the server and is left alone until somebody says otherwise. */
export const MAX_ATTEMPTS = 3;

const DELETED_BIT = 2;
const CHUNK = 500;

export class MailLedger {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly clock: Clock,
  ) {}

  /** The same within a transaction that others take part in. */
  within(transaction: ArchiveDatabase): MailLedger {
    return new MailLedger(transaction, this.clock);
  }

  async entries(mailbox: Mailbox): Promise<ReadonlyMap<string, LedgerEntry>> {
    const rows = await storedMails(this.database, mailbox).execute();
    return new Map(rows.map((row) => [row.uidl, toStoredMail(row)]));
  }

  /** Mails that the mailbox already yielded, by the hash of their bytes, the first stored first. */
  static async sameBytes(
    transaction: Transaction<ArchiveSchema>,
    mailbox: Mailbox,
    hashes: readonly string[],
  ): Promise<StoredMail[]> {
    const rows = await storedMails(transaction, mailbox)
      .where('uidls.raw_hash', 'in', hashes)
      .orderBy('stored_at')
      .orderBy('item_id')
      .execute();
    return rows.map(toStoredMail);
  }

  /** What is known under one of these unique-ids gives way. */
  async add(
    transaction: Transaction<ArchiveSchema>,
    mailbox: Mailbox,
    entries: readonly StoredMail[],
  ): Promise<void> {
    const uidls = entries.map(({ uidl }) => uidl);
    await this.within(transaction).forget(mailbox, uidls);
    const rows = entries.map(({ uidl, rawHash, itemId, storedAt, item }) => ({
      realm_id: mailbox.realmId,
      account_id: mailbox.accountId,
      uidl,
      raw_hash: rawHash,
      item_id: itemId,
      stored_at: storedAt.toISOString(),
      deleted_at: null,
      is_expired: item === 'expired' ? 1 : 0,
    }));
    await transaction.insertInto('uidls').values(rows).execute();
    await transaction
      .deleteFrom('quarantine')
      .where('account_id', '=', mailbox.accountId)
      .where('uidl', 'in', uidls)
      .execute();
  }

  /** With the deletion of these items, whose time is over. */
  static async markExpired(
    transaction: ArchiveDatabase,
    realmId: number,
    itemIds: readonly number[],
  ): Promise<void> {
    await transaction
      .updateTable('uidls')
      .set({ is_expired: 1 })
      .where('realm_id', '=', realmId)
      .where('item_id', 'in', itemIds)
      .execute();
  }

  /** Before the session ends: from then on nobody knows whether they are still there. */
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

  /** The server lists them no more; kept in mind, in case it lists too little for once. */
  markAbsent(mailbox: Mailbox, uidls: readonly string[]): Promise<void> {
    return this.#inChunks(uidls, async (chunk) => {
      await this.database
        .updateTable('uidls')
        .set({ is_absent: 1 })
        .where('account_id', '=', mailbox.accountId)
        .where('uidl', 'in', chunk)
        .execute();
    });
  }

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

  /** Items of stored mails by their unique-ids; those that are gone are missing. */
  async items(
    mailbox: Mailbox,
    uidls: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly id: number; readonly subject: string }>> {
    const found = new Map<string, { id: number; subject: string }>();
    await this.#inChunks(uidls, async (chunk) => {
      const rows = await this.database
        .selectFrom('uidls')
        .innerJoin('items', 'items.id', 'uidls.item_id')
        .select(['uidl', 'items.id', 'subject'])
        .where('account_id', '=', mailbox.accountId)
        .where('uidl', 'in', chunk)
        .execute();
      for (const { uidl, id, subject } of rows) found.set(uidl, { id, subject });
    });
    return found;
  }

  /** Tries that failed, by unique-id, of mails that are not left alone yet. */
  async failedTries(mailbox: Mailbox): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database
      .selectFrom('quarantine')
      .select(['uidl', 'attempts'])
      .where('account_id', '=', mailbox.accountId)
      .where('is_final', '=', 0)
      .execute();
    return new Map(rows.map(({ uidl, attempts }) => [uidl, attempts]));
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

const storedMails = (database: ArchiveDatabase, { accountId }: Mailbox) =>
  database
    .selectFrom('uidls')
    .leftJoin('items', 'items.id', 'uidls.item_id')
    .select([
      'uidl',
      'uidls.raw_hash',
      'item_id',
      'stored_at',
      'deleted_at',
      'is_absent',
      'is_expired',
    ])
    .select('items.flags')
    .where('account_id', '=', accountId);

type StoredMailRow = Awaited<ReturnType<ReturnType<typeof storedMails>['execute']>>[number];

const toStoredMail = ({ uidl, flags, ...row }: StoredMailRow): StoredMail => ({
  uidl,
  rawHash: row.raw_hash,
  itemId: row.item_id,
  storedAt: new Date(row.stored_at),
  isDeleted: row.deleted_at !== null,
  isAbsent: row.is_absent === 1,
  item: itemState(flags, row.is_expired === 1),
});

function itemState(flags: number | null, isExpired: boolean): LedgerEntry['item'] {
  if (flags === null) return isExpired ? 'expired' : 'gone';
  return (flags & DELETED_BIT) !== 0 ? 'trashed' : 'present';
}
