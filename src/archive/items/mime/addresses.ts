/** Addresses between their three forms: header field, wire text (`Name <address>`), and the bare address. */
import addressparser from 'nodemailer/lib/addressparser';

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** The mailboxes of a header field or of a text that a person typed; groups are taken apart (RFC 5322 §3.4). */
export const parseAddresses = (text: string): MailAddress[] =>
  addressparser(text, { flatten: true }).filter(
    ({ name, address }) => name !== '' || address !== '',
  );

/** `Name <address>`, the name quoted where RFC 5322 §3.2.3 demands it. */
export function formatAddress({ name, address }: MailAddress): string {
  if (name === '') return address;
  const phrase = /^[\p{L}\p{N}!#$%&'*+\-/=?^_`{|}~ ]*$/u.test(name)
    ? name
    : `"${name.replace(/(["\\])/g, '\\$1')}"`;
  return address === '' ? phrase : `${phrase} <${address}>`;
}

export const bareAddress = (text: string): string => parseAddresses(text)[0]?.address ?? '';

/**
 * Whether mail may be sent to or from this address: one `@` outside quotes, nothing that could end a protocol line or
 * begin another address.
 */
export const isMailAddress = (address: string): boolean =>
  address.length <= 254 &&
  /^[^\s\p{Cc}<>"(),:;@[\]\\]{1,64}@[^\s\p{Cc}<>"(),:;@[\]\\]+$/u.test(address);
