/**
 * How an account's link stands. The archive's word counts where it serves RpcMailBridge; else what this bridge has
 * written to the account, and what the account complains of. Pure.
 */
import { createHash } from 'node:crypto';
import type { OAuth2Link } from '../../greyhound/index.js';
import type { OAuthState } from '../accounts/schemas.js';
import type { LinkFailure, LinkRecord } from './link.js';

const DAY_MS = 86_400_000;
/** A link that ends sooner than this is shown and told as ending. */
export const EXPIRING_DAYS = 30;

export interface LinkFacts {
  /** The account signs in by OAuth2. */
  readonly isOAuth2: boolean;
  /** null: the archive does not serve RpcMailBridge. */
  readonly link: OAuth2Link | null;
  readonly record: LinkRecord | null;
  /** The account's last error, with how often in a row; see {@link errorMark}. */
  readonly error: AccountError;
  readonly now: Date;
}

export interface AccountError {
  readonly Message: string;
  readonly ErrorCount: number;
}

export interface LinkStanding {
  readonly state: OAuthState;
  /** When it ends or ended; null: not known. */
  readonly expiresAt: Date | null;
  /** What ends then, or why it ended; '' when nobody knows. */
  readonly because: string;
  readonly linkedAt: Date | null;
  /** Incoming account whose link it is; null: its own. */
  readonly via: number | null;
  readonly failure: LinkFailure | null;
}

/** Only these are shown as linked, and only these have to be unlinked first (SAL-95, 97). */
export const isLinked = (state: OAuthState): boolean => state === 'linked' || state === 'expiring';

/** Words of providers for a grant that is not accepted any more (RFC 6749 §5.2; Microsoft's AADSTS numbers; Google). */
const ENDED =
  /invalid_grant|AADSTS\d+|\btoken\b.*\b(?:expired|revoked)\b|\b(?:expired|revoked)\b.*\btoken\b/is;

export const tellsOfEnd = ({ Message, ErrorCount }: AccountError): boolean =>
  ErrorCount > 0 && ENDED.test(Message);

/** Tells one error of an account from another, without its words; '' when there is none. */
export const errorMark = ({ Message, ErrorCount }: AccountError): string =>
  ErrorCount === 0
    ? ''
    : createHash('sha256')
        .update(`${String(ErrorCount)} ${Message}`)
        .digest('base64url');

export function linkStanding(facts: LinkFacts): LinkStanding {
  const held = heldLink(facts);
  const attempt = facts.record?.attempt ?? null;
  const of = (state: OAuthState, failure: LinkFailure | null = null): LinkStanding => ({
    ...held,
    state,
    failure,
  });
  if (held.condition === 'good')
    return of(isEnding(held.expiresAt, facts.now) ? 'expiring' : 'linked');
  const isWaiting = attempt?.state === 'pending';
  if (isWaiting && new Date(attempt.until) > facts.now) return of('pending');
  if (attempt?.state === 'consentGranted') return of('consentGranted', attempt.failure);
  if (held.condition === 'ended') return of('expired', attempt?.failure ?? null);
  if (isWaiting) return of('failed', { code: 'codeExpired', params: {} });
  return attempt === null ? of('unlinked') : of('failed', attempt.failure);
}

interface HeldLink extends Omit<LinkStanding, 'state' | 'failure'> {
  readonly condition: 'none' | 'good' | 'ended';
}

const nothingHeld: HeldLink = {
  condition: 'none',
  expiresAt: null,
  because: '',
  linkedAt: null,
  via: null,
};

function heldLink({ isOAuth2, link, record, error }: LinkFacts): HeldLink {
  if (!isOAuth2) return nothingHeld;
  if (link !== null) return toldByArchive(link);
  if (record === null || record.linkedAt === null || record.leaving !== null) return nothingHeld;
  const hasEnded = tellsOfEnd(error) && errorMark(error) !== record.knownError;
  return {
    ...nothingHeld,
    condition: hasEnded ? 'ended' : 'good',
    linkedAt: new Date(record.linkedAt),
    via: record.via,
  };
}

function toldByArchive(link: OAuth2Link): HeldLink {
  const { Linked, EndedAt, EndedCode, Expires, ExpiresBy, LinkedAt, ViaAccountRef } = link;
  const held = { ...nothingHeld, via: ViaAccountRef === 0 ? null : ViaAccountRef };
  if (Linked)
    return {
      ...held,
      condition: 'good',
      expiresAt: Expires,
      because: ExpiresBy,
      linkedAt: LinkedAt,
    };
  if (EndedAt === null) return nothingHeld;
  return {
    ...held,
    condition: 'ended',
    expiresAt: EndedAt,
    because: EndedCode,
    linkedAt: LinkedAt,
  };
}

const isEnding = (expiresAt: Date | null, now: Date): boolean =>
  expiresAt !== null && expiresAt.getTime() - now.getTime() <= EXPIRING_DAYS * DAY_MS;
