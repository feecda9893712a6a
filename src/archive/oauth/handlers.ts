/** The part of RpcMailBridge about signing in by OAuth 2.0. */
import type { mailBridgeOAuth2Methods } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Handlers } from '../rpc/handlers.js';
import type { OAuth } from './index.js';
import { checkProvider } from './provider-check.js';

export function oauth2Handlers(dependencies: {
  readonly oauth: OAuth;
  readonly clock: Clock;
}): Handlers<typeof mailBridgeOAuth2Methods> {
  const { oauth, clock } = dependencies;
  const { signIns, providers } = oauth;
  return {
    GetOAuth2ProviderList: async (_parameters, { realmId }) =>
      (await providers.store.list(realmId)).map((provider) => ({
        ...provider,
        RedirectUrl: signIns.redirectUrl(),
      })),
    PutOAuth2Provider: async ({ Provider }, { realmId }) => {
      await providers.store.put(realmId, Provider);
    },
    DeleteOAuth2Provider: async ({ ID }, { realmId }) => {
      await providers.store.delete(realmId, ID);
    },
    CheckOAuth2Provider: async ({ Provider: provider }, { realmId }) => {
      const stored = await providers.store.find(realmId, provider.ID);
      const clientSecret =
        provider.ClientSecret === '' ? (stored?.clientSecret ?? '') : provider.ClientSecret;
      const redirectUrl = signIns.redirectUrl();
      return checkProvider({ provider, clientSecret }, { providers, clock, redirectUrl });
    },
    StartOAuth2: ({ Request }, { realmId }) => signIns.start(realmId, Request),
    GetOAuth2Progress: ({ Identifier }, { realmId }) => signIns.progress(realmId, Identifier),
    DropOAuth2: async ({ Identifier }, { realmId }) => {
      await signIns.drop(realmId, Identifier);
      void oauth.sweep();
    },
  };
}
