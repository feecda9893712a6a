/**
 * Basic sign-in. The user part is `<client id>-<user name>`, the client id being exactly 32 characters; the vendor's
 * client encodes user and password in windows-1252, others in UTF-8, so both readings are tried.
 *
 * Deriving a password hash is slow on purpose. What was verified once is remembered by a keyed digest, in memory
 * only, so that later calls cost nothing.
 */
import { isUtf8 } from 'node:buffer';
import { createHmac, randomBytes } from 'node:crypto';
import { decodeWindows1252 } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Caller } from './handlers.js';
import type { Realms, RealmUser } from './realms.js';

const CLIENT_ID_LENGTH = 32;
const REMEMBERED_LIMIT = 200;
/** Tries with wrong or new credentials from one address within a minute. */
const ATTEMPT_LIMIT = 20;
const ATTEMPT_WINDOW_MS = 60_000;

export type SignInOutcome =
  | { readonly outcome: 'signedIn'; readonly caller: Caller }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'tooManyAttempts'; readonly retryAfterSeconds: number };

interface BasicCredentials {
  readonly clientId: string;
  /** `<user name>:<password>` in whichever charset. */
  readonly bytes: Buffer;
}

/** Null when the header holds no Basic credentials in GREYHOUND's form. */
function parseHeader(header: string | undefined): BasicCredentials | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const bytes = Buffer.from(encoded, 'base64');
  const clientId = bytes.subarray(0, CLIENT_ID_LENGTH).toString('latin1');
  if (!/^[\x21-\x7e]{32}$/.test(clientId) || bytes[CLIENT_ID_LENGTH] !== 0x2d) return null;
  return { clientId, bytes: bytes.subarray(CLIENT_ID_LENGTH + 1) };
}

/** The readings of the bytes; ASCII has one. A user name cannot contain a colon (RFC 7617 §2). */
function readings(bytes: Buffer): { username: string; password: string }[] {
  const utf8 = isUtf8(bytes) ? [bytes.toString('utf8')] : [];
  const texts = new Set([...utf8, decodeWindows1252(bytes)]);
  return [...texts].flatMap((text) => {
    const colon = text.indexOf(':');
    if (colon < 0) return [];
    return [{ username: text.slice(0, colon), password: text.slice(colon + 1) }];
  });
}

export class SignIn {
  readonly #digestKey = randomBytes(32);
  readonly #remembered = new Map<string, Promise<RealmUser | null>>();
  readonly #attempts = new Map<string, { count: number; since: number }>();

  constructor(
    private readonly realms: Realms,
    private readonly clock: Clock,
  ) {
    realms.onCredentialsChange(() => this.#remembered.clear());
  }

  /** @param address where the request comes from, for the limit of tries */
  async signIn(header: string | undefined, address: string): Promise<SignInOutcome> {
    const credentials = parseHeader(header);
    if (credentials === null) return { outcome: 'refused' };
    const digest = createHmac('sha256', this.#digestKey).update(credentials.bytes).digest('hex');
    // Calls that arrive together wait for one derivation.
    const remembered = this.#remembered.get(digest);
    if (remembered === undefined) {
      const retryAfterSeconds = this.#countAttempt(address);
      if (retryAfterSeconds > 0) return { outcome: 'tooManyAttempts', retryAfterSeconds };
    }
    const user = await (remembered ?? this.#verify(digest, credentials.bytes));
    if (user === null) return { outcome: 'refused' };
    return { outcome: 'signedIn', caller: { ...user, clientId: credentials.clientId } };
  }

  #verify(digest: string, bytes: Buffer): Promise<RealmUser | null> {
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size >= REMEMBERED_LIMIT)
      this.#remembered.delete(oldest);
    const verified = this.#tryReadings(bytes);
    this.#remembered.set(digest, verified);
    const forget = () => this.#remembered.delete(digest);
    verified.then((user) => user === null && forget(), forget);
    return verified;
  }

  async #tryReadings(bytes: Buffer): Promise<RealmUser | null> {
    for (const { username, password } of readings(bytes)) {
      const user = await this.realms.verify(username, password);
      if (user !== null) return user;
    }
    return null;
  }

  /** @returns seconds to wait; 0 when this try may go on */
  #countAttempt(address: string): number {
    const now = this.clock.now().getTime();
    for (const [known, { since }] of this.#attempts) {
      // also when the clock was set back: nobody is to wait longer than the window
      if (now - since >= ATTEMPT_WINDOW_MS || now < since) this.#attempts.delete(known);
    }
    const attempts = this.#attempts.get(address) ?? { count: 0, since: now };
    this.#attempts.set(address, attempts);
    attempts.count += 1;
    if (attempts.count <= ATTEMPT_LIMIT) return 0;
    return Math.ceil((attempts.since + ATTEMPT_WINDOW_MS - now) / 1000);
  }
}
