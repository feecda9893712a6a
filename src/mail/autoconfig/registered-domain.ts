/** To whom a host name belongs, by the list of public suffixes. Pure. */
import { getDomain } from 'tldts';

/** The part of a name that somebody registered: `example.co.uk` of `mx.example.co.uk` (publicsuffix.org). */
export const registeredDomain = (host: string): string =>
  getDomain(host, { allowPrivateDomains: true }) ?? host;

/** Whether a host belongs to whom the domain belongs. */
export const isWithin = (host: string, domain: string): boolean =>
  registeredDomain(host) === registeredDomain(domain);
