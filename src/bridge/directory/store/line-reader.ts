/**
 * Lines of a body (NDJSON) as they come in. What is not ended by a line break counts as a line only when the body came
 * to its end: of a connection that broke, no half line is taken for a whole one.
 */
import { isUtf8 } from 'node:buffer';

export const LINE_LIMIT_BYTES = 1024 * 1024;

/** Why a line cannot be read at all. */
export type LineFault = 'lineTooLong' | 'notUtf8';

/** In `text` a line without its break; at `brokeOff` the body failed, with this error. */
export type ReadLine =
  { readonly text: string } | { readonly fault: LineFault } | { readonly brokeOff: unknown };

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';

/** Ends after a line that is too long: where the next one begins is not worth finding out. */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly ReadLine[]> {
  const splitter = new LineSplitter();
  try {
    for await (const chunk of body) {
      yield splitter.take(chunk);
      if (splitter.isTooLong) return;
    }
  } catch (error) {
    yield [{ brokeOff: error }];
    return;
  }
  yield splitter.end();
}

class LineSplitter {
  isTooLong = false;
  #rest = Buffer.alloc(0);
  #isFirst = true;

  take(chunk: Uint8Array): ReadLine[] {
    const lines: ReadLine[] = [];
    const searched = this.#rest.length;
    const bytes = Buffer.concat([this.#rest, chunk]);
    let start = 0;
    let end = bytes.indexOf(LINE_FEED, searched);
    while (end >= 0 && end - start <= LINE_LIMIT_BYTES) {
      lines.push(this.#line(bytes.subarray(start, end)));
      start = end + 1;
      end = bytes.indexOf(LINE_FEED, start);
    }
    this.#rest = bytes.subarray(start);
    this.isTooLong = this.#rest.length > LINE_LIMIT_BYTES;
    if (this.isTooLong) lines.push({ fault: 'lineTooLong' });
    return lines;
  }

  end(): ReadLine[] {
    return this.#rest.length === 0 ? [] : [this.#line(this.#rest)];
  }

  #line(bytes: Buffer): ReadLine {
    if (!isUtf8(bytes)) return { fault: 'notUtf8' };
    const text = bytes.toString('utf8');
    const isMarked = this.#isFirst && text.startsWith(BYTE_ORDER_MARK);
    this.#isFirst = false;
    return { text: isMarked ? text.slice(1) : text };
  }
}
