/**
 * Commands and their replies over one POP3 connection: a queue in order, as many commands on the way as the server
 * takes, and an end to every wait: reply, silence, reset, close.
 */
import type { Socket } from 'node:net';
import { classifyError, MailFailure, serverText } from '../errors.js';
import { identifyProtocol } from '../protocol.js';
import { refusal } from './replies.js';
import {
  ReplyParser,
  ReplyViolation,
  type ReplyHandler,
  type ReplyShape,
  type ReplyStatus,
} from './reply-parser.js';
import { Watchdog } from './watchdog.js';

export interface Reply {
  readonly status: ReplyStatus;
  readonly text: string;
}

export interface Command {
  /** Without its line break; null for the greeting, which comes unasked. */
  readonly line: string | null;
  readonly shape: ReplyShape;
  /** How long the whole reply may take, from the moment when it is its turn. */
  readonly wholeMs: number;
  /** Called for every piece of a multi-line reply's content. */
  readonly onContent?: (piece: Buffer) => void;
  /** Called exactly once: the reply, or why there will be none. */
  readonly settle: (outcome: Reply | MailFailure) => void;
}

export interface ChannelOptions {
  readonly timeoutMs: number;
  /** Blotted out wherever the server repeats them. */
  readonly secrets: readonly string[];
}

export class Pop3Channel implements ReplyHandler {
  /** Commands that may be on the way at once; above 1 only when the server offers PIPELINING (RFC 2449 §6.6). */
  depth = 1;
  readonly #queue: Command[] = [];
  readonly #parser = new ReplyParser(this);
  readonly #watchdog: Watchdog;
  readonly #onData = (chunk: Buffer) => this.#read(chunk);
  readonly #onError = (error: Error) => this.fail(classifyError(error));
  readonly #onClose = () => this.fail(new MailFailure('connectionLost'));
  #socket: Socket;
  #onTheWay = 0;
  #reply: Reply = { status: 'ok', text: '' };
  #failure: MailFailure | null = null;
  #held = false;

  constructor(
    socket: Socket,
    private readonly options: ChannelOptions,
  ) {
    this.#socket = this.#attach(socket);
    this.#watchdog = new Watchdog(options.timeoutMs, () => this.#timeOut());
  }

  get failure(): MailFailure | null {
    return this.#failure;
  }

  get awaited(): ReplyShape | null {
    return this.#onTheWay === 0 ? null : (this.#queue[0]?.shape ?? null);
  }

  /** Queues commands; those that may go are written at once. */
  enqueue(commands: readonly Command[]): void {
    if (this.#failure !== null) {
      for (const command of commands) command.settle(this.#failure);
      return;
    }
    this.#queue.push(...commands);
    this.#pump();
  }

  /** One command, its whole reply. @throws MailFailure when the connection failed; `err` is a reply */
  ask(line: string | null, shape: ReplyShape, onContent?: (piece: Buffer) => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Reply | MailFailure) =>
        outcome instanceof MailFailure ? reject(outcome) : resolve(outcome);
      const wholeMs = this.options.timeoutMs * WHOLE_REPLY_FACTOR;
      this.enqueue([{ line, shape, wholeMs, settle, ...(onContent && { onContent }) }]);
    });
  }

  /** Stops reading until `release`; the server's time does not run meanwhile. */
  hold(): void {
    this.#held = true;
    this.#socket.pause();
    this.#watchdog.pause();
  }

  release(): void {
    this.#held = false;
    if (this.#failure !== null) return;
    this.#watchdog.resume();
    this.#socket.resume();
  }

  /**
   * Continues on another socket over the present one, as STLS does. Nothing may be on the way.
   * @throws MailFailure when the upgrade fails; the channel is then dead
   */
  async upgrade(secure: (plain: Socket) => Promise<Socket>): Promise<void> {
    this.#detach(this.#socket);
    try {
      this.#socket = this.#attach(await secure(this.#socket));
    } catch (error) {
      this.fail(classifyError(error));
      throw classifyError(error);
    }
  }

  /** Ends the connection; every command that still waits gets this failure. */
  fail(failure: MailFailure): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#watchdog.stop();
    this.#socket.destroy();
    this.#onTheWay = 0;
    for (const command of this.#queue.splice(0)) command.settle(failure);
  }

  /** The server's words for `params.serverText`. */
  quote(text: string): string {
    return serverText(text, this.options.secrets);
  }

  /** @throws MailFailure unless the reply is `ok` */
  expectOk(reply: Reply, command: string): string {
    if (reply.status === 'ok') return reply.text;
    throw this.refusalOf(reply, command);
  }

  /** The failure that a `-ERR` to the command stands for. */
  refusalOf({ text }: Reply, command: string): MailFailure {
    return refusal(command, this.quote(text), SIGN_IN.has(command));
  }

  onStatus(status: ReplyStatus, text: string): void {
    this.#reply = { status, text };
  }

  onContent(piece: Buffer): void {
    this.#queue[0]?.onContent?.(piece);
  }

  onEnd(): void {
    const command = this.#queue.shift();
    this.#onTheWay -= 1;
    this.#watch();
    command?.settle(this.#reply);
    this.#pump();
  }

  /** Refills when half of what may be on the way has been answered, with one write for all of it. */
  #pump(): void {
    if (this.#failure !== null || this.#onTheWay > this.depth / 2) return;
    const wasIdle = this.#onTheWay === 0;
    const lines: string[] = [];
    while (this.#onTheWay < this.depth) {
      const next = this.#queue[this.#onTheWay];
      if (next === undefined) break;
      this.#onTheWay += 1;
      if (next.line !== null) lines.push(next.line, '\r\n');
    }
    if (lines.length > 0) this.#socket.write(lines.join(''));
    if (wasIdle && this.#onTheWay > 0) this.#watch();
  }

  /** Starts the clock for the reply at the head, if one is awaited. */
  #watch(): void {
    const head = this.#onTheWay > 0 ? this.#queue[0] : undefined;
    if (head === undefined) {
      this.#watchdog.stop();
      return;
    }
    this.#watchdog.start(head.wholeMs);
    if (this.#held) this.#watchdog.pause();
  }

  #read(chunk: Buffer): void {
    if (this.#failure !== null) return;
    this.#watchdog.touch();
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof ReplyViolation)) throw error;
      this.fail(this.#violation(error));
    }
  }

  #violation({ detail, received }: ReplyViolation): MailFailure {
    const found = this.#queue[0]?.line === null ? identifyProtocol(received) : null;
    if (found === 'tls') return new MailFailure('tlsExpected');
    if (found !== null && found !== 'pop3')
      return new MailFailure('wrongProtocol', { params: { found, expected: 'pop3' } });
    // content of a mail could stand here when the server lost step: only a greeting is quoted
    const isGreeting = this.#queue[0]?.line === null;
    const text = isGreeting ? this.quote(received.toString('latin1')) : '';
    return new MailFailure('protocolViolation', {
      params: { detail, ...(text !== '' && { serverText: text }) },
    });
  }

  #timeOut(): void {
    const line = this.#queue[0]?.line ?? null;
    const awaited = line === null ? 'greeting' : (line.split(' ')[0] ?? '');
    // an AUTH response line is a secret and not a verb
    const verb = this.#queue[0]?.shape === 'challenge' ? 'AUTH' : awaited;
    this.fail(new MailFailure('responseTimeout', { params: { awaited: verb } }));
  }

  #attach(socket: Socket): Socket {
    return socket
      .setNoDelay(true)
      .on('data', this.#onData)
      .on('error', this.#onError)
      .on('end', this.#onClose)
      .on('close', this.#onClose);
  }

  #detach(socket: Socket): void {
    socket
      .off('data', this.#onData)
      .off('error', this.#onError)
      .off('end', this.#onClose)
      .off('close', this.#onClose);
  }
}

const SIGN_IN = new Set(['USER', 'PASS', 'APOP', 'AUTH']);

/** A reply may take this many times as long as the server may be silent. */
const WHOLE_REPLY_FACTOR = 4;
