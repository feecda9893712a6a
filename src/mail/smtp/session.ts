/**
 * Submission (RFC 6409) by nodemailer's SMTP connection: `connect` → `login` → `submit` any number of messages → `quit`.
 * The library's message composer is not used: what is sent is the stored message, byte for byte, with an envelope that
 * is always explicit, so no file, URL or header can be read into it.
 *
 * The outcome of a submission tells by provenance what a sender must know: a reply of the server, a failure before
 * the message was complete (try again), or silence after its final dot (it may have been taken; RFC 1047).
 *
 * Files: `connection` is the library's connection with an end to every wait, `dialogue` sends commands of our own over
 * it (`token-dialogue` to sign in, `sender-probe` to ask about a sender), `replies` and `outcome` read meaning.
 */
import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { PasswordCredentials, TokenCredentials } from '../credentials.js';
import {
  invalidInput,
  requireSecrecy,
  validateEndpoint,
  type ConnectDependencies,
  type ConnectStep,
  type MailEndpoint,
} from '../endpoint.js';
import { MailFailure } from '../errors.js';
import { passwordSecrets, requirePassword } from '../password-sign-in.js';
import { requireToken, tokenMechanism, tokenSecrets } from '../token-sign-in.js';
import { envelopeAddress } from './address.js';
import { SmtpConnection } from './connection.js';
import { accepted, failed, type SubmissionResult } from './outcome.js';
import { probeSender, reset, type SenderProbe, type SenderVerdict } from './sender-probe.js';
import { signInByToken } from './token-dialogue.js';

export type { SenderVerdict };
export type SmtpCredentials = PasswordCredentials | TokenCredentials;

export interface SmtpEnvelope {
  /** Bare address. */
  readonly from: string;
  /** Bare addresses, at least one. */
  readonly to: readonly string[];
  /** Asks for reports on delivery, success included (RFC 3461), under this id; nothing without. */
  readonly reportId?: string;
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

export class SmtpSession {
  readonly #connection: SmtpConnection;
  /** What the server offers to sign in by, in upper case (RFC 4954 §3). */
  readonly #mechanisms: readonly string[];
  readonly #offersReports: boolean;
  #mustReset = false;

  private constructor(
    connection: SmtpConnection,
    private readonly options: SmtpOptions,
  ) {
    this.#connection = connection;
    this.#mechanisms = mechanismsIn(connection.lastReply);
    this.#offersReports = /^\d{3}[ -]DSN\b/im.test(connection.lastReply);
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
    const connection = await SmtpConnection.open(endpoint, dependencies, options.onProgress);
    return new SmtpSession(connection, options);
  }

  /**
   * Signs in by PLAIN, LOGIN or CRAM-MD5, whichever the server offers first, or with a token by XOAUTH2 or
   * OAUTHBEARER. Over an unencrypted connection only if the endpoint allows it; otherwise nothing is sent and
   * `clearTextRefused` is thrown.
   * @throws MailFailure
   */
  async login(credentials: SmtpCredentials): Promise<void> {
    if (credentials.method === 'oauth2') {
      requireToken(credentials);
      this.#requireSignIn();
      await this.#loginByToken(credentials);
      return;
    }
    const { username, password } = credentials;
    requirePassword(credentials);
    this.#requireSignIn();
    this.#connection.secrets.push(...passwordSecrets(credentials));
    await this.#connection.setUp((library, done) => {
      library.login({ user: username, pass: password }, (error) => done(error));
    });
  }

  #requireSignIn(): void {
    requireSecrecy(this.#connection.endpoint);
    if (!this.#connection.allowsSignIn) throw new MailFailure('authenticationUnavailable');
  }

  async #loginByToken(credentials: TokenCredentials): Promise<void> {
    const { endpoint, secrets } = this.#connection;
    const mechanism = tokenMechanism(this.#mechanisms);
    secrets.push(...tokenSecrets(credentials, endpoint));
    await this.#connection.converse((ask) =>
      signInByToken(ask, { mechanism, credentials, endpoint, secrets }),
    );
  }

  /**
   * Asks whether the server would let us send as `from`. The connection can be used on.
   * @throws MailFailure for what is no verdict; `invalidInput` naming the address
   */
  async probeSender({ from, recipient }: SenderProbe): Promise<SenderVerdict> {
    const envelope = {
      from: envelopeAddress(from, 'from'),
      recipient: envelopeAddress(recipient, 'recipient'),
    };
    const verdict = await this.#connection.converse(async (ask) => {
      if (this.#mustReset) await reset(ask, this.#connection);
      return probeSender(ask, envelope, this.#connection);
    });
    this.#mustReset = false;
    return verdict;
  }

  /** Whether reports on delivery can be asked for (RFC 3461). */
  get offersReports(): boolean {
    return this.#offersReports;
  }

  /** False once the connection has ended; then only a new session helps. */
  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /**
   * Submits one message. Never rejects for what the server or the network does; one call at a time.
   * @param raw the whole message with CRLF line ends; dots are stuffed here
   * @param beforeDot runs when everything but the final dot has been handed over. Until it resolves the server cannot
   *   take the message, afterwards it may (RFC 5321 §4.1.1.4, §4.2.5); when it rejects the message is not sent.
   * @throws MailFailure `invalidInput` naming the envelope's field; and what `raw` fails with or `beforeDot` rejects with
   */
  async submit(
    envelope: SmtpEnvelope,
    raw: Readable | Buffer,
    beforeDot: () => Promise<void> = () => Promise.resolve(),
  ): Promise<SubmissionResult> {
    const { endpoint, secrets } = this.#connection;
    const wire = wireEnvelope(envelope);
    const size = Buffer.isBuffer(raw) ? raw.length : undefined;
    const progress: { isDotSent: boolean; stoppedBy?: { error: unknown } } = { isDotSent: false };
    const held = beforeTheEnd(raw, beforeDot, (error) => {
      progress.stoppedBy = { error };
    });
    const message = Readable.from(held, { objectMode: false });
    message.on('error', () => undefined);
    message.once('end', () => {
      // what follows is the final dot: from here on the server may take the message
      progress.isDotSent = true;
      const finalReplyMs = this.options.finalReplyTimeoutMs ?? 10 * MINUTE_MS;
      this.#connection.setSilenceLimit(finalReplyMs);
    });
    const wholeMs = this.options.submissionTimeoutMs ?? 30 * MINUTE_MS;
    try {
      if (!Buffer.isBuffer(raw) && raw.destroyed) throw invalidInput('raw');
      if (this.#mustReset)
        await this.#connection.run(wholeMs, (library, done) => library.reset(done));
      this.#mustReset = true;
      const info = await this.#connection.run<SMTPConnection.SentMessageInfo>(
        wholeMs,
        (library, done) =>
          library.send(
            { ...wire, ...reports(envelope.reportId), size, use8BitMime: true },
            message,
            done,
          ),
      );
      this.#mustReset = false;
      if (progress.isDotSent) return accepted(info, wire.given, secrets);
      // a reply to a message that has not ended yet is not a reply to it
      throw new MailFailure('protocolViolation', { params: { detail: 'unsolicitedReply' } });
    } catch (error) {
      const result = failed(error, {
        endpoint,
        secrets,
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
      this.#connection.setSilenceLimit(endpoint.timeoutMs);
    }
  }

  /** Says QUIT; resolves when the connection has ended, at the latest after two seconds. */
  quit(): Promise<void> {
    return this.#connection.quit();
  }

  /** Drops the connection at once. */
  destroy(): void {
    this.#connection.destroy();
  }
}

/** nodemailer asks for them only where the server offers it. */
const reports = (id: string | undefined) =>
  id === undefined
    ? {}
    : { dsn: { ret: 'HDRS' as const, envid: id, notify: ['SUCCESS', 'FAILURE', 'DELAY'] } };

function mechanismsIn(ehlo: string): string[] {
  const lists = ehlo.matchAll(/^\d{3}[ -]AUTH[ =](.*)$/gim);
  return [...lists].flatMap(([, list = '']) => list.trim().toUpperCase().split(/\s+/));
}

/** The pieces of a message; its end is not told before `last` has resolved. */
async function* beforeTheEnd(
  raw: Readable | Buffer,
  last: () => Promise<void>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Buffer, void, void> {
  try {
    if (Buffer.isBuffer(raw)) yield raw;
    else for await (const piece of raw) yield piece as Buffer;
    await last();
  } catch (error) {
    onFailure(error);
    throw error;
  }
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
