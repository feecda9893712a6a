/** Where a provider's endpoints are: known ones as data, all others by discovery (RFC 8414), kept for a while. */
import { allowInsecureRequests, customFetch, discovery } from 'openid-client';
import { OAuth2ProviderKind, type OAuth2Provider } from '../../greyhound/index.js';
import { kindOf, type ProviderEndpoints } from './provider-kinds.js';
import { ProviderError } from './provider-error.js';
import type { ProviderHttp } from './provider-http.js';

const KEPT_MS = 3_600_000;

export class Endpoints {
  readonly #known = new Map<
    string,
    { readonly until: number; readonly found: ProviderEndpoints }
  >();

  constructor(private readonly http: ProviderHttp) {}

  /** @throws ProviderError unavailable */
  async of({ Kind, Issuer, Tenant }: OAuth2Provider): Promise<ProviderEndpoints> {
    const fixed = kindOf(Kind).endpoints;
    if (Issuer === '' && fixed !== null) return fixed(Tenant);
    const known = this.#known.get(Issuer);
    if (known !== undefined && known.until > Date.now()) return known.found;
    const discovered = await this.#discover(Issuer);
    const found =
      Kind === OAuth2ProviderKind.opMicrosoft
        ? { ...discovered, adminConsent: `${Issuer.replace(/\/+$/, '')}/adminconsent` }
        : discovered;
    this.#known.set(Issuer, { until: Date.now() + KEPT_MS, found });
    return found;
  }

  async #discover(issuer: string): Promise<ProviderEndpoints> {
    const isPlain = issuer.startsWith('http:');
    const asked = discovery(new URL(issuer), 'discovery', undefined, undefined, {
      [customFetch]: this.http.fetch,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- on loopback only, see provider-http.ts
      execute: isPlain ? [allowInsecureRequests] : [],
    });
    const metadata = await asked.then(
      (configuration) => configuration.serverMetadata(),
      (error: unknown) => {
        if (error instanceof ProviderError) throw error;
        throw new ProviderError('unavailable', 'Discovery failed.', { cause: error });
      },
    );
    const { authorization_endpoint, token_endpoint, jwks_uri } = metadata;
    if (authorization_endpoint === undefined || token_endpoint === undefined || !jwks_uri)
      throw new ProviderError('unavailable', 'The provider describes no endpoints.');
    const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const prompts = metadata['prompt_values_supported'];
    return {
      issuer: metadata.issuer,
      authorization: authorization_endpoint,
      token: token_endpoint,
      jwks: jwks_uri,
      revocation: metadata.revocation_endpoint ?? null,
      device: metadata.device_authorization_endpoint ?? null,
      adminConsent: null,
      clientAuthentication: methods.includes('client_secret_basic') ? 'header' : 'body',
      supportsPkce: metadata.code_challenge_methods_supported?.includes('S256') ?? false,
      promptsSupported: Array.isArray(prompts) ? (prompts as string[]) : [],
    };
  }
}
