/** What a person found out about a mail in doubt, or wants with one that failed. */
import { z } from 'zod';
import { ArchiveFailure, InDoubtResolution, type DetailedItem } from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { refuse } from '../failure.js';
import { delivery } from './flags.js';

const resolutions = {
  sent: InDoubtResolution.drSent,
  failed: InDoubtResolution.drFailed,
  sendAgain: InDoubtResolution.drSendAgain,
} as const;

/** RpcMailBridge's number for a mail that is not in doubt. */
const INVALID_VALUE = 9006;

export const deliveryDecision = z.strictObject({
  outcome: z.enum(['sent', 'failed', 'sendAgain']),
});
type Outcome = z.infer<typeof deliveryDecision>['outcome'];

/**
 * A mail that is sent again keeps its Message-ID and goes to all of its recipients.
 * @throws BridgeFailure messageNotInDoubt, notSupportedByArchive
 */
export async function decideDelivery(
  archive: ArchiveAccess,
  item: DetailedItem,
  outcome: Outcome,
): Promise<void> {
  if (!(await archive.hasMailBridge())) throw refuse('notSupportedByArchive');
  const state = delivery(item)?.state;
  const isOpen = state === 'inDoubt' || (state === 'failed' && outcome === 'sendAgain');
  if (!isOpen) throw refuse('messageNotInDoubt');
  const client = await archive.client();
  try {
    await client.mailBridge.ResolveInDoubt({ ID: item.ID, Resolution: resolutions[outcome] });
  } catch (error) {
    // somebody, or a mail that arrived, was faster
    if (error instanceof ArchiveFailure && error.params['rawCode'] === INVALID_VALUE)
      throw refuse('messageNotInDoubt', { cause: error });
    throw error;
  }
}
