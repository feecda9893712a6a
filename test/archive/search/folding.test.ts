/** The folding of texts against its definition, a character class at a time. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldSpelling, indexText, spellingsOf } from '../../../src/archive/search/folding.js';

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

const defined = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[ßςæœøłđı]/g, (letter) => letters[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const pieces = fc.oneof(
  fc.constantFrom(
    'ue',
    'ae',
    'oe',
    'que',
    'ß',
    'Ä',
    'u\u0308',
    'ﬁ',
    '™',
    'ΑΣ',
    'İ',
    '½',
    ' ',
    '  ',
  ),
  fc.constantFrom(
    '\u00a0',
    '\r\n',
    '–',
    '„x“',
    '\u0308',
    '\u200b',
    '한글',
    '日本',
    '𝐀',
    '\ud800',
    '💶',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const texts = fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(''));

describe('folding', () => {
  it('gives what its definition says, whatever the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(foldSpelling(text)).toBe(defined(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps exactly those words in a second spelling that folding umlauts changes', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const words = defined(text).split(' ');
        const folded = words.map((word) => spellingsOf(word)[0] ?? '');
        const second = new Set(words.filter((word, at) => word !== folded[at]));
        const whole = [folded.join(' '), ...second].map((piece) => ` ${piece} `).join('');
        expect(indexText(text)).toBe(defined(text) === '' ? '' : whole);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['Müller', ' muller '],
    ['Mueller', ' muller  mueller '],
    ['neue Quelle', ' neue quelle '],
    ['STRASSE, Straße', ' strasse strasse '],
  ])('%s', (text, expected) => {
    expect(indexText(text)).toBe(expected);
  });
});
