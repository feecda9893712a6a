/** A sign-in, or a sending, that failed, and what can be told about it beyond the failure itself. */
import type { CheckField } from '../check/findings.js';
import type { Security } from '../endpoint.js';
import type { MailFailureCode } from '../errors.js';

type Params = Readonly<Record<string, string | number>>;

export interface FailedAttempt {
  readonly protocol: 'pop3' | 'imap' | 'smtp';
  readonly host: string;
  readonly port: number;
  readonly security: Security;
  readonly username: string;
  readonly authentication: 'password' | 'apop' | 'oauth2' | 'none';
  /** As the protocol clients report it; `code` is null when only words are known (`params.serverText`). */
  readonly failure: { readonly code: MailFailureCode | null; readonly params: Params };
}

export type AdviceCode =
  /** The mailbox's own password is refused; one made for programs is taken. */
  | 'appPasswordNeeded'
  /** As before, if two-step verification is on, which the server does not tell. */
  | 'appPasswordMaybeNeeded'
  /** The mail server has a password of its own, beside the one of the web site. */
  | 'mailPasswordNeeded'
  /** The user name has to be the whole address. */
  | 'fullAddressNeeded'
  /** POP3 or IMAP is off for this mailbox, says the server. */
  | 'protocolSwitchedOff'
  /** POP3 and IMAP are off there until switched on; the server does not tell. */
  | 'protocolMaybeSwitchedOff'
  | 'protocolNotOffered'
  /** Passwords are not taken any more, only OAuth. */
  | 'basicSignInSwitchedOff'
  | 'smtpSignInSwitchedOff'
  /** The provider gave a token, the mail server does not let it into this mailbox. */
  | 'oauthNotAllowedForMailbox'
  /** The provider wants to see a person in the browser first. */
  | 'confirmInBrowser'
  | 'tooManySignIns'
  | 'mailboxLocked'
  | 'quotaExceeded'
  | 'accountDisabled'
  | 'senderNotAllowed'
  /** The provider's server is another one, or has another port: `params.server`, `port`, `security`. */
  | 'knownServer'
  | 'blockedByFirewall'
  | 'port25Blocked';

export interface Advice {
  readonly code: AdviceCode;
  /** The setting to look at; null when none of them is at fault. */
  readonly field: CheckField | null;
  /** The provider's page for it; null when there is none. */
  readonly url: string | null;
  /** Values for texts: `provider`, `protocol`, `server`, `port`; with `knownServer` the right ones, and `security`. */
  readonly params: Params;
}
