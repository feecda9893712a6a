/**
 * Who signed in, from the id token (OpenID Connect Core §3.1.3.7): signature by the provider's keys, issuer, audience,
 * times with five minutes for clocks that differ, and the nonce of this sign-in.
 */
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from 'jose';
import type { OAuth2Provider } from '../../greyhound/index.js';
import { identityIn, type Identity } from './identity.js';
import { ProviderError } from './provider-error.js';
import type { ProviderHttp } from './provider-http.js';
import type { ProviderEndpoints } from './provider-kinds.js';

const CLOCK_TOLERANCE_SECONDS = 300;

interface TokenContext {
  readonly provider: OAuth2Provider;
  readonly endpoints: ProviderEndpoints;
  readonly http: ProviderHttp;
}

type KeySet = ReturnType<typeof createRemoteJWKSet>;

export class IdTokens {
  readonly #keys = new Map<string, KeySet>();

  /**
   * @param nonce null where the flow has none (device code)
   * @throws ProviderError refused for a token that is not for us, unavailable when the keys cannot be had
   */
  async identityOf(
    idToken: string,
    nonce: string | null,
    context: TokenContext,
  ): Promise<Identity> {
    const { provider, endpoints } = context;
    const payload = await jwtVerify(idToken, this.#keysOf(context), {
      audience: provider.ClientId,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['iss', 'exp', 'iat'],
    }).then(({ payload: claims }) => claims, rejected);
    if (!isIssuedBy(payload, endpoints.issuer)) throw refusedToken('its issuer is another one');
    if (nonce !== null && payload['nonce'] !== nonce)
      throw refusedToken('it is not of this sign-in');
    return identityIn(payload, provider);
  }

  #keysOf({ endpoints, http }: TokenContext): KeySet {
    const known = this.#keys.get(endpoints.jwks);
    if (known !== undefined) return known;
    const keys = createRemoteJWKSet(new URL(endpoints.jwks), {
      [customFetch]: (url, options) =>
        http.fetch(url, { ...options, headers: Object.fromEntries(options.headers) }),
    });
    this.#keys.set(endpoints.jwks, keys);
    return keys;
  }
}

/** The keys did not come in time; their address answered something else. */
const OF_KEYS = new Set([errors.JWKSTimeout.code, errors.JOSEError.code]);

function rejected(error: unknown): never {
  const isTokenFault = error instanceof errors.JOSEError && !OF_KEYS.has(error.code);
  if (isTokenFault)
    throw new ProviderError('refused', 'The id token is not valid.', { cause: error });
  throw new ProviderError('unavailable', 'The keys of the provider could not be read.', {
    cause: error,
  });
}

const refusedToken = (why: string): ProviderError =>
  new ProviderError('refused', `The id token is not valid: ${why}.`);

/** Microsoft's issuer holds the id of the person's directory (`tid`). */
function isIssuedBy({ iss, tid }: JWTPayload, issuer: string): boolean {
  const expected = issuer.replace('{tenantid}', typeof tid === 'string' ? tid : '');
  return iss === expected;
}
