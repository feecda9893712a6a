/**
 * Messages of an opened mailbox as streams. A mail is asked for up to a certain size together with others, the rest of
 * a larger one piece by piece: memory holds one piece, whatever size the server has told before. What is refused or
 * left out is asked for alone, so that one mail holds up no other.
 */
import type { FetchMessageObject } from 'imapflow';
import { MailFailure } from '../errors.js';
import type { MessageListing, MessageSink, Retrieved } from '../message-transfer.js';
import { sequenceSet } from './sequence-set.js';
import type { ImapSession } from './session.js';

const MIB = 1024 * 1024;
/** Of every mail this much comes with the first answer. */
const FIRST_BYTES = MIB / 2;
const PIECE_BYTES = MIB;
/** Mails that are asked for by one command. */
const WINDOW = { bytes: 4 * MIB, messages: 100 };
/** A server that delivers slower than this has failed. */
const MIN_BYTES_PER_SECOND = 16 * 1024;
/** So many mails in a row, each asked for alone: it is not the mails that the server is busy for. */
const BUSY_ANSWERS = 3;
/** By so much of its beginning a mail is known again. */
const HEAD_BYTES = 1024;

/** What imapflow tells and its types do not: where the answered part begins, by section. */
interface PartialAnswer {
  readonly partialOrigins: ReadonlyMap<string, number>;
}

/** A mail of which the first part has come, and more is to come. */
interface Begun {
  readonly message: MessageListing;
  readonly sink: MessageSink;
  readonly head: Buffer;
}

export class ImapRetrieval {
  constructor(
    private readonly session: ImapSession,
    private readonly maxMessageBytes: number,
  ) {}

  /** See ImapMailbox.retrieve. */
  async *run<M extends MessageListing>(
    messages: readonly M[],
    openSink: (message: M) => MessageSink,
  ): AsyncGenerator<Retrieved, void, undefined> {
    for (const window of windowsOf(messages)) {
      const askable = window.filter(({ sizeBytes }) => sizeBytes <= this.maxMessageBytes);
      for (const message of window)
        if (!askable.includes(message)) yield failed(message, this.#tooLarge(message.sizeBytes));
      if (askable.length > 0) yield* this.#retrieveTogether(askable, openSink);
    }
  }

  async *#retrieveTogether<M extends MessageListing>(
    messages: readonly M[],
    openSink: (message: M) => MessageSink,
  ): AsyncGenerator<Retrieved, void, undefined> {
    // servers answer in ascending order, so that the first unanswered one is the one that broke the connection
    const open = new Map(
      [...messages].sort((one, other) => one.number - other.number).map((one) => [one.number, one]),
    );
    const begun: Begun[] = [];
    let refusal = refused('FETCH');
    try {
      for await (const row of this.#sources([...open.values()], 0)) {
        const message = open.get(row.uid);
        const source = partAt(row, 0);
        if (message === undefined || source === null) continue;
        open.delete(row.uid);
        if (source.length > this.maxMessageBytes) {
          yield failed(message, this.#tooLarge(source.length));
          continue;
        }
        const sink = openSink(message);
        await sink.write(source);
        if (source.length !== FIRST_BYTES)
          yield { message, sizeBytes: source.length, failure: null };
        else begun.push({ message, sink, head: Buffer.from(source.subarray(0, HEAD_BYTES)) });
      }
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      const [first] = open.values();
      if (!this.session.isOpen && first !== undefined) yield failed(first, error);
      if (!this.session.isOpen) throw error;
      refusal = error;
    }
    for (const one of begun) yield* this.#rest(one);
    const rest = [...open.values()];
    if (messages.length > 1) yield* this.#retrieveAlone(rest, openSink);
    else for (const message of rest) yield failed(message, refusal);
  }

  /** What was not given together with others: so it is seen which message it is that the server does not give. */
  async *#retrieveAlone<M extends MessageListing>(
    messages: readonly M[],
    openSink: (message: M) => MessageSink,
  ): AsyncGenerator<Retrieved, void, undefined> {
    let busyAnswers = 0;
    for (const message of messages)
      for await (const retrieved of this.#retrieveTogether([message], openSink)) {
        yield retrieved;
        const { failure } = retrieved;
        busyAnswers = failure?.code === 'temporarilyUnavailable' ? busyAnswers + 1 : 0;
        if (failure !== null && busyAnswers === BUSY_ANSWERS) throw failure;
      }
  }

  /** What comes after the first answer. @throws MailFailure when the connection fails; what the sink throws */
  async *#rest(begun: Begun): AsyncGenerator<Retrieved, void, undefined> {
    const { message } = begun;
    try {
      yield await this.#transfer(begun);
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      yield failed(message, error);
      if (!this.session.isOpen) throw error;
    }
  }

  async #transfer({ message, sink, head }: Begun): Promise<Retrieved> {
    let sizeBytes = FIRST_BYTES;
    for (;;) {
      if (sizeBytes > this.maxMessageBytes) return failed(message, this.#tooLarge(sizeBytes));
      const piece = await this.#piece(message, sizeBytes, head);
      if (piece === null) return failed(message, refused('FETCH'));
      if (piece.length > 0) await sink.write(piece);
      sizeBytes += piece.length;
      if (piece.length < PIECE_BYTES) return { message, sizeBytes, failure: null };
    }
  }

  /** null when the message is gone, or the server gives something else. */
  async #piece(message: MessageListing, start: number, head: Buffer): Promise<Buffer | null> {
    let piece: Buffer | null = null;
    for await (const row of this.#sources([message], start))
      if (row.uid === message.number) piece ??= partAt(row, start, head);
    return piece;
  }

  #sources(
    messages: readonly MessageListing[],
    start: number,
  ): AsyncGenerator<FetchMessageObject, void, undefined> {
    const maxLength = start === 0 ? FIRST_BYTES : PIECE_BYTES;
    const largest = Math.max(...messages.map(({ sizeBytes }) => sizeBytes));
    const awaited = start === 0 ? Math.min(largest, FIRST_BYTES) : PIECE_BYTES;
    return this.session.fetch(
      sequenceSet(messages.map(({ number }) => number)),
      { uid: true, source: { start, maxLength } },
      (awaited / MIN_BYTES_PER_SECOND) * 1000,
    );
  }

  #tooLarge(sizeBytes: number): MailFailure {
    return new MailFailure('messageTooLarge', {
      params: { maxBytes: this.maxMessageBytes, sizeBytes },
    });
  }
}

const refused = (command: string) =>
  new MailFailure('serverRefused', { params: { serverText: command } });

const failed = (message: MessageListing, failure: MailFailure): Retrieved => ({
  message,
  sizeBytes: 0,
  failure,
});

/** The bytes that begin at `start`; null when the answer is of another command, or of another place. */
function partAt(row: FetchMessageObject, start: number, head: Buffer | null = null): Buffer | null {
  const { source, partialOrigins } = row as FetchMessageObject & Partial<PartialAnswer>;
  const origin = partialOrigins?.get('');
  if (source === undefined || (origin !== undefined && origin !== start)) return null;
  // a server that knows no partial fetch begins from the beginning each time, and does not say so
  const isAgain = origin === undefined && head?.equals(source.subarray(0, HEAD_BYTES)) === true;
  return isAgain ? null : source;
}

/** Messages that are asked for together, ascending; a large one is alone. */
function* windowsOf<M extends MessageListing>(messages: readonly M[]): Generator<M[]> {
  let window: M[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Math.min(message.sizeBytes, FIRST_BYTES);
    const isFull = bytes + size > WINDOW.bytes || window.length === WINDOW.messages;
    // what is given last, because it failed before, holds up nothing that comes before it
    const isLater = message.number < (window.at(-1)?.number ?? 0);
    if ((isFull || isLater) && window.length > 0) {
      yield window;
      window = [];
      bytes = 0;
    }
    window.push(message);
    bytes += size;
  }
  if (window.length > 0) yield window;
}
