/** Texts as they stand in the index for search; for mails that are parsed, made in that thread. */
import { indexText } from './folding.js';

/** Of a longer text the beginning is found. The rest is mostly what was quoted, and would cost a second a mail. */
export const MAX_INDEXED_CHARACTERS = 256 * 1024;

/** A line feed is a gap like any other sign, but names and addresses side by side shall be no phrase. */
export const indexedText = (...texts: readonly string[]): string => {
  const pieces: string[] = [];
  let left = MAX_INDEXED_CHARACTERS;
  for (const text of texts) {
    pieces.push(indexText(text.slice(0, left)));
    left -= text.length;
    if (left <= 0) break;
  }
  return pieces.join('');
};
