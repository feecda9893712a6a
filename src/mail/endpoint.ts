/**
 * Where a mail server is and how the connection to it is protected: shared by POP3, SMTP and the settings checks.
 */
import net from 'node:net';
import type { EgressPolicy } from '../platform/egress.js';
import { MailFailure } from './errors.js';

/** `starttls` begins in clear and upgrades (STLS, STARTTLS); `tls` is TLS from the first byte (RFC 8314 §3). */
export type Security = 'none' | 'starttls' | 'tls';

export interface MailEndpoint {
  /** DNS name or literal address. */
  readonly host: string;
  readonly port: number;
  readonly security: Security;
  /** How long to wait for a connection, and for the next bytes of a reply. */
  readonly timeoutMs: number;
  /** Accept exactly the certificate with this SHA-256 fingerprint (hex, colons optional) and no other. */
  readonly tlsException: { readonly fingerprint: string } | null;
  /** The admin's explicit word that the password may be sent unencrypted. */
  readonly allowClearTextLogin: boolean;
}

export interface TlsTrust {
  /** Certificate authorities (PEM) trusted in addition to those that node ships. */
  readonly ca?: readonly string[];
  /** The newest version that is spoken; the oldest is TLS 1.2 always. Default TLS 1.3. */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
}

export interface ConnectDependencies {
  readonly egress: EgressPolicy;
  readonly trust: TlsTrust;
  /** Ends the connection when aborted, at whatever point it is. */
  readonly signal?: AbortSignal;
}

/** What has been done when a session reports progress; `name` covers the egress rule too. */
export type ConnectStep = 'name' | 'connect' | 'tls' | 'greeting' | 'capabilities';

const HOST_NAME = /^(?=.{1,253}$)[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?\.?$/u;
const FINGERPRINT = /^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i;

/** @throws MailFailure `invalidInput` naming the field */
export function validateEndpoint(endpoint: MailEndpoint): void {
  const { host, port, timeoutMs, tlsException } = endpoint;
  if (net.isIP(host) === 0 && !HOST_NAME.test(host)) throw invalidInput('host');
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw invalidInput('port');
  if (!(timeoutMs > 0)) throw invalidInput('timeoutMs');
  if (tlsException !== null && !FINGERPRINT.test(tlsException.fingerprint))
    throw invalidInput('tlsException.fingerprint');
}

/**
 * Refuses control characters (line breaks and NUL among them): they would end a protocol line early and let the
 * rest of the value run as a command.
 * @throws MailFailure `invalidInput` naming the field
 */
export function requirePrintable(value: string, field: string): void {
  if (/\p{Cc}/u.test(value)) throw invalidInput(field);
}

/**
 * Nothing secret is said over a connection that stays unencrypted, unless the endpoint allows it. Of the others no
 * session is handed out before it is encrypted.
 * @throws MailFailure `clearTextRefused`
 */
export function requireSecrecy({ security, allowClearTextLogin }: MailEndpoint): void {
  if (security === 'none' && !allowClearTextLogin) throw new MailFailure('clearTextRefused');
}

export function invalidInput(field: string): MailFailure {
  return new MailFailure('invalidInput', { field });
}
