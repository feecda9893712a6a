/**
 * Possible reference numbers in running text: whole words of letters and digits that hold a digit, joined by single
 * hyphens, dots, slashes and the like. From the first digit of a word its ends are looked for, not further than a word
 * can reach: every character is looked at three times at most, whatever the text is.
 */
import { DIGIT, INVISIBLE, JOINER, LETTER, isLocalPart, kindAt } from './characters.js';
import { numberForms } from './number-forms.js';
import type { Pace, Work } from './pace.js';

/** Longer words are encoded data. Leaves room for a list of numbers between slashes. */
const MAX_WORD = 1024;
/** `RE 7001`, `LS 9003`: so short is what is written before a number and belongs to it. */
const MAX_PREFIX = 5;
/** Between the two: a blank, or the end of a line with one. */
const MAX_GAP = 3;
const MAX_LOCAL_PART = 64;

const CHARACTERS_A_STEP = 1024;
/** What a number costs, in units of pace. */
const NUMBER_UNITS = 400;

interface Word {
  readonly start: number;
  readonly end: number;
}

export class TextNumbers implements Work {
  #at = 0;
  /** The first `@` that is not before the current word. */
  #nextSign = -1;

  constructor(
    private readonly text: string,
    /** Takes each form in which a number may be meant, as it is written. */
    private readonly take: (number: string) => void,
  ) {}

  get isDone(): boolean {
    return this.#at >= this.text.length;
  }

  advance(pace: Pace): void {
    while (!this.isDone && !pace.isSpent) {
      const start = this.#at;
      const end = Math.min(start + CHARACTERS_A_STEP, this.text.length);
      const digit = firstDigit(this.text, start, end);
      const word = digit === null ? null : wordAround(this.text, digit);
      this.#at = word?.end ?? end;
      pace.spend(this.#at - start);
      if (word === null || word.end - word.start > MAX_WORD || this.#isOfAddress(word)) continue;
      pace.spend(NUMBER_UNITS);
      this.#offer(word);
    }
  }

  #offer({ start, end }: Word): void {
    const number = this.text.slice(start, end);
    for (const form of numberForms(number)) this.take(form);
    const prefix = prefixStart(this.text, start);
    if (prefix !== null) this.take(this.text.slice(prefix, end));
  }

  /** Whether it stands right behind an `@`, or before one with nothing between that ends an address. */
  #isOfAddress({ start, end }: Word): boolean {
    if (this.text.charAt(start - 1) === '@') return true;
    if (this.#nextSign < end) {
      const sign = this.text.indexOf('@', end);
      this.#nextSign = sign < 0 ? Infinity : sign;
    }
    if (this.#nextSign > end + MAX_LOCAL_PART) return false;
    let at = end;
    while (isLocalPart(this.text, at)) at += 1;
    return at === this.#nextSign;
  }
}

function firstDigit(text: string, start: number, end: number): number | null {
  for (let at = start; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    // Most characters are told by a look.
    if (unit < 0x80 ? unit >= 0x30 && unit <= 0x39 : kindAt(text, at) === DIGIT) return at;
  }
  return null;
}

/** @returns more than MAX_WORD characters of a word that is longer */
function wordAround(text: string, digit: number): Word {
  const leftmost = Math.max(-1, digit - MAX_WORD - 1);
  const rightmost = Math.min(text.length, digit + MAX_WORD + 1);
  return {
    start: wordEnd(text, digit, leftmost, -1),
    end: wordEnd(text, digit, rightmost, 1) + 1,
  };
}

/** The last letter or digit of a word in one direction. Several hyphens or dots in a row are a line, or an ellipsis. */
function wordEnd(text: string, digit: number, limit: number, step: 1 | -1): number {
  let last = digit;
  let joiners = 0;
  for (let at = digit + step; at !== limit; at += step) {
    const kind = kindAt(text, at);
    if (kind === LETTER || kind === DIGIT) {
      last = at;
      joiners = 0;
    } else if (kind === JOINER && joiners === 0) joiners = 1;
    else if (kind !== INVISIBLE) return last;
  }
  const isLimited = limit !== -1 && limit !== text.length;
  return isLimited ? limit - step : last;
}

/** @returns where the short word of letters begins that stands directly before; null if there is none */
function prefixStart(text: string, number: number): number | null {
  const isKind = (at: number, kind: number) => at >= 0 && kindAt(text, at) === kind;
  let end = number;
  while (number - end < MAX_GAP && text.slice(end - 1, end).trim() === '' && end > 0) end -= 1;
  const gap = text.slice(end, number);
  if (gap === '' || gap.indexOf('\n') !== gap.lastIndexOf('\n')) return null;
  let start = end;
  while (end - start <= MAX_PREFIX && isKind(start - 1, LETTER)) start -= 1;
  const before = isKind(start - 1, JOINER) ? start - 2 : start - 1;
  const isWhole = ![LETTER, DIGIT, INVISIBLE].some((kind) => isKind(before, kind));
  return isWhole && start < end && end - start <= MAX_PREFIX ? start : null;
}
