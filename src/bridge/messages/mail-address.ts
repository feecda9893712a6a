/** Addresses of a message in the form of RFC 5322 §3.4: `Name <address>`. */
import { z } from 'zod';
import { emailAddress, line } from '../accounts/fields.js';

/** A bare address, or one with a display name. */
export const mailAddress = z.union([
  emailAddress,
  z.strictObject({ name: line(200).trim().optional(), address: emailAddress }),
]);
export type MailAddress = z.infer<typeof mailAddress>;

/** Atoms and spaces need no quotes (RFC 5322 §3.2.3); letters beyond ASCII are encoded when the mail is composed. */
const needsNoQuotes = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~ -]*$/u;

export function formatAddress(given: MailAddress): string {
  const { name = '', address } = typeof given === 'string' ? { address: given } : given;
  if (name === '') return address;
  const shown = needsNoQuotes.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
  return `${shown} <${address}>`;
}

/** The bare address in `Name <address>` as an archive writes it; what is none stays as it is. */
export function bareAddress(text: string): string {
  return (/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text).trim();
}
