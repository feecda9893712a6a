/** A failure in English: as the last error of an account, and as the answer to a check. No secrets: MailFailure has none. */
import type { MailFailure, MailFailureCode } from '../../mail/errors.js';

const texts: Readonly<Record<MailFailureCode, string>> = {
  nameNotFound: 'The host name does not exist',
  nameLookupFailed: 'The host name could not be looked up',
  egressBlocked: 'The host leads to an address inside the network that is not allowed',
  connectionRefused: 'The server refuses connections on this port',
  hostUnreachable: 'The server cannot be reached',
  connectTimeout: 'The server did not accept the connection in time',
  responseTimeout: 'The server did not answer in time',
  connectionLost: 'The connection to the server broke',
  tlsFailed: 'The encrypted connection could not be set up',
  certificateUntrusted: "The server's certificate is not trusted",
  certificateExpired: "The server's certificate is not valid at this time",
  certificateNameMismatch: "The server's certificate is for another name",
  tlsExpected: 'The server expects TLS from the first byte on this port',
  plainExpected: 'The server does not speak TLS on this port',
  startTlsUnavailable: 'The server does not offer STARTTLS',
  wrongProtocol: 'Another service answers on this port',
  authenticationFailed: 'The server refused user name or password',
  authenticationUnavailable: 'The server offers no way to sign in that can be used here',
  clearTextRefused: 'The password would go over the network unencrypted, which is not allowed',
  notLinked: 'The account is not linked: sign in at the provider',
  linkEnded: 'The link with the provider has ended: unlink it, then link again',
  oauthClientRefused: 'The provider does not accept this program (client id or secret)',
  oauthUnavailable: 'The provider could not be asked for a token',
  folderMissing: 'The folder does not exist',
  temporarilyUnavailable: 'The server is temporarily unavailable',
  serverRefused: 'The server refused',
  protocolViolation: 'The server broke the rules of the protocol',
  messageTooLarge: 'A message is larger than allowed',
  invalidInput: 'A setting cannot be sent to the server',
};

/** What failed and the server's own words. */
export function failureText(failure: MailFailure): string {
  const { serverText, found, host, folder } = failure.params;
  const words = [
    ...(found === undefined ? [] : [`found ${found}`]),
    ...(host === undefined ? [] : [String(host)]),
    ...(folder === undefined ? [] : [String(folder)]),
    ...(failure.field === undefined ? [] : [failure.field]),
  ];
  const subject = words.length === 0 ? '' : ` (${words.join(', ')})`;
  const said = serverText === undefined || serverText === '' ? '' : `: ${serverText}`;
  return `${texts[failure.code]}${subject}${said}`;
}

/** The server's own words if it said any, else what failed. */
export const failureWords = (failure: MailFailure): string =>
  String(failure.params['serverText'] ?? failureText(failure));
