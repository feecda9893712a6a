/**
 * What servers' refusals mean, as a support person would read them. The first rule that fits counts: what a server
 * says in so many words first, then what is known of its provider. Each rule has a dialogue in `fixtures/dialogues`.
 */
import type { CheckField } from '../check/findings.js';
import { customaryPort } from '../customary-port.js';
import type { MailFailureCode } from '../errors.js';
import type { MailProvider } from '../providers/index.js';
import type { AdviceCode, FailedAttempt } from './attempt.js';

export interface AdviceRule {
  readonly code: AdviceCode;
  /** What the server said: reply code, enhanced status code (RFC 3463) and words in one line. Linear patterns only. */
  readonly said?: RegExp;
  readonly failures?: readonly MailFailureCode[];
  readonly protocols?: readonly FailedAttempt['protocol'][];
  readonly authentication?: readonly FailedAttempt['authentication'][];
  readonly ports?: readonly number[];
  /** What must hold of the provider. */
  readonly trait?: keyof typeof traits;
  readonly username?: RegExp;
  readonly field: CheckField | null;
  readonly page: keyof typeof pages | null;
}

const takes = (provider: MailProvider, kind: MailProvider['signIn'][number]) =>
  provider.signIn.includes(kind);

export const traits = {
  oauthOnly: ({ signIn }: MailProvider) => signIn.every((kind) => kind === 'oauth2'),
  /** One page both switches the protocols on and sets their password. */
  separateMailPassword: ({ appPasswordPage, protocolSwitchPage }: MailProvider) =>
    appPasswordPage !== null && appPasswordPage === protocolSwitchPage,
  appPasswordOnly: (provider: MailProvider) =>
    takes(provider, 'appPassword') && !takes(provider, 'password'),
  appPasswordAtTimes: (provider: MailProvider) =>
    takes(provider, 'appPassword') && takes(provider, 'password'),
  switchesProtocolsOn: (provider: MailProvider) =>
    provider.protocolSwitchPage !== null && takes(provider, 'password'),
  wholeAddress: ({ servers }: MailProvider) =>
    servers.length > 0 && servers.every(({ username }) => username === 'address'),
  withoutPop3: ({ servers }: MailProvider) =>
    servers.length > 0 && servers.every(({ protocol }) => protocol !== 'pop3'),
} as const satisfies Record<string, (provider: MailProvider) => boolean>;

const GOOGLE_SEND_AS = 'https://support.google.com/mail/answer/22370';
const EXCHANGE_SEND_AS =
  'https://learn.microsoft.com/exchange/recipients-in-exchange-online/manage-permissions-for-recipients';

export const pages = {
  protocolSwitch: (provider: MailProvider | null) => provider?.protocolSwitchPage ?? null,
  appPassword: (provider: MailProvider | null) => provider?.appPasswordPage ?? null,
  /** Google's "Display Unlock Captcha". */
  confirm: (provider: MailProvider | null) =>
    provider?.oauth === 'google' ? 'https://accounts.google.com/DisplayUnlockCaptcha' : null,
  /** Microsoft's own short address, as it stands in the refusal. */
  smtpSignIn: () => 'https://aka.ms/smtp_auth_disabled',
  basicSignIn: () =>
    'https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online',
  sendAs: (provider: MailProvider | null) =>
    provider?.oauth === 'google'
      ? GOOGLE_SEND_AS
      : provider?.oauth === 'microsoft'
        ? EXCHANGE_SEND_AS
        : null,
} as const satisfies Record<string, (provider: MailProvider | null) => string | null>;

const byPassword = ['password', 'apop'] as const;
const refused = ['authenticationFailed'] as const;

const toldByServer: readonly AdviceRule[] = [
  {
    code: 'smtpSignInSwitchedOff',
    said: /SmtpClientAuthentication is disabled/i,
    field: null,
    page: 'smtpSignIn',
  },
  {
    code: 'basicSignInSwitchedOff',
    said: /basic authentication is (?:disabled|not supported)|BasicAuthBlocked|security defaults policy|did not meet the criteria to be authenticated/i,
    authentication: byPassword,
    field: 'authentication',
    page: 'basicSignIn',
  },
  {
    code: 'oauthNotAllowedForMailbox',
    said: /authenticated but not connected|security defaults policy|did not meet the criteria to be authenticated/i,
    authentication: ['oauth2'],
    field: null,
    page: 'protocolSwitch',
  },
  {
    code: 'appPasswordNeeded',
    said: /app(?:lication)?[- ]specific password|InvalidSecondFactor|app password (?:is )?(?:required|needed)/i,
    authentication: byPassword,
    field: 'password',
    page: 'appPassword',
  },
  {
    code: 'confirmInBrowser',
    said: /web ?login required|log ?in via your web browser|WEBALERT/i,
    field: null,
    page: 'confirm',
  },
  {
    code: 'protocolSwitchedOff',
    said: /not enabled for (?:POP|IMAP)|yet to enable (?:POP|IMAP)|\b(?:POP3?|IMAP4?)(?: access| service)? (?:is |has been )?(?:disabled|not enabled|not activated|deactivated|turned off|switched off)|\b(?:POP3?|IMAP4?)\b[^.]{0,40}\b(?:deaktiviert|nicht (?:aktiviert|freigeschaltet))|authenticated but not connected/i,
    field: null,
    page: 'protocolSwitch',
  },
  {
    code: 'accountDisabled',
    said: /\b(?:account|user|mailbox) (?:is |has been |was )?(?:disabled|deactivated|suspended|blocked)\b|\b[45]\.7\.13\b/i,
    field: null,
    page: null,
  },
  {
    code: 'tooManySignIns',
    said: /LOGIN-DELAY|\btoo many (?!recipients|hops|errors)|minimum time between|logins must be at least|maximum number of connections|connections? limit exceeded|\bzu viele\b/i,
    field: null,
    page: null,
  },
  {
    code: 'mailboxLocked',
    said: /\[IN-?USE\]|\b(?:maildrop|mailbox)\b[^.]{0,40}\b(?:locked|in use|busy)\b|another (?:POP3? |IMAP )?session/i,
    protocols: ['pop3', 'imap'],
    field: null,
    page: null,
  },
  {
    code: 'quotaExceeded',
    said: /OVERQUOTA|over ?quota|quota (?:has been |is )?exceeded|exceeded (?:its |the |your )?(?:storage |mailbox )?quota|\b(?:mailbox|Postfach) (?:is |ist )?(?:full|voll)\b|\b[45]\.2\.2\b/i,
    field: null,
    page: null,
  },
  {
    code: 'senderNotAllowed',
    said: /SendAsDenied|not allowed to send as|permissions? to send as|\b5\.7\.60\b|\b5\.2\.252\b|sender address is not allowed|not owned by user/i,
    protocols: ['smtp'],
    field: null,
    page: 'sendAs',
  },
];

const knownOfProvider: readonly AdviceRule[] = [
  {
    code: 'oauthNotAllowedForMailbox',
    failures: refused,
    authentication: ['oauth2'],
    field: null,
    page: 'protocolSwitch',
  },
  {
    code: 'basicSignInSwitchedOff',
    failures: ['authenticationFailed', 'authenticationUnavailable'],
    authentication: byPassword,
    trait: 'oauthOnly',
    field: 'authentication',
    page: 'basicSignIn',
  },
  {
    code: 'fullAddressNeeded',
    failures: refused,
    authentication: byPassword,
    trait: 'wholeAddress',
    username: /^[^@]*$/,
    field: 'username',
    page: null,
  },
  {
    code: 'mailPasswordNeeded',
    failures: refused,
    authentication: byPassword,
    trait: 'separateMailPassword',
    field: 'password',
    page: 'appPassword',
  },
  {
    code: 'appPasswordNeeded',
    failures: refused,
    authentication: byPassword,
    trait: 'appPasswordOnly',
    field: 'password',
    page: 'appPassword',
  },
  {
    code: 'protocolMaybeSwitchedOff',
    failures: refused,
    authentication: byPassword,
    trait: 'switchesProtocolsOn',
    field: 'password',
    page: 'protocolSwitch',
  },
  {
    code: 'appPasswordMaybeNeeded',
    failures: refused,
    authentication: byPassword,
    trait: 'appPasswordAtTimes',
    field: 'password',
    page: 'appPassword',
  },
  {
    code: 'protocolNotOffered',
    failures: ['nameNotFound', 'wrongProtocol', 'connectionRefused', 'connectTimeout'],
    protocols: ['pop3'],
    trait: 'withoutPop3',
    field: 'host',
    page: null,
  },
];

/** A server that is there answers on them. */
const CUSTOMARY_PORTS = (['pop3', 'imap', 'smtp'] as const).flatMap((protocol) =>
  (['starttls', 'tls'] as const).map((security) => customaryPort(protocol, security)),
);

const onTheWay: readonly AdviceRule[] = [
  {
    code: 'port25Blocked',
    failures: ['connectTimeout', 'connectionRefused', 'hostUnreachable'],
    protocols: ['smtp'],
    ports: [25],
    field: 'port',
    page: null,
  },
  {
    code: 'blockedByFirewall',
    failures: ['connectTimeout'],
    ports: CUSTOMARY_PORTS,
    field: 'port',
    page: null,
  },
];

/** In this order; `knownServer`, which compares with the table, is asked between the last two. */
export const signInRules: readonly AdviceRule[] = [...toldByServer, ...knownOfProvider];
export const connectionRules: readonly AdviceRule[] = onTheWay;
