/** What a provider says about its endpoints (OpenID Connect Discovery 1.0, RFC 8414). */
import { allowInsecureRequests, customFetch, discovery } from 'openid-client';
import { ProviderError } from './provider-error.js';
import type { ProviderHttp } from './provider-http.js';
import type { ProviderEndpoints } from './provider-kinds.js';

/** @throws ProviderError unavailable */
export async function discover(issuer: string, http: ProviderHttp): Promise<ProviderEndpoints> {
  const isPlain = issuer.startsWith('http:');
  const asked = discovery(new URL(issuer), 'discovery', undefined, undefined, {
    [customFetch]: http.fetch,
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
