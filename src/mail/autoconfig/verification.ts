/** A server is offered as verified when it answered from here, with its protocol, its security and a good certificate. */
import { checkIncoming, checkSmtp } from '../check/check.js';
import type { ProbeFinding } from '../check/findings.js';
import type { ConnectDependencies } from '../endpoint.js';
import type { ConfiguredServer } from './candidate.js';

export interface Verification {
  readonly verified: boolean;
  /** What stands against it. */
  readonly findings: readonly ProbeFinding[];
}

/** Connects without signing in. */
export async function verify(
  { protocol, host, port, security }: ConfiguredServer,
  dependencies: ConnectDependencies,
  timeoutMs: number,
): Promise<Verification> {
  const endpoint = {
    ...{ host, port, security, timeoutMs },
    tlsException: null,
    allowClearTextLogin: false,
  };
  const { findings } =
    protocol === 'smtp'
      ? await checkSmtp({ endpoint, credentials: null }, dependencies)
      : await checkIncoming({ protocol, endpoint, credentials: null }, dependencies);
  return {
    verified: findings.every(({ outcome }) => outcome !== 'failed'),
    findings: findings.filter(({ outcome }) => outcome !== 'ok'),
  };
}

/** For a server that had not answered when the time was up. */
export const unanswered = (durationMs: number): Verification => ({
  verified: false,
  findings: [
    {
      ...{ check: 'connect', outcome: 'failed', code: 'connectTimeout', field: 'port' },
      params: {},
      durationMs: Math.round(durationMs),
    },
  ],
});
