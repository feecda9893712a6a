/**
 * What can go wrong between us and a mail server. Every failure of the protocol clients is a `MailFailure`: a code
 * from one closed union with what may be done about it. Servers' words are kept in `params.serverText`, made
 * harmless; what we sent (user names, passwords) never is.
 */
import { EgressBlocked } from '../platform/egress.js';
import { Failure, type Disposition } from '../platform/failure.js';

const DISPOSITIONS = {
  /** The host name does not exist. */
  nameNotFound: 'actionRequired',
  /** The name server did not answer; the name may well exist. */
  nameLookupFailed: 'transient',
  /** The address lies inside the network and no egress rule allows it. */
  egressBlocked: 'actionRequired',
  connectionRefused: 'transient',
  hostUnreachable: 'transient',
  connectTimeout: 'transient',
  /** Connected, but what we waited for did not come in time. */
  responseTimeout: 'transient',
  connectionLost: 'transient',
  tlsFailed: 'actionRequired',
  /** Not signed by an authority that we trust, or not the one certificate that was excepted. */
  certificateUntrusted: 'actionRequired',
  certificateExpired: 'actionRequired',
  certificateNameMismatch: 'actionRequired',
  /** We spoke plain, the server speaks TLS on this port. */
  tlsExpected: 'actionRequired',
  /** We spoke TLS, the server speaks plain on this port. */
  plainExpected: 'actionRequired',
  /** STLS or STARTTLS was asked for and the server does not offer it. */
  startTlsUnavailable: 'actionRequired',
  /** Another service answers: `params.found`, `params.expected`. */
  wrongProtocol: 'actionRequired',
  authenticationFailed: 'actionRequired',
  /** The server offers no way to sign in that we can use here. */
  authenticationUnavailable: 'actionRequired',
  /** Signing in would send the password readable by others, and that was not allowed. */
  clearTextRefused: 'actionRequired',
  /** The account signs in by OAuth and was never linked, or was unlinked. */
  notLinked: 'actionRequired',
  /** The provider does not accept the link any more: it has to be made anew. */
  linkEnded: 'actionRequired',
  /** The provider does not accept us as a program: client id or secret are wrong or have expired. */
  oauthClientRefused: 'actionRequired',
  /** The provider could not be asked for a token; nothing is known about the link. */
  oauthUnavailable: 'transient',
  /** IMAP: there is no folder of that name: `params.folder`. */
  folderMissing: 'actionRequired',
  temporarilyUnavailable: 'transient',
  serverRefused: 'permanent',
  /** The server broke the rules of the protocol: `params.detail`. */
  protocolViolation: 'transient',
  messageTooLarge: 'permanent',
  /** The caller's input may not reach a server: `field` names it. */
  invalidInput: 'permanent',
} as const satisfies Record<string, Disposition>;

export type MailFailureCode = keyof typeof DISPOSITIONS;

export interface MailFailureDetails {
  readonly field?: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly cause?: unknown;
}

export class MailFailure extends Failure<MailFailureCode> {
  override readonly name = 'MailFailure';

  constructor(code: MailFailureCode, details: MailFailureDetails = {}) {
    super(code, {
      disposition: DISPOSITIONS[code],
      origin: code === 'invalidInput' ? 'caller' : 'mailServer',
      ...details,
    });
  }
}

/**
 * A server's words as one harmless line: printable, at most 500 characters, with everything in `secrets` blotted
 * out, because some servers repeat what they were sent.
 */
export function serverText(text: string, secrets: readonly string[] = []): string {
  let line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  for (const secret of secrets) {
    if (secret === '') continue;
    line = line.replaceAll(secret, '***');
    if (secret.length > LONG_SECRET) line = withoutWord(line, secret.slice(0, LONG_SECRET));
  }
  return line.slice(0, 500);
}

/** A server may cut off what it repeats: of a token this much is enough to know it by. */
const LONG_SECRET = 24;

function withoutWord(line: string, beginning: string): string {
  const [before = '', ...repeated] = line.split(beginning);
  return [before, ...repeated.map((rest) => rest.replace(/^\S*/, ''))].join('***');
}

const BY_SYSTEM_CODE: Readonly<Record<string, MailFailureCode>> = {
  ENOTFOUND: 'nameNotFound',
  ENODATA: 'nameNotFound',
  EAI_AGAIN: 'nameLookupFailed',
  EAI_FAIL: 'nameLookupFailed',
  ECONNREFUSED: 'connectionRefused',
  EHOSTUNREACH: 'hostUnreachable',
  ENETUNREACH: 'hostUnreachable',
  EADDRNOTAVAIL: 'hostUnreachable',
  EACCES: 'hostUnreachable',
  ECONNRESET: 'connectionLost',
  ECONNABORTED: 'connectionLost',
  EPIPE: 'connectionLost',
  ERR_STREAM_PREMATURE_CLOSE: 'connectionLost',
  ERR_STREAM_DESTROYED: 'connectionLost',
  ERR_STREAM_WRITE_AFTER_END: 'connectionLost',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificateNameMismatch',
  CERT_HAS_EXPIRED: 'certificateExpired',
  CERT_NOT_YET_VALID: 'certificateExpired',
  // OpenSSL's words for "those bytes are no TLS record".
  ERR_SSL_WRONG_VERSION_NUMBER: 'plainExpected',
  ERR_SSL_HTTP_REQUEST: 'plainExpected',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'plainExpected',
  ERR_SSL_RECORD_LAYER_FAILURE: 'plainExpected',
};

const CERTIFICATE_CODE = /CERT|SELF_SIGNED|UNABLE_TO_|CRL|INVALID_PURPOSE|PATH_LENGTH/;

/** The failure that an error of node's sockets, TLS or resolver stands for; a MailFailure passes through. */
export function classifyError(error: unknown): MailFailure {
  if (error instanceof MailFailure) return error;
  if (error instanceof EgressBlocked)
    return new MailFailure('egressBlocked', { params: { host: error.host }, cause: error });
  const { code, syscall, message, reason } = nodeErrorParts(error);
  return new MailFailure(codeOf(code, syscall, message), {
    params: reason === '' ? {} : { reason },
    cause: error,
  });
}

function codeOf(code: string, syscall: string, message: string): MailFailureCode {
  if (code === 'ETIMEDOUT') return syscall === 'connect' ? 'connectTimeout' : 'connectionLost';
  // node reports a connection that ends during the handshake as ECONNRESET with these words
  if (message.startsWith('Client network socket disconnected before secure TLS'))
    return 'tlsFailed';
  const known = BY_SYSTEM_CODE[code];
  if (known !== undefined) return known;
  if (code.startsWith('ERR_SSL_')) return 'tlsFailed';
  if (code === 'EPROTO') return /wrong version/.test(message) ? 'plainExpected' : 'tlsFailed';
  if (CERTIFICATE_CODE.test(code)) return 'certificateUntrusted';
  return 'connectionLost';
}

function nodeErrorParts(error: unknown) {
  const parts = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  const text = (name: string) => (typeof parts[name] === 'string' ? parts[name] : '');
  // `reason` is OpenSSL's short phrase, such as "unsupported protocol"
  return {
    code: text('code'),
    syscall: text('syscall'),
    message: text('message'),
    reason: text('reason'),
  };
}
