/** Whether a person has typed in a device code (RFC 8628 §3.4, §3.5). */
import type { Clock } from '../../platform/clock.js';
import { ProviderError } from './provider-error.js';
import { REQUEST_TIMEOUT_MS } from './provider-http.js';
import type { Providers } from './providers.js';
import type { SignIn, SignInStore } from './sign-in-store.js';
import type { TokenAnswer } from './token-client.js';
import { codeOf } from './verdict.js';

/** Not waited for longer than a caller would. */
const MAX_WAIT_MS = 5_500;
/** RFC 8628 §3.5. */
const SLOW_DOWN_SECONDS = 5;
const GOES_ON = new Set<ProviderError['code']>(['notConfirmedYet', 'slowDown', 'unavailable']);

interface PollDependencies {
  readonly signIns: SignInStore;
  readonly providers: Providers;
  readonly clock: Clock;
}

/**
 * Asks the provider, not more often than it wants to be asked.
 * @param row a sign-in that waits
 * @param settle ends it
 * @returns how it stands
 */
export async function pollDeviceCode(
  row: SignIn,
  { signIns, providers, clock }: PollDependencies,
  settle: (outcome: TokenAnswer | ProviderError) => Promise<SignIn>,
): Promise<SignIn> {
  const now = clock.now();
  if (row.expires_at <= now.toISOString()) return row;
  const waitMs = Date.parse(row.next_poll_at ?? '') - now.getTime();
  if (waitMs > MAX_WAIT_MS) return { ...row, code: 'notConfirmedYet' };
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  const { deviceCode = '', intervalSeconds = 5 } = signIns.secretOf(row);
  const inSeconds = (seconds: number) =>
    new Date(clock.now().getTime() + seconds * 1000).toISOString();
  // whoever asks meanwhile waits for the next turn: the provider answers a code once
  const turnEnds = inSeconds(intervalSeconds + REQUEST_TIMEOUT_MS / 1000);
  if (!(await signIns.takeTurn(row, turnEnds)))
    return (await signIns.find(row.realm_id, row.identifier)) ?? row;
  try {
    const reached = await providers.reachById(row.realm_id, row.provider_id);
    return await settle(await reached.client.askDevice(deviceCode));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (!GOES_ON.has(error.code)) return settle(error);
    const next = intervalSeconds + (error.code === 'slowDown' ? SLOW_DOWN_SECONDS : 0);
    await signIns.change(row, 'pending', {
      next_poll_at: inSeconds(next),
      secret: signIns.sealed(row, { deviceCode, intervalSeconds: next }),
    });
    return { ...row, code: codeOf(error) };
  }
}
