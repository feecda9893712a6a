/** Where a provider's endpoints are: known ones as data, all others by discovery (RFC 8414), kept for a while. */
import { OAuth2ProviderKind, type OAuth2Provider } from '../../greyhound/index.js';
import { kindOf, type ProviderEndpoints } from './provider-kinds.js';
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
    const { discover } = await import('./discovery.js');
    const discovered = await discover(Issuer, this.http);
    const found =
      Kind === OAuth2ProviderKind.opMicrosoft
        ? { ...discovered, adminConsent: `${Issuer.replace(/\/+$/, '')}/adminconsent` }
        : discovered;
    this.#known.set(Issuer, { until: Date.now() + KEPT_MS, found });
    return found;
  }
}
