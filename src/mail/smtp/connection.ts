/**
 * One connection to a submission server: nodemailer's SMTP connection over a socket of ours, with an end to every wait.
 * A fault is thrown as a MailFailure and ends the connection.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { certificateRefusal, openConnection, peek, tlsOptions } from '../connect.js';
import type { ConnectDependencies, ConnectStep, MailEndpoint } from '../endpoint.js';
import { MailFailure } from '../errors.js';
import { identifyProtocol } from '../protocol.js';
import { dialogueHandlers, runDialogue, type Ask } from './dialogue.js';
import { failureOf, type SmtpError } from './replies.js';

/** Connecting or signing in may take this many times as long as the server may be silent. */
const WHOLE_SETUP_FACTOR = 4;

const QUIT_LIMIT_MS = 2000;

type Done<T> = (error: SmtpError | null, result?: T) => void;

export class SmtpConnection {
  /** Blotted out wherever the server repeats them. */
  readonly secrets: string[] = [];
  readonly #library: SMTPConnection;
  /** Called with the connection's own error, once; whoever waits sets it. */
  #onError: (error: SmtpError) => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    readonly endpoint: MailEndpoint,
    { trust }: ConnectDependencies,
  ) {
    const { host, port, security, timeoutMs } = endpoint;
    this.#library = new SMTPConnection({
      connection: socket,
      host,
      port,
      secure: security === 'tls',
      secured: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      tls: tlsOptions(endpoint, trust),
      connectionTimeout: timeoutMs * WHOLE_SETUP_FACTOR,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      maxResponseSize: 64 * 1024,
      customAuth: dialogueHandlers,
    });
    this.#library.on('error', (error: SmtpError) => this.#onError(error));
  }

  /**
   * Connects, reads the greeting, says EHLO, encrypts as the endpoint says. Sends nothing secret.
   * @throws MailFailure
   */
  static async open(
    endpoint: MailEndpoint,
    dependencies: ConnectDependencies,
    onProgress: (step: ConnectStep) => void = () => undefined,
  ): Promise<SmtpConnection> {
    const socket = await openConnection(endpoint, dependencies, onProgress);
    socket.on('error', () => undefined);
    try {
      const found = identifyProtocol(await peek(socket, endpoint.timeoutMs));
      if (found === 'tls') throw new MailFailure('tlsExpected');
      if (found !== null && found !== 'smtp')
        throw new MailFailure('wrongProtocol', { params: { found, expected: 'smtp' } });
      onProgress('greeting');
      const connection = new SmtpConnection(socket, endpoint, dependencies);
      await connection.#greet(onProgress);
      return connection;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async #greet(onProgress: (step: ConnectStep) => void): Promise<void> {
    await this.setUp((library, done) => {
      library.connect((error?: SmtpError) => done(error ?? null));
    });
    if (this.endpoint.security === 'starttls') {
      const secured = this.#library._socket;
      // nothing but EHLO has been said so far
      const refusal =
        secured instanceof TLSSocket
          ? certificateRefusal(secured, this.endpoint)
          : new MailFailure('startTlsUnavailable');
      if (refusal !== null) {
        this.destroy();
        throw refusal;
      }
      onProgress('tls');
    }
    onProgress('capabilities');
  }

  /** Whether the server offers to sign in at all. */
  get allowsSignIn(): boolean {
    return this.#library.allowsAuth;
  }

  /** The server's last reply, as it came. */
  get lastReply(): string {
    return this.#library.lastServerResponse || '';
  }

  /** False once the connection has ended; then only a new one helps. */
  get isOpen(): boolean {
    return !this.#library.destroyed && !this.socket.destroyed;
  }

  /** How long the server may be silent from now on. */
  setSilenceLimit(timeoutMs: number): void {
    if (this.#library._socket) this.#library._socket.setTimeout(timeoutMs);
  }

  /** A step on the way to a message. @throws MailFailure; the connection has then ended */
  async setUp<T>(start: (library: SMTPConnection, done: Done<T>) => void): Promise<T> {
    try {
      return await this.run<T>(this.endpoint.timeoutMs * WHOLE_SETUP_FACTOR, start);
    } catch (error) {
      this.destroy();
      throw error instanceof MailFailure
        ? error
        : failureOf(error as SmtpError, this.endpoint, this.secrets);
    }
  }

  /** Commands of our own, one at a time. @throws MailFailure; the connection has then ended */
  converse<T>(dialogue: (ask: Ask) => Promise<T>): Promise<T> {
    return this.setUp<T>((library, done) => runDialogue(library, dialogue, done));
  }

  /**
   * One step of the library: ends by its callback, by an error of the connection, or when the time is up.
   * @throws the library's error as it is, or a MailFailure
   */
  async run<T>(
    wholeMs: number,
    start: (library: SMTPConnection, done: Done<T>) => void,
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#onError = reject;
        timer = setTimeout(
          () => reject(new MailFailure('responseTimeout', { params: { awaited: 'reply' } })),
          wholeMs,
        );
        start(this.#library, (error, result) =>
          error === null ? resolve(result as T) : reject(error),
        );
      });
    } finally {
      clearTimeout(timer);
      this.#onError = () => undefined;
    }
  }

  /** Says QUIT; resolves when the connection has ended, at the latest after two seconds. */
  async quit(): Promise<void> {
    if (!this.isOpen) return;
    await new Promise<void>((resolve) => {
      this.#onError = () => resolve();
      this.#library.once('end', resolve);
      setTimeout(resolve, QUIT_LIMIT_MS).unref();
      this.#library.quit();
    });
    this.destroy();
  }

  /** Drops the connection at once. */
  destroy(): void {
    this.#onError = () => undefined;
    this.#library.close();
    // after STARTTLS this is the socket over ours
    if (this.#library._socket) this.#library._socket.destroy();
    this.socket.destroy();
  }
}
