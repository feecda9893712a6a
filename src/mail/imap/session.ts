/**
 * An IMAP session (RFC 3501): `connect` → `login` → `messageCount`, or a mailbox (mailbox.ts) → `quit`. The dialogue is
 * imapflow's; addresses, certificates, limits and what may be said in clear are ours.
 *
 * Files: `connection` lets imapflow use our sockets, `replies` reads what refusals mean, `mailbox` lists and deletes,
 * `retrieval` fetches, `folders` finds folders by what they are for.
 */
import type { FetchMessageObject, FetchQueryObject, ImapFlow, MailboxObject } from 'imapflow';
import type { Socket } from 'node:net';
import { isLine, openConnection, peek } from '../connect.js';
import type { PasswordCredentials, TokenCredentials } from '../credentials.js';
import {
  requireSecrecy,
  validateEndpoint,
  type ConnectDependencies,
  type ConnectStep,
  type MailEndpoint,
} from '../endpoint.js';
import { MailFailure, serverText } from '../errors.js';
import { passwordSecrets, requirePassword } from '../password-sign-in.js';
import { identifyProtocol } from '../protocol.js';
import {
  requireToken,
  statusOf,
  tokenMechanism,
  tokenRefusal,
  tokenSecrets,
} from '../token-sign-in.js';
import { ImapConnection, transportOver } from './connection.js';
import { failureOf, isGone, type ImapError } from './replies.js';

export type ImapCredentials = PasswordCredentials | TokenCredentials;

export interface ImapOptions {
  /** Told when each step of `connect` is done. */
  readonly onProgress?: (step: ConnectStep) => void;
  /** What a server may send at once; a check reads short replies only. */
  readonly limits?: ImapLimits;
}

export interface ImapLimits {
  readonly maxLineBytes: number;
  readonly maxLiteralBytes: number;
}

/** Connecting, signing in or opening the mailbox may take this many times as long as the server may be silent. */
const WHOLE_FACTOR = 4;

const KIB = 1024;
const CHECK_LIMITS: ImapLimits = { maxLineBytes: 256 * KIB, maxLiteralBytes: 256 * KIB };

/** RFC 2177 allows 29 minutes; many routers forget a silent connection earlier. */
const MAX_IDLE_MS = 4 * 60_000;

const CLIENT_INFO = { name: 'ERP mail bridge', version: '', vendor: '', 'support-url': '' };

export class ImapSession {
  readonly #connection: ImapConnection;
  /** imapflow's call that connects and signs in. */
  readonly #signedIn: Promise<void>;
  readonly #secrets: string[] = [];
  /** What broke the connection, where imapflow tells its commands only that it is gone. */
  #fault: Error | null = null;
  /** Of the last command, when it was refused: the library does not pass it on with every refusal. */
  #responseCode = '';

  private constructor(
    private readonly socket: Socket,
    private readonly endpoint: MailEndpoint,
    { trust }: ConnectDependencies,
    { onProgress = () => undefined, limits = CHECK_LIMITS }: ImapOptions,
  ) {
    const { host, port, security, timeoutMs } = endpoint;
    this.#connection = new ImapConnection({
      host,
      port,
      secure: security === 'tls',
      doSTARTTLS: security === 'starttls',
      transport: transportOver(socket, { endpoint, trust }, onProgress),
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      maxLineLength: limits.maxLineBytes,
      maxLiteralSize: limits.maxLiteralBytes,
      maxResponseSize: limits.maxLineBytes + limits.maxLiteralBytes,
      clientInfo: CLIENT_INFO,
      maxIdleTime: MAX_IDLE_MS,
      disableAutoIdle: true,
      disableCompression: true,
      disableAutoEnable: true,
      logger: false,
    });
    this.#connection.on('error', (error) => (this.#fault ??= error));
    this.#connection.on('response', ({ response, code = '' }) => {
      this.#responseCode = response.toUpperCase() === 'OK' ? '' : code;
    });
    this.#signedIn = this.#connection.connect();
    // also when nobody signs in
    this.#signedIn.catch(() => undefined);
  }

  /**
   * Connects, reads the greeting, asks for capabilities, encrypts as the endpoint says. Sends nothing secret.
   * @throws MailFailure
   */
  static async connect(
    endpoint: MailEndpoint,
    dependencies: ConnectDependencies,
    options: ImapOptions = {},
  ): Promise<ImapSession> {
    validateEndpoint(endpoint);
    const { onProgress = () => undefined } = options;
    const socket = await openConnection(endpoint, dependencies, onProgress);
    socket.on('error', () => undefined);
    try {
      const greeting = await peek(socket, endpoint.timeoutMs, isLine);
      requireImap(greeting);
      if (!isRefusing(greeting)) onProgress('greeting');
      const session = new ImapSession(socket, endpoint, dependencies, options);
      await session.#within(Promise.race([session.#connection.ready, session.#signedIn]));
      onProgress('capabilities');
      return session;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /**
   * Signs in. A password or token goes over an unencrypted connection only if the endpoint allows it; otherwise
   * nothing is sent and `clearTextRefused` is thrown.
   * @throws MailFailure
   */
  async login(credentials: ImapCredentials): Promise<void> {
    const { username } = credentials;
    if (credentials.method === 'oauth2') requireToken(credentials);
    else requirePassword(credentials);
    requireSecrecy(this.endpoint);
    this.#requireOffered(credentials.method);
    if (credentials.method === 'oauth2') {
      this.#secrets.push(...tokenSecrets(credentials, this.endpoint));
      this.#connection.signIn({ user: username, accessToken: credentials.accessToken });
    } else {
      this.#secrets.push(...passwordSecrets(credentials));
      this.#connection.signIn({ user: username, pass: credentials.password });
    }
    await this.#within(this.#signedIn, { method: credentials.method });
  }

  #requireOffered(method: ImapCredentials['method']): void {
    const capabilities = [...this.#connection.capabilities.keys()].map((one) => one.toUpperCase());
    const offered = capabilities
      .filter((one) => one.startsWith('AUTH='))
      .map((one) => one.slice('AUTH='.length));
    if (method === 'oauth2') tokenMechanism(offered);
    else if (capabilities.includes('LOGINDISABLED') && !offered.some((one) => BY_PASSWORD.has(one)))
      throw new MailFailure('authenticationUnavailable', {
        params: { offered: offered.join(' ').slice(0, 200) },
      });
  }

  /** How many messages lie in a folder; '' is the inbox. @throws MailFailure */
  async messageCount(path = ''): Promise<number> {
    // EXAMINE (RFC 3501 §6.3.2), not STATUS: the mailbox has to open, and nothing in it changes
    const { exists } = await this.open(path, true);
    return exists;
  }

  /** Whether the server tells by itself when the opened folder changes (RFC 2177). */
  get canIdle(): boolean {
    return this.#connection.capabilities.has('IDLE');
  }

  /**
   * Waits in the opened folder.
   * @param onGrown told each time when it holds more messages than before
   * @throws MailFailure, always: when the connection has ended, or the server refuses to wait
   */
  async idle(onGrown: () => void): Promise<never> {
    this.#connection.on('exists', ({ count, prevCount }) => {
      if (count > prevCount) onGrown();
    });
    for (;;) {
      const isRefused = (await this.#connection.idle()) === false;
      if (!this.#connection.usable) throw this.#fault ?? new MailFailure('connectionLost');
      if (isRefused) throw new MailFailure('serverRefused', { params: { serverText: 'IDLE' } });
    }
  }

  /**
   * Opens a folder; '' is the inbox. Read only is EXAMINE: nothing can be changed.
   * @throws MailFailure folderMissing
   */
  open(path: string, isReadOnly: boolean): Promise<MailboxObject> {
    const folder = path === '' ? 'INBOX' : path;
    return this.perform(async (connection) => {
      try {
        return await connection.mailboxOpen(folder, { readOnly: isReadOnly });
      } catch (error) {
        const isMissing = (error as { mailboxMissing?: unknown }).mailboxMissing === true;
        throw isMissing ? new MailFailure('folderMissing', { params: { folder } }) : error;
      }
    });
  }

  /** Says LOGOUT; resolves when the connection has ended, at the latest after ten seconds. */
  async quit(): Promise<void> {
    await this.#connection.logout();
    this.close();
  }

  /** Drops the connection at once. */
  close(): void {
    this.#connection.close();
    this.socket.destroy();
  }

  /**
   * Commands of the library, after sign-in. A refusal leaves the session open, everything else ends it.
   * @param extraMs for what takes longer than a short reply
   * @throws MailFailure
   */
  async perform<T>(work: (connection: ImapFlow) => Promise<T>, extraMs = 0): Promise<T> {
    return this.#within(work(this.#connection), { extraMs });
  }

  /** Whether commands can be given; also after one that the server refused. */
  get isOpen(): boolean {
    return this.#connection.usable;
  }

  /** Why the library tells of a command only that it came to nothing. */
  failureOf(command: string): MailFailure {
    if (!this.isOpen) return this.#failureOf({ code: 'NoConnection' });
    return this.#failureOf({ responseStatus: 'NO', responseText: command });
  }

  /**
   * Answers of one FETCH, as they come; while one is looked at the server is held back. No other command may be given
   * meanwhile. Ending the loop early ends the session.
   * @param extraMs each answer may take this much longer than a short reply
   * @throws MailFailure
   */
  async *fetch(
    uids: string,
    query: FetchQueryObject,
    extraMs: number,
  ): AsyncGenerator<FetchMessageObject, void, undefined> {
    const rows = this.#connection.fetch(uids, query, { uid: true });
    let isTaken = false;
    try {
      for (;;) {
        isTaken = false;
        const { done, value } = await this.#within(rows.next(), { extraMs });
        if (done === true) return;
        isTaken = true;
        yield value;
      }
    } finally {
      // answers still on the way would have nobody to go to
      if (isTaken) this.close();
    }
  }

  /** Waits for a step of the library; what fails is thrown as a MailFailure. */
  async #within<T>(
    work: Promise<T>,
    {
      method,
      extraMs = 0,
    }: { readonly method?: ImapCredentials['method']; readonly extraMs?: number } = {},
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const limitMs = this.endpoint.timeoutMs * WHOLE_FACTOR + extraMs;
      timer = setTimeout(() => reject(tooSlow()), limitMs);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      if (method !== undefined || !isRefusal(error as ImapError)) this.close();
      throw this.#failureOf(error as ImapError, method);
    } finally {
      clearTimeout(timer);
    }
  }

  #failureOf(error: ImapError, method?: ImapCredentials['method']): MailFailure {
    const cause = this.#fault !== null && isGone(error) ? this.#fault : error;
    const isSigningIn = method !== undefined;
    const failure = failureOf(cause, {
      endpoint: this.endpoint,
      secrets: this.#secrets,
      isSigningIn,
      responseCode: this.#responseCode,
    });
    return method === 'oauth2' ? tokenRefusal(failure, statusOf(error.oauthError)) : failure;
  }
}

const tooSlow = () => new MailFailure('responseTimeout', { params: { awaited: 'reply' } });

/** A command that the server refuses says nothing against the connection. */
const isRefusal = ({ responseStatus }: ImapError): boolean =>
  responseStatus === 'NO' || responseStatus === 'BAD';

const BY_PASSWORD = new Set(['PLAIN', 'LOGIN']);

/** @throws MailFailure */
function requireImap(greeting: Buffer): void {
  const found = identifyProtocol(greeting);
  if (found === 'imap') return;
  if (found === 'tls') throw new MailFailure('tlsExpected');
  if (found !== null)
    throw new MailFailure('wrongProtocol', { params: { found, expected: 'imap' } });
  throw new MailFailure('protocolViolation', {
    params: { detail: 'notAnImapReply', serverText: serverText(greeting.toString('latin1')) },
  });
}

/** BYE as greeting: the server wants no connection (RFC 3501 §7.1.5). */
function isRefusing(greeting: Buffer): boolean {
  return /^\* BYE\b/i.test(greeting.toString('latin1', 0, 16));
}
