/**
 * An opened mailbox (RFC 3501 §6.3.1): what it holds, its messages as streams, deletion of messages by their UIDs.
 * Fetching changes nothing in it (BODY.PEEK). A UID names a message for good as long as UIDVALIDITY stays (§2.3.1.1).
 */
import type { FetchMessageObject, MailboxObject } from 'imapflow';
import { MailFailure } from '../errors.js';
import type {
  DeletionResult,
  MessageListing,
  MessageSink,
  Retrieved,
} from '../message-transfer.js';
import { ImapRetrieval } from './retrieval.js';
import { parts, sequenceSet } from './sequence-set.js';
import type { ImapLimits, ImapSession } from './session.js';

export interface ImapMessage extends MessageListing {
  /** INTERNALDATE: when it came into its first mailbox. */
  readonly receivedAt: Date | null;
  /** Flag \Seen. */
  readonly isSeen: boolean;
}

const MIB = 1024 * 1024;
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
    if (!Array.isArray(found)) throw this.session.failureOf('SEARCH');
    return found.sort((one, other) => one - other);
  }

  /**
   * What the server tells about these messages; those that are gone are missing. Where it refuses to tell anything, no
   * message is missing.
   * @throws MailFailure
   */
  async describe(uids: readonly number[]): Promise<ImapMessage[]> {
    const messages: ImapMessage[] = [];
    for (const part of parts(uids)) {
      const rows = await this.#describe(part).catch((error: unknown) => {
        const isRefused = error instanceof MailFailure && error.code === 'serverRefused';
        if (!isRefused || !this.session.isOpen) throw error;
        return part.map((uid) => ({ seq: 0, uid }));
      });
      // servers also tell what nobody asked for, or that a flag has changed meanwhile
      const told = new Map(part.map((uid) => [uid, [] as FetchMessageObject[]]));
      for (const row of rows) told.get(row.uid)?.push(row);
      for (const all of told.values()) {
        const [row = all[0]] = all.filter(({ size }) => size !== undefined);
        if (row !== undefined) messages.push(describedBy(row));
      }
    }
    return messages;
  }

  #describe(uids: readonly number[]): Promise<FetchMessageObject[]> {
    const query = { uid: true, size: true, internalDate: true, flags: true };
    return this.session.perform(
      (connection) => connection.fetchAll(sequenceSet(uids), query, { uid: true }),
      uids.length * LISTING_MS,
    );
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
  retrieve<M extends MessageListing>(
    messages: readonly M[],
    openSink: (message: M) => MessageSink,
  ): AsyncGenerator<Retrieved, void, undefined> {
    return new ImapRetrieval(this.session, this.maxMessageBytes).run(messages, openSink);
  }

  /** Marks messages as deleted; they stay until `expunge`. Rejects only when the connection fails. */
  async markDeleted(uids: readonly number[]): Promise<DeletionResult[]> {
    const results: DeletionResult[] = [];
    for (const part of parts(uids)) {
      const isMarked = await this.#flag('messageFlagsAdd', part);
      const failure = isMarked ? null : this.session.failureOf('STORE');
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
    const isUnmarked = await this.#flagAll('messageFlagsRemove', others);
    const isDone = isUnmarked && (await this.#expunge(uids));
    const failure = isDone ? null : this.session.failureOf('EXPUNGE');
    await this.#flagAll('messageFlagsAdd', others);
    if (failure !== null) throw failure;
  }

  async #expunge(uids: readonly number[]): Promise<boolean> {
    for (const part of parts(uids)) {
      const isDone = await this.session.perform((connection) =>
        connection.messageDelete(sequenceSet(part), { uid: true }),
      );
      if (!isDone) return false;
    }
    return true;
  }

  async #flagAll(
    how: 'messageFlagsAdd' | 'messageFlagsRemove',
    uids: readonly number[],
  ): Promise<boolean> {
    let isDone = true;
    for (const part of parts(uids)) isDone = (await this.#flag(how, part)) && isDone;
    return isDone;
  }

  /** @returns false when the server refuses. @throws MailFailure when the connection fails */
  async #flag(
    how: 'messageFlagsAdd' | 'messageFlagsRemove',
    uids: readonly number[],
  ): Promise<boolean> {
    const isDone = await this.session.perform((connection) =>
      connection[how](sequenceSet(uids), ['\\Deleted'], { uid: true, silent: true }),
    );
    if (!isDone && !this.session.isOpen) throw this.session.failureOf('STORE');
    return isDone;
  }
}

const refused = (command: string) =>
  new MailFailure('serverRefused', { params: { serverText: command } });

const describedBy = ({ uid, size, internalDate, flags }: FetchMessageObject): ImapMessage => {
  const receivedAt = internalDate === undefined ? null : new Date(internalDate);
  return {
    number: uid,
    sizeBytes: size ?? 0,
    receivedAt: receivedAt !== null && Number.isNaN(receivedAt.getTime()) ? null : receivedAt,
    isSeen: [...(flags ?? [])].some((flag) => flag.toLowerCase() === '\\seen'),
  };
};
