/**
 * The text of HTML as far as addresses and numbers are read from it: entities decoded, without scripts, styles and
 * comments, with a break where the reader sees one. Inline elements leave no trace: `AB-<b>5003</b>` is one word.
 * Besides, the addresses that its links write to.
 */
import { Tokenizer } from 'htmlparser2';
import { HtmlEvents } from './html-events.js';
import type { Pace, Work } from './pace.js';

const CHUNK_CHARACTERS = 8192;
/** What a character costs, in units of pace. */
const CHARACTER_UNITS = 4;

export class HtmlText implements Work {
  #at = 0;
  #isDone = false;
  readonly #events: HtmlEvents;
  readonly #tokenizer: Tokenizer;

  constructor(
    private readonly html: string,
    private readonly chunkCharacters = CHUNK_CHARACTERS,
  ) {
    this.#events = new HtmlEvents(html);
    this.#tokenizer = new Tokenizer({}, this.#events);
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** In stretches that nothing reaches across. Once it is done. */
  get text(): readonly string[] {
    return this.#events.text.stretches();
  }

  /** Running text with nothing but the targets of `mailto:` links, in stretches. Once it is done. */
  get targets(): readonly string[] {
    return this.#events.targets.stretches();
  }

  advance(pace: Pace): void {
    while (!this.#isDone && !pace.isSpent) {
      const chunk = this.html.slice(this.#at, this.#at + this.chunkCharacters);
      this.#at += chunk.length;
      pace.spend(chunk.length * CHARACTER_UNITS);
      if (chunk !== '') this.#tokenizer.write(chunk);
      else {
        this.#tokenizer.end();
        this.#isDone = true;
      }
    }
  }
}
