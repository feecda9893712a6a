import { describe, expect, it } from '@jest/globals';
import { endedCodeOf } from '../../../src/archive/oauth/ended-code.js';
import { endingOf } from '../../../src/archive/oauth/endings.js';
import { OAuth2ProviderKind, RpcOAuth2Provider } from '../../../src/greyhound/index.js';

const day = (number: number): Date => new Date(Date.UTC(2026, 0, 1) + number * 86_400_000);
const grant = (given: Partial<Parameters<typeof endingOf>[0]> = {}) => ({
  flow: 'code' as const,
  grantedAt: day(0),
  refreshedAt: day(0),
  refreshExpiresAt: null,
  ...given,
});
const provider = (given: Partial<ReturnType<typeof RpcOAuth2Provider.make>> = {}) =>
  RpcOAuth2Provider.make({ Kind: OAuth2ProviderKind.opMicrosoft, ...given });

describe('when a link is going to end', () => {
  it.each([
    ['Microsoft: 90 days after it was last used', grant(), provider(), day(90), 'inactivity'],
    [
      'and using it moves the end',
      grant({ refreshedAt: day(50) }),
      provider(),
      day(140),
      'inactivity',
    ],
    [
      'with the client secret, if that is sooner',
      grant(),
      provider({ ClientSecretExpires: day(20) }),
      day(20),
      'clientSecret',
    ],
    [
      'Google in test mode: after seven days, used or not',
      grant({ refreshedAt: day(6) }),
      provider({ Kind: OAuth2ProviderKind.opGoogle, Testing: true }),
      day(7),
      'testing',
    ],
    [
      'when the provider itself said so',
      grant({ refreshExpiresAt: day(3) }),
      provider(),
      day(3),
      'lifetime',
    ],
  ] as const)('%s', (_name, of, by, at, cause) => {
    expect(endingOf(of, by)).toEqual({ at, by: cause });
  });

  it('is not known where nobody says', () => {
    expect(endingOf(grant(), provider({ Kind: OAuth2ProviderKind.opOpenId }))).toBeNull();
    // access of the application has no refresh token that could lapse
    expect(endingOf(grant({ flow: 'application' }), provider())).toBeNull();
  });
});

describe('why a link has ended', () => {
  const at = (number: number, words = '', given = {}) =>
    endedCodeOf({ ...grant(), ...given }, { words }, day(number));

  it('is told by the provider', () => {
    expect(at(1, 'invalid_grant: AADSTS700082: The refresh token has expired')).toBe('inactive');
    expect(at(1, 'invalid_grant: AADSTS50173: The provided grant has expired')).toBe(
      'passwordChanged',
    );
    expect(at(1, 'invalid_grant: AADSTS50076: Due to a configuration change')).toBe('signInAgain');
  });

  it('is guessed by its age: Google ends sign-ins of the test mode after seven days', () => {
    const words = 'invalid_grant: Token has been expired or revoked.';
    expect(at(7.1, words)).toBe('testing');
    expect(at(3, words)).toBe('revoked');
    expect(at(40, words, { refreshedAt: day(39) })).toBe('revoked');
  });

  it('is the end that the provider had given, or having lain unused', () => {
    expect(at(4, '', { refreshExpiresAt: day(3) })).toBe('expired');
    expect(at(91)).toBe('inactive');
    expect(at(1)).toBe('revoked');
  });
});
