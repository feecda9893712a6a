/** E-mail addresses and host names as autoconfiguration reads them. Pure. */
import { domainToASCII } from 'node:url';

export interface MailAddress {
  /** As it was typed. */
  readonly address: string;
  readonly localPart: string;
  /** In ASCII (RFC 5891) and lower case. */
  readonly domain: string;
}

/** null when what follows the `@` is no domain in which mail can be. */
export function mailAddress(text: string): MailAddress | null {
  const at = text.lastIndexOf('@');
  const domain = hostName(text.slice(at + 1));
  return at < 1 || domain === null ? null : { address: text, localPart: text.slice(0, at), domain };
}

const NOT_IN_NAMES = /[^\p{L}\p{M}\p{N}._-]/u;

/** RFC 1123 §2.1, with underscores, which some hosts have; the last label begins with a letter: no address does. */
const NAME =
  /^(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * A full DNS name in ASCII and lower case, without the final dot; null for anything else. Literal addresses are not
 * taken: certificates are made for names.
 */
export function hostName(text: string): string | null {
  const name = text.trim().replace(/\.$/, '');
  if (NOT_IN_NAMES.test(name)) return null;
  const ascii = domainToASCII(name);
  return NAME.test(ascii) ? ascii : null;
}
