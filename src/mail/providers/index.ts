/** The table of known providers, and its look-ups: by an address, a server's name, a mail exchanger's name. Pure. */
import { domainToASCII } from 'node:url';
import type { MailProvider, ProviderServer } from './provider.js';
import { hostingProviders } from './table/hosting.js';
import { mailboxProviders } from './table/mailboxes.js';
import { worldwideProviders } from './table/worldwide.js';

export { hostFits } from './host-pattern.js';
export type { MailProvider, ProviderServer, SignInKind } from './provider.js';

export const mailProviders: readonly MailProvider[] = [
  ...worldwideProviders,
  ...mailboxProviders,
  ...hostingProviders,
];

/** By the domain; null when it is no domain of a provider, or no address. */
export function providerOfAddress(address: string): MailProvider | null {
  const at = address.lastIndexOf('@');
  const domain = at < 0 ? '' : ascii(address.slice(at + 1));
  const owns = (owned: string) =>
    owned.startsWith('.') ? domain.endsWith(owned) : domain === owned;
  return (domain && mailProviders.find(({ domains }) => domains.some(owns))) || null;
}

/** By one of its servers; of several that share it the first of the table. */
export function providerOfHost(host: string): MailProvider | null {
  const name = ascii(host);
  const runs = ({ servers, exchangerServers, mailExchangers }: MailProvider) =>
    servers.some((server) => server.host === name) ||
    (exchangerServers.length > 0 && mailExchangers.some((end) => name.endsWith(end)));
  return mailProviders.find(runs) ?? null;
}

/** By the end of an MX host name; the longest end that fits counts. */
export function providerOfMailExchanger(host: string): MailProvider | null {
  const name = ascii(host);
  let found: MailProvider | null = null;
  let length = 0;
  for (const provider of mailProviders)
    for (const end of provider.mailExchangers)
      if (end.length > length && name.endsWith(end)) [found, length] = [provider, end.length];
  return found;
}

/** All servers of a provider. @param mailExchanger MX host of the domain; without it those that run there are left out */
export function serversOf(
  { servers, exchangerServers }: MailProvider,
  mailExchanger: string | null,
): readonly ProviderServer[] {
  if (mailExchanger === null) return servers;
  const host = ascii(mailExchanger);
  return [...servers, ...exchangerServers.map((server) => ({ ...server, host }))];
}

const ascii = (name: string): string => domainToASCII(name.trim().replace(/\.$/, '').toLowerCase());
