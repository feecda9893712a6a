/**
 * A POP3 session (RFC 1939) with STLS (RFC 2595), CAPA (RFC 2449) and AUTH (RFC 5034):
 * `connect` → `login` → list, retrieve, delete → `quit`. Deletions take effect with `quit` only.
 *
 * Files: `connection` opens the socket, `channel` pairs commands with replies, `reply-parser` reads bytes, `replies`
 * reads meaning, `sign-in` has the ways to sign in, `retrieval` fetches many mails at once.
 *
 * A failure of the connection is final: every later call rejects with the same failure.
 */
import type { Socket } from 'node:net';
import { connectToHost, startTls } from '../connect.js';
import {
  invalidInput,
  validateEndpoint,
  type ConnectDependencies,
  type ConnectStep,
  type MailEndpoint,
} from '../endpoint.js';
import { MailFailure } from '../errors.js';
import type {
  DeletionResult,
  MessageListing,
  MessageSink,
  Retrieved,
} from '../message-transfer.js';
import { Pop3Channel, type Reply } from './channel.js';
import { Pop3Connection } from './connection.js';
import {
  parseCapabilities,
  parseList,
  parseStat,
  parseUidl,
  type Capabilities,
} from './replies.js';
import { DEFAULT_LIMITS, Retrieval, type RetrievalLimits } from './retrieval.js';
import { signIn, type Pop3Credentials } from './sign-in.js';

export type { Pop3Credentials };

export interface Pop3Options {
  readonly limits?: Partial<RetrievalLimits>;
  /** `never` keeps one command on the way at a time, for servers that offer PIPELINING and then lose step. */
  readonly pipelining?: 'whenOffered' | 'never';
  /** Told when each step of `connect` is done. */
  readonly onProgress?: (step: ConnectStep) => void;
}

/** Most commands on the way at once. */
const PIPELINE_DEPTH = 256;

export class Pop3Session {
  readonly #channel: Pop3Channel;
  readonly #secrets: string[];
  readonly #limits: RetrievalLimits;
  readonly #greeting: Promise<Reply>;
  #apopTimestamp: string | null = null;
  #capabilities: Capabilities | null = null;

  private constructor(
    socket: Socket,
    private readonly endpoint: MailEndpoint,
    private readonly options: Pop3Options,
  ) {
    this.#secrets = [];
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#channel = new Pop3Channel(socket, {
      timeoutMs: endpoint.timeoutMs,
      secrets: this.#secrets,
    });
    // awaited from now on: with TLS 1.2 it may come in one read with the end of the handshake
    this.#greeting = this.#channel.ask(null, 'line');
    this.#greeting.catch(() => undefined);
  }

  /**
   * Connects, reads the greeting, encrypts as the endpoint says, asks for capabilities. Sends nothing secret.
   * @throws MailFailure
   */
  static async connect(
    endpoint: MailEndpoint,
    dependencies: ConnectDependencies,
    options: Pop3Options = {},
  ): Promise<Pop3Session> {
    validateEndpoint(endpoint);
    const session = await connectToHost(
      endpoint,
      dependencies.egress,
      (address, timeoutMs) =>
        Pop3Session.#open(endpoint, address, timeoutMs, dependencies, options),
      options.onProgress,
    );
    try {
      await session.#greet(dependencies);
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  static #open(
    endpoint: MailEndpoint,
    address: string,
    timeoutMs: number,
    dependencies: ConnectDependencies,
    options: Pop3Options,
  ): Promise<Pop3Session> {
    return new Pop3Connection(endpoint, address, dependencies).open(
      timeoutMs,
      (socket) => new Pop3Session(socket, endpoint, options),
      () => options.onProgress?.('connect'),
    );
  }

  async #greet({ trust }: ConnectDependencies): Promise<void> {
    if (this.endpoint.security === 'tls') this.options.onProgress?.('tls');
    const greeting = this.#channel.expectOk(await this.#greeting, 'greeting');
    // no "@" twice, no spaces: linear on whatever the server sends
    this.#apopTimestamp = /<[^<>\s@]+@[^<>\s@]+>/.exec(greeting)?.[0] ?? null;
    this.options.onProgress?.('greeting');
    if (this.endpoint.security === 'starttls') {
      const reply = await this.#channel.ask('STLS', 'line');
      // bytes after the reply were put in by somebody who wants them taken for encrypted ones (RFC 2595 §8)
      if (this.#channel.failure !== null) throw this.#channel.failure;
      if (reply.status !== 'ok') throw this.#startTlsRefusal(reply);
      await this.#channel.upgrade((plain) => startTls(plain, this.endpoint, trust));
      this.options.onProgress?.('tls');
    }
    await this.capa();
    this.options.onProgress?.('capabilities');
  }

  #startTlsRefusal(reply: Reply): MailFailure {
    const failure = this.#channel.refusalOf(reply, 'STLS');
    if (failure.code !== 'serverRefused') return failure;
    return new MailFailure('startTlsUnavailable', { params: failure.params });
  }

  /** What the server offers; null when it does not know CAPA. */
  get capabilities(): Capabilities | null {
    return this.#capabilities;
  }

  /** Asks the server anew what it offers. */
  async capa(): Promise<Capabilities | null> {
    const { reply, content } = await this.#askListing('CAPA');
    this.#capabilities = reply.status === 'ok' ? parseCapabilities(content) : null;
    const pipelines = this.options.pipelining !== 'never' && this.#capabilities?.has('PIPELINING');
    this.#channel.depth = pipelines === true ? PIPELINE_DEPTH : 1;
    return this.#capabilities;
  }

  /**
   * Signs in. A password or token goes over an unencrypted connection only if the endpoint allows it; otherwise nothing is
   * sent and `clearTextRefused` is thrown.
   * @throws MailFailure
   */
  login(credentials: Pop3Credentials): Promise<void> {
    return signIn(
      {
        channel: this.#channel,
        endpoint: this.endpoint,
        capabilities: this.#capabilities,
        apopTimestamp: this.#apopTimestamp,
        secrets: this.#secrets,
      },
      credentials,
    );
  }

  async stat(): Promise<{ messageCount: number; sizeBytes: number }> {
    return parseStat(this.#channel.expectOk(await this.#channel.ask('STAT', 'line'), 'STAT'));
  }

  /** All messages that are not marked as deleted. */
  async list(): Promise<MessageListing[]> {
    const { reply, content } = await this.#askListing('LIST');
    this.#channel.expectOk(reply, 'LIST');
    return parseList(content);
  }

  /** Unique-ids by message number; null when the server has none. */
  async uidl(): Promise<ReadonlyMap<number, string> | null> {
    const { reply, content } = await this.#askListing('UIDL');
    if (reply.status === 'ok') return parseUidl(content);
    const failure = this.#channel.refusalOf(reply, 'UIDL');
    if (failure.code === 'serverRefused') return null;
    throw failure;
  }

  /** The header and the first `lineCount` lines of the body, as sent. */
  async top(number: number, lineCount: number): Promise<Buffer> {
    requireMessageNumber(number);
    if (!Number.isInteger(lineCount) || lineCount < 0) throw invalidInput('lineCount');
    return this.#collect(`TOP ${number} ${lineCount}`);
  }

  /** One message in memory; for many or large ones use `retrieve`. */
  async retr(number: number): Promise<Buffer> {
    requireMessageNumber(number);
    return this.#collect(`RETR ${number}`);
  }

  /**
   * Fetches messages in the order given, several on the way at once, each into a sink of its own. A message that the
   * server refuses, or that is larger than the limit, fails alone; a failure of the connection is thrown. Ending the
   * loop early closes the connection.
   * @throws MailFailure; whatever a sink throws
   */
  retrieve(
    messages: readonly MessageListing[],
    openSink: (message: MessageListing) => MessageSink,
  ): AsyncGenerator<Retrieved, void, void> {
    for (const { number } of messages) requireMessageNumber(number);
    const { timeoutMs } = this.endpoint;
    return new Retrieval(this.#channel, this.#limits, timeoutMs, openSink).run(messages);
  }

  async dele(number: number): Promise<void> {
    requireMessageNumber(number);
    this.#channel.expectOk(await this.#channel.ask(`DELE ${number}`, 'line'), 'DELE');
  }

  /** Marks many messages as deleted, pipelined. Rejects only when the connection fails. */
  async deleteAll(numbers: readonly number[]): Promise<DeletionResult[]> {
    numbers.forEach(requireMessageNumber);
    return Promise.all(
      numbers.map(async (number) => {
        const reply = await this.#channel.ask(`DELE ${number}`, 'line');
        const failure = reply.status === 'ok' ? null : this.#channel.refusalOf(reply, 'DELE');
        return { number, failure };
      }),
    );
  }

  /** Takes all deletion marks of this session back. */
  async rset(): Promise<void> {
    this.#channel.expectOk(await this.#channel.ask('RSET', 'line'), 'RSET');
  }

  async noop(): Promise<void> {
    this.#channel.expectOk(await this.#channel.ask('NOOP', 'line'), 'NOOP');
  }

  /**
   * Ends the session; messages marked as deleted are gone when this resolves. When it rejects they may be there or
   * not (RFC 1939 §6).
   */
  async quit(): Promise<void> {
    const reply = await this.#channel.ask('QUIT', 'line');
    this.close();
    this.#channel.expectOk(reply, 'QUIT');
  }

  /** Drops the connection at once; marks of deletion are void. */
  close(): void {
    this.#channel.fail(new MailFailure('connectionLost', { params: { detail: 'closedByUs' } }));
  }

  async #askListing(command: string): Promise<{ reply: Reply; content: string }> {
    const { reply, content } = await this.#askContent(command, this.#limits.maxListingBytes);
    return { reply, content: content.toString('latin1') };
  }

  async #collect(command: string): Promise<Buffer> {
    const { reply, content } = await this.#askContent(command, this.#limits.maxMessageBytes);
    this.#channel.expectOk(reply, command.split(' ', 1)[0] ?? command);
    return content;
  }

  /** A multi-line reply in memory. One that exceeds the limit ends the connection: nobody asked for that much. */
  async #askContent(command: string, maxBytes: number): Promise<{ reply: Reply; content: Buffer }> {
    const pieces: Buffer[] = [];
    let sizeBytes = 0;
    const reply = await this.#channel.ask(command, 'multiline', (piece) => {
      sizeBytes += piece.length;
      if (sizeBytes > maxBytes)
        this.#channel.fail(new MailFailure('messageTooLarge', { params: { maxBytes } }));
      else pieces.push(piece);
    });
    return { reply, content: Buffer.concat(pieces) };
  }
}

/** @throws MailFailure `invalidInput` */
function requireMessageNumber(number: number): void {
  if (!Number.isInteger(number) || number < 1) throw invalidInput('messageNumber');
}
