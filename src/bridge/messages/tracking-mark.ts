/**
 * Our own mark in outgoing mail, by which an answer to it is recognised: a Message-ID of the form
 * `<{random}.{signature}.mb@{domain of the sender}>`, 128 random bits and 96 bits of HMAC-SHA-256 over them. Both are
 * written in hex, since there are mail systems that change the case of a Message-ID or lose its angle brackets.
 *
 * Only who has the key can make a mark; who has seen one can send it again, and gets what an answer would get. So a
 * mark proves that somebody read the mail, not who writes.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { domainKey } from '../directory/search-key.js';
import { bareAddress } from './mail-address.js';

export interface TrackingMark {
  /** 32 hex digits. */
  readonly random: string;
  /** 24 hex digits. */
  readonly signature: string;
}

export const KEY_BYTES = 32;
const RANDOM_BYTES = 16;
const SIGNATURE_BYTES = 12;

/**
 * @param marker of a request that may be repeated: all of its runs get the same mark, which nobody without the key
 * can foresee
 */
export function newMark(key: Buffer, marker?: string): TrackingMark {
  const bytes = marker === undefined ? randomBytes(RANDOM_BYTES) : keyed(key, 'request', marker);
  const random = bytes.toString('hex', 0, RANDOM_BYTES);
  return { random, signature: signatureOf(random, key).toString('hex') };
}

/** @param sender address, or `Name <address>` */
export function messageIdOf({ random, signature }: TrackingMark, sender: string): string {
  const domain = domainKey(bareAddress(sender).split('@').at(-1) ?? '');
  return `<${random}.${signature}.mb@${domain ?? 'localhost.localdomain'}>`;
}

export function isGenuine({ random, signature }: TrackingMark, key: Buffer): boolean {
  const given = Buffer.from(signature, 'hex');
  return given.length === SIGNATURE_BYTES && timingSafeEqual(given, signatureOf(random, key));
}

const MARK = /([0-9a-f]{32})\.([0-9a-f]{24})\.mb@/gi;
/** No more than these are looked at, the latest. */
const MARK_LIMIT = 200;

/**
 * What looks like marks in In-Reply-To and References (RFC 5322 §3.6.4), each once, latest first: whoever answers
 * puts the mail that is answered last. Costs time in proportion to the length.
 */
export function marksIn(headerSection: string): TrackingMark[] {
  const { references, 'in-reply-to': inReplyTo } = referringFields(headerSection);
  const found = [...`${references} ${inReplyTo}`.matchAll(MARK)].slice(-MARK_LIMIT).reverse();
  const marks = found.map(([, random = '', signature = '']) => ({
    random: random.toLowerCase(),
    signature: signature.toLowerCase(),
  }));
  const seen = new Set<string>();
  return marks.filter(({ random, signature }) => {
    const text = `${random}.${signature}`;
    return !seen.has(text) && seen.add(text);
  });
}

/** Unfolded (RFC 5322 §2.2.3), by name. */
function referringFields(headerSection: string) {
  const found = { references: '', 'in-reply-to': '' };
  let current: string | null = null;
  for (const line of headerSection.split(/\r\n|\r|\n/)) {
    if (line === '') break;
    if (!/^[ \t]/.test(line)) current = line.slice(0, line.indexOf(':')).trimEnd().toLowerCase();
    if (current === 'references' || current === 'in-reply-to') found[current] += ` ${line}`;
  }
  return found;
}

const signatureOf = (random: string, key: Buffer): Buffer =>
  keyed(key, 'mark', random).subarray(0, SIGNATURE_BYTES);

/** HMAC (RFC 2104), another one for each purpose. */
const keyed = (key: Buffer, purpose: 'mark' | 'request', text: string): Buffer =>
  createHmac('sha256', key).update(`${purpose} ${text}`).digest();
