/** Settings of a realm that hold for all of its accounts. */
import { RpcMailOptions, type MailOptions } from '../../greyhound/index.js';
import { invalid } from '../objects/validation.js';
import type { MailOptionsStore } from '../rpc/ports.js';
import type { ArchiveDatabase } from '../store/database.js';
import { DEFAULT_SWITCH_OFF_AFTER } from '../store/flow-schema.js';

const MAX_TRIES = 1000;

export class RealmMailOptions implements MailOptionsStore {
  constructor(private readonly database: ArchiveDatabase) {}

  async get(realmId: number): Promise<MailOptions> {
    const row = await this.database
      .selectFrom('realm_options')
      .selectAll()
      .where('realm_id', '=', realmId)
      .executeTakeFirst();
    return RpcMailOptions.make({
      SwitchOffAfter: row?.switch_off_after ?? DEFAULT_SWITCH_OFF_AFTER,
    });
  }

  async put(realmId: number, { SwitchOffAfter }: MailOptions): Promise<void> {
    if (SwitchOffAfter < 0 || SwitchOffAfter > MAX_TRIES)
      throw invalid('SwitchOffAfter', `must be 0 (never) to ${MAX_TRIES}`);
    await this.database
      .insertInto('realm_options')
      .values({ realm_id: realmId, switch_off_after: SwitchOffAfter })
      .onConflict((conflict) =>
        conflict.column('realm_id').doUpdateSet({ switch_off_after: SwitchOffAfter }),
      )
      .execute();
  }
}
