/**
 * Mails that lay in a mailbox before its account was first fetched: old mail, which causes nothing but its being
 * stored, or is passed over, as the account wants. Written down once, when the first session has listed the mailbox.
 */
import type { Clock } from '../../platform/clock.js';
import type { ArchiveDatabase } from './database.js';
import type { Mailbox } from './mail-ledger.js';

export interface EarlierMail {
  readonly uidl: string;
  readonly isWanted: boolean;
  readonly fingerprint: string;
}

const CHUNK = 500;

export class EarlierMails {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly clock: Clock,
  ) {}

  /** By their unique-ids; null: the mailbox has not been listed yet. */
  async of({ accountId }: Mailbox): Promise<ReadonlyMap<string, EarlierMail> | null> {
    const begun = await this.database
      .selectFrom('mailbox_beginnings')
      .select('account_id')
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (begun === undefined) return null;
    const rows = await this.database
      .selectFrom('earlier_mails')
      .select(['uidl', 'is_wanted', 'fingerprint'])
      .where('account_id', '=', accountId)
      .execute();
    return new Map(
      rows.map(({ uidl, is_wanted, fingerprint }) => [
        uidl,
        { uidl, isWanted: is_wanted === 1, fingerprint },
      ]),
    );
  }

  /** The mailbox begins with these in it. */
  begin({ realmId, accountId }: Mailbox, mails: readonly EarlierMail[]): Promise<void> {
    return this.database.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('mailbox_beginnings')
        .values({
          account_id: accountId,
          realm_id: realmId,
          began_at: this.clock.now().toISOString(),
        })
        .execute();
      await insert(transaction, accountId, mails);
    });
  }

  /** They have got other unique-ids. @param mails under the new ones, by the old ones */
  rename({ accountId }: Mailbox, mails: ReadonlyMap<string, EarlierMail>): Promise<void> {
    return this.database.transaction().execute(async (transaction) => {
      const before = [...mails.keys()];
      for (let at = 0; at < before.length; at += CHUNK)
        await transaction
          .deleteFrom('earlier_mails')
          .where('account_id', '=', accountId)
          .where('uidl', 'in', before.slice(at, at + CHUNK))
          .execute();
      await insert(transaction, accountId, [...mails.values()]);
    });
  }

  /** Those that were wanted have been stored. */
  async forgetStored({ accountId }: Mailbox): Promise<void> {
    await this.database
      .deleteFrom('earlier_mails')
      .where('account_id', '=', accountId)
      .where('is_wanted', '=', 1)
      .execute();
  }

  /** ResetUIDL: nothing is passed over any more. */
  async wantAll({ accountId }: Mailbox): Promise<void> {
    await this.database
      .updateTable('earlier_mails')
      .set({ is_wanted: 1 })
      .where('account_id', '=', accountId)
      .execute();
  }

  /** Which of these items were earlier mails. */
  async among(realmId: number, itemIds: readonly number[]): Promise<number[]> {
    const found: number[] = [];
    for (let at = 0; at < itemIds.length; at += CHUNK) {
      const rows = await this.database
        .selectFrom('items')
        .select('id')
        .where('realm_id', '=', realmId)
        .where('is_earlier', '=', 1)
        .where('id', 'in', itemIds.slice(at, at + CHUNK))
        .execute();
      found.push(...rows.map(({ id }) => id));
    }
    return found;
  }
}

async function insert(
  transaction: ArchiveDatabase,
  accountId: number,
  mails: readonly EarlierMail[],
): Promise<void> {
  for (let at = 0; at < mails.length; at += CHUNK)
    await transaction
      .insertInto('earlier_mails')
      .values(
        mails.slice(at, at + CHUNK).map(({ uidl, isWanted, fingerprint }) => ({
          account_id: accountId,
          uidl,
          is_wanted: isWanted ? 1 : 0,
          fingerprint,
        })),
      )
      .execute();
}
