/**
 * An opened mailbox (RFC 3501 §6.3.1): what it holds, its messages as streams, deletion of messages by their UIDs.
 * Fetching changes nothing in it (BODY.PEEK). A UID names a message for good as long as UIDVALIDITY stays (§2.3.1.1).
 *
 * A mail is asked for up to a certain size together with others, the rest of a larger one piece by piece: memory holds
 * one piece, whatever size the server has told before.
 */
import type { FetchMessageObject, MailboxObject } from 'imapflow';
import { MailFailure } from '../errors.js';
import type {
  DeletionResult,
  MessageListing,
  MessageSink,
  Retrieved,
} from '../message-transfer.js';
import type { ImapLimits, ImapSession } from './session.js';

export interface ImapMessage extends MessageListing {
  /** INTERNALDATE: when it came into its first mailbox. */
  readonly receivedAt: Date | null;
  /** Flag \Seen. */
  readonly isSeen: boolean;
}

const MIB = 1024 * 1024;
/** Of every mail this much comes with the first answer. */
const FIRST_BYTES = MIB / 2;
const PIECE_BYTES = MIB;
/** Mails that are asked for by one command. */
const WINDOW = { bytes: 4 * MIB, messages: 100 };
/** A server that delivers slower than this has failed. */
const MIN_BYTES_PER_SECOND = 16 * 1024;
/** UIDs in one command; lines of commands should stay short (RFC 7162 §4). */
const SET_SIZE = 500;
/** Listing one message may take this long. */
const LISTING_MS = 10;

/** What a session needs to be opened with for mails of up to so many bytes. */
export const limitsFor = (maxMessageBytes: number): ImapLimits => ({
  // an answer to SEARCH names all messages in one line
  maxLineBytes: 16 * MIB,
  // servers that know no partial fetch answer the whole mail
  maxLiteralBytes: maxMessageBytes + MIB,
});

export interface OpenOptions {
  /** EXAMINE instead of SELECT: nothing can be changed. */
  readonly isReadOnly: boolean;
  readonly maxMessageBytes: number;
}

/** What imapflow tells and its types do not: where the answered part begins, by section. */
interface PartialAnswer {
  readonly partialOrigins: ReadonlyMap<string, number>;
}

export class ImapMailbox {
  private constructor(
    private readonly session: ImapSession,
    private readonly opened: MailboxObject,
    private readonly maxMessageBytes: number,
  ) {}

  /** @param path of the folder; '' is the inbox. @throws MailFailure */
  static async open(
    session: ImapSession,
    path: string,
    { isReadOnly, maxMessageBytes }: OpenOptions,
  ): Promise<ImapMailbox> {
    const opened = await session.open(path, isReadOnly);
    return new ImapMailbox(session, opened, maxMessageBytes);
  }

  /** Unchanged as long as UIDs keep their meaning; null when the server gives none. */
  get uidValidity(): bigint | null {
    return this.opened.uidValidity > 0n ? this.opened.uidValidity : null;
  }

  get path(): string {
    return this.opened.path;
  }

  /** UIDs of all messages, ascending. @throws MailFailure */
  async uids(): Promise<number[]> {
    return this.#search({ all: true });
  }

  /** Messages that carry this Message-ID, with or without angle brackets. @throws MailFailure */
  async withMessageId(messageId: string): Promise<number[]> {
    return this.#search({ header: { 'Message-ID': messageId } });
  }

  async #search(query: Readonly<Record<string, unknown>>): Promise<number[]> {
    const found = await this.session.perform((connection) =>
      connection.search(query, { uid: true }),
    );
    if (!Array.isArray(found)) throw refused('SEARCH');
    return found.sort((one, other) => one - other);
  }

  /** What the server tells about these messages; those that are gone are missing. @throws MailFailure */
  async describe(uids: readonly number[]): Promise<ImapMessage[]> {
    const messages: ImapMessage[] = [];
    for (const part of parts(uids)) {
      const query = { uid: true, size: true, internalDate: true, flags: true };
      const rows = this.session.fetch(sequenceSet(part), query, part.length * LISTING_MS);
      for await (const row of rows) messages.push(describedBy(row));
    }
    return messages;
  }

  /** The header. @throws MailFailure serverRefused when the message is gone */
  async header(uid: number): Promise<Buffer> {
    for await (const row of this.session.fetch(String(uid), { uid: true, headers: true }, 0))
      if (row.uid === uid && row.headers !== undefined) return row.headers;
    throw refused('FETCH');
  }

  /**
   * Fetches messages, each into a sink of its own, about in the order given. A message that the server refuses, that
   * is gone, or that is larger than the limit, fails alone; a failure of the connection is thrown. Ending the loop
   * early closes the connection.
   * @throws MailFailure; whatever a sink throws
   */
  async *retrieve<M extends MessageListing>(
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
    const begun: { readonly message: M; readonly sink: MessageSink }[] = [];
    try {
      for await (const { uid, source } of this.#sources([...open.keys()], 0)) {
        const message = open.get(uid);
        if (message === undefined || source === undefined) continue;
        open.delete(uid);
        const sink = openSink(message);
        await sink.write(source);
        if (source.length === FIRST_BYTES) begun.push({ message, sink });
        else yield { message, sizeBytes: source.length, failure: null };
      }
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      const [first] = open.values();
      if (error.code !== 'serverRefused') {
        if (first !== undefined) yield failed(first, error);
        throw error;
      }
      // the command as a whole was refused: one by one shows which message it was
      const rest = [...open.values()];
      open.clear();
      if (rest.length === 1 && first !== undefined) yield failed(first, error);
      else for (const message of rest) yield* this.#retrieveTogether([message], openSink);
    }
    for (const { message, sink } of begun) yield await this.#rest(message, sink);
    for (const message of open.values()) yield failed(message, refused('FETCH'));
  }

  /** What comes after the first answer. */
  async #rest(message: MessageListing, sink: MessageSink): Promise<Retrieved> {
    let sizeBytes = FIRST_BYTES;
    for (;;) {
      if (sizeBytes > this.maxMessageBytes) return failed(message, this.#tooLarge(sizeBytes));
      const piece = await this.#piece(message.number, sizeBytes);
      if (piece === null) return failed(message, refused('FETCH'));
      if (piece.length > 0) await sink.write(piece);
      sizeBytes += piece.length;
      if (piece.length < PIECE_BYTES) return { message, sizeBytes, failure: null };
    }
  }

  /** null when the message is gone. */
  async #piece(uid: number, start: number): Promise<Buffer | null> {
    let piece: Buffer | null = null;
    for await (const row of this.#sources([uid], start)) {
      // an answer to another command, or of another place, would put foreign bytes into the mail
      const origin = (row as Partial<PartialAnswer>).partialOrigins?.get('');
      const isForeign = row.uid !== uid || (origin !== undefined && origin !== start);
      if (!isForeign) piece = row.source ?? null;
    }
    return piece;
  }

  #sources(
    uids: readonly number[],
    start: number,
  ): AsyncGenerator<FetchMessageObject, void, undefined> {
    const maxLength = start === 0 ? FIRST_BYTES : PIECE_BYTES;
    const extraMs = ((uids.length * maxLength) / MIN_BYTES_PER_SECOND) * 1000;
    return this.session.fetch(
      sequenceSet(uids),
      { uid: true, source: { start, maxLength } },
      extraMs,
    );
  }

  /** Marks messages as deleted; they stay until `expunge`. Rejects only when the connection fails. */
  async markDeleted(uids: readonly number[]): Promise<DeletionResult[]> {
    const results: DeletionResult[] = [];
    for (const part of parts(uids)) {
      const isMarked = await this.#flag('messageFlagsAdd', part);
      const failure = isMarked ? null : refused('STORE');
      results.push(...part.map((number) => ({ number, failure })));
    }
    return results;
  }

  /**
   * Removes messages for good. Where the server has no UID EXPUNGE (RFC 4315), marks that others have set are taken
   * away meanwhile: EXPUNGE would remove those messages as well.
   * @throws MailFailure
   */
  async expunge(uids: readonly number[]): Promise<void> {
    const own = new Set(uids);
    const hasUidPlus = await this.session.perform((connection) =>
      Promise.resolve(connection.capabilities.has('UIDPLUS')),
    );
    const others = hasUidPlus
      ? []
      : (await this.#search({ deleted: true })).filter((uid) => !own.has(uid));
    if (others.length > 0 && !(await this.#flagAll('messageFlagsRemove', others)))
      throw refused('STORE');
    for (const part of parts(uids)) {
      const isDone = await this.session.perform((connection) =>
        connection.messageDelete(sequenceSet(part), { uid: true }),
      );
      if (!isDone) throw refused('EXPUNGE');
    }
    await this.#flagAll('messageFlagsAdd', others);
  }

  async #flagAll(
    how: 'messageFlagsAdd' | 'messageFlagsRemove',
    uids: readonly number[],
  ): Promise<boolean> {
    let isDone = true;
    for (const part of parts(uids)) isDone = (await this.#flag(how, part)) && isDone;
    return isDone;
  }

  #flag(how: 'messageFlagsAdd' | 'messageFlagsRemove', uids: readonly number[]): Promise<boolean> {
    return this.session.perform((connection) =>
      connection[how](sequenceSet(uids), ['\\Deleted'], { uid: true, silent: true }),
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

const describedBy = ({ uid, size, internalDate, flags }: FetchMessageObject): ImapMessage => {
  const receivedAt = internalDate === undefined ? null : new Date(internalDate);
  return {
    number: uid,
    sizeBytes: size ?? 0,
    receivedAt: receivedAt !== null && Number.isNaN(receivedAt.getTime()) ? null : receivedAt,
    isSeen: [...(flags ?? [])].some((flag) => flag.toLowerCase() === '\\seen'),
  };
};

/** Messages that are asked for together; a large one is alone. */
function* windowsOf<M extends MessageListing>(messages: readonly M[]): Generator<M[]> {
  let window: M[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Math.min(message.sizeBytes, FIRST_BYTES);
    const isFull = bytes + size > WINDOW.bytes || window.length === WINDOW.messages;
    if (isFull && window.length > 0) {
      yield window;
      window = [];
      bytes = 0;
    }
    window.push(message);
    bytes += size;
  }
  if (window.length > 0) yield window;
}

function* parts(uids: readonly number[]): Generator<readonly number[]> {
  const sorted = [...uids].sort((one, other) => one - other);
  for (let at = 0; at < sorted.length; at += SET_SIZE) yield sorted.slice(at, at + SET_SIZE);
}

/** As a sequence-set (RFC 3501 §9), runs joined: 1:3,7. */
export function sequenceSet(uids: readonly number[]): string {
  const sorted = [...uids].sort((one, other) => one - other);
  const runs: [number, number][] = [];
  for (const uid of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && uid <= last[1] + 1) last[1] = uid;
    else runs.push([uid, uid]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}:${to}`)).join(',');
}
