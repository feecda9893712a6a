/**
 * An IMAP session (RFC 3501) for settings checks: `connect` → `login` → `messageCount` → `quit`. It changes nothing in
 * the mailbox. The dialogue is imapflow's; addresses, certificates, limits and what may be said in clear are ours.
 */
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
}

/** Connecting, signing in or opening the mailbox may take this many times as long as the server may be silent. */
const WHOLE_FACTOR = 4;

/** A check reads short replies only. */
const MAX_BYTES = 256 * 1024;

const CLIENT_INFO = { name: 'ERP mail bridge', version: '', vendor: '', 'support-url': '' };

export class ImapSession {
  readonly #connection: ImapConnection;
  /** imapflow's call that connects and signs in. */
  readonly #signedIn: Promise<void>;
  readonly #secrets: string[] = [];
  /** What broke the connection, where imapflow tells its commands only that it is gone. */
  #fault: Error | null = null;

  private constructor(
    private readonly socket: Socket,
    private readonly endpoint: MailEndpoint,
    { trust }: ConnectDependencies,
    onProgress: (step: ConnectStep) => void,
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
      maxLineLength: MAX_BYTES,
      maxLiteralSize: MAX_BYTES,
      maxResponseSize: MAX_BYTES,
      clientInfo: CLIENT_INFO,
      disableAutoIdle: true,
      disableCompression: true,
      disableAutoEnable: true,
      logger: false,
    });
    this.#connection.on('error', (error) => (this.#fault ??= error));
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
    { onProgress = () => undefined }: ImapOptions = {},
  ): Promise<ImapSession> {
    validateEndpoint(endpoint);
    const socket = await openConnection(endpoint, dependencies, onProgress);
    socket.on('error', () => undefined);
    try {
      const greeting = await peek(socket, endpoint.timeoutMs, isLine);
      requireImap(greeting);
      if (!isRefusing(greeting)) onProgress('greeting');
      const session = new ImapSession(socket, endpoint, dependencies, onProgress);
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
    await this.#within(this.#signedIn, credentials.method);
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

  /** How many messages lie in the inbox. @throws MailFailure */
  async messageCount(): Promise<number> {
    // EXAMINE (RFC 3501 §6.3.2), not STATUS: the mailbox has to open, and nothing in it changes
    const opening = this.#connection.mailboxOpen('INBOX', { readOnly: true });
    const { exists } = await this.#within(opening);
    return exists;
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

  /** Waits for a step of the library; what fails is thrown as a MailFailure and ends the connection. */
  async #within<T>(work: Promise<T>, method?: ImapCredentials['method']): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const failure = new MailFailure('responseTimeout', { params: { awaited: 'reply' } });
      timer = setTimeout(() => reject(failure), this.endpoint.timeoutMs * WHOLE_FACTOR);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      this.close();
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
    });
    return method === 'oauth2' ? tokenRefusal(failure, statusOf(error.oauthError)) : failure;
  }
}

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
