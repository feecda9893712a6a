/**
 * SRV records (RFC 6186; RFC 8314 §5.1 for submissions). DNS is rarely signed: a target outside the domain may be the
 * provider's, or the work of somebody on the way, and is shown as what it is (RFC 6186 §6).
 */
import type { MailProtocol } from '../../customary-port.js';
import type { Security } from '../../endpoint.js';
import type { NameServer } from '../../name-server.js';
import { providerOfHost } from '../../providers/index.js';
import type { Candidate } from '../candidate.js';
import { hostName, type MailAddress } from '../names.js';
import { isWithin } from '../registered-domain.js';
import type { AskSource } from './source.js';

const SERVICES = [
  ['_pop3s', 'pop3', 'tls'],
  ['_pop3', 'pop3', 'starttls'],
  ['_imaps', 'imap', 'tls'],
  ['_imap', 'imap', 'starttls'],
  ['_submissions', 'smtp', 'tls'],
  ['_submission', 'smtp', 'starttls'],
] as const satisfies readonly (readonly [string, MailProtocol, Security])[];

export const serviceRecords: AskSource = async (address, { names }) => {
  const answers = await Promise.allSettled(
    SERVICES.map(([service, protocol, security]) =>
      serverOf(service, address, names).then((found) =>
        found === null ? null : candidate({ ...found, protocol, security }, address),
      ),
    ),
  );
  const failure = answers.find((answer) => answer.status === 'rejected');
  const found = answers.flatMap((answer) =>
    answer.status === 'fulfilled' && answer.value !== null ? [answer.value] : [],
  );
  if (found.length === 0 && failure !== undefined) throw failure.reason as Error;
  return found;
};

/** The first in order; the others are there for when it is down. null when not offered (RFC 6186 §3.4: `.`). */
async function serverOf(
  service: string,
  { domain }: MailAddress,
  names: NameServer,
): Promise<{ host: string; port: number } | null> {
  const [first] = await names.services(`${service}._tcp.${domain}`);
  const host = hostName(first?.name ?? '');
  return first === undefined || host === null ? null : { host, port: first.port };
}

function candidate(
  server: Pick<Candidate, 'protocol' | 'host' | 'port' | 'security'>,
  { address, domain }: MailAddress,
): Candidate {
  const provider = providerOfHost(server.host);
  const isKnown = isWithin(server.host, domain) || provider !== null;
  return {
    ...server,
    username: address,
    signIn: provider?.signIn ?? [],
    provider,
    source: 'serviceRecords',
    reason: {
      code: isKnown ? 'serviceRecord' : 'serviceRecordElsewhere',
      params: { domain, host: server.host },
    },
  };
}
