/**
 * What the tokenizer of htmlparser2 tells, taken as text. Its parser is not used: that keeps a stack of open elements
 * whose cost grows with the square of their depth (version 12.0: 1.4 s for 160,000 nested elements), and nothing here
 * needs to know which are open. Offsets are those of the whole HTML.
 */
import type { TokenizerCallbacks } from 'htmlparser2';
import { breaking, hidden, LONGEST_NAME } from './html-elements.js';
import { mailtoTargets } from './mailto-targets.js';
import { TextParts } from './text-parts.js';

/** Longer ones are not read to their end. */
const MAX_LINK = 10_000;
/** As long as an address can be, with its brackets. */
const MAX_ADDRESS = 330;

export class HtmlEvents implements TokenizerCallbacks {
  readonly text = new TextParts();
  readonly targets = new TextParts();
  /** Name of the hidden element that is open. */
  #hidden: string | null = null;
  /** Value of the `href` that is being told. */
  #link: string | null = null;

  constructor(private readonly html: string) {}

  ontext(start: number, end: number): void {
    if (this.#hidden === null) this.text.add(this.html.slice(start, end));
  }

  ontextentity(codePoint: number): void {
    if (this.#hidden === null) this.text.add(String.fromCodePoint(codePoint));
  }

  onopentagname(start: number, end: number): void {
    const name = this.#name(start, end);
    if (name === null) this.#mistakenTag(start, end);
    else if (breaking.has(name)) {
      this.text.addBreak();
      if (hidden.has(name)) this.#hidden = name;
    }
  }

  onclosetag(start: number, end: number): void {
    const name = this.#name(start, end);
    if (name === null || !breaking.has(name)) return;
    if (name === this.#hidden) this.#hidden = null;
    this.text.addBreak();
  }

  onattribname(start: number, end: number): void {
    const isLink = end - start === 4 && this.html.slice(start, end).toLowerCase() === 'href';
    this.#link = isLink ? '' : null;
  }

  onattribdata(start: number, end: number): void {
    if (this.#link === null || this.#link.length >= MAX_LINK) return;
    this.#link += this.html.slice(start, Math.min(end, start + MAX_LINK - this.#link.length));
  }

  onattribentity(codePoint: number): void {
    if (this.#link === null || this.#link.length >= MAX_LINK) return;
    this.#link += String.fromCodePoint(codePoint);
  }

  onattribend(): void {
    const targets = this.#link === null ? null : mailtoTargets(this.#link);
    if (targets !== null) {
      this.targets.add(targets);
      this.targets.addBreak();
    }
    this.#link = null;
  }

  /** @returns null for one that is no element's */
  #name(start: number, end: number): string | null {
    return end - start > LONGEST_NAME ? null : this.html.slice(start, end).toLowerCase();
  }

  /** `Max <max@firma.example>`, put into HTML as it was: taken for a tag, but meant as text. */
  #mistakenTag(start: number, end: number): void {
    if (this.#hidden !== null || end - start > MAX_ADDRESS) return;
    const name = this.html.slice(start, end);
    if (!name.includes('@')) return;
    this.text.addBreak();
    this.text.add(name);
    this.text.addBreak();
  }

  readonly onopentagend = nothing;
  readonly onselfclosingtag = nothing;
  readonly oncomment = nothing;
  readonly oncdata = nothing;
  readonly ondeclaration = nothing;
  readonly onprocessinginstruction = nothing;
  readonly onend = nothing;
}

function nothing(): void {
  // Says nothing about the text.
}
