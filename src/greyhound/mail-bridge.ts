/**
 * RpcMailBridge: what the documented contract lacks and the bridge needs. An archive that serves it announces the
 * add-on `MailBridge` in RpcInfo.GetAddOnList; against any other archive the bridge does without.
 */
import { bool, dateTime, enumeration, int, list, struct, text, type ValueOf } from './codec.js';
import { mailBridgeOAuth2Methods, RpcOAuth2Link } from './mail-bridge-oauth2.js';
import { RpcPop3AccountItem } from './pop3-accounts.js';
import { method, procedure, service } from './service.js';
import { RpcSmtpAccountItem } from './smtp-accounts.js';

export const MAIL_BRIDGE_ADD_ON = 'MailBridge';
export const MAIL_BRIDGE_VERSION = '1.3';

export const AccountKind = { akPop3: 0, akSmtp: 1 } as const;
const accountKind = enumeration('RpcMailBridgeAccountKind', AccountKind);

/** What becomes of the copy of a sent mail on the server of an IMAP account. */
export const SentCopy = {
  /** In the folder for sent mails, unless the server puts one there itself. */
  scSentFolder: 0,
  scNone: 1,
} as const;

/** What becomes of the mail that lies in a mailbox when its account is fetched for the first time. */
export const ImportMode = {
  imAll: 0,
  /** What came since ImportSince; the rest is never fetched. */
  imSince: 1,
  imNone: 2,
} as const;

/** Exceptions from safe defaults, each an admin's explicit word; and what the documented account cannot say. */
export const RpcAccountOptions = struct('RpcAccountOptions', {
  /** Send the password over an unencrypted connection. */
  AllowClearTextLogin: bool,
  /** SHA-256 of the one certificate to accept although it cannot be verified: hex pairs with colons; '' = none. */
  TlsFingerprint: text,
  TlsReason: text,
  /** Incoming accounts with IMAP: copies of what the SMTP account of the same name sends. */
  SentCopy: enumeration('RpcMailBridgeSentCopy', SentCopy),
  /** Folder for these copies; '' = the one that the server, or else its name, says is for sent mails. */
  SentFolder: text,
  /** Incoming accounts. It starts nothing by itself, and cannot be changed once the account was fetched. */
  Import: enumeration('RpcMailBridgeImport', ImportMode),
  ImportSince: dateTime,
  /** Incoming accounts: days after which fetched mails are deleted in the archive, never on the server; 0 = never. */
  KeepDays: int,
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
  /** Failed sign-ins and connections in a row that count towards switching the account off. */
  FailedTries: int,
  /** When it is tried again by itself after a failure; null when nothing is planned. */
  NextTry: dateTime,
  /** When the archive switched the account off because it failed too often; null when it did not. */
  SwitchedOffAt: dateTime,
  /** Code of the error that switched it off, '' when none did. */
  SwitchedOffCode: text,
  Options: RpcAccountOptions,
  OAuth2: RpcOAuth2Link,
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

/**
 * What the server listed, compared with what is stored:
 * OnServer = Stored + Missing + Quarantined + Unidentified + PassedOver.
 * CheckedAt is null while no session has ended well; then the numbers are 0.
 */
export const RpcCompleteness = struct('RpcCompleteness', {
  AccountRef: int,
  CheckedAt: dateTime,
  OnServer: int,
  Stored: int,
  /** Neither stored nor in quarantine; the next fetch takes them in. */
  Missing: int,
  Quarantined: int,
  /** Without a unique-id of their own, not read in this comparison. */
  Unidentified: int,
  /** Lay there before the account was first fetched, and are not wanted. */
  PassedOver: int,
  /**
   * Among the stored: bytes that are gone or, when the server was asked on purpose (CheckCompleteness), read back and
   * found not to agree with their hash. Never deleted on the server.
   */
  Damaged: int,
});
export type Completeness = ValueOf<typeof RpcCompleteness>;

/** A folder of an IMAP account. */
export const RpcMailFolder = struct('RpcMailFolder', {
  /** As it is written into an account's Mailbox. */
  Path: text,
  Name: text,
  /** `inbox`, `sent`, `drafts`, `trash`, `spam`, `archive`, `all`; '' = none of these. */
  Role: text,
  /** False for one that only holds others. */
  Selectable: bool,
});
export type MailFolder = ValueOf<typeof RpcMailFolder>;

/** A stored mail that a deletion policy would take from the server now. */
export const RpcDeletionCandidate = struct('RpcDeletionCandidate', {
  /** 0 when the archive does not hold the item any more. */
  ItemRef: int,
  Subject: text,
  Size: int,
  StoredAt: dateTime,
});
export type DeletionCandidate = ValueOf<typeof RpcDeletionCandidate>;

export const RpcDeletionPreview = struct('RpcDeletionPreview', {
  Completeness: RpcCompleteness,
  /** All of them, however many are listed. */
  Count: int,
  Size: int,
  /** The oldest first, at most as many as were asked for. */
  Mails: list(RpcDeletionCandidate),
});
export type DeletionPreview = ValueOf<typeof RpcDeletionPreview>;

/** Settings of all accounts. */
export const RpcMailOptions = struct('RpcMailOptions', {
  /** Failed tries in a row after which an account is switched off; 0 = never. */
  SwitchOffAfter: int,
});
export type MailOptions = ValueOf<typeof RpcMailOptions>;

/** How mail flows through the archive as a whole. */
export const RpcMailFlow = struct('RpcMailFlow', {
  /** False: nothing is deleted on servers and nothing is sent until an administrator confirms (Arm). */
  Armed: bool,
  /** Why it is not armed: `restored` from a backup, `copied` from another place; '' when it is. */
  DisarmedReason: text,
  /** Mails of which nobody knows whether they were sent. */
  InDoubt: int,
  /** Mails that failed for good and are not deleted. */
  Failed: int,
  /** Mails in the outbox. */
  Outbox: int,
  OldestInOutbox: dateTime,
  /**
   * The latest failure to write to disk since the last success: `diskFull`, `readOnly`, `damaged`, `failed`; or `diskLow`
   * while nothing is fetched because little room is left; '' = none.
   */
  StorageFault: text,
  StorageFaultAt: dateTime,
});
export type MailFlow = ValueOf<typeof RpcMailFlow>;

/** A mail on its way out. */
export const RpcOutboxItem = struct('RpcOutboxItem', {
  ItemRef: int,
  /** SMTP account of the latest try, or else the one that it was released for. */
  AccountRef: int,
  /** Handed over at this moment: it cannot be taken back. */
  Sending: bool,
  Attempts: int,
  NextTry: dateTime,
  /** When it is to leave; null: at once. */
  SendAt: dateTime,
  LastError: text,
  Created: dateTime,
});
export type OutboxItem = ValueOf<typeof RpcOutboxItem>;

/** What an administrator found out about a mail in doubt. */
export const InDoubtResolution = { drSent: 0, drFailed: 1, drSendAgain: 2 } as const;

/** What a submission server says about one sender, asked up to RCPT TO; no message is sent. */
export const RpcSenderCheck = struct('RpcSenderCheck', {
  Sender: text,
  Accepted: bool,
  /** Reply code of SMTP; 0 when there was no reply. */
  ReplyCode: int,
  /** Enhanced status code (RFC 3463), '' when there was none. */
  EnhancedCode: text,
  /** `sender` or `recipient`: what was refused; '' when nothing was. */
  Stage: text,
  Words: text,
});
export type SenderCheck = ValueOf<typeof RpcSenderCheck>;

/** How far a marked mail came: sent through an SMTP account, found in the mailbox, removed from it. */
export const RpcRoundTrip = struct('RpcRoundTrip', {
  SentMs: int,
  FoundMs: int,
  RemovedMs: int,
  /** Step that failed: `send`, `find`, `remove`; '' when all went well. */
  FailedStep: text,
  /** Stable code. */
  Code: text,
  Words: text,
});
export type RoundTrip = ValueOf<typeof RpcRoundTrip>;

/** The mails that an e-mail address wrote or got. */
export const RpcPersonItems = struct('RpcPersonItems', {
  IDs: list(int),
  /** Of them, those that stay because they are held, or wait to be sent. */
  Held: int,
  Waiting: int,
  /** Names the others; to be given when they are deleted. */
  Digest: text,
});
export type PersonItems = ValueOf<typeof RpcPersonItems>;

/** Something that was done about how long mails are kept. */
export const RpcRetentionEntry = struct('RpcRetentionEntry', {
  At: dateTime,
  /** '' for the archive itself. */
  UserName: text,
  /** `expired`, `held`, `released`, `erased`. */
  Action: text,
  /** Incoming account of expired mails; 0 = none. */
  AccountRef: int,
  /** Mail that was held or released; 0 = none. */
  ItemRef: int,
  Count: int,
  Reason: text,
});
export type RetentionEntry = ValueOf<typeof RpcRetentionEntry>;

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
  CheckImap: method(
    { ID: int, Item: RpcPop3AccountItem, Options: RpcAccountOptions, Mailbox: text },
    int,
  ),
  CheckSmtp: procedure({ ID: int, Item: RpcSmtpAccountItem, Options: RpcAccountOptions }),
  GetQuarantineList: method({}, list(RpcQuarantineItem)),
  /** Forgets the failed tries, so that the mail is fetched again. */
  RetryQuarantined: procedure({ ID: int }),
  /** As of the end of each account's last session. */
  /** Asks the server of an incoming account with IMAP. */
  GetFolders: method({ ID: int }, list(RpcMailFolder)),
  /** Which of these items lay in their mailbox before its account was first fetched. */
  GetEarlierItems: method({ IDs: list(int) }, list(int)),
  GetCompletenessList: method({}, list(RpcCompleteness)),
  /** Asks the server now; nothing is fetched or deleted. */
  CheckCompleteness: method({ ID: int }, RpcCompleteness),
  /** Asks the server now what these settings of the account would delete there at once. */
  GetDeletionPreview: method(
    { ID: int, Delete: int, DeleteAge: int, DeleteSync: int, Limit: int },
    RpcDeletionPreview,
  ),
  /** A mail that is held can be deleted by nobody. */
  SetHold: procedure({ ID: int, Value: bool, Reason: text }),
  /** Which of these items are held. */
  GetHeldItems: method({ IDs: list(int) }, list(int)),
  /** How many mails of an incoming account these days would delete. */
  CountDueItems: method({ ID: int, KeepDays: int }, int),
  /** Deletes now what is due (KeepDays), as it is done every hour. Answers how many mails. */
  ApplyRetention: method({}, int),
  GetPersonItems: method({ Address: text }, RpcPersonItems),
  /** In the archive only, for good. Answers how many. */
  DeletePersonItems: method({ Address: text, Digest: text, Reason: text }, int),
  /** Newest first. */
  GetRetentionLog: method({ Limit: int }, list(RpcRetentionEntry)),
  GetMailOptions: method({}, RpcMailOptions),
  PutMailOptions: procedure({ Options: RpcMailOptions }),
  GetOutbox: method({}, list(RpcOutboxItem)),
  /** Puts a draft into the outbox, to leave at that time. Needs the caller's lock. */
  ReleaseAt: procedure({ ID: int, State: int, SendAt: dateTime }),
  GetMailFlow: method({}, RpcMailFlow),
  /** Confirms that this archive, and no other copy of it, is to delete and send. */
  Arm: procedure({}),
  /** Forgets how the account signs in by OAuth 2.0 and revokes it unless another account uses it. Needs the lock. */
  UnlinkOAuth2: procedure({ Kind: accountKind, ID: int }),
  ...mailBridgeOAuth2Methods,
  /** Asks the submission server about each sender; sends nothing. */
  CheckSenders: method({ ID: int, Senders: list(text) }, list(RpcSenderCheck)),
  /** Sends a marked mail through the SMTP account to the mailbox, waits for it there and removes it. */
  CheckRoundTrip: method({ Pop3Ref: int, SmtpRef: int, Address: text }, RpcRoundTrip),
  ResolveInDoubt: procedure({
    ID: int,
    Resolution: enumeration('RpcInDoubtResolution', InDoubtResolution),
  }),
});
