/** Whether a sign-in is one: who signed in, may they, and what becomes of what the provider gave. */
import { OAuth2ProviderKind } from '../../greyhound/index.js';
import type { GrantStore } from './grant-store.js';
import { isAddressOf, type Identity } from './identity.js';
import { ProviderError } from './provider-error.js';
import type { Providers, ReachableProvider } from './providers.js';
import type { SignIn, SignInStore } from './sign-in-store.js';
import type { TokenAnswer } from './token-client.js';

export interface VerdictDependencies {
  readonly signIns: SignInStore;
  readonly grants: GrantStore;
  readonly providers: Providers;
}

/** How a sign-in ended. */
export interface Verdict {
  readonly state: 'finished' | 'failed';
  readonly code: string;
  readonly words: string;
  readonly identity: string;
  readonly grantId: number | null;
}

/** Decides whether who signed in may be linked; if so, the grant is kept. */
export async function judge(
  { signIns, providers, grants }: VerdictDependencies,
  row: SignIn,
  tokens: TokenAnswer,
): Promise<Verdict> {
  try {
    const reached = await providers.reachById(row.realm_id, row.provider_id);
    if (tokens.idToken === null) return await giveBack(reached, tokens, 'identityUnknown', '');
    const nonce = row.flow === 'code' ? (signIns.secretOf(row).nonce ?? '') : null;
    const identity = await providers.identityOf(tokens.idToken, nonce, reached);
    const { address } = identity;
    if (address === '') return await giveBack(reached, tokens, 'identityUnknown', '');
    if (!mayLink(row, identity)) {
      const isConsent =
        identity.isAdministrator && reached.provider.Kind === OAuth2ProviderKind.opMicrosoft;
      const code = isConsent ? 'consentGranted' : 'wrongAccount';
      return await giveBack(reached, tokens, code, address);
    }
    if (tokens.refreshToken === null)
      return await giveBack(reached, tokens, 'noRefreshToken', address);
    const flow = row.flow === 'device' ? 'device' : 'code';
    const grantId = await grants.create({
      realmId: row.realm_id,
      providerId: row.provider_id,
      flow,
      identity,
      tokens,
    });
    return { state: 'finished', code: '', words: '', identity: address, grantId };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return failed(codeOf(error), error.words);
  }
}

/** What is not kept is revoked, as far as the provider can. */
async function giveBack(
  { client }: ReachableProvider,
  { refreshToken }: TokenAnswer,
  code: string,
  identity: string,
): Promise<Verdict> {
  if (refreshToken !== null && code !== 'consentGranted')
    await client.revoke(refreshToken).catch((error: unknown) => {
      if (!(error instanceof ProviderError)) throw error;
    });
  return { ...failed(code, ''), identity };
}

/** Without an address the account that the result is written to decides. */
const mayLink = ({ address, delegate }: SignIn, identity: Identity): boolean =>
  address === '' ||
  isAddressOf(identity, address) ||
  (delegate !== '' && isAddressOf(identity, delegate));

export const failed = (code: string, words: string): Verdict => ({
  state: 'failed',
  code,
  words,
  identity: '',
  grantId: null,
});

/** What the caller is told. */
const CODES: Partial<Record<ProviderError['code'], string>> = {
  invalidGrant: 'codeExpired',
  unavailable: 'providerUnavailable',
  refused: 'providerRefused',
  slowDown: 'notConfirmedYet',
};

export const codeOf = ({ code }: ProviderError): string => CODES[code] ?? code;
