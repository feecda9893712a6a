/**
 * Tells from the first bytes that a server sends what is listening there. Pure.
 */
export type Protocol = 'pop3' | 'imap' | 'smtp' | 'ftp' | 'http' | 'ssh' | 'redis' | 'tls';

const SIGNATURES: readonly (readonly [Protocol, RegExp])[] = [
  // Redis quotes the command that it does not know; POP3 servers do not
  ['redis', /^(?:\+PONG|-NOAUTH|-DENIED|-ERR (?:unknown command ['"`]|Protocol error))/],
  ['pop3', /^(?:\+OK|-ERR)(?:\s|$)/],
  ['imap', /^\* (?:OK|PREAUTH|BYE)\b/i],
  ['ssh', /^SSH-\d/],
  ['http', /^(?:HTTP\/\d|<!doctype html|<html)/i],
  ['ftp', /^220[ -][^\r\n]*\bftp/i],
  ['smtp', /^(?:220|421|554)[ -]/],
];

/** @returns null when the bytes fit nothing that we know, or are too few to tell */
export function identifyProtocol(firstBytes: Buffer): Protocol | null {
  // a TLS record: handshake or alert, version 3.x (RFC 8446 §5.1)
  const [type, major] = firstBytes;
  if ((type === 0x15 || type === 0x16) && major === 3) return 'tls';
  const text = firstBytes.toString('latin1', 0, 512).trimStart();
  return SIGNATURES.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}
