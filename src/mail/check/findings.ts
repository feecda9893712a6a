/**
 * What a settings check found: codes, fields and values, no texts.
 */
import type { MailFailure, MailFailureCode } from '../errors.js';

/** The steps of a check, in their order; with STARTTLS `tls` comes after `greeting`. */
export type CheckStep =
  'egress' | 'name' | 'connect' | 'tls' | 'greeting' | 'capabilities' | 'login' | 'mailbox';

/** The setting to look at. */
export type CheckField =
  'host' | 'port' | 'security' | 'username' | 'password' | 'authentication' | 'mailbox';

export interface ProbeFinding {
  readonly check: CheckStep;
  readonly outcome: 'ok' | 'warning' | 'failed';
  /** `clearTextLogin`: works, but the password is readable on the way. `certificateException`: only by exception. */
  readonly code: 'passed' | 'clearTextLogin' | 'certificateException' | MailFailureCode;
  readonly field: CheckField | null;
  readonly params: Readonly<Record<string, string | number>>;
  /** Time since the step before. */
  readonly durationMs: number;
}

export interface ProbeResult {
  readonly findings: readonly ProbeFinding[];
  /** How many messages lie in the mailbox, when signing in worked. */
  readonly messageCount: number | null;
}

const FIELDS: Readonly<Record<MailFailureCode, CheckField | null>> = {
  nameNotFound: 'host',
  nameLookupFailed: 'host',
  egressBlocked: 'host',
  hostUnreachable: 'host',
  connectionRefused: 'port',
  connectTimeout: 'port',
  responseTimeout: 'port',
  connectionLost: 'port',
  tlsFailed: 'security',
  certificateUntrusted: 'security',
  certificateExpired: 'security',
  certificateNameMismatch: 'host',
  tlsExpected: 'security',
  plainExpected: 'security',
  startTlsUnavailable: 'security',
  wrongProtocol: 'port',
  protocolViolation: 'port',
  authenticationFailed: 'password',
  authenticationUnavailable: 'authentication',
  clearTextRefused: 'security',
  notLinked: 'authentication',
  linkEnded: 'authentication',
  oauthClientRefused: null,
  oauthUnavailable: null,
  folderMissing: 'mailbox',
  temporarilyUnavailable: null,
  serverRefused: null,
  messageTooLarge: null,
  invalidInput: null,
};

const CHECK_FIELDS: ReadonlySet<string> = new Set(
  Object.values(FIELDS)
    .concat('username')
    .filter((field) => field !== null),
);

export function fieldOf(failure: MailFailure, step: CheckStep): CheckField | null {
  const { code, field, params } = failure;
  if (code === 'invalidInput')
    return field !== undefined && CHECK_FIELDS.has(field) ? (field as CheckField) : null;
  if (code === 'authenticationFailed' && params['command'] === 'USER') return 'username';
  if (code === 'authenticationFailed' && params['method'] === 'oauth2') return 'authentication';
  // a connection that breaks later than at its start says nothing about the port
  const isLate = step === 'login' || step === 'mailbox';
  return isLate && FIELDS[code] === 'port' ? null : FIELDS[code];
}

/** Some failures belong to a step of their own, wherever they came up. */
export const STEP_OF: Partial<Readonly<Record<MailFailureCode, CheckStep>>> = {
  nameNotFound: 'name',
  nameLookupFailed: 'name',
  egressBlocked: 'egress',
  connectionRefused: 'connect',
  hostUnreachable: 'connect',
  connectTimeout: 'connect',
  tlsFailed: 'tls',
  certificateUntrusted: 'tls',
  certificateExpired: 'tls',
  certificateNameMismatch: 'tls',
  plainExpected: 'tls',
  startTlsUnavailable: 'tls',
  tlsExpected: 'greeting',
  wrongProtocol: 'greeting',
  clearTextRefused: 'login',
  notLinked: 'login',
  linkEnded: 'login',
  oauthClientRefused: 'login',
  oauthUnavailable: 'login',
};
