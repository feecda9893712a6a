/**
 * POP3 replies (RFC 1939 §3, RFC 5034 §4) from bytes in any chunking. Pure: no socket, no time.
 *
 * A reply is one status line; a multi-line reply goes on until a line that is a single dot, and a dot that the
 * server put before a line beginning with a dot is taken away again. Content bytes are otherwise untouched.
 */
export type ReplyStatus = 'ok' | 'err' | 'challenge';

/** What the command at the head of the queue may be answered with. */
export type ReplyShape = 'line' | 'multiline' | 'challenge';

export interface ReplyHandler {
  /** Shape of the reply awaited next; null when nothing is awaited. */
  readonly awaited: ReplyShape | null;
  /** The status line, without its indicator and line break; `err` is never followed by content. */
  onStatus(status: ReplyStatus, text: string): void;
  /** A piece of a multi-line reply's content; the buffer may be kept. */
  onContent(piece: Buffer): void;
  /** The reply is complete; `awaited` must now tell of the next. */
  onEnd(): void;
}

/** The server broke the protocol; the connection cannot be used any further. */
export class ReplyViolation extends Error {
  override readonly name = 'ReplyViolation';

  constructor(
    readonly detail: 'unsolicitedReply' | 'replyLineTooLong' | 'notAPop3Reply',
    /** What the server sent, as far as it was read. */
    readonly received: Buffer,
  ) {
    super(detail);
  }
}

/** RFC 2449 §4 allows 512 octets; real servers are wordier. */
const MAX_STATUS_LINE_BYTES = 8192;

const CR = 13;
const LF = 10;
const DOT = 46;
const CRLF = Buffer.from('\r\n');
const CRLF_DOT = Buffer.from('\r\n.');
const NOTHING = Buffer.alloc(0);

/** How much of CRLF "." CRLF has been seen at the end of what was read. */
type Seen = '' | 'CR' | 'CRLF' | 'CRLF.' | 'CRLF.CR';

export class ReplyParser {
  #statusLine: Buffer = NOTHING;
  #inContent = false;
  #seen: Seen = '';

  constructor(private readonly handler: ReplyHandler) {}

  /**
   * @param chunk bytes from the server; the parser takes the buffer over and moves content bytes within it
   * @throws ReplyViolation
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length)
      at = this.#inContent ? this.#content(chunk, at) : this.#status(chunk, at);
  }

  #status(chunk: Buffer, at: number): number {
    const shape = this.handler.awaited;
    if (shape === null) throw new ReplyViolation('unsolicitedReply', chunk.subarray(at, at + 512));
    const carried = this.#statusLine.length;
    const rest = chunk.subarray(at, at + MAX_STATUS_LINE_BYTES + 2);
    const line = carried === 0 ? rest : Buffer.concat([this.#statusLine, rest]);
    const end = line.indexOf(CRLF);
    if (end < 0 ? line.length > MAX_STATUS_LINE_BYTES : end > MAX_STATUS_LINE_BYTES)
      throw new ReplyViolation('replyLineTooLong', line.subarray(0, 512));
    if (end < 0) {
      if (!mayBeReply(line, shape))
        throw new ReplyViolation('notAPop3Reply', line.subarray(0, 512));
      this.#statusLine = Buffer.from(line);
      return chunk.length;
    }
    this.#statusLine = NOTHING;
    this.#emitStatus(line.subarray(0, end), shape);
    return at + end + 2 - carried;
  }

  #emitStatus(line: Buffer, shape: ReplyShape): void {
    const [, indicator = '', text = ''] = STATUS_LINE.exec(line.toString('utf8')) ?? [];
    const status = STATUS_OF[indicator.toUpperCase()];
    if (status === undefined || (status === 'challenge' && shape !== 'challenge'))
      throw new ReplyViolation('notAPop3Reply', line.subarray(0, 512));
    this.handler.onStatus(status, text);
    if (status === 'ok' && shape === 'multiline') {
      this.#inContent = true;
      this.#seen = 'CRLF';
    } else this.handler.onEnd();
  }

  /**
   * Content from `at` on. What stays is moved together within the chunk, so that a chunk yields one piece for a
   * message however many lines of it begin with a dot.
   */
  #content(chunk: Buffer, at: number): number {
    let read = at;
    let kept = at;
    const keep = (from: number, to: number) => {
      if (from !== kept) chunk.copyWithin(kept, from, to);
      kept += to - from;
    };
    while (read < chunk.length) {
      if (this.#seen === '') {
        const dot = chunk.indexOf(CRLF_DOT, read);
        const to = dot < 0 ? chunk.length : dot + 2;
        this.#seen = dot < 0 ? seenAtEnd(chunk, read) : 'CRLF.';
        keep(read, to);
        read = dot < 0 ? to : to + 1;
        continue;
      }
      const byte = chunk[read];
      if (this.#seen === 'CRLF.CR' && byte === LF) {
        this.#inContent = false;
        if (kept > at) this.handler.onContent(chunk.subarray(at, kept));
        this.handler.onEnd();
        return read + 1;
      }
      if (this.#seen === 'CRLF.CR') {
        // the CR held back was content after a stuffed dot; it may stand in an earlier chunk
        if (read > at) keep(read - 1, read);
        else this.handler.onContent(Buffer.from([CR]));
        this.#seen = 'CR';
      } else if (this.#seen === 'CRLF.') {
        // the dot held back is dropped: it ends the content or was stuffed
        this.#seen = byte === CR ? 'CRLF.CR' : '';
        if (byte === CR) read += 1;
      } else if (this.#seen === 'CRLF' && byte === DOT) {
        this.#seen = 'CRLF.';
        read += 1;
      } else if (this.#seen === 'CR' && byte === LF) {
        this.#seen = 'CRLF';
        keep(read, read + 1);
        read += 1;
      } else this.#seen = '';
    }
    if (kept > at) this.handler.onContent(chunk.subarray(at, kept));
    return read;
  }
}

const STATUS_LINE = /^(\+OK|-ERR|\+(?= |$))[ \t]*(.*)$/is;
const STATUS_OF: Readonly<Record<string, ReplyStatus>> = {
  '+OK': 'ok',
  '-ERR': 'err',
  '+': 'challenge',
};

/** Whether an unfinished line can still become a reply: another protocol's greeting is told at once, not by timeout. */
function mayBeReply(line: Buffer, shape: ReplyShape): boolean {
  const start = line.toString('latin1', 0, 4).toUpperCase();
  if (shape === 'challenge' && /^\+[ \r]/.test(start)) return true;
  return ['+OK', '-ERR'].some((indicator) =>
    start.length < indicator.length ? indicator.startsWith(start) : start.startsWith(indicator),
  );
}

/** State after a run without CRLF "." in it that began at `from` with nothing seen. */
function seenAtEnd(chunk: Buffer, from: number): Seen {
  const last = chunk.length - 1;
  if (chunk[last] === CR) return 'CR';
  return chunk[last] === LF && last > from && chunk[last - 1] === CR ? 'CRLF' : '';
}
