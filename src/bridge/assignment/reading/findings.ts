/** What was found so far: every key once, with its places in the order in which they are read. */
import { addressKey, REFERENCE_LENGTH, referenceKey } from '../../directory/search-key.js';
import type { FoundAddress, FoundInMail, FoundReference, Place } from './found-in-mail.js';
import { KeyMap } from './key-map.js';

/**
 * So many different addresses, and so many different numbers, are taken from a mail; what comes after them is left out.
 * Far more than anybody writes; it bounds what a mail can cost those who look the keys up.
 */
const MAX_DIFFERENT = 500_000;

type TextPlace = 'subject' | 'body';
type Growing<Found> = { -readonly [Member in keyof Found]: Found[Member] };

export class Findings implements FoundInMail {
  readonly addresses: Growing<FoundAddress>[] = [];
  readonly references: Growing<FoundReference>[] = [];
  readonly #byAddress = new KeyMap<Growing<FoundAddress>>();
  readonly #byReference = new KeyMap<Growing<FoundReference>>();
  /** Search keys of addresses as they are written: to make one costs more than to remember it. */
  readonly #keys = new KeyMap<string | null>();

  /** @param address search key */
  addAddress(address: string, place: Place): void {
    const known = this.#byAddress.get(address);
    if (known !== undefined) known.places = withPlace(known.places, place);
    else if (this.addresses.length < MAX_DIFFERENT) {
      const found = { address, places: alone[place] };
      this.addresses.push(found);
      this.#byAddress.add(address, found);
    }
  }

  addWrittenAddress(text: string, place: TextPlace): void {
    const known = this.#keys.get(text);
    const key = known === undefined ? addressKey(text) : known;
    if (known === undefined && this.#keys.size < MAX_DIFFERENT) this.#keys.add(text, key);
    if (key !== null) this.addAddress(key, place);
  }

  addWrittenReference(text: string, place: TextPlace): void {
    const reference = isPlain(text) ? plainKey(text) : referenceKey(text);
    if (reference === null) return;
    const known = this.#byReference.get(reference);
    if (known !== undefined) known.places = withPlace(known.places, place);
    else if (this.references.length < MAX_DIFFERENT) {
      const found = { reference, text, places: alone[place] };
      this.references.push(found);
      this.#byReference.add(reference, found);
    }
  }
}

/** Most numbers are of this form: ASCII from the first letter or digit to the last, and single blanks at most. */
const isPlain = (text: string): boolean =>
  /^[a-z0-9](?:[ -~]{0,62}[a-z0-9])?$/i.test(text) && !text.includes('  ');

/** What referenceKey makes of those, in a fraction of the time. */
const plainKey = (text: string): string | null =>
  text.length < REFERENCE_LENGTH.min ? null : text.toLowerCase();

/** Shared by all that stand in one place only, which are nearly all. */
const alone: { readonly [Name in Place]: readonly Name[] } = {
  from: ['from'],
  replyTo: ['replyTo'],
  to: ['to'],
  cc: ['cc'],
  bcc: ['bcc'],
  subject: ['subject'],
  body: ['body'],
};

const withPlace = <T extends Place>(places: readonly T[], place: T): readonly T[] =>
  places.at(-1) === place ? places : [...places, place];
