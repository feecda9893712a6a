/** How accounts may sign in: no secret in clear without the admin's word, no password beside OAuth2, no hidden link. Pure. */
import { fieldAt } from '../accounts/account-rules.js';
import { isRealPassword } from '../accounts/fields.js';
import { BridgeFailure, refuse } from '../failure.js';
import { isLinked, type LinkStanding } from '../oauth/link-state.js';

interface SignIn {
  /** Of an incoming account. */
  readonly protocol?: string | undefined;
  readonly security?: string | undefined;
  readonly authentication?: string | undefined;
  readonly allowClearTextLogin?: boolean | undefined;
}

interface SignInChanges extends SignIn {
  readonly host?: string | undefined;
  readonly password?: string | undefined;
  readonly linkId?: string | undefined;
}

const relevant = [
  'security',
  'authentication',
  'allowClearTextLogin',
  'host',
  'password',
  'linkId',
] as const;

/** A token is as good as a password to whoever reads it on its way. */
const isReadable = (authentication: string | undefined): boolean =>
  authentication === 'password' || authentication === 'oauth2';

/**
 * @param current null for a new account
 * @throws BridgeFailure clearTextLoginNotAllowed; an account that signs in so already may change in other respects
 */
export function checkClearText(current: SignIn | null, changes: SignInChanges, path: string): void {
  if (relevant.every((field) => changes[field] === undefined)) return;
  const security = changes.security ?? current?.security;
  const authentication = authenticationAfter(current, changes);
  const isAllowed = changes.allowClearTextLogin ?? current?.allowClearTextLogin ?? false;
  if (security === 'none' && isReadable(authentication) && !isAllowed) {
    throw refuse('clearTextLoginNotAllowed', { field: fieldAt(path, 'allowClearTextLogin') });
  }
}

/** A link says by itself that the account signs in by OAuth2. */
const authenticationAfter = (
  current: SignIn | null,
  { authentication, linkId }: SignInChanges,
): string | undefined =>
  authentication ?? (linkId === undefined ? current?.authentication : 'oauth2');

/**
 * With OAuth2 there is no password (SAL-89), and nothing else can be linked. Only POP3 has APOP (RFC 1939).
 * @throws BridgeFailure invalidRequest
 */
function checkSecrets(current: SignIn | null, changes: SignInChanges, path: string): void {
  const authentication = authenticationAfter(current, changes);
  if (authentication === 'apop' && (changes.protocol ?? current?.protocol) === 'imap')
    throw refuse('invalidRequest', { field: fieldAt(path, 'authentication') });
  const isOAuth2 = authentication === 'oauth2';
  if (!isOAuth2 && changes.linkId !== undefined)
    throw refuse('invalidRequest', { field: fieldAt(path, 'linkId') });
  if (isOAuth2 && isRealPassword(changes.password))
    throw refuse('invalidRequest', { field: fieldAt(path, 'password') });
}

/**
 * A new account may be saved without a password or a link, but not activated.
 * @param usesLink whether it has a link without one of its own: an SMTP account whose incoming account is linked
 * @throws BridgeFailure invalidRequest, linkRequired
 */
export function checkNewSignIn(
  create: SignInChanges & { readonly active?: boolean | undefined },
  path: string,
  usesLink: boolean,
): void {
  checkSecrets(null, create, path);
  const { active, authentication, password, linkId } = create;
  if (active !== true || authentication === 'none') return;
  if (authentication !== 'oauth2') {
    if (!isRealPassword(password))
      throw refuse('invalidRequest', { field: fieldAt(path, 'password') });
  } else if (linkId === undefined && !usesLink)
    throw refuse('linkRequired', { field: fieldAt(path, 'linkId') });
}

/**
 * A linked account is unlinked first, or in the same save (SAL-97, 100).
 * @throws BridgeFailure invalidRequest, alreadyLinked, stillLinked
 */
export function checkSignInChange(
  current: SignIn,
  { state, via }: Pick<LinkStanding, 'state' | 'via'>,
  changes: SignInChanges & { readonly unlink?: boolean | undefined },
  path: string,
): void {
  checkSecrets(current, changes, path);
  if (!isLinked(state) || via !== null || changes.unlink === true) return;
  if (changes.linkId !== undefined) throw linked('alreadyLinked', fieldAt(path, 'linkId'));
  if (authenticationAfter(current, changes) !== 'oauth2')
    throw linked('stillLinked', fieldAt(path, 'authentication'));
}

/** The same request passes once the account is unlinked. */
const linked = (code: 'alreadyLinked' | 'stillLinked', field: string): BridgeFailure =>
  new BridgeFailure(code, { disposition: 'actionRequired', origin: 'caller', field });
