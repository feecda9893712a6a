/** Why a provider does not accept a grant any more, as far as its words and the grant's age tell. Pure. */
import type { Grant } from './grant-store.js';
import type { ProviderError } from './provider-error.js';

const DAY_MS = 86_400_000;
const GOOGLE_TEST_DAYS = 7;

/** Microsoft's numbers (AADSTS, Entra error codes). */
const BY_NUMBER: readonly (readonly [RegExp, EndedCode])[] = [
  [/\bAADSTS(?:700082|700084)\b/, 'inactive'],
  [/\bAADSTS(?:50173|50133)\b/, 'passwordChanged'],
  [/\bAADSTS(?:50076|50079|50158|53000|53003)\b/, 'signInAgain'],
];

export type EndedCode =
  'revoked' | 'inactive' | 'passwordChanged' | 'signInAgain' | 'testing' | 'expired';

export function endedCodeOf(
  {
    grantedAt,
    refreshedAt,
    refreshExpiresAt,
  }: Pick<Grant, 'grantedAt' | 'refreshedAt' | 'refreshExpiresAt'>,
  { words }: Pick<ProviderError, 'words'>,
  now: Date,
): EndedCode {
  const told = BY_NUMBER.find(([pattern]) => pattern.test(words));
  if (told !== undefined) return told[1];
  if (refreshExpiresAt !== null && refreshExpiresAt <= now) return 'expired';
  // Google says "Token has been expired or revoked": at this age it is the test mode of the consent screen
  const ageDays = (now.getTime() - grantedAt.getTime()) / DAY_MS;
  const isGoogle = words.includes('expired or revoked');
  if (isGoogle && ageDays >= GOOGLE_TEST_DAYS && ageDays < GOOGLE_TEST_DAYS + 1) return 'testing';
  const unusedDays = (now.getTime() - refreshedAt.getTime()) / DAY_MS;
  return unusedDays >= 90 ? 'inactive' : 'revoked';
}
