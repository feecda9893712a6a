/** What the last comparison of each mailbox with its server found. */
import type { Selectable } from 'kysely';
import { RpcCompleteness, type Completeness } from '../../greyhound/index.js';
import type { ArchiveDatabase } from './database.js';
import type { CompletenessTable } from './flow-schema.js';
import type { Mailbox } from './mail-ledger.js';

/** onServer = stored + missing + quarantined + unidentified + passedOver; damaged is among stored. See RpcCompleteness. */
export interface Comparison {
  readonly onServer: number;
  readonly stored: number;
  readonly missing: number;
  readonly quarantined: number;
  readonly unidentified: number;
  readonly damaged: number;
  readonly passedOver: number;
}

export class CompletenessRecords {
  constructor(private readonly database: ArchiveDatabase) {}

  /** Every incoming account of the realm, by id. */
  async list(realmId: number): Promise<Completeness[]> {
    const accounts = await this.database
      .selectFrom('accounts')
      .select('id')
      .where('realm_id', '=', realmId)
      .where('kind', '=', 'pop3')
      .orderBy('id')
      .execute();
    const rows = await this.database
      .selectFrom('completeness')
      .selectAll()
      .where('realm_id', '=', realmId)
      .execute();
    const byAccount = new Map(rows.map((row) => [row.account_id, row]));
    return accounts.map(({ id }) => {
      const row = byAccount.get(id);
      return row === undefined
        ? completenessOf(id, null, null)
        : completenessOf(id, countsOf(row), new Date(row.checked_at));
    });
  }

  /**
   * Replaces what was known of the mailbox. An account that has been deleted meanwhile has nothing to be recorded.
   * @param database the transaction of what is recorded along with it, if any
   */
  async record(
    { realmId, accountId }: Mailbox,
    counts: Comparison,
    at: Date,
    database: ArchiveDatabase = this.database,
  ): Promise<void> {
    const columns = {
      checked_at: at.toISOString(),
      on_server: counts.onServer,
      stored: counts.stored,
      missing: counts.missing,
      quarantined: counts.quarantined,
      unidentified: counts.unidentified,
      damaged: counts.damaged,
      passed_over: counts.passedOver,
    };
    const account = await database
      .selectFrom('accounts')
      .select('id')
      .where('id', '=', accountId)
      .executeTakeFirst();
    if (account === undefined) return;
    await database
      .insertInto('completeness')
      .values({ account_id: accountId, realm_id: realmId, ...columns })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(columns))
      .execute();
  }
}

export const completenessOf = (
  accountId: number,
  counts: Comparison | null,
  checkedAt: Date | null,
): Completeness =>
  RpcCompleteness.make({
    AccountRef: accountId,
    CheckedAt: checkedAt,
    ...(counts !== null && {
      OnServer: counts.onServer,
      Stored: counts.stored,
      Missing: counts.missing,
      Quarantined: counts.quarantined,
      Unidentified: counts.unidentified,
      Damaged: counts.damaged,
      PassedOver: counts.passedOver,
    }),
  });

const countsOf = (row: Selectable<CompletenessTable>): Comparison => ({
  onServer: row.on_server,
  stored: row.stored,
  missing: row.missing,
  quarantined: row.quarantined,
  unidentified: row.unidentified,
  damaged: row.damaged,
  passedOver: row.passed_over,
});
