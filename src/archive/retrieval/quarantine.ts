/** Mails that could not be taken in, as an administrator sees them. */
import { RpcQuarantineItem, type QuarantineItem } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Quarantine } from '../rpc/ports.js';
import type { ArchiveDatabase } from '../store/database.js';

export class MailQuarantine implements Quarantine {
  /** @param onRetry told which account has a mail to be fetched again */
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly onRetry: (realmId: number, accountId: number) => void,
  ) {}

  async list(realmId: number): Promise<QuarantineItem[]> {
    const rows = await this.#rows(realmId).execute();
    return rows.map((row) =>
      RpcQuarantineItem.make({
        ID: row.id,
        AccountRef: row.account_id,
        Uidl: row.uidl,
        Size: row.size,
        Attempts: row.attempts,
        Reason: row.reason,
        Since: new Date(row.since),
      }),
    );
  }

  async retry(realmId: number, id: number): Promise<void> {
    const row = await this.#rows(realmId).where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new RpcError('notFound', `There is no mail ${id} in quarantine.`);
    await this.database.deleteFrom('quarantine').where('id', '=', id).execute();
    this.onRetry(realmId, row.account_id);
  }

  #rows(realmId: number) {
    return this.database
      .selectFrom('quarantine')
      .selectAll()
      .where('realm_id', '=', realmId)
      .where('is_final', '=', 1)
      .orderBy('id');
  }
}
