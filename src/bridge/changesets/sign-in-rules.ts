/** No password in clear over the network without the admin's explicit word. Pure. */
import { fieldAt } from '../accounts/account-rules.js';
import { PASSWORD_PLACEHOLDER } from '../accounts/fields.js';
import { refuse } from '../failure.js';

interface SignIn {
  readonly security?: string | undefined;
  readonly authentication?: string | undefined;
  readonly allowClearTextLogin?: boolean | undefined;
}

const relevant = ['security', 'authentication', 'allowClearTextLogin', 'host', 'password'] as const;

/**
 * @param current null for a new account
 * @throws BridgeFailure clearTextLoginNotAllowed; an account that signs in so already may change in other respects
 */
export function checkClearText(
  current: SignIn | null,
  changes: SignIn & { readonly host?: string | undefined; readonly password?: string | undefined },
  path: string,
): void {
  if (relevant.every((field) => changes[field] === undefined)) return;
  const security = changes.security ?? current?.security;
  const authentication = changes.authentication ?? current?.authentication;
  const isAllowed = changes.allowClearTextLogin ?? current?.allowClearTextLogin ?? false;
  if (security === 'none' && authentication === 'password' && !isAllowed) {
    throw refuse('clearTextLoginNotAllowed', { field: fieldAt(path, 'allowClearTextLogin') });
  }
}

/**
 * A new account may be saved without a password, but not activated.
 * @throws BridgeFailure invalidRequest
 */
export function checkPassword(
  create: {
    readonly active?: boolean | undefined;
    readonly authentication?: string | undefined;
    readonly password?: string | undefined;
  },
  path: string,
): void {
  const { active, authentication, password } = create;
  const isMissing = password === undefined || password === '' || password === PASSWORD_PLACEHOLDER;
  if (active === true && authentication !== 'none' && isMissing) {
    throw refuse('invalidRequest', { field: fieldAt(path, 'password') });
  }
}
