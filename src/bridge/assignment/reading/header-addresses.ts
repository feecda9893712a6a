/**
 * The addresses of a header member that names people (RFC 5322 §3.6.3): only what stands where an address stands, never
 * what looks like one in a name. Groups are taken apart.
 */
import addressparser from 'nodemailer/lib/addressparser';
import { addressKey } from '../../directory/search-key.js';
import { entryAt, type HeaderEntry } from './header-entries.js';
import type { Pace, Work } from './pace.js';

/** Three times what mail servers let pass (Postfix: header_size_limit 102400). What is longer is not read to its end. */
const MAX_MEMBER = 300_000;
/** Nobody writes an entry as long as this; parsing it would hold up others. */
const MAX_ENTRY = 50_000;
/** What a character costs, in units of pace, and what an address costs more than that. */
const CHARACTER_UNITS = 10;
const ADDRESS_UNITS = 2000;

export class HeaderAddresses implements Work {
  #at = 0;
  readonly #member: string;

  constructor(
    member: string,
    /** Takes search keys. */
    private readonly take: (key: string) => void,
  ) {
    this.#member = member.slice(0, MAX_MEMBER);
  }

  get isDone(): boolean {
    return this.#at >= this.#member.length;
  }

  advance(pace: Pace): void {
    while (!this.isDone && !pace.isSpent) {
      const entry = entryAt(this.#member, this.#at);
      pace.spend((entry.end - this.#at) * CHARACTER_UNITS);
      this.#at = entry.end;
      if (!entry.text.includes('@') || entry.text.length > MAX_ENTRY) continue;
      pace.spend(ADDRESS_UNITS + entry.text.length * CHARACTER_UNITS);
      for (const key of keysOf(entry)) this.take(key);
    }
  }
}

function keysOf({ text, unquoted }: HeaderEntry): string[] {
  const outside = unquoted.replace(/\s/g, '');
  return addressparser(text, { flatten: true }).flatMap(({ address }) => {
    // Of a name in quotes with no address behind it the parser makes an address.
    const isInName = !outside.includes(address.slice(address.lastIndexOf('@')));
    return (isInName ? null : addressKey(address)) ?? [];
  });
}
