/**
 * RpcMailBridge: what the documented contract lacks and the bridge needs. An archive that serves it announces the
 * add-on `MailBridge` in RpcInfo.GetAddOnList; against any other archive the bridge does without.
 */
import { bool, dateTime, enumeration, int, list, struct, text, type ValueOf } from './codec.js';
import { RpcPop3AccountItem } from './pop3-accounts.js';
import { method, procedure, service } from './service.js';
import { RpcSmtpAccountItem } from './smtp-accounts.js';

export const MAIL_BRIDGE_ADD_ON = 'MailBridge';
export const MAIL_BRIDGE_VERSION = '1.0';

export const AccountKind = { akPop3: 0, akSmtp: 1 } as const;
const accountKind = enumeration('RpcMailBridgeAccountKind', AccountKind);

/** Exceptions from safe defaults, each an admin's explicit word. */
export const RpcAccountOptions = struct('RpcAccountOptions', {
  /** Send the password over an unencrypted connection. */
  AllowClearTextLogin: bool,
  /** SHA-256 of the one certificate to accept although it cannot be verified: hex pairs with colons; '' = none. */
  TlsFingerprint: text,
  TlsReason: text,
});
export type AccountOptions = ValueOf<typeof RpcAccountOptions>;

/** State of one account's traffic. Dates are null until it happened once. */
export const RpcAccountStatus = struct('RpcAccountStatus', {
  Kind: accountKind,
  AccountRef: int,
  /** Whether a password is stored; the password itself is never answered. */
  PasswordSet: bool,
  /** Last successful sign-in. */
  LastSignIn: dateTime,
  /** End of the last fetch or submission that succeeded. */
  LastSuccess: dateTime,
  LastErrorAt: dateTime,
  /** Stable code of the last error (as in the bridge's findings), '' when there is none. */
  LastErrorCode: text,
  /** Mails in quarantine (incoming) or waiting in the outbox (SMTP). */
  Waiting: int,
  /** Oldest mail in the outbox (SMTP). */
  OldestWaiting: dateTime,
  Options: RpcAccountOptions,
});
export type AccountStatus = ValueOf<typeof RpcAccountStatus>;

/** A mail that could not be taken in after three tries. It is still on the server. */
export const RpcQuarantineItem = struct('RpcQuarantineItem', {
  ID: int,
  AccountRef: int,
  Uidl: text,
  Size: int,
  Attempts: int,
  Reason: text,
  Since: dateTime,
});
export type QuarantineItem = ValueOf<typeof RpcQuarantineItem>;

/** Units of the members whose unit the contract leaves open. */
export const RpcUnits = struct('RpcUnits', {
  IntervalSeconds: int,
  TimeoutSeconds: int,
  DeleteAgeDays: int,
});

export const RpcMailBridge = service('RpcMailBridge', {
  /** One unit of Interval and Timeout in seconds, of DeleteAge in days. */
  GetUnits: method({}, RpcUnits),
  GetStatusList: method({}, list(RpcAccountStatus)),
  /** Needs the account's lock. */
  PutOptions: procedure({ Kind: accountKind, ID: int, Options: RpcAccountOptions }),
  /** ID > 0: an empty password stands for the stored one. Answers the number of messages. */
  CheckPop3: method({ ID: int, Item: RpcPop3AccountItem, Options: RpcAccountOptions }, int),
  CheckSmtp: procedure({ ID: int, Item: RpcSmtpAccountItem, Options: RpcAccountOptions }),
  GetQuarantineList: method({}, list(RpcQuarantineItem)),
  /** Forgets the failed tries, so that the mail is fetched again. */
  RetryQuarantined: procedure({ ID: int }),
});
