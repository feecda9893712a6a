/** In which forms a word of a mail can be the number of a record. */

/** `Nr.4711`, `Best.-Nr.4711`, `Order-No.4711`: what stands before the number and is none. */
const numberMark = /^[\p{L}.\-/]*?n[ro]\.(?=.)/iu;

/**
 * The word itself; the parts of `AB-5002/AB-5003`, which are numbers of their own, but never those of `2024/0815`, which
 * is one; what stands behind `Nr.`.
 */
export function numberForms(word: string): readonly string[] {
  if (!word.includes('/') && !word.includes('.')) return [word];
  const marked = numberMark.exec(word)?.[0];
  if (marked !== undefined) return [word, ...numberForms(word.slice(marked.length))];
  const parts = word.split('/');
  return parts.length > 1 && parts.every(isNumberWithLetters) ? [word, ...parts] : [word];
}

const isNumberWithLetters = (part: string): boolean => /\p{L}/u.test(part) && /\p{Nd}/u.test(part);
