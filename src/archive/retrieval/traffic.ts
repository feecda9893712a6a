/** What waits, and fetching and sending on demand. */
import type { TrafficStatus, WaitingMail } from '../rpc/ports.js';
import type { ArchiveDatabase } from '../store/database.js';
import type { MailOutbox } from '../store/mail-outbox.js';

export interface TrafficParts {
  readonly database: ArchiveDatabase;
  readonly outbox: MailOutbox;
  readonly fetchNow: (realmId: number) => Promise<void>;
  readonly sendNow: (realmId: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class MailTraffic implements TrafficStatus {
  constructor(private readonly parts: TrafficParts) {}

  async waiting(realmId: number): Promise<WaitingMail[]> {
    const quarantined = await this.parts.database
      .selectFrom('quarantine')
      .select(({ fn }) => [
        'account_id',
        fn.countAll<number>().as('count'),
        fn.min('since').as('oldest'),
      ])
      .where('realm_id', '=', realmId)
      .where('is_final', '=', 1)
      .groupBy('account_id')
      .execute();
    const outgoing = await this.parts.outbox.waiting(realmId);
    return [
      ...quarantined.map((row) => ({
        kind: 'pop3' as const,
        id: row.account_id,
        count: row.count,
        oldest: new Date(row.oldest),
      })),
      ...outgoing.map(({ accountId, count, oldest }) => ({
        kind: 'smtp' as const,
        id: accountId,
        count,
        oldest,
      })),
    ];
  }

  sendAndReceiveNow(realmId: number): void {
    const { fetchNow, sendNow, onError } = this.parts;
    Promise.all([fetchNow(realmId), sendNow(realmId)]).catch(onError);
  }
}
