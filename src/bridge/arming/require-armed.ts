/** What must not be promised while nothing leaves. */
import type { Arming } from '../../platform/arming.js';
import { BridgeFailure } from '../failure.js';

/** @throws BridgeFailure notArmed, so that nobody takes a mail for sent that waits for an administrator */
export function requireArmed({ disarmed }: Pick<Arming, 'disarmed'>): void {
  if (disarmed === null) return;
  throw new BridgeFailure('notArmed', {
    disposition: 'actionRequired',
    origin: 'bridge',
    params: { reason: disarmed },
  });
}
