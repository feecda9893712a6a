/** Who signs in to a mail server, and by what. The protocols build their own unions of these. */
export interface PasswordCredentials {
  readonly method: 'password';
  readonly username: string;
  readonly password: string;
}

/** An access token of OAuth 2.0 (RFC 6750): whoever reads it can sign in until it expires. */
export interface TokenCredentials {
  readonly method: 'oauth2';
  /** The mailbox, which need not be the one whose owner signed in at the provider. */
  readonly username: string;
  readonly accessToken: string;
}
