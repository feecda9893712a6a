/**
 * Access tokens for sessions with mail servers. One that is good for a while longer is used as it is; else it is
 * renewed, ahead of its end, once however many sessions ask at the same time. What the provider answers is durable
 * before it is used: a rotated refresh token must not be lost.
 *
 * Only the provider's clear word that the grant is no longer accepted ends it. A provider that is away, and one that
 * refuses our client id, leave it as it is.
 */
import { MailFailure } from '../../mail/errors.js';
import type { Arming } from '../../platform/arming.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { endedCodeOf } from './ended-code.js';
import type { Grant, GrantStore } from './grant-store.js';
import { ProviderError } from './provider-error.js';
import { applicationScopesOf, type Providers } from './providers.js';
import type { TokenAnswer } from './token-client.js';

const MINUTE_MS = 60_000;
/** Renewed so long before its end, or after three quarters of a short life. */
const AHEAD_MS = 10 * MINUTE_MS;
const AHEAD_SHARE = 0.25;
/** Between two renewals because a mail server refused the token: one that refuses fresh tokens refuses the next. */
const REFUSAL_PAUSE_MS = 15 * MINUTE_MS;
/** After a renewal that failed while the token is still good. */
const PAUSE_MS = MINUTE_MS;

const NOT_ARMED =
  'Links are not renewed until an administrator confirms that no other copy is at work.';

interface TokenServiceDependencies {
  readonly grants: GrantStore;
  readonly providers: Providers;
  /** A copy of the data must not renew: a provider that rotates refresh tokens would end the original's link. */
  readonly arming: Arming;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class TokenService {
  readonly #renewals = new Map<number, Promise<string>>();
  /** When a renewal last failed, while the token was still good. */
  readonly #failedAt = new Map<number, number>();
  /** When a token was last renewed because a mail server refused it. */
  readonly #refusedAt = new Map<number, number>();

  constructor(private readonly dependencies: TokenServiceDependencies) {}

  /** @throws MailFailure notLinked, linkEnded, oauthClientRefused, oauthUnavailable */
  async accessToken(grantId: number): Promise<string> {
    const grant = await this.#usable(grantId);
    const now = this.dependencies.clock.now().getTime();
    const isGood =
      now < grant.accessExpiresAt.getTime() && now >= grant.refreshedAt.getTime() - MINUTE_MS;
    if (isGood && now < renewFrom(grant)) return this.#current(grant);
    const hasFailed = now - (this.#failedAt.get(grantId) ?? -Infinity) < PAUSE_MS;
    if (isGood && hasFailed) return this.#current(grant);
    try {
      return await this.#renew(grant);
    } catch (error) {
      const isTemporary = error instanceof MailFailure && error.code === 'oauthUnavailable';
      if (!isTemporary || !isGood) throw error;
      this.#failedAt.set(grantId, now);
      return this.#current(grant);
    }
  }

  /**
   * A mail server refused the token.
   * @returns another one to try; null when there is none that would be better
   * @throws MailFailure as accessToken
   */
  async afterRefusal(grantId: number, refused: string): Promise<string | null> {
    const grant = await this.#usable(grantId);
    const current = await this.#current(grant);
    if (current !== refused) return current;
    const now = this.dependencies.clock.now().getTime();
    const wasRenewed = now - (this.#refusedAt.get(grantId) ?? -Infinity) < REFUSAL_PAUSE_MS;
    if (wasRenewed) return null;
    this.#refusedAt.set(grantId, now);
    return this.#renew(grant);
  }

  async #usable(grantId: number): Promise<Grant> {
    const grant = await this.dependencies.grants.find(grantId);
    if (grant === null) throw new MailFailure('notLinked');
    if (grant.endedAt !== null)
      throw new MailFailure('linkEnded', { params: { reason: grant.endedCode } });
    return grant;
  }

  async #current(grant: Grant): Promise<string> {
    const tokens = await this.dependencies.grants.tokens(grant.id);
    if (tokens === null) throw await this.#ended(grant, 'unreadable');
    return tokens.accessToken;
  }

  #renew(grant: Grant): Promise<string> {
    const running = this.#renewals.get(grant.id);
    if (running !== undefined) return running;
    const renewal = this.#renewNow(grant).finally(() => this.#renewals.delete(grant.id));
    this.#renewals.set(grant.id, renewal);
    return renewal;
  }

  async #renewNow({ id }: Grant): Promise<string> {
    const { grants, arming, logger } = this.dependencies;
    if (arming.disarmed !== null)
      throw new MailFailure('oauthUnavailable', { params: { serverText: NOT_ARMED } });
    // as it is now: a renewal that has just ended may have given it another refresh token
    const grant = await this.#usable(id);
    const tokens = await grants.tokens(id);
    if (tokens === null) throw await this.#ended(grant, 'unreadable');
    try {
      const answer = await this.#ask(grant, tokens.refreshToken);
      await grants.renew(grant, answer);
      this.#failedAt.delete(id);
      logger.info({ grantId: id, provider: grant.providerId }, 'access token renewed');
      return answer.accessToken;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      logger.warn({ grantId: id, provider: grant.providerId, code: error.code }, 'not renewed');
      throw await this.#failure(grant, error);
    }
  }

  async #ask(grant: Grant, refreshToken: string | null): Promise<TokenAnswer> {
    const { providers } = this.dependencies;
    const provider = await providers.reachById(grant.realmId, grant.providerId);
    if (grant.flow === 'application')
      return provider.client.applicationToken(applicationScopesOf(provider) ?? []);
    if (refreshToken === null)
      throw new ProviderError('invalidGrant', 'There is no refresh token.');
    return provider.client.refresh(refreshToken);
  }

  async #failure(grant: Grant, error: ProviderError): Promise<MailFailure> {
    const params = error.words === '' ? {} : { serverText: error.words };
    switch (error.code) {
      case 'unavailable':
        return new MailFailure('oauthUnavailable', { params, cause: error });
      case 'clientRefused':
        return new MailFailure('oauthClientRefused', { params, cause: error });
      case 'invalidGrant':
      case 'denied':
      case 'adminConsentRequired':
        return this.#ended(grant, endedCodeOf(grant, error, this.dependencies.clock.now()));
      default:
        // an answer that says nothing about the grant does not end it
        return new MailFailure('oauthUnavailable', { params, cause: error });
    }
  }

  async #ended(grant: Grant, code: string): Promise<MailFailure> {
    await this.dependencies.grants.end(grant.id, code);
    return new MailFailure('linkEnded', { params: { reason: code } });
  }
}

function renewFrom({ refreshedAt, accessExpiresAt }: Grant): number {
  const end = accessExpiresAt.getTime();
  const lifetimeMs = end - refreshedAt.getTime();
  return end - Math.min(AHEAD_MS, lifetimeMs * AHEAD_SHARE);
}
