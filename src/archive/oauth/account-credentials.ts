/** What an account signs in with: its password, or a token of its grant. */
import {
  Pop3Authenticate,
  SmtpAuthenticate,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import type { TokenCredentials } from '../../mail/credentials.js';
import { MailFailure } from '../../mail/errors.js';
import type { Pop3Credentials } from '../../mail/pop3/session.js';
import type { SmtpCredentials } from '../../mail/smtp/session.js';
import { RpcError } from '../errors.js';
import { usesOAuth2, type AccountLinks } from './account-links.js';
import { isAddressOf } from './identity.js';
import type { Grant } from './grant-store.js';
import type { TokenService } from './token-service.js';

export class AccountCredentials {
  constructor(
    private readonly links: AccountLinks,
    private readonly tokens: TokenService,
  ) {}

  /**
   * @param account with its password
   * @throws MailFailure as the login, and notLinked, linkEnded, oauthClientRefused, oauthUnavailable
   */
  async pop3(
    realmId: number,
    account: Pop3Account,
    login: (credentials: Pop3Credentials) => Promise<void>,
  ): Promise<void> {
    const { Authenticate, Username: username, Password: password } = account;
    if (usesOAuth2('pop3', account)) return this.#withToken('pop3', realmId, account, login);
    if (Authenticate !== Pop3Authenticate.paLogin && Authenticate !== Pop3Authenticate.paAPop)
      throw new MailFailure('authenticationUnavailable');
    const method = Authenticate === Pop3Authenticate.paAPop ? 'apop' : 'password';
    return login({ method, username, password });
  }

  /** As pop3; does not sign in where the account says so. */
  async smtp(
    realmId: number,
    account: SmtpAccount,
    login: (credentials: SmtpCredentials) => Promise<void>,
  ): Promise<void> {
    const { Authenticate, Username: username, Password: password } = account;
    if (Authenticate === SmtpAuthenticate.saNone) return;
    if (usesOAuth2('smtp', account)) return this.#withToken('smtp', realmId, account, login);
    if (Authenticate !== SmtpAuthenticate.saLogin)
      throw new MailFailure('authenticationUnavailable');
    return login({ method: 'password', username, password });
  }

  async #withToken(
    kind: 'pop3' | 'smtp',
    realmId: number,
    account: Pop3Account | SmtpAccount,
    login: (credentials: TokenCredentials) => Promise<void>,
  ): Promise<void> {
    const grant = (await this.links.of(kind, realmId, account))?.grant ?? null;
    if (grant === null) throw new MailFailure('notLinked');
    return this.withGrant(grant, { kind, host: account.Host, username: account.Username }, login);
  }

  /** @param to the mail server that the token is for. @throws MailFailure */
  async withGrant(
    grant: Grant,
    to: { readonly kind: 'pop3' | 'smtp'; readonly host: string; readonly username: string },
    login: (credentials: TokenCredentials) => Promise<void>,
  ): Promise<void> {
    await this.links.requireHost(grant, to.host).catch((error: unknown) => {
      if (error instanceof RpcError) throw new MailFailure('notLinked', { cause: error });
      throw error;
    });
    const username = userNameFor(grant, to);
    const signIn = (accessToken: string) => login({ method: 'oauth2', username, accessToken });
    const token = await this.tokens.accessToken(grant.id);
    try {
      await signIn(token);
    } catch (error) {
      const isRefused = error instanceof MailFailure && error.code === 'authenticationFailed';
      const other = isRefused ? await this.tokens.afterRefusal(grant.id, token) : null;
      if (other === null) throw error;
      await signIn(other);
    }
  }
}

/**
 * Retrieval signs in as the mailbox; submission as whoever signed in, because a delegate sends as himself with the
 * right to use the mailbox's address (Exchange: Send As).
 */
function userNameFor(
  grant: Grant,
  { kind, username }: { readonly kind: 'pop3' | 'smtp'; readonly username: string },
): string {
  const isOwn = grant.flow === 'application' || isAddressOf(grant, username);
  return kind === 'pop3' || isOwn ? username : grant.identity;
}
