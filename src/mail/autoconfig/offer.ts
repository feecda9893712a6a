/** Which of the servers that were found are offered, and in which order. Pure. */
import type { Security } from '../endpoint.js';
import { SOURCES, type Candidate, type Source } from './candidate.js';
import type { Verification } from './verification.js';

export type FoundServer = Candidate & Verification;

export interface Offer {
  readonly incoming: readonly FoundServer[];
  readonly smtp: readonly FoundServer[];
}

/** @param found the most trusted source first, of a source its preferred server first */
export function offer(found: readonly FoundServer[]): Offer {
  const different = [...new Map(found.toReversed().map((one) => [serverKey(one), one])).values()];
  const inOrder = different.toReversed();
  const isSmtp = ({ protocol }: FoundServer) => protocol === 'smtp';
  return {
    incoming: ranked(worthOffering(inOrder.filter((one) => !isSmtp(one)))),
    smtp: ranked(worthOffering(inOrder.filter(isSmtp))),
  };
}

export const serverKey = ({ protocol, host, port, security }: Candidate): string =>
  [protocol, host, port, security].join(' ');

const GUESSES: ReadonlySet<Source> = new Set(['mailExchangerHost', 'guess']);

/**
 * Nothing unencrypted where something encrypted works. A guess that did not answer only where there is nothing else,
 * and then one a protocol, so that a form has something to start from.
 */
function worthOffering(servers: readonly FoundServer[]): readonly FoundServer[] {
  const worksEncrypted = servers.some(({ verified, security }) => verified && security !== 'none');
  const known = servers.filter(
    ({ source, verified, security }) =>
      (verified || !GUESSES.has(source)) && !(worksEncrypted && security === 'none'),
  );
  if (known.length > 0) return known;
  const names = servers.filter(({ source }) => source === 'guess');
  return names.filter(
    ({ protocol }, index) => names.findIndex((one) => one.protocol === protocol) === index,
  );
}

const SECURITY: readonly Security[] = ['tls', 'starttls', 'none'];

/** Verified ones, by trust in who named them, POP3 before IMAP, the better protected before the other. */
const ranked = (servers: readonly FoundServer[]): readonly FoundServer[] =>
  servers.toSorted(
    (one, other) =>
      Number(other.verified) - Number(one.verified) ||
      SOURCES.indexOf(one.source) - SOURCES.indexOf(other.source) ||
      Number(one.protocol === 'imap') - Number(other.protocol === 'imap') ||
      SECURITY.indexOf(one.security) - SECURITY.indexOf(other.security),
  );
