/**
 * Text as it is compared in a search: lower case, no accents, nothing but letters and digits, words apart by one space.
 * ß is ss; ä, ae and a are one, likewise ö and ü, so that Müller, Mueller and Muller find each other. Where „ue“ follows
 * a vowel or q it is no umlaut (neu, Quelle). Elsewhere ae, oe and ue may be two sounds that meet in a compound
 * (Bau-elemente, aktu-ell): such words stand in the index a second time as they are written, and a search looks for
 * both spellings.
 */
const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  ς: 'σ',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ı: 'i',
};

/** As it is written, without case, accents and signs; '' when it has neither letter nor digit. */
export const foldSpelling = (text: string): string =>
  text
    .toLowerCase()
    // what most mails hardly have is most of the work
    .replace(/[^\0-\x7f]+/g, foldForeign)
    .replace(/[^a-z0-9 \x80-\uffff]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();

const foldedCharacters = new Map<string, string>();

/** Signs become spaces. */
function foldForeign(text: string): string {
  // mostly one character, and always the same ones
  if (text.length > 1) return foldRun(text);
  const known = foldedCharacters.get(text) ?? foldRun(text);
  foldedCharacters.set(text, known);
  return known;
}

const foldRun = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    // compatibility forms bring capitals back
    .toLowerCase()
    .replace(/[ßςæœøłđı]/g, (letter) => letters[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ');

const foldUmlauts = (spelling: string): string =>
  spelling.replace(/([ao])e|(?<![aeiouyq])(u)e/g, '$1$2');

/** Those that foldUmlauts changes. */
function wordsWithUmlauts(spelling: string): ReadonlySet<string> {
  const words = new Set<string>();
  let end = 0;
  for (const { index } of spelling.matchAll(/[ao]e|(?<![aeiouyq])ue/g)) {
    if (index < end) continue;
    const next = spelling.indexOf(' ', index);
    end = next < 0 ? spelling.length : next;
    words.add(spelling.slice(spelling.lastIndexOf(' ', index) + 1, end));
  }
  return words;
}

/** What a term may look like in the index: first with umlauts folded, then as it is written if that differs. */
export function spellingsOf(term: string): readonly string[] {
  const spelling = foldSpelling(term);
  const folded = foldUmlauts(spelling);
  return folded === spelling ? [spelling] : [folded, spelling];
}

/** Words with one space before and after each; the second spellings behind two spaces, where no phrase reaches. */
export function indexText(text: string): string {
  const spelling = foldSpelling(text);
  if (spelling === '') return '';
  const second = wordsWithUmlauts(spelling);
  const folded = foldUmlauts(spelling);
  return [folded, ...second].map((piece) => ` ${piece} `).join('');
}
