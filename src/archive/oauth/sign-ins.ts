/**
 * Signing in at a provider: begun by RPC, decided by a person in a browser or on another device, told by RPC.
 *
 * Only the mailbox that is to be linked may sign in, or the delegate that the administrator named. Anybody else gets
 * nothing: what the provider gave is revoked, and both addresses are told. A sign-in of a Microsoft administrator who
 * is not the mailbox is a consent, not a link.
 */
import { randomBytes } from 'node:crypto';
import {
  OAuth2Flow,
  OAuth2State,
  RpcOAuth2Session,
  RpcOAuth2SessionProgress,
  type OAuth2Request,
  type OAuth2Session,
  type OAuth2SessionProgress,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { tokenDigest } from '../../platform/ids.js';
import type { Logger } from '../../platform/log.js';
import { secureUrl } from '../../platform/secure-url.js';
import { RpcError } from '../errors.js';
import { invalid, requirePrintable } from '../objects/validation.js';
import type { GrantStore } from './grant-store.js';
import { adminConsentUrl, authorizationUrl } from './authorization-url.js';
import { pollDeviceCode } from './device-code.js';
import { isAddressOf } from './identity.js';
import { ProviderError } from './provider-error.js';
import { applicationScopesOf, scopesOf, type Providers } from './providers.js';
import { servesHost, type StoredProvider } from './provider-store.js';
import type { SignIn, SignInStore } from './sign-in-store.js';
import type { FlowName } from './schema.js';
import type { TokenAnswer } from './token-client.js';
import { codeOf, failed, judge } from './verdict.js';

/** How long a person may take, and how long the result is good for an account. */
const LIFETIME_MS = 30 * 60_000;

export const randomToken = (): string => randomBytes(32).toString('base64url');

/** What stands in an account's Password instead of a password. */
export const REFERENCE_PREFIX = 'oauth2-link:';

const flowNames: Readonly<Record<number, FlowName>> = {
  [OAuth2Flow.ofCode]: 'code',
  [OAuth2Flow.ofDevice]: 'device',
  [OAuth2Flow.ofApplication]: 'application',
  [OAuth2Flow.ofAdminConsent]: 'adminConsent',
};

interface SignInDependencies {
  readonly signIns: SignInStore;
  readonly grants: GrantStore;
  readonly providers: Providers;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where browsers reach this product, without a slash at the end. */
  readonly publicUrl: () => string;
}

export class SignIns {
  constructor(private readonly dependencies: SignInDependencies) {}

  /** @throws RpcError oauth2Refused or invalidValue */
  async start(realmId: number, request: OAuth2Request): Promise<OAuth2Session> {
    validateRequest(request);
    const flow = flowNames[request.Flow];
    if (flow === undefined) throw invalid('Flow', 'must be between 0 and 3');
    const stored = await this.#providerFor(realmId, request);
    const row = this.#newRow(realmId, stored.provider.ID, flow, request);
    try {
      if (flow === 'application') return await this.#startApplication(row, stored);
      if (flow === 'device') return await this.#startDevice(row, stored);
      const shared = await this.#grantOfDelegate(row);
      if (shared !== null) return await this.#finishAtOnce(row, shared);
      return await this.#startInBrowser(row, stored);
    } catch (error) {
      throw error instanceof ProviderError ? oauth2Refused(codeOf(error), error.words) : error;
    }
  }

  async progress(realmId: number, identifier: string): Promise<OAuth2SessionProgress> {
    const found = await this.dependencies.signIns.find(realmId, identifier);
    if (found === undefined)
      return RpcOAuth2SessionProgress.make({ State: OAuth2State.oasFailed, Code: 'unknown' });
    const isWaiting = found.state === 'pending' && found.flow === 'device';
    const row = isWaiting
      ? await pollDeviceCode(found, this.dependencies, (outcome) => this.settle(found, outcome))
      : found;
    return progressOf(row, this.#now());
  }

  /** Forgets a sign-in; what was granted is revoked by whoever looks for unused grants. */
  async drop(realmId: number, identifier: string): Promise<void> {
    const row = await this.dependencies.signIns.find(realmId, identifier);
    if (row !== undefined) await this.dependencies.signIns.remove(row.identifier);
  }

  /** What a browser brings back has been turned into tokens, or into an error. */
  async settle(row: SignIn, outcome: TokenAnswer | ProviderError): Promise<SignIn> {
    const verdict =
      outcome instanceof ProviderError
        ? failed(codeOf(outcome), outcome.words)
        : await judge(this.dependencies, row, outcome);
    const { signIns, logger } = this.dependencies;
    const columns = {
      state: verdict.state,
      code: verdict.code,
      words: verdict.words,
      identity: verdict.identity,
      grant_id: verdict.grantId,
      secret: null,
    };
    await signIns.change(row, row.flow === 'device' ? 'pending' : 'exchanging', columns);
    logger.info({ provider: row.provider_id, state: verdict.state, code: verdict.code }, 'sign-in');
    return { ...row, ...columns };
  }

  /** The address of the provider's page. @throws ProviderError */
  async authorizationUrl(row: SignIn, state: string): Promise<string> {
    const { signIns, providers } = this.dependencies;
    const reached = await providers.reachById(row.realm_id, row.provider_id);
    const request = { row, state, secret: signIns.secretOf(row), redirectUrl: this.redirectUrl() };
    return row.flow === 'adminConsent'
      ? adminConsentUrl(reached, request)
      : authorizationUrl(reached, request);
  }

  /** The one address that has to be registered at the provider. */
  redirectUrl(): string {
    return `${this.dependencies.publicUrl()}/oauth/callback`;
  }

  async #providerFor(
    realmId: number,
    { ProviderRef, Host }: OAuth2Request,
  ): Promise<StoredProvider> {
    const { store } = this.dependencies.providers;
    const stored =
      ProviderRef === ''
        ? await store.ofHost(realmId, Host)
        : await store.find(realmId, ProviderRef);
    if (stored === null)
      throw oauth2Refused('notConfigured', 'No provider is set up for this mail server.');
    if (Host !== '' && !servesHost(stored.provider, Host))
      throw oauth2Refused('hostNotServed', 'This provider is not set up for this mail server.');
    return stored;
  }

  #newRow(
    realmId: number,
    providerId: string,
    flow: FlowName,
    request: OAuth2Request,
  ): Omit<SignIn, 'secret'> {
    return {
      identifier: randomToken(),
      realm_id: realmId,
      provider_id: providerId,
      flow,
      state: 'pending',
      code: '',
      words: '',
      identity: '',
      address: request.Address.trim(),
      delegate: request.Delegate.trim(),
      redirect_url: request.RedirectUrl,
      locale: request.Locale,
      state_digest: null,
      browser_digest: null,
      grant_id: null,
      account: null,
      expires_at: new Date(this.#now().getTime() + LIFETIME_MS).toISOString(),
      next_poll_at: null,
    };
  }

  async #startInBrowser(
    row: Omit<SignIn, 'secret'>,
    stored: StoredProvider,
  ): Promise<OAuth2Session> {
    // a provider that cannot be reached is told now, not in the browser
    await this.dependencies.providers.reach(stored);
    const state = randomToken();
    await this.dependencies.signIns.add(
      { ...row, state_digest: tokenDigest(state) },
      { verifier: randomToken(), nonce: randomToken() },
    );
    const Url = `${this.dependencies.publicUrl()}/oauth/start?state=${state}`;
    return sessionOf(row, { Url });
  }

  async #startDevice(row: Omit<SignIn, 'secret'>, stored: StoredProvider): Promise<OAuth2Session> {
    const reached = await this.dependencies.providers.reach(stored);
    if (!reached.kind.offersDeviceCode || reached.endpoints.device === null)
      throw oauth2Refused('flowNotOffered', 'This provider has no sign-in by device code.');
    const given = await reached.client.startDevice(scopesOf(reached));
    const now = this.#now().getTime();
    const expires = new Date(now + given.expiresInSeconds * 1000);
    const { deviceCode, intervalSeconds } = given;
    await this.dependencies.signIns.add(
      {
        ...row,
        expires_at: expires.toISOString(),
        next_poll_at: new Date(now + intervalSeconds * 1000).toISOString(),
      },
      { deviceCode, intervalSeconds },
    );
    const shown = { UserCode: given.userCode, VerificationUrl: given.verificationUrl };
    return sessionOf({ ...row, expires_at: expires.toISOString() }, shown);
  }

  async #startApplication(
    row: Omit<SignIn, 'secret'>,
    stored: StoredProvider,
  ): Promise<OAuth2Session> {
    const { providers, grants } = this.dependencies;
    const reached = await providers.reach(stored);
    const scopes = applicationScopesOf(reached);
    if (scopes === null || stored.clientSecret === '')
      throw oauth2Refused('flowNotOffered', 'This provider has no access for applications.');
    const tokens = await reached.client.applicationToken(scopes);
    const grantId = await grants.create({
      realmId: row.realm_id,
      providerId: row.provider_id,
      flow: 'application',
      identity: { address: '', addresses: [] },
      tokens: { ...tokens, refreshToken: null },
    });
    return this.#finishAtOnce(row, { id: grantId, identity: '' });
  }

  async #finishAtOnce(
    row: Omit<SignIn, 'secret'>,
    grant: { readonly id: number; readonly identity: string },
  ): Promise<OAuth2Session> {
    const ending = { state: 'finished', grant_id: grant.id, identity: grant.identity } as const;
    await this.dependencies.signIns.add({ ...row, ...ending }, null);
    return sessionOf(row, {});
  }

  /** One sign-in for several mailboxes: a delegate who has signed in already need not do it again. */
  async #grantOfDelegate({ realm_id, provider_id, delegate, flow }: Omit<SignIn, 'secret'>) {
    if (delegate === '' || flow !== 'code') return null;
    const grants = await this.dependencies.grants.list(realm_id);
    return (
      grants.find(
        (grant) =>
          grant.providerId === provider_id &&
          grant.endedAt === null &&
          grant.flow !== 'application' &&
          isAddressOf(grant, delegate),
      ) ?? null
    );
  }

  #now(): Date {
    return this.dependencies.clock.now();
  }
}

export const oauth2Refused = (code: string, words: string): RpcError =>
  new RpcError('oauth2Refused', `[${code}] ${words}`.trim());

function validateRequest({ Host, Address, Delegate, RedirectUrl, Locale }: OAuth2Request): void {
  for (const [member, value] of Object.entries({ Host, Address, Delegate, Locale }))
    requirePrintable(member, value);
  if (RedirectUrl !== '' && secureUrl(RedirectUrl) === null)
    throw invalid('RedirectUrl', 'must be an https address, or http on this machine');
}

const sessionOf = (
  { identifier, provider_id, flow, expires_at }: Omit<SignIn, 'secret'>,
  shown: Partial<OAuth2Session>,
): OAuth2Session =>
  RpcOAuth2Session.make({
    Identifier: identifier,
    Kind: flow,
    ProviderRef: provider_id,
    Expires: new Date(expires_at),
    ...shown,
  });

function progressOf(row: SignIn, now: Date): OAuth2SessionProgress {
  const told = { Code: row.code, Words: row.words, Identity: row.identity };
  if (row.state === 'finished')
    return RpcOAuth2SessionProgress.make({
      ...told,
      State: OAuth2State.oasFinished,
      Password: `${REFERENCE_PREFIX}${row.identifier}`,
    });
  if (row.state === 'failed')
    return RpcOAuth2SessionProgress.make({ ...told, State: OAuth2State.oasFailed });
  if (row.expires_at <= now.toISOString())
    return RpcOAuth2SessionProgress.make({
      ...told,
      State: OAuth2State.oasFailed,
      Code: row.flow === 'device' ? 'deviceCodeExpired' : 'expired',
    });
  return RpcOAuth2SessionProgress.make({ ...told, State: OAuth2State.oasPending });
}
