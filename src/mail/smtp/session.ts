/**
 * Submission (RFC 6409) by nodemailer's SMTP connection over a socket of ours: `connect` → `login` → `submit` any
 * number of messages → `quit`. The library's message composer is not used: what is sent is the stored message, byte
 * for byte, with an envelope that is always explicit, so no file, URL or header can be read into it.
 *
 * The outcome of a submission tells by provenance what a sender must know: a reply of the server, a failure before
 * the message was complete (try again), or silence after its final dot (it may have been taken; RFC 1047).
 */
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { certificateRefusal, openConnection, peek, tlsOptions } from '../connect.js';
import {
  invalidInput,
  requirePrintable,
  validateEndpoint,
  type ConnectDependencies,
  type ConnectStep,
  type MailEndpoint,
} from '../endpoint.js';
import { MailFailure } from '../errors.js';
import { identifyProtocol } from '../protocol.js';
import { envelopeAddress } from './address.js';
import { accepted, failed, refusedBy, type SubmissionResult } from './outcome.js';
import { failureOf, type SmtpError } from './replies.js';

export interface SmtpCredentials {
  readonly username: string;
  readonly password: string;
}

export interface SmtpEnvelope {
  /** Bare address. */
  readonly from: string;
  /** Bare addresses, at least one. */
  readonly to: readonly string[];
}

export interface SmtpOptions {
  /** How long the server may take over the final dot. Default 10 minutes (RFC 5321 §4.5.3.2.6). */
  readonly finalReplyTimeoutMs?: number;
  /** How long one submission may take in all. Default 30 minutes. */
  readonly submissionTimeoutMs?: number;
  /** Told when each step of `connect` is done. */
  readonly onProgress?: (step: ConnectStep) => void;
}

const MINUTE_MS = 60_000;

/** Connecting or signing in may take this many times as long as the server may be silent. */
const WHOLE_SETUP_FACTOR = 4;

export class SmtpSession {
  readonly #connection: SMTPConnection;
  readonly #secrets: string[] = [];
  /** Called with the connection's own error, once; whoever waits sets it. */
  #onError: (error: SmtpError) => void = () => undefined;
  #mustReset = false;

  private constructor(
    private readonly socket: Socket,
    private readonly endpoint: MailEndpoint,
    { trust }: ConnectDependencies,
    private readonly options: SmtpOptions,
  ) {
    const { host, port, security, timeoutMs } = endpoint;
    this.#connection = new SMTPConnection({
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
    });
    this.#connection.on('error', (error: SmtpError) => this.#onError(error));
  }

  /**
   * Connects, reads the greeting, says EHLO, encrypts as the endpoint says. Sends nothing secret.
   * @throws MailFailure
   */
  static async connect(
    endpoint: MailEndpoint,
    dependencies: ConnectDependencies,
    options: SmtpOptions = {},
  ): Promise<SmtpSession> {
    validateEndpoint(endpoint);
    const socket = await openConnection(endpoint, dependencies, options.onProgress);
    socket.on('error', () => undefined);
    try {
      const found = identifyProtocol(await peek(socket, endpoint.timeoutMs));
      if (found === 'tls') throw new MailFailure('tlsExpected');
      if (found !== null && found !== 'smtp')
        throw new MailFailure('wrongProtocol', { params: { found, expected: 'smtp' } });
      options.onProgress?.('greeting');
      const session = new SmtpSession(socket, endpoint, dependencies, options);
      await session.#greet();
      return session;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async #greet(): Promise<void> {
    await this.#within(this.endpoint.timeoutMs * WHOLE_SETUP_FACTOR, (done) => {
      this.#connection.connect((error?: SmtpError) => done(error ?? null));
    });
    if (this.endpoint.security === 'starttls') {
      const secured = this.#connection._socket;
      // nothing but EHLO has been said so far
      const refusal =
        secured instanceof TLSSocket
          ? certificateRefusal(secured, this.endpoint)
          : new MailFailure('startTlsUnavailable');
      if (refusal !== null) {
        this.destroy();
        throw refusal;
      }
      this.options.onProgress?.('tls');
    }
    this.options.onProgress?.('capabilities');
  }

  /**
   * Signs in by PLAIN, LOGIN or CRAM-MD5, whichever the server offers first. Over an unencrypted connection only if
   * the endpoint allows it; otherwise nothing is sent and `clearTextRefused` is thrown.
   * @throws MailFailure
   */
  async login({ username, password }: SmtpCredentials): Promise<void> {
    requirePrintable(username, 'username');
    requirePrintable(password, 'password');
    if (username === '') throw invalidInput('username');
    if (password === '') throw invalidInput('password');
    if (this.endpoint.security === 'none' && !this.endpoint.allowClearTextLogin)
      throw new MailFailure('clearTextRefused');
    if (!this.#connection.allowsAuth) throw new MailFailure('authenticationUnavailable');
    this.#secrets.push(password, username);
    this.#secrets.push(Buffer.from(password).toString('base64'));
    this.#secrets.push(Buffer.from(`\0${username}\0${password}`).toString('base64'));
    await this.#within(this.endpoint.timeoutMs * WHOLE_SETUP_FACTOR, (done) => {
      this.#connection.login({ user: username, pass: password }, (error) => done(error));
    });
  }

  /** False once the connection has ended; then only a new session helps. */
  get isOpen(): boolean {
    return !this.#connection.destroyed && !this.socket.destroyed;
  }

  /**
   * Submits one message. Never rejects for what the server or the network does; one call at a time.
   * @param raw the whole message with CRLF line ends; dots are stuffed here
   * @param beforeDot runs when everything but the final dot has been handed over. Until it resolves the server cannot
   *   take the message, afterwards it may (RFC 5321 §4.1.1.4, §4.2.5); when it rejects the message is not sent.
   * @throws MailFailure `invalidInput` naming the envelope's field; and what `beforeDot` rejects with
   */
  async submit(
    envelope: SmtpEnvelope,
    raw: Readable | Buffer,
    beforeDot: () => Promise<void> = () => Promise.resolve(),
  ): Promise<SubmissionResult> {
    const wire = wireEnvelope(envelope);
    const size = Buffer.isBuffer(raw) ? raw.length : undefined;
    const progress: { isDotSent: boolean; stoppedBy?: { error: unknown } } = { isDotSent: false };
    const held = beforeTheEnd(raw, () =>
      beforeDot().catch((error: unknown) => {
        progress.stoppedBy = { error };
        throw error;
      }),
    );
    const message = Readable.from(held, { objectMode: false });
    message.on('error', () => undefined);
    message.once('end', () => {
      // what follows is the final dot: from here on the server may take the message
      progress.isDotSent = true;
      const finalReplyMs = this.options.finalReplyTimeoutMs ?? 10 * MINUTE_MS;
      if (this.#connection._socket) this.#connection._socket.setTimeout(finalReplyMs);
    });
    const wholeMs = this.options.submissionTimeoutMs ?? 30 * MINUTE_MS;
    try {
      if (!Buffer.isBuffer(raw) && raw.destroyed) throw invalidInput('raw');
      if (this.#mustReset) await this.#run(wholeMs, (done) => this.#connection.reset(done));
      this.#mustReset = true;
      const info = await this.#run<SMTPConnection.SentMessageInfo>(wholeMs, (done) =>
        this.#connection.send({ ...wire, size, use8BitMime: true }, message, done),
      );
      this.#mustReset = false;
      if (progress.isDotSent) return accepted(info, wire.given, this.#secrets);
      // a reply to a message that has not ended yet is not a reply to it
      throw new MailFailure('protocolViolation', { params: { detail: 'unsolicitedReply' } });
    } catch (error) {
      const result = failed(error, {
        endpoint: this.endpoint,
        secrets: this.#secrets,
        given: wire.given,
        isDotSent: progress.isDotSent,
      });
      // the connection is in step only after a refusal of a whole message, or before any of it went out
      const stage = result.outcome === 'refused' ? result.stage : null;
      const isInStep = stage !== null && (stage !== 'message' || progress.isDotSent);
      if (!isInStep) this.destroy();
      message.destroy();
      if (!Buffer.isBuffer(raw)) raw.destroy();
      if (progress.stoppedBy !== undefined) throw progress.stoppedBy.error;
      return result;
    } finally {
      if (this.#connection._socket) this.#connection._socket.setTimeout(this.endpoint.timeoutMs);
    }
  }

  /** Says QUIT; resolves when the connection has ended, at the latest after two seconds. */
  async quit(): Promise<void> {
    if (!this.isOpen) return;
    await new Promise<void>((resolve) => {
      this.#onError = () => resolve();
      this.#connection.once('end', resolve);
      setTimeout(resolve, QUIT_LIMIT_MS).unref();
      this.#connection.quit();
    });
    this.destroy();
  }

  /** Drops the connection at once. */
  destroy(): void {
    this.#onError = () => undefined;
    this.#connection.close();
    // after STARTTLS this is the socket over ours
    if (this.#connection._socket) this.#connection._socket.destroy();
    this.socket.destroy();
  }

  /** Like `#run`; what fails is thrown as a MailFailure and ends the connection. */
  async #within(
    wholeMs: number,
    start: (done: (error: SmtpError | null) => void) => void,
  ): Promise<void> {
    try {
      await this.#run(wholeMs, start);
    } catch (error) {
      this.destroy();
      throw error instanceof MailFailure
        ? error
        : failureOf(error as SmtpError, this.endpoint, this.#secrets);
    }
  }

  /** One step of the library: ends by its callback, by an error of the connection, or when the time is up. */
  async #run<T>(
    wholeMs: number,
    start: (done: (error: SmtpError | null, result?: T) => void) => void,
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#onError = reject;
        timer = setTimeout(
          () => reject(new MailFailure('responseTimeout', { params: { awaited: 'reply' } })),
          wholeMs,
        );
        start((error, result) => (error === null ? resolve(result as T) : reject(error)));
      });
    } finally {
      clearTimeout(timer);
      this.#onError = () => undefined;
    }
  }
}

const QUIT_LIMIT_MS = 2000;

/** The pieces of a message; its end is not told before `last` has resolved. */
async function* beforeTheEnd(
  raw: Readable | Buffer,
  last: () => Promise<void>,
): AsyncGenerator<Buffer, void, void> {
  if (Buffer.isBuffer(raw)) yield raw;
  else for await (const piece of raw) yield piece as Buffer;
  await last();
}

/** The envelope in wire form, and for each wire form the address as the caller gave it. */
function wireEnvelope({ from, to }: SmtpEnvelope) {
  if (to.length === 0) throw invalidInput('envelope.to');
  const given = new Map<string, string>();
  const recipients = to.map((address, index) => {
    const wire = envelopeAddress(address, `envelope.to[${index}]`);
    given.set(wire, address);
    return wire;
  });
  return { from: envelopeAddress(from, 'envelope.from'), to: recipients, given };
}

export interface Submission {
  readonly endpoint: MailEndpoint;
  /** null submits without signing in. */
  readonly credentials: SmtpCredentials | null;
  readonly envelope: SmtpEnvelope;
  readonly raw: Readable | Buffer;
}

/**
 * One message over a connection of its own.
 * @throws MailFailure `invalidInput` only
 */
export async function submitRaw(
  { endpoint, credentials, envelope, raw }: Submission,
  dependencies: ConnectDependencies,
  options: SmtpOptions = {},
): Promise<SubmissionResult> {
  wireEnvelope(envelope);
  let session: SmtpSession | null = null;
  try {
    session = await SmtpSession.connect(endpoint, dependencies, options);
    if (credentials !== null) await session.login(credentials);
  } catch (error) {
    session?.destroy();
    if (!Buffer.isBuffer(raw)) raw.destroy();
    if (error instanceof MailFailure && error.code !== 'invalidInput') return refusedBy(error);
    throw error;
  }
  try {
    return await session.submit(envelope, raw);
  } finally {
    void session.quit();
  }
}
