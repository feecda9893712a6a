/** From an account on the wire to where its server is. */
import { Pop3Encrypt, type AccountOptions, type Pop3Account } from '../../greyhound/index.js';
import type { MailEndpoint, Security } from '../../mail/endpoint.js';

/** For accounts that leave it open. */
const DEFAULT_TIMEOUT_SECONDS = 30;

type Connection = Pick<Pop3Account, 'Host' | 'Port' | 'Encrypt' | 'Timeout'>;

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
