/**
 * Signing in to mail providers by OAuth 2.0. `providers` who lets users sign in, `sign-ins` a person signing in,
 * `browser-sign-in` what their browser does meanwhile, `grant-store` what was granted, `token-service` tokens for
 * sessions, `account-links` which account has which grant, `account-credentials` what an account signs in with.
 */
import type { Arming } from '../../platform/arming.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { Vault } from '../../platform/vault.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { ArchiveDatabase } from '../store/database.js';
import { AccountCredentials } from './account-credentials.js';
import { AccountLinks } from './account-links.js';
import { BrowserSignIn } from './browser-sign-in.js';
import { GrantStore, type Grant } from './grant-store.js';
import { ProviderError } from './provider-error.js';
import { ProviderHttp } from './provider-http.js';
import { ProviderStore } from './provider-store.js';
import { Providers } from './providers.js';
import { SignInStore } from './sign-in-store.js';
import { SignIns } from './sign-ins.js';
import { TokenService } from './token-service.js';

interface OAuthDependencies {
  readonly database: ArchiveDatabase;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accounts: AccountStore;
  readonly connect: Pick<ConnectDependencies, 'egress' | 'trust'>;
  readonly arming: Arming;
  /** Where browsers reach this product, without a slash at the end. */
  readonly publicUrl: () => string;
}

const SWEEP_MS = 60_000;

export class OAuth {
  readonly providers: Providers;
  readonly signIns: SignIns;
  readonly links: AccountLinks;
  readonly credentials: AccountCredentials;
  readonly browser: BrowserSignIn;
  readonly #grants: GrantStore;
  readonly #signInStore: SignInStore;
  readonly #http: ProviderHttp;
  readonly #stopListening: () => void;
  #isClosed = false;
  #sweeping: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly dependencies: OAuthDependencies) {
    const { database, vault, clock, logger, accounts, connect, arming, publicUrl } = dependencies;
    this.#http = new ProviderHttp(connect);
    this.#grants = new GrantStore(database, vault, clock);
    this.#signInStore = new SignInStore(database, vault);
    this.providers = new Providers(new ProviderStore(database, vault, clock), this.#http);
    const store = this.#signInStore;
    const common = { grants: this.#grants, clock, logger, providers: this.providers };
    this.signIns = new SignIns({ ...common, signIns: store, publicUrl });
    this.links = new AccountLinks({
      ...common,
      accounts,
      signIns: store,
      providers: this.providers.store,
    });
    this.credentials = new AccountCredentials(this.links, new TokenService({ ...common, arming }));
    const { signIns, providers } = this;
    this.browser = new BrowserSignIn({ signIns, store, providers, publicUrl, clock });
    this.#stopListening = arming.onArmed(() => void this.sweep());
  }

  async start(): Promise<void> {
    await this.#signInStore.failInterrupted();
    this.#timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
    void this.sweep();
  }

  /** Cuts what is asked of providers; grants that are still to be given back are so after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#http.close();
    await this.#sweeping;
  }

  /**
   * Revokes and forgets what no account uses any more, and sign-ins whose time is over. A copy of the data revokes
   * nothing: the original may use it.
   */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = null));
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { arming, clock, logger } = this.dependencies;
    try {
      await this.#signInStore.removeExpired(clock.now());
      if (arming.disarmed !== null) return;
      for (const grant of await this.#grants.unused()) {
        if (this.#isClosed) return;
        await this.#giveBack(grant);
      }
    } catch (error) {
      logger.error({ err: error }, 'unused grants could not be given back');
    }
  }

  /** Forgotten first: a provider that is away must not keep a token here that nobody wants. */
  async #giveBack(grant: Grant): Promise<void> {
    const { logger } = this.dependencies;
    const tokens = await this.#grants.tokens(grant.id);
    await this.#grants.remove(grant.id);
    if (tokens?.refreshToken == null) return;
    try {
      const { client } = await this.providers.reachById(grant.realmId, grant.providerId);
      await client.revoke(tokens.refreshToken);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      logger.warn({ provider: grant.providerId, code: error.code }, 'grant not revoked');
    }
  }
}
