/** Who signed in, as far as the claims of an id token tell. Pure. */
import { OAuth2ProviderKind, type OAuth2Provider } from '../../greyhound/index.js';

export interface Identity {
  /** The address to sign in with; '' when the provider told none. */
  readonly address: string;
  /** All addresses that are theirs, in lower case. */
  readonly addresses: readonly string[];
  /** A Microsoft administrator who can consent for everybody. */
  readonly isAdministrator: boolean;
}

/** Global, application, cloud application and privileged role administrator (Entra built-in roles). */
const CONSENTING_ROLES = new Set([
  '62e90394-69f5-4237-9190-012177145e10',
  '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  '158c047a-c907-4556-b7ef-446551a6b5f7',
  'e8611ab8-c189-46e8-94e1-60213ab1f814',
]);

/** @param payload claims of a token that was found good */
export function identityIn(
  payload: Readonly<Record<string, unknown>>,
  { Kind }: OAuth2Provider,
): Identity {
  const isVerified = payload['email_verified'] !== false && payload['email_verified'] !== 'false';
  const names = Kind === OAuth2ProviderKind.opGoogle ? ['email'] : ['preferred_username', 'upn'];
  const claims = isVerified ? [...names, 'email'] : names;
  const addresses = claims
    .map((claim) => payload[claim])
    .filter((value): value is string => typeof value === 'string' && value.includes('@'));
  const roles = Array.isArray(payload['wids']) ? (payload['wids'] as unknown[]) : [];
  return {
    address: addresses[0] ?? '',
    addresses: [...new Set(addresses.map((address) => address.toLowerCase()))],
    isAdministrator: roles.some((role) => CONSENTING_ROLES.has(String(role))),
  };
}

export const isAddressOf = (identity: Pick<Identity, 'addresses'>, address: string): boolean =>
  identity.addresses.includes(address.trim().toLowerCase());
