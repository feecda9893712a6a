/**
 * Many RETRs on the way at once (RFC 2449 §6.6), within a window by bytes, each mail as a stream into a sink.
 *
 * Memory is bounded twice: the window limits what was asked for and not yet taken by the caller, and a sink that
 * does not keep up holds the server back once `bufferBytes` wait for it (plus what one read of the socket brings,
 * at most 64 KiB).
 */
import { MailFailure } from '../errors.js';
import type { Command, Pop3Channel, Reply } from './channel.js';
import type { MessageListing, MessageSink, Retrieved } from '../message-transfer.js';
import { refusal } from './replies.js';

export interface RetrievalLimits {
  /** A larger message fails with `messageTooLarge`. */
  readonly maxMessageBytes: number;
  /** Largest reply to LIST, UIDL or CAPA. */
  readonly maxListingBytes: number;
  /** Sum of the sizes of messages asked for and not yet yielded; at least one is always asked for. */
  readonly windowBytes: number;
  readonly windowMessages: number;
  /** Bytes that may wait for sinks before reading stops. */
  readonly bufferBytes: number;
  /** A server that delivers a message slower than this has failed. */
  readonly minBytesPerSecond: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: RetrievalLimits = {
  maxMessageBytes: 150 * MIB,
  maxListingBytes: 32 * MIB,
  windowBytes: 4 * MIB,
  windowMessages: 256,
  bufferBytes: MIB,
  minBytesPerSecond: 16 * 1024,
};

interface Transfer {
  readonly message: MessageListing;
  sink: MessageSink | null;
  sizeBytes: number;
}

/** A piece for a sink, or the end of a message's reply. */
type Delivery =
  | { readonly transfer: Transfer; readonly piece: Buffer }
  | { readonly transfer: Transfer; readonly end: Reply | MailFailure };

export class Retrieval {
  /** In the order of arrival; a promise of a sink may be pending for what came before the first. */
  readonly #deliveries: Delivery[] = [];
  readonly #done: Retrieved[] = [];
  #next = 0;
  #askedMessages = 0;
  #askedBytes = 0;
  #bufferedBytes = 0;
  #isDelivering = false;
  #isHeld = false;
  #broken: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;

  constructor(
    private readonly channel: Pop3Channel,
    private readonly limits: RetrievalLimits,
    private readonly timeoutMs: number,
    private readonly openSink: (message: MessageListing) => MessageSink,
  ) {}

  async *run(messages: readonly MessageListing[]): AsyncGenerator<Retrieved, void, void> {
    let isFinished = false;
    try {
      for (;;) {
        this.#refill(messages);
        const isDone = this.#askedMessages === 0 && this.#done.length === 0;
        if (isDone && this.#broken === null) break;
        const retrieved = await this.#nextDone();
        this.#free(retrieved.message);
        yield retrieved;
      }
      isFinished = true;
    } finally {
      // mails still on the way would have nobody to go to
      if (!isFinished)
        this.channel.fail(new MailFailure('connectionLost', { params: { detail: 'closedByUs' } }));
    }
  }

  /** Asks for more once half of the window is free, so that many commands leave in one write. */
  #refill(messages: readonly MessageListing[]): void {
    const { windowBytes, windowMessages, maxMessageBytes } = this.limits;
    if (this.#askedBytes > windowBytes / 2 || this.#askedMessages > windowMessages / 2) return;
    const commands: Command[] = [];
    for (; this.#next < messages.length; this.#next += 1) {
      const message = messages[this.#next];
      if (message === undefined) break;
      if (message.sizeBytes > maxMessageBytes) {
        this.#done.push({ message, sizeBytes: 0, failure: this.#tooLarge(message) });
        continue;
      }
      const isFull =
        this.#askedMessages >= windowMessages || this.#askedBytes + message.sizeBytes > windowBytes;
      if (isFull && this.#askedMessages > 0) break;
      this.#askedMessages += 1;
      this.#askedBytes += message.sizeBytes;
      commands.push(this.#command(message));
    }
    if (commands.length > 0) this.channel.enqueue(commands);
  }

  /** The caller has taken a message: only now may another one take its place in memory. */
  #free({ sizeBytes }: MessageListing): void {
    if (sizeBytes > this.limits.maxMessageBytes) return;
    this.#askedMessages -= 1;
    this.#askedBytes -= sizeBytes;
  }

  #command(message: MessageListing): Command {
    const transfer: Transfer = { message, sink: null, sizeBytes: 0 };
    const transferMs = (message.sizeBytes / this.limits.minBytesPerSecond) * 1000;
    return {
      line: `RETR ${message.number}`,
      shape: 'multiline',
      wholeMs: Math.min(this.timeoutMs * 4 + transferMs, MAX_TIMER_MS),
      onContent: (piece) => this.#receive(transfer, piece),
      settle: (end) => {
        this.#deliveries.push({ transfer, end });
        if (!this.#isDelivering) this.#deliver();
      },
    };
  }

  #receive(transfer: Transfer, piece: Buffer): void {
    transfer.sizeBytes += piece.length;
    const { maxMessageBytes } = this.limits;
    // the rest is read and dropped, so that the session can go on with the next message; but not without end
    if (transfer.sizeBytes > maxMessageBytes * 2 + MIB)
      this.channel.fail(this.#tooLarge(transfer.message));
    if (transfer.sizeBytes > maxMessageBytes) return;
    this.#deliveries.push({ transfer, piece });
    this.#bufferedBytes += piece.length;
    if (!this.#isDelivering) this.#deliver();
    if (!this.#isHeld && this.#bufferedBytes > this.limits.bufferBytes) {
      this.#isHeld = true;
      this.channel.hold();
    }
  }

  /** Hands over what has arrived until a sink asks to wait. */
  #deliver(): void {
    this.#isDelivering = false;
    for (let next = this.#deliveries.shift(); next !== undefined; next = this.#deliveries.shift()) {
      if ('end' in next) {
        this.#finish(next.transfer, next.end);
        continue;
      }
      const { transfer, piece } = next;
      const delivered = () => {
        this.#bufferedBytes -= piece.length;
        if (!this.#isHeld || this.#bufferedBytes > this.limits.bufferBytes / 2) return;
        this.#isHeld = false;
        this.channel.release();
      };
      try {
        const pending = this.#sinkOf(transfer).write(piece);
        if (pending === undefined) {
          delivered();
          continue;
        }
        this.#isDelivering = true;
        pending.then(
          () => {
            delivered();
            this.#deliver();
          },
          (error: unknown) => this.#break(error),
        );
        return;
      } catch (error) {
        this.#break(error);
        return;
      }
    }
  }

  #finish(transfer: Transfer, end: Reply | MailFailure): void {
    const { message, sizeBytes } = transfer;
    if (end instanceof MailFailure) {
      // commands fail in their order: this is the message that the server was to deliver
      if (this.#broken === null) {
        const isTooLarge = sizeBytes > this.limits.maxMessageBytes;
        this.#done.push({
          message,
          sizeBytes,
          failure: isTooLarge ? this.#tooLarge(message) : end,
        });
      }
      this.#break(end);
      return;
    }
    let failure: MailFailure | null = null;
    if (end.status !== 'ok') failure = refusal('RETR', this.channel.quote(end.text), false);
    else if (sizeBytes > this.limits.maxMessageBytes) failure = this.#tooLarge(message);
    else this.#sinkOf(transfer);
    this.#done.push({ message, sizeBytes, failure });
    this.#wake();
  }

  /** Opened with the first piece, or at the end of an empty message. */
  #sinkOf(transfer: Transfer): MessageSink {
    return (transfer.sink ??= this.openSink(transfer.message));
  }

  /** Nothing more goes to any sink. */
  #break(error: unknown): void {
    this.#broken ??= { error };
    this.#isDelivering = true;
    this.#wake();
  }

  async #nextDone(): Promise<Retrieved> {
    for (;;) {
      const next = this.#done.shift();
      if (next !== undefined) return next;
      if (this.#broken !== null) throw this.#broken.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #tooLarge(message: MessageListing): MailFailure {
    const { maxMessageBytes } = this.limits;
    return new MailFailure('messageTooLarge', {
      params: { maxBytes: maxMessageBytes, sizeBytes: message.sizeBytes },
    });
  }
}

/** node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
