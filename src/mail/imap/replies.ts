/**
 * What an IMAP server's refusals mean (RFC 3501 §7.1, RFC 5530), from imapflow's errors. Pure.
 */
import { tlsFailure } from '../connect.js';
import type { MailEndpoint } from '../endpoint.js';
import { classifyError, MailFailure, serverText, type MailFailureCode } from '../errors.js';

/** The fields of imapflow's errors that are used here. */
export interface ImapError {
  readonly message?: string;
  /** Of imapflow, or of node when the socket failed. */
  readonly code?: string;
  /** Of a refused command. */
  readonly responseStatus?: string;
  readonly responseText?: string;
  readonly serverResponseCode?: string | false;
  /** The whole line, once imapflow has put it together again. */
  readonly response?: unknown;
  /** What the server said when it closed. */
  readonly reason?: string;
  readonly tlsFailed?: boolean;
  /** The challenge that told of a refused token. */
  readonly oauthError?: { readonly status?: unknown };
}

export interface ImapContext {
  readonly endpoint: MailEndpoint;
  readonly secrets: readonly string[];
  readonly isSigningIn: boolean;
  /** What the server's last answer said in brackets, when it was a refusal. */
  readonly responseCode: string;
}

const BY_RESPONSE_CODE: Readonly<Record<string, MailFailureCode>> = {
  UNAVAILABLE: 'temporarilyUnavailable',
  INUSE: 'temporarilyUnavailable',
  LIMIT: 'temporarilyUnavailable',
  SERVERBUG: 'temporarilyUnavailable',
  AUTHENTICATIONFAILED: 'authenticationFailed',
  AUTHORIZATIONFAILED: 'authenticationFailed',
  EXPIRED: 'authenticationFailed',
  PRIVACYREQUIRED: 'authenticationUnavailable',
  OVERQUOTA: 'serverRefused',
};

/** imapflow's own codes for a connection that is gone, and for waits that it has ended. */
const GONE = new Set([
  'NoConnection',
  'EConnectionClosed',
  'ClosedAfterConnectText',
  'ClosedAfterConnectTLS',
]);
const AWAITED: Readonly<Record<string, string>> = {
  GREETING_TIMEOUT: 'greeting',
  UPGRADE_TIMEOUT: 'tls',
  CONNECT_TIMEOUT: 'reply',
  ETIMEOUT: 'reply',
};

/** Whether the error says only that the connection is gone. */
export function isGone({ code = '' }: ImapError): boolean {
  return GONE.has(code);
}

export function failureOf(error: unknown, context: ImapContext): MailFailure {
  if (error instanceof MailFailure) return error;
  const imapError = error as ImapError;
  const { code = '', responseStatus, reason, tlsFailed } = imapError;
  if (code === 'STARTTLS_INJECTION') return violation('unsolicitedReply');
  if (tlsFailed === true)
    return code === ''
      ? new MailFailure('startTlsUnavailable')
      : tlsFailure(error, context.endpoint);
  if (code === 'ETHROTTLE') return refusal(imapError, 'temporarilyUnavailable', context);
  if (responseStatus === 'NO' || responseStatus === 'BAD')
    return refusal(imapError, codeOfRefusal(imapError, context), context);
  // imapflow's verdict on Exchange, which lets a user in and then knows of no mailbox
  if (context.isSigningIn && typeof imapError.response === 'string')
    return refusal(
      { ...imapError, responseText: imapError.response },
      'authenticationFailed',
      context,
    );
  if (reason !== undefined)
    return refusal({ responseText: reason }, 'temporarilyUnavailable', context);
  if (isGone(imapError)) return new MailFailure('connectionLost');
  const awaited = AWAITED[code];
  if (awaited !== undefined) return new MailFailure('responseTimeout', { params: { awaited } });
  // node's codes are in capitals, those of imapflow's parser and limits are not
  return /^[A-Z0-9_]+$/.test(code) && code !== 'MAX_IMAP_NESTING_REACHED'
    ? classifyError(error)
    : violation('unexpectedReply');
}

function codeOfRefusal(error: ImapError, context: ImapContext): MailFailureCode {
  const { isSigningIn } = context;
  const responseCode = responseCodeOf(error, context);
  // of one mail that the server cannot read it says so each time
  if (responseCode === 'SERVERBUG' && !isSigningIn) return 'serverRefused';
  const known = BY_RESPONSE_CODE[responseCode];
  return known ?? (isSigningIn ? 'authenticationFailed' : 'serverRefused');
}

/** In capitals; '' when there is none. */
function responseCodeOf(
  { serverResponseCode, responseStatus, response }: ImapError,
  { responseCode }: ImapContext,
): string {
  if (typeof serverResponseCode === 'string') return serverResponseCode.toUpperCase();
  const line = typeof response === 'string' ? response : '';
  const told = /^\S+ (?:NO|BAD) \[([A-Z-]{1,40})/i.exec(line)?.[1];
  return (told ?? (responseStatus === undefined ? '' : responseCode)).toUpperCase();
}

function refusal(error: ImapError, code: MailFailureCode, context: ImapContext): MailFailure {
  const { secrets } = context;
  const responseCode = responseCodeOf(error, context);
  const words = responseCode === '' ? '' : `[${responseCode}] `;
  return new MailFailure(code, {
    params: {
      serverText: serverText(`${words}${error.responseText ?? ''}`, secrets),
      ...(responseCode !== '' && { responseCode }),
    },
  });
}

function violation(detail: string): MailFailure {
  return new MailFailure('protocolViolation', { params: { detail } });
}
