/** The providers of a realm, ready to be asked. The libraries are loaded with the first question. */
import type { OAuth2Provider } from '../../greyhound/index.js';
import { Endpoints } from './endpoints.js';
import type { IdTokens } from './id-tokens.js';
import type { Identity } from './identity.js';
import { kindOf, type ProviderEndpoints, type ProviderKind } from './provider-kinds.js';
import { ProviderError } from './provider-error.js';
import type { ProviderHttp } from './provider-http.js';
import type { ProviderStore, StoredProvider } from './provider-store.js';
import type { TokenClient } from './token-client.js';

export interface ReachableProvider {
  readonly provider: OAuth2Provider;
  readonly kind: ProviderKind;
  readonly endpoints: ProviderEndpoints;
  readonly client: TokenClient;
}

export class Providers {
  readonly #endpoints: Endpoints;
  #idTokens: Promise<IdTokens> | null = null;

  constructor(
    readonly store: ProviderStore,
    private readonly http: ProviderHttp,
  ) {
    this.#endpoints = new Endpoints(http);
  }

  /** @throws ProviderError unavailable when discovery fails */
  async reach(stored: StoredProvider): Promise<ReachableProvider> {
    const { provider } = stored;
    const endpoints = await this.#endpoints.of(provider);
    const { TokenClient } = await import('./token-client.js');
    const client = new TokenClient(stored, endpoints, this.http);
    return { provider, kind: kindOf(provider.Kind), endpoints, client };
  }

  /** @throws ProviderError clientRefused when the provider is configured no more, unavailable when it is away */
  async reachById(realmId: number, id: string): Promise<ReachableProvider> {
    const stored = await this.store.find(realmId, id);
    if (stored === null)
      throw new ProviderError('clientRefused', `The provider ${id} is not configured any more.`);
    return this.reach(stored);
  }

  /** @param nonce null where the flow has none. @throws ProviderError */
  async identityOf(
    idToken: string,
    nonce: string | null,
    { provider, endpoints }: ReachableProvider,
  ): Promise<Identity> {
    this.#idTokens ??= import('./id-tokens.js').then(({ IdTokens }) => new IdTokens());
    const tokens = await this.#idTokens;
    return tokens.identityOf(idToken, nonce, { provider, endpoints, http: this.http });
  }
}

type OfProvider = Pick<ReachableProvider, 'provider' | 'kind'>;

const configured = ({ provider }: OfProvider): readonly string[] =>
  provider.Scopes.split(/\s+/).filter((scope) => scope !== '');

/** What people are asked for. */
export function scopesOf(of: OfProvider): readonly string[] {
  const own = configured(of);
  return own.length === 0 ? of.kind.scopes : own;
}

/**
 * For access of the application; null: not offered. The kind's own where it has any: Microsoft takes `.default` only
 * (AADSTS1002012), while the configured ones are what people are asked for.
 */
export function applicationScopesOf(of: OfProvider): readonly string[] | null {
  const { applicationScopes } = of.kind;
  return applicationScopes?.length === 0 ? configured(of) : applicationScopes;
}
