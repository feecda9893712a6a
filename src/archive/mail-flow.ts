/** How mail flows through the archive as a whole: may it send and delete, what waits, what failed. */
import { ItemFlag, ItemKind, RpcMailFlow, type MailFlow } from '../greyhound/index.js';
import type { Clock } from '../platform/clock.js';
import type { Arming } from '../platform/arming.js';
import type { StorageWatch } from '../platform/storage-fault.js';
import type { DiskGuard } from './retrieval/disk-guard.js';
import type { FlowControl } from './rpc/ports.js';
import type { ArchiveDatabase } from './store/database.js';
import { isTimeFor } from './store/mail-outbox.js';
import { sql } from 'kysely';

const bit = (flag: number) => 2 ** flag;

export class ArchiveFlow implements FlowControl {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly clock: Clock,
    private readonly arming: Arming,
    private readonly storage: StorageWatch,
    private readonly guard: Pick<DiskGuard, 'lowSince'>,
  ) {}

  async flow(realmId: number): Promise<MailFlow> {
    const { disarmed } = this.arming;
    const lowSince = await this.guard.lowSince();
    const { fault } = this.storage;
    const outbox = await this.database
      .selectFrom('outbox')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('created').as('oldest')])
      .where('realm_id', '=', realmId)
      .where((eb) => isTimeFor(eb, this.clock.now()))
      .executeTakeFirstOrThrow();
    const failed = await this.database
      .selectFrom('items')
      .select(['flags'])
      .where('realm_id', '=', realmId)
      .where('kind', '=', ItemKind.ikEmail)
      .where('pop3_ref', '=', 0)
      .where(sql<boolean>`flags & ${bit(ItemFlag.ifFailure)} <> 0`)
      .where(sql<boolean>`flags & ${bit(ItemFlag.ifDeleted)} = 0`)
      .execute();
    const inDoubt = failed.filter(({ flags }) => (flags & bit(ItemFlag.ifWaiting)) !== 0).length;
    return RpcMailFlow.make({
      Armed: disarmed === null,
      DisarmedReason: disarmed ?? '',
      InDoubt: inDoubt,
      Failed: failed.length - inDoubt,
      Outbox: outbox.count,
      OldestInOutbox: (outbox.oldest as string | null) === null ? null : new Date(outbox.oldest),
      StorageFault: fault?.fault ?? (lowSince === null ? '' : 'diskLow'),
      StorageFaultAt: fault?.at ?? lowSince,
    });
  }

  arm(): Promise<void> {
    return this.arming.arm();
  }
}
