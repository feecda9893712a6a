/** Where a browser is sent to sign in (RFC 6749 §4.1.1, RFC 7636, OpenID Connect Core §3.1.2.1). Pure. */
import { OAuth2ProviderKind } from '../../greyhound/index.js';
import { tokenDigest } from '../../platform/ids.js';
import { ProviderError } from './provider-error.js';
import { scopesOf, type ReachableProvider } from './providers.js';
import type { SignIn, SignInSecret } from './sign-in-store.js';

interface AuthorizationRequest {
  readonly row: SignIn;
  readonly state: string;
  readonly secret: SignInSecret;
  readonly redirectUrl: string;
}

export function authorizationUrl(
  reached: ReachableProvider,
  { row, state, secret, redirectUrl }: AuthorizationRequest,
): string {
  const { provider, endpoints, kind, client } = reached;
  const { verifier = '', nonce = '' } = secret;
  const hint = row.delegate === '' ? row.address : row.delegate;
  return client.authorizationUrl({
    ...promptFor(kind.authorization, endpoints.promptsSupported),
    redirect_uri: redirectUrl,
    scope: scopesOf(reached).join(' '),
    state,
    nonce,
    code_challenge: Buffer.from(tokenDigest(verifier), 'hex').toString('base64url'),
    code_challenge_method: 'S256',
    ...(hint === '' ? {} : { login_hint: hint }),
    ...(row.locale === '' ? {} : { ui_locales: row.locale }),
    ...(provider.Kind === OAuth2ProviderKind.opGoogle ? { hl: row.locale } : {}),
  });
}

/** Microsoft: nobody is signed in by it. @throws ProviderError */
export function adminConsentUrl(
  { provider, endpoints, kind }: ReachableProvider,
  { state, redirectUrl }: AuthorizationRequest,
): string {
  if (endpoints.adminConsent === null)
    throw new ProviderError('refused', 'This provider has no consent of administrators.');
  const url = new URL(endpoints.adminConsent);
  url.searchParams.set('client_id', provider.ClientId);
  url.searchParams.set('redirect_uri', redirectUrl);
  url.searchParams.set('state', state);
  url.searchParams.set('scope', scopesOf({ provider, kind }).join(' '));
  return url.toString();
}

/** Only prompts that the provider says it knows, where it says so. */
function promptFor(
  parameters: Readonly<Record<string, string>>,
  supported: readonly string[],
): Record<string, string> {
  const { prompt = '', ...others } = parameters;
  const wanted = prompt.split(' ').filter((one) => one !== '');
  if (supported.includes('select_account') && !wanted.includes('select_account'))
    wanted.unshift('select_account');
  return { ...others, ...(wanted.length === 0 ? {} : { prompt: wanted.join(' ') }) };
}
