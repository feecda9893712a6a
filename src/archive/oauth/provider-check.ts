/** What can be known about a provider's settings without a person signing in. */
import { RpcOAuth2ProviderFinding, type OAuth2ProviderFinding } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { secureUrl } from '../../platform/secure-url.js';
import { ProviderError } from './provider-error.js';
import type { Providers, ReachableProvider } from './providers.js';
import { validate, type StoredProvider } from './provider-store.js';

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

const Outcome = { well: 0, look: 1, wrong: 2 } as const;

interface CheckDependencies {
  readonly providers: Providers;
  readonly clock: Clock;
  /** The address to be registered. */
  readonly redirectUrl: string;
}

/** Asks discovery and the token endpoint; nothing is granted or changed. @throws RpcError invalidValue */
export async function checkProvider(
  stored: StoredProvider,
  { providers, clock, redirectUrl }: CheckDependencies,
): Promise<OAuth2ProviderFinding[]> {
  validate(stored.provider);
  const findings = [redirectFinding(redirectUrl), ...secretFindings(stored, clock.now())];
  let step = 'discovery';
  try {
    const reached = await providers.reach(stored);
    step = 'client';
    findings.push(finding('discovery', Outcome.well, 'endpointsKnown'), pkceFinding(reached));
    await reached.client.checkClient(redirectUrl);
    findings.push(finding('client', Outcome.well, 'clientAccepted'));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const code = error.code === 'clientRefused' ? 'clientRefused' : 'providerUnavailable';
    findings.push(finding(step, Outcome.wrong, code, error.words));
  }
  return findings;
}

function finding(Check: string, outcome: number, Code: string, Words = ''): OAuth2ProviderFinding {
  return RpcOAuth2ProviderFinding.make({ Check, Outcome: outcome, Code, Words });
}

/** Providers take https addresses, and http only for the machine itself. */
function redirectFinding(redirectUrl: string): OAuth2ProviderFinding {
  if (secureUrl(redirectUrl) === null)
    return finding('redirectUrl', Outcome.wrong, 'redirectUrlNotHttps', redirectUrl);
  if (redirectUrl.startsWith('http:'))
    return finding('redirectUrl', Outcome.look, 'redirectUrlOnLoopback', redirectUrl);
  return finding('redirectUrl', Outcome.well, 'redirectUrlUsable', redirectUrl);
}

function pkceFinding({ endpoints }: ReachableProvider): OAuth2ProviderFinding {
  return endpoints.supportsPkce
    ? finding('pkce', Outcome.well, 'pkceSupported')
    : finding('pkce', Outcome.look, 'pkceNotAnnounced');
}

function secretFindings({ provider }: StoredProvider, now: Date): OAuth2ProviderFinding[] {
  const { ClientSecretExpires: expires } = provider;
  if (expires === null) return [];
  const days = Math.floor((expires.getTime() - now.getTime()) / DAY_MS);
  const at = expires.toISOString();
  if (days < 0) return [finding('clientSecretExpires', Outcome.wrong, 'clientSecretExpired', at)];
  const outcome = days <= WARN_DAYS ? Outcome.look : Outcome.well;
  return [finding('clientSecretExpires', outcome, 'clientSecretExpires', at)];
}
