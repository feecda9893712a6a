/** Which provider a failed attempt was meant for. Pure. */
import {
  mailProviders,
  providerOfAddress,
  providerOfHost,
  type MailProvider,
  type ProviderServer,
} from '../providers/index.js';
import type { FailedAttempt } from './attempt.js';

type Meant = Pick<FailedAttempt, 'host' | 'username'>;

/**
 * Whose server it is. Several providers may share one, then the address says which; a name that is none of the
 * provider's servers counts too when it lies in one of the provider's domains (`pop.gmx.de`, `imap.googlemail.com`).
 */
export function providerBehind({ host, username }: Meant): MailProvider | null {
  const name = host.toLowerCase().replace(/\.$/, '');
  const ofAddress = providerOfAddress(username);
  if (ofAddress !== null && (hasServer(ofAddress, name) || hasName(ofAddress, name)))
    return ofAddress;
  return providerOfHost(name) ?? mailProviders.find((provider) => hasName(provider, name)) ?? null;
}

/**
 * The provider's server for the protocol, when the attempt went elsewhere.
 * @returns null when nothing better is known than what was tried
 */
export function knownServer(attempt: FailedAttempt): ProviderServer | null {
  const { protocol, host, port, security } = attempt;
  const provider = providerBehind(attempt) ?? providerMeant(attempt);
  const servers = provider?.servers.filter((server) => server.protocol === protocol) ?? [];
  const name = host.toLowerCase().replace(/\.$/, '');
  const isKnown = servers.some(
    (server) => server.host === name && server.port === port && server.security === security,
  );
  if (isKnown) return null;
  return servers.find((server) => server.security === security) ?? servers[0] ?? null;
}

/** For a host that leads nowhere: the name it resembles, else the provider of the address. */
function providerMeant({ protocol, host, username, failure }: FailedAttempt): MailProvider | null {
  if (failure.code !== 'nameNotFound') return null;
  const resembles = ({ servers }: MailProvider) =>
    servers.some(
      (server) => server.protocol === protocol && distance(server.host, host.toLowerCase()) <= 2,
    );
  return mailProviders.find(resembles) ?? providerOfAddress(username);
}

const hasServer = ({ servers }: MailProvider, host: string): boolean =>
  servers.some((server) => server.host === host);

const hasName = ({ domains, mailExchangers }: MailProvider, host: string): boolean =>
  domains.some((domain) => `.${host}`.endsWith(domain.startsWith('.') ? domain : `.${domain}`)) ||
  mailExchangers.some((end) => host.endsWith(end));

/** How many letters have to be changed, added or left out (Levenshtein). */
function distance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 0; row < one.length; row += 1) {
    const line = [row + 1];
    for (let column = 0; column < other.length; column += 1) {
      const replaced = (above[column] ?? 0) + (one[row] === other[column] ? 0 : 1);
      line.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above[other.length] ?? 0;
}
