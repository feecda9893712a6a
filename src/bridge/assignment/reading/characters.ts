/** Kinds of characters, as far as addresses and numbers are told from the text around them. */

const UNKNOWN = 0;
export const OTHER = 1;
export const LETTER = 2;
export const DIGIT = 3;
/** Holds the parts of a number together when it stands alone between them. */
export const JOINER = 4;
/** Soft hyphen and zero-width characters: as if they were not there. */
export const INVISIBLE = 5;

const joiner = /^[-_./\u2010-\u2015\u2212\ufe58\ufe63\uff0d]$/;
const invisible = /^[\u00ad\u200b-\u200d\u2060\ufeff]$/;

function kindOf(character: string): number {
  if (/^[\p{L}\p{M}]$/u.test(character)) return LETTER;
  // Superscripts and circled figures are foot-notes, no digits of the number before them.
  if (/^\p{Nd}$/u.test(character)) return DIGIT;
  if (joiner.test(character)) return JOINER;
  return invisible.test(character) ? INVISIBLE : OTHER;
}

/** By code point; filled as they occur. */
const kinds = new Uint8Array(0x110000);

/** Both halves of a surrogate pair are of the kind of the character that they make. */
export function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  const code = (unit & 0xf800) === 0xd800 ? wholeCode(text, at, unit) : unit;
  const known = kinds[code] ?? UNKNOWN;
  if (known !== UNKNOWN) return known;
  const kind = kindOf(String.fromCodePoint(code));
  kinds[code] = kind;
  return kind;
}

/** @returns the half itself if the other one is missing */
function wholeCode(text: string, at: number, unit: number): number {
  const isSecond = unit >= 0xdc00 && at > 0;
  const code = text.codePointAt(isSecond ? at - 1 : at) ?? unit;
  return code > 0xffff ? code : unit;
}

/** What may stand before the `@`: fewer characters than RFC 5322 §3.2.3 allows, but all that are in use. */
export function isLocalPart(text: string, at: number): boolean {
  const kind = kindAt(text, at);
  if (kind === LETTER || kind === DIGIT || kind === INVISIBLE) return true;
  return kind === JOINER || kind === OTHER ? "._+'&-".includes(text.charAt(at)) : false;
}

export function isDomain(text: string, at: number): boolean {
  const kind = kindAt(text, at);
  if (kind === LETTER || kind === DIGIT || kind === INVISIBLE) return true;
  return kind === JOINER && '.-'.includes(text.charAt(at));
}

export const withoutInvisible = (text: string): string =>
  text.replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '');
