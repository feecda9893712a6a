/**
 * One provider's token endpoint. simple-oauth2 does code, refresh, client credentials and revocation; openid-client
 * the device code (RFC 8628) and clients without a secret, which simple-oauth2 has no word for.
 *
 * Two faults of simple-oauth2 5.1 are mended around: a refresh that answers no new refresh token loses the old one
 * (here the caller keeps it), and an empty 200 of a revocation (RFC 7009 §2.2) is taken for an error (`json: true`).
 */
import {
  allowInsecureRequests,
  ClientError,
  Configuration,
  customFetch,
  genericGrantRequest,
  initiateDeviceAuthorization,
  None,
  refreshTokenGrant,
  ResponseBodyError,
  ClientSecretBasic,
  ClientSecretPost,
} from 'openid-client';
import axios from 'axios';
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';
import { ProviderError, providerError } from './provider-error.js';
import type { ProviderHttp } from './provider-http.js';
import type { ProviderEndpoints } from './provider-kinds.js';
import type { StoredProvider } from './provider-store.js';

export interface TokenAnswer {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  /** Null: none was given; after a refresh the one before goes on. */
  readonly refreshToken: string | null;
  /** How long the refresh token lives whatever happens; null: not told. */
  readonly refreshExpiresInSeconds: number | null;
  readonly idToken: string | null;
}

export interface DeviceAnswer {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUrl: string;
  readonly expiresInSeconds: number;
  readonly intervalSeconds: number;
}

/** For providers that do not say. */
const DEFAULT_LIFETIME_SECONDS = 3600;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export class TokenClient {
  readonly #simple: ConstructorParameters<typeof AuthorizationCode>[0];

  constructor(
    private readonly stored: StoredProvider,
    private readonly endpoints: ProviderEndpoints,
    private readonly http: ProviderHttp,
  ) {
    const token = new URL(endpoints.token);
    this.#simple = {
      client: { id: stored.provider.ClientId, secret: stored.clientSecret },
      auth: {
        tokenHost: token.origin,
        tokenPath: `${token.pathname}${token.search}`,
        authorizePath: endpoints.authorization,
        ...(endpoints.revocation === null ? {} : { revokePath: endpoints.revocation }),
      },
      options: { authorizationMethod: endpoints.clientAuthentication },
      http: { json: true, timeout: http.timeoutMs, agent: http.agentFor(endpoints.token) },
    };
  }

  authorizationUrl(parameters: Readonly<Record<string, string>>): string {
    return new AuthorizationCode(this.#simple).authorizeURL(parameters);
  }

  /** @throws ProviderError */
  exchangeCode(code: string, redirectUrl: string, verifier: string): Promise<TokenAnswer> {
    return this.#ask(async () => {
      const parameters = { code, redirect_uri: redirectUrl, code_verifier: verifier };
      if (this.stored.clientSecret === '')
        return genericGrantRequest(this.#configuration(), 'authorization_code', parameters);
      const given = await new AuthorizationCode(this.#simple).getToken(parameters);
      return given.token;
    });
  }

  /** @throws ProviderError */
  refresh(refreshToken: string): Promise<TokenAnswer> {
    return this.#ask(async () => {
      if (this.stored.clientSecret === '')
        return refreshTokenGrant(this.#configuration(), refreshToken);
      const held = new AuthorizationCode(this.#simple).createToken({ refresh_token: refreshToken });
      return (await held.refresh()).token;
    });
  }

  /** Access of the application itself. @throws ProviderError */
  applicationToken(scopes: readonly string[]): Promise<TokenAnswer> {
    return this.#ask(async () => {
      const { tokenHost, tokenPath = '' } = this.#simple.auth;
      const client = new ClientCredentials({ ...this.#simple, auth: { tokenHost, tokenPath } });
      return (await client.getToken(scopes.length === 0 ? {} : { scope: [...scopes] })).token;
    });
  }

  /** Does nothing where the provider has no such endpoint. @throws ProviderError */
  async revoke(refreshToken: string): Promise<void> {
    if (this.endpoints.revocation === null) return;
    this.http.agentFor(this.endpoints.revocation);
    const held = new AuthorizationCode(this.#simple).createToken({ refresh_token: refreshToken });
    await asProviderError(() => held.revoke('refresh_token'));
  }

  /** @throws ProviderError */
  async startDevice(scopes: readonly string[]): Promise<DeviceAnswer> {
    const configuration = this.#configuration();
    const given = await asProviderError(() =>
      initiateDeviceAuthorization(configuration, { scope: scopes.join(' ') }),
    );
    return {
      deviceCode: given.device_code,
      userCode: given.user_code,
      verificationUrl: given.verification_uri,
      expiresInSeconds: given.expires_in,
      intervalSeconds: given.interval ?? 5,
    };
  }

  /** @throws ProviderError notConfirmedYet, deviceCodeExpired, denied and others */
  askDevice(deviceCode: string): Promise<TokenAnswer> {
    return this.#ask(() =>
      genericGrantRequest(this.#configuration(), DEVICE_GRANT, { device_code: deviceCode }),
    );
  }

  /**
   * Whether the provider accepts client id and secret, asked with a code that cannot be right: it refuses the code
   * only when it has accepted the client (RFC 6749 §5.2).
   * @throws ProviderError clientRefused, unavailable
   */
  async checkClient(redirectUrl: string): Promise<void> {
    try {
      await this.exchangeCode('settings-check', redirectUrl, 'c'.repeat(43));
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.code === 'clientRefused' || error.code === 'unavailable') throw error;
    }
  }

  #configuration(): Configuration {
    const { issuer, token, device, authorization, jwks } = this.endpoints;
    const { clientSecret, provider } = this.stored;
    const authentication =
      clientSecret === ''
        ? None()
        : this.endpoints.clientAuthentication === 'body'
          ? ClientSecretPost(clientSecret)
          : ClientSecretBasic(clientSecret);
    const configuration = new Configuration(
      {
        issuer,
        token_endpoint: token,
        authorization_endpoint: authorization,
        jwks_uri: jwks,
        ...(device === null ? {} : { device_authorization_endpoint: device }),
      },
      provider.ClientId,
      undefined,
      authentication,
    );
    configuration[customFetch] = this.http.fetch;
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- on loopback only, see provider-http.ts
    if (token.startsWith('http:')) allowInsecureRequests(configuration);
    return configuration;
  }

  async #ask(request: () => Promise<unknown>): Promise<TokenAnswer> {
    return tokenAnswer(await asProviderError(request));
  }
}

async function asProviderError<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    if (error instanceof ResponseBodyError)
      throw providerError(
        error.status,
        { error: error.error, error_description: error.error_description },
        error,
      );
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof ProviderError) throw cause;
    if (isBoom(error)) throw providerError(error.output.statusCode, error.data?.payload, error);
    // no answer, or one that the library cannot read; anything else is a fault of ours
    if (error instanceof ClientError || axios.isAxiosError(error) || axios.isAxiosError(cause))
      throw providerError(0, undefined, error);
    throw error;
  }
}

/** What Wreck throws under simple-oauth2: a status, and the body if there was one. */
interface Boom {
  readonly output: { readonly statusCode: number };
  readonly data?: { readonly payload?: unknown } | null;
}

const isBoom = (error: unknown): error is Boom =>
  error instanceof Error && 'isBoom' in error && error.isBoom === true;

function tokenAnswer(payload: unknown): TokenAnswer {
  const given = (typeof payload === 'object' && payload !== null ? payload : {}) as Record<
    string,
    unknown
  >;
  const text = (name: string) => {
    const value = given[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const seconds = (name: string) => {
    const value = Number(given[name]);
    return Number.isFinite(value) && value > 0 ? Math.floor(value) : null;
  };
  const accessToken = text('access_token');
  if (accessToken === null)
    throw new ProviderError('unavailable', 'The provider answered without a token.');
  return {
    accessToken,
    expiresInSeconds: seconds('expires_in') ?? DEFAULT_LIFETIME_SECONDS,
    refreshToken: text('refresh_token'),
    refreshExpiresInSeconds: seconds('refresh_token_expires_in'),
    idToken: text('id_token'),
  };
}
