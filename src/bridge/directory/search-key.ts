/**
 * The forms in which addresses and reference numbers are compared, the same for what the ERP tells and what stands in
 * a mail.
 */
import { domainToASCII } from 'node:url';

/** Shorter ones are numbers of everyday life, longer ones none that a person would quote. */
export const REFERENCE_LENGTH = { min: 3, max: 64 } as const;

/** RFC 5321 §4.5.3.1. */
const MAX_LOCAL_PART = 64;
const MAX_DOMAIN = 255;

/**
 * Lower case, the domain in punycode (RFC 5890): `Kontakt@Wäber.example` → `kontakt@xn--wber-loa.example`.
 * @returns null for what is no address with a full domain
 */
export function addressKey(text: string): string | null {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).normalize('NFC').toLowerCase();
  const domain = domainKey(text.slice(at + 1));
  if (at < 1 || local.length > MAX_LOCAL_PART || domain === null) return null;
  return /[\s\p{Cc}<>(),;:@[\]\\"]/u.test(local) ? null : `${local}@${domain}`;
}

/** @returns null for what is no full domain name: at least two labels */
export function domainKey(text: string): string | null {
  const bare = text.trim().replace(/\.$/, '');
  if (bare.length > MAX_DOMAIN || !/^[\p{L}\p{N}\p{M}.-]+$/u.test(bare)) return null;
  const ascii = domainToASCII(bare).toLowerCase();
  return /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/.test(ascii)
    ? ascii
    : null;
}

/** The address without what stands behind a plus sign (RFC 5233): `info+lager@x.example` → `info@x.example`. */
export function withoutSubaddress(key: string): string {
  const plus = key.indexOf('+');
  const at = key.lastIndexOf('@');
  return plus < 1 || plus > at ? key : key.slice(0, plus) + key.slice(at);
}

/** Letters that stand for a hyphen; soft hyphens and zero-width characters are no part of a number. */
const dashes = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;
const invisible = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;
const edges = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;

/**
 * Without regard to case, to kinds of hyphens and to signs around it: `#AB‑5003` → `ab-5003`.
 * @returns null for what cannot serve as a reference number: shorter than 3 or longer than 64 characters
 */
export function referenceKey(text: string): string | null {
  const folded = text.normalize('NFKC').replace(invisible, '').replace(dashes, '-').toLowerCase();
  const key = folded.trim().replace(edges, '').replace(/\s+/g, ' ');
  return key.length < REFERENCE_LENGTH.min || key.length > REFERENCE_LENGTH.max ? null : key;
}
