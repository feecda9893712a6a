/**
 * Addresses of an SMTP envelope (RFC 5321 §4.1.2): a bare `local@domain`, nothing that a lenient parser could take
 * for a name, a group, a route or a second command.
 */
import { domainToASCII } from 'node:url';
import { invalidInput } from '../endpoint.js';

/** Dot-atom characters (RFC 5322 §3.2.3) and letters beyond ASCII (RFC 6531); no quotes, no spaces. */
const LOCAL_PART = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~.-]{1,64}$/u;
const DOMAIN = /^[\p{L}\p{N}\p{M}_.-]{1,255}$/u;
const ADDRESS_LITERAL = /^\[[0-9A-Za-z:.]{3,60}\]$/;

/**
 * The address as it goes on the wire: the domain in ASCII (RFC 5890), the local part unchanged.
 * @throws MailFailure `invalidInput` with `field`
 */
export function envelopeAddress(address: string, field: string): string {
  const at = address.indexOf('@');
  const localPart = address.slice(0, at);
  const domain = address.slice(at + 1);
  if (at < 1 || address.length > 320 || !LOCAL_PART.test(localPart)) throw invalidInput(field);
  if (ADDRESS_LITERAL.test(domain)) return address;
  const ascii = DOMAIN.test(domain) ? domainToASCII(domain) : '';
  if (ascii === '') throw invalidInput(field);
  return `${localPart}@${ascii}`;
}
