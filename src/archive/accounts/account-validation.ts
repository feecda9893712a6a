/** What the archive needs of an account's settings. Everything else is kept as it comes. */
import {
  Pop3Authenticate,
  Pop3Delete,
  Pop3Encrypt,
  Pop3State,
  SmtpAuthenticate,
  SmtpEncrypt,
  SmtpState,
  type AccountOptions,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import { invalid, requireName, requireOrdinal, requirePrintable } from '../objects/validation.js';

type Settings = Pick<Pop3Account, 'Host' | 'Port' | 'Username' | 'Password' | 'Timeout'>;

/** @throws RpcError invalidValue: also for what an unsaved connection test tries */
export function validateConnection(settings: Settings): void {
  for (const member of ['Host', 'Username', 'Password'] as const) {
    requirePrintable(member, settings[member]);
  }
  if (settings.Host.trim() === '') throw invalid('Host', 'must not be empty');
  if (settings.Port < 1 || settings.Port > 65535)
    throw invalid('Port', 'must be between 1 and 65535');
  requireNotNegative('Timeout', settings.Timeout);
}

/** @throws RpcError invalidValue */
export function validatePop3(account: Pop3Account): void {
  requireName(account.Name);
  validateConnection(account);
  requireOrdinal('State', account.State, Pop3State.psActive);
  requireOrdinal('Encrypt', account.Encrypt, Pop3Encrypt.peSTARTTLS);
  requireOrdinal('Authenticate', account.Authenticate, Pop3Authenticate.paOAuth2);
  // A deletion policy that is not known is not guessed: the wrong guess empties the mailbox.
  requireOrdinal('Delete', account.Delete, Pop3Delete.pdDelayed);
  for (const member of ['Interval', 'MaxSize', 'DeleteAge'] as const) {
    requireNotNegative(member, account[member]);
  }
  for (const member of ['Mailbox', 'FromOverwrite', 'ToOverwrite'] as const) {
    requirePrintable(member, account[member]);
  }
}

/** @throws RpcError invalidValue */
export function validateSmtp(account: SmtpAccount): void {
  requireName(account.Name);
  validateConnection(account);
  requireOrdinal('State', account.State, SmtpState.ssActive);
  requireOrdinal('Encrypt', account.Encrypt, SmtpEncrypt.seSTARTTLS);
  requireOrdinal('Authenticate', account.Authenticate, SmtpAuthenticate.saOAuth2);
  requireNotNegative('MaxSize', account.MaxSize);
  for (const member of ['FromOverwrite', 'ToOverwrite'] as const) {
    requirePrintable(member, account[member]);
  }
}

/** @throws RpcError invalidValue */
export function validateOptions(options: AccountOptions): void {
  const { TlsFingerprint, TlsReason } = options;
  if (TlsFingerprint !== '' && !/^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(TlsFingerprint))
    throw invalid('TlsFingerprint', 'must be a SHA-256 digest: 32 hex pairs with colons');
  requirePrintable('TlsReason', TlsReason);
  requireNotNegative('KeepDays', options.KeepDays);
}

function requireNotNegative(member: string, value: number): void {
  if (value < 0) throw invalid(member, 'must not be negative');
}
