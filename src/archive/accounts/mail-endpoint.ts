/** From an account on the wire to what the protocol clients need. */
import {
  Pop3Authenticate,
  Pop3Encrypt,
  SmtpAuthenticate,
  type AccountOptions,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import type { MailEndpoint, Security } from '../../mail/endpoint.js';
import type { Pop3Credentials } from '../../mail/pop3/session.js';
import type { SmtpCredentials } from '../../mail/smtp/session.js';

/** For accounts that leave it open. */
const DEFAULT_TIMEOUT_SECONDS = 30;

type Connection = Pick<Pop3Account, 'Host' | 'Port' | 'Encrypt' | 'Timeout'>;
type Pop3SignIn = Pick<Pop3Account, 'Authenticate' | 'Username' | 'Password'>;
type SmtpSignIn = Pick<SmtpAccount, 'Authenticate' | 'Username' | 'Password'>;

/** The ordinals are the same for incoming and SMTP accounts. */
function securityOf(encrypt: number): Security {
  if (encrypt === Pop3Encrypt.peSSL) return 'tls';
  return encrypt === Pop3Encrypt.peSTARTTLS ? 'starttls' : 'none';
}

export function endpointOf(account: Connection, options: AccountOptions): MailEndpoint {
  const { TlsFingerprint, AllowClearTextLogin } = options;
  return {
    host: account.Host.trim(),
    port: account.Port,
    security: securityOf(account.Encrypt),
    timeoutMs: (account.Timeout || DEFAULT_TIMEOUT_SECONDS) * 1000,
    tlsException: TlsFingerprint === '' ? null : { fingerprint: TlsFingerprint },
    allowClearTextLogin: AllowClearTextLogin,
  };
}

/** Undefined for a way to sign in that this archive does not have (OAuth). */
export function pop3CredentialsOf(account: Pop3SignIn): Pop3Credentials | undefined {
  const { Authenticate, Username: username, Password: password } = account;
  if (Authenticate === Pop3Authenticate.paLogin) return { method: 'password', username, password };
  if (Authenticate === Pop3Authenticate.paAPop) return { method: 'apop', username, password };
  return undefined;
}

/** Null: without signing in. Undefined for a way that this archive does not have (OAuth). */
export function smtpCredentialsOf(account: SmtpSignIn): SmtpCredentials | null | undefined {
  const { Authenticate, Username: username, Password: password } = account;
  if (Authenticate === SmtpAuthenticate.saNone) return null;
  return Authenticate === SmtpAuthenticate.saLogin ? { username, password } : undefined;
}
