/** Operations of another instance, found in a restored or copied data folder. */
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { ProvisioningSchema } from './schema.js';
import type { OperationFailure } from './journal.js';

/**
 * Ends what stands open as failed, without a word to the archive: whoever began it may have completed it since, and
 * taking it back would remove accounts that stand. What is missing or too much then is a person's to decide.
 */
export async function abandonOperations(
  database: Kysely<ProvisioningSchema>,
  clock: Clock,
): Promise<void> {
  const failure: OperationFailure = { code: 'abandonedAfterRestore', params: {} };
  await database.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('operation')
      .set({
        state: 'failed',
        finished_at: clock.now().toISOString(),
        failure: JSON.stringify(failure),
        inputs_sealed: null,
      })
      .where('state', 'in', ['running', 'unfinished'])
      .execute();
    await transaction.updateTable('operation').set({ look_again_until: null }).execute();
  });
}
