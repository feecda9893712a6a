/**
 * Text that comes in many small parts, put together to stretches of some length that end at a break. To make one text
 * of it all would hold up others: 10 MB take 50 ms.
 */

/** Neither blank nor part of a word, so that nothing is joined across it: INFORMATION SEPARATOR TWO. */
const BREAK = '\u001e';

const STRETCH_CHARACTERS = 50_000;
/** So many are joined at a time. */
const PARTS_A_JOINT = 4096;

export class TextParts {
  readonly #stretches: string[] = [];
  /** Of the stretch that is being put together. */
  #joined: string[] = [];
  #parts: string[] = [];
  #length = 0;

  add(part: string): void {
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#parts.length < PARTS_A_JOINT) return;
    this.#joined.push(this.#parts.join(''));
    this.#parts = [];
  }

  addBreak(): void {
    this.add(BREAK);
    if (this.#length >= STRETCH_CHARACTERS) this.#endStretch();
  }

  /** The whole text, in its order. Nothing may be added afterwards. */
  stretches(): readonly string[] {
    if (this.#length > 0) this.#endStretch();
    return this.#stretches;
  }

  #endStretch(): void {
    this.#stretches.push([...this.#joined, ...this.#parts].join(''));
    this.#joined = [];
    this.#parts = [];
    this.#length = 0;
  }
}
