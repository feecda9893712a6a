/**
 * E-mail addresses in running text. From every `@` the address is widened to both sides, not further than an address
 * can reach and never over another `@`: every character is looked at twice at most, whatever the text is.
 */
import { isDomain, isLocalPart, withoutInvisible } from './characters.js';
import type { Pace, Work } from './pace.js';

/** RFC 5321 §4.5.3.1. */
const MAX_LOCAL_PART = 64;
const MAX_DOMAIN = 255;
/** What an `@` costs, in units of pace, and what an address costs more than that. */
const SIGN_UNITS = 20;
const ADDRESS_UNITS = 1000;

export class TextAddresses implements Work {
  #at = 0;

  constructor(
    private readonly text: string,
    /** Takes what looks like an address, as it is written. */
    private readonly take: (address: string) => void,
  ) {}

  get isDone(): boolean {
    return this.#at >= this.text.length;
  }

  advance(pace: Pace): void {
    while (!this.isDone && !pace.isSpent) {
      const sign = this.text.indexOf('@', this.#at);
      if (sign < 0) {
        this.#at = this.text.length;
        return;
      }
      this.#at = sign + 1;
      pace.spend(SIGN_UNITS);
      const address = addressAround(this.text, sign);
      if (address === null) continue;
      pace.spend(ADDRESS_UNITS);
      this.take(address);
    }
  }
}

/** @returns null for a sign that belongs to no address */
function addressAround(text: string, sign: number): string | null {
  const start = localPartStart(text, sign);
  const end = domainEnd(text, sign);
  // `@max@social.example` and `a@b.example@c.example` are no addresses, nor is a part of them.
  if (start === sign || text.charAt(start - 1) === '@' || text.charAt(end) === '@') return null;
  if (sign - start > MAX_LOCAL_PART && !isPunctuation(text.charAt(start))) return null;
  if (end - sign - 1 > MAX_DOMAIN || !text.slice(sign, end).includes('.')) return null;

  const local = withoutInvisible(text.slice(start, sign));
  const domain = withoutInvisible(text.slice(sign + 1, end));
  let from = 0;
  while (isPunctuation(local.charAt(from))) from += 1;
  let to = domain.length;
  while (isPunctuation(domain.charAt(to - 1))) to -= 1;
  return from < local.length ? `${local.slice(from)}@${domain.slice(0, to)}` : null;
}

const isPunctuation = (character: string): boolean =>
  character !== '' && "._+'&-".includes(character);

// Both go one character further than is allowed, so that of what is too long not a part is taken.

function localPartStart(text: string, sign: number): number {
  let start = sign;
  const leftmost = Math.max(0, sign - MAX_LOCAL_PART - 1);
  while (start > leftmost && isLocalPart(text, start - 1)) start -= 1;
  return start;
}

function domainEnd(text: string, sign: number): number {
  let end = sign + 1;
  const rightmost = Math.min(text.length, sign + MAX_DOMAIN + 2);
  while (end < rightmost && isDomain(text, end)) end += 1;
  return end;
}
