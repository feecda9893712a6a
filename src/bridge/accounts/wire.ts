/** What the mappings of incoming and SMTP accounts to the wire share. */
import { createHash } from 'node:crypto';
import {
  ImportMode,
  RpcAccountOptions,
  SentCopy,
  type AccountOptions,
  type AccountStatus,
} from '../../greyhound/index.js';
import { refuse } from '../failure.js';
import type { LinkRecord } from '../oauth/link.js';
import { linkStanding, type AccountError } from '../oauth/link-state.js';
import { PASSWORD_PLACEHOLDER, type Security, type TlsException } from './fields.js';
import type { InitialImport, LastError, OAuthState } from './schemas.js';

/** Units of Interval and Timeout in seconds, of DeleteAge in days; null: the archive does not tell them. */
export interface Units {
  readonly IntervalSeconds: number;
  readonly TimeoutSeconds: number;
  readonly DeleteAgeDays: number;
}

/** What stands beside the account struct: facts of the archive, and the place of the account among the licensed. */
export interface AccountFacts {
  readonly units: Units | null;
  /** null: the archive serves no RpcMailBridge. */
  readonly status: AccountStatus | null;
  readonly managedExternally: boolean;
  /** What the bridge itself knows of the account's link; null: nothing. */
  readonly record: LinkRecord | null;
  /** When all this was read. */
  readonly readAt: Date;
}

/** peNo, peSSL, peSTARTTLS; SMTP numbers them alike. */
const securities: readonly Security[] = ['none', 'tls', 'starttls'];

export const securityFromWire = (encrypt: number): Security | 'unknown' =>
  securities[encrypt] ?? 'unknown';

export const securityToWire = (security: Security): number => securities.indexOf(security);

export const optionsOf = (facts: AccountFacts): AccountOptions =>
  facts.status?.Options ?? RpcAccountOptions.make();

export const tlsExceptionFromWire = (options: AccountOptions): TlsException | null =>
  options.TlsFingerprint === ''
    ? null
    : { fingerprint: options.TlsFingerprint, reason: options.TlsReason };

/** What the documented account cannot say. */
interface OptionFields {
  readonly allowClearTextLogin?: boolean | undefined;
  readonly tlsException?: TlsException | null | undefined;
  readonly copySent?: boolean | undefined;
  readonly sentFolder?: string | undefined;
  readonly initialImport?: InitialImport | undefined;
}

const importModes = {
  all: ImportMode.imAll,
  since: ImportMode.imSince,
  onlyNew: ImportMode.imNone,
} as const;

function sentCopyAfter({ SentCopy: before }: AccountOptions, isWanted: boolean | undefined) {
  if (isWanted === undefined) return before;
  return isWanted ? SentCopy.scSentFolder : SentCopy.scNone;
}

/** The options after a change; what is not given stays. */
export function applyOptions(current: AccountOptions, changes: OptionFields): AccountOptions {
  const exception =
    changes.tlsException === undefined ? tlsExceptionFromWire(current) : changes.tlsException;
  return {
    ...current,
    AllowClearTextLogin: changes.allowClearTextLogin ?? current.AllowClearTextLogin,
    TlsFingerprint: exception?.fingerprint ?? '',
    TlsReason: exception?.reason ?? '',
    SentCopy: sentCopyAfter(current, changes.copySent),
    SentFolder: changes.sentFolder ?? current.SentFolder,
    ...(changes.initialImport !== undefined && {
      Import: importModes[changes.initialImport.mode],
      ImportSince:
        changes.initialImport.mode === 'since' ? new Date(changes.initialImport.since) : null,
    }),
  };
}

/** Only an archive with RpcMailBridge can keep these. @throws BridgeFailure notSupportedByArchive */
export function requireOptionsSupport(changes: OptionFields, hasMailBridge: boolean): void {
  if (hasMailBridge) return;
  if (changes.tlsException != null) throw notSupported('tlsException');
  if (changes.copySent === true) throw notSupported('copySent');
  if ((changes.sentFolder ?? '') !== '') throw notSupported('sentFolder');
  if (changes.initialImport !== undefined) throw notSupported('initialImport');
}

export const notSupported = (field: string) => refuse('notSupportedByArchive', { field });

/** Whole units of a duration, rounded up: a limit never becomes shorter than asked for. */
export const toUnits = (amount: number, unit: number): number => Math.ceil(amount / unit);

interface SecretFields {
  readonly password?: string | undefined;
  readonly credential?: string | undefined;
  readonly unlink?: boolean | undefined;
}

/**
 * What goes into `Password`: a new password, or what was read, which stands for "unchanged". With OAuth2 it is what a
 * link stands for; a password never becomes that, and what a link stood for never stays behind as a password (SAL-100).
 */
export function secretToWire(
  { password: given, credential = '', unlink = false }: SecretFields,
  current: string,
  isOAuth2: { readonly before: boolean; readonly after: boolean },
): string {
  if (isOAuth2.after && credential !== '') return credential;
  const kept = isOAuth2.before === isOAuth2.after && !unlink ? current : '';
  return isOAuth2.after || given === undefined || given === PASSWORD_PLACEHOLDER ? kept : given;
}

/** How the link of an account that signs in by OAuth2 stands. */
export function oauthFromWire(
  account: AccountError,
  { status, record, readAt }: AccountFacts,
): { readonly state: OAuthState; readonly expiresAt: string | null } {
  const { state, expiresAt } = linkStanding({
    isOAuth2: true,
    link: status?.OAuth2 ?? null,
    record,
    error: account,
    now: readAt,
  });
  return { state, expiresAt: expiresAt?.toISOString() ?? null };
}

/** null: none so far. */
export function lastErrorFromWire(
  account: { readonly Message: string; readonly ErrorCount: number },
  facts: AccountFacts,
): LastError | null {
  if (account.Message === '' && account.ErrorCount === 0) return null;
  const code = facts.status?.LastErrorCode ?? '';
  return {
    message: account.Message,
    count: account.ErrorCount,
    at: facts.status?.LastErrorAt?.toISOString() ?? null,
    code: code === '' ? null : code,
  };
}

/** An account as it is read. */
interface Representation {
  readonly lastError: unknown;
  readonly managedExternally: boolean;
  readonly oauth: unknown;
}

/** Tag of what is saved. Last error, link and the place among the licensed change without a save: not in it. */
export function entityTag(view: Representation): string {
  const saved = { ...view, lastError: undefined, managedExternally: undefined, oauth: undefined };
  return createHash('sha256').update(JSON.stringify(saved)).digest('base64url').slice(0, 22);
}
