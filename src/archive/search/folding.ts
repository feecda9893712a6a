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
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    // compatibility forms bring capitals back
    .toLowerCase()
    .replace(/[ßςæœøłđı]/g, (letter) => letters[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const foldUmlauts = (spelling: string): string =>
  spelling.replace(/([ao])e|(?<![aeiouyq])(u)e/g, '$1$2');

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
  // words are as many after it: folding touches no space
  const folded = foldUmlauts(spelling);
  const foldedWords = folded.split(' ');
  const second = new Set(spelling.split(' ').filter((word, at) => word !== foldedWords[at]));
  return [folded, ...second].map((piece) => ` ${piece} `).join('');
}
