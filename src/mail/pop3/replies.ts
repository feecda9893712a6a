/**
 * What POP3 replies mean: listings, capabilities, refusals. Pure.
 */
import { MailFailure, type MailFailureCode } from '../errors.js';
import type { MessageListing } from '../message-transfer.js';

/** Capability name in upper case to its arguments (RFC 2449 §3). */
export type Capabilities = ReadonlyMap<string, readonly string[]>;

/** @throws MailFailure `protocolViolation` */
export function parseStat(text: string): { messageCount: number; sizeBytes: number } {
  const [, count, size] = /^(\d{1,10})[ \t]+(\d{1,15})(?:\s|$)/.exec(text) ?? [];
  if (count === undefined || size === undefined) throw malformed('STAT');
  return { messageCount: Number(count), sizeBytes: Number(size) };
}

/** @throws MailFailure `protocolViolation` */
export function parseList(content: string): MessageListing[] {
  return lines(content).map((line) => {
    const { number, rest } = numbered(line, 'LIST');
    const [, size] = /^(\d{1,15})(?:\s|$)/.exec(rest) ?? [];
    if (size === undefined) throw malformed('LIST');
    return { number, sizeBytes: Number(size) };
  });
}

/** Unique-ids by message number. A unique-id with a space in it breaks RFC 1939 §7, but it is kept whole: it identifies. */
export function parseUidl(content: string): ReadonlyMap<number, string> {
  return new Map(
    lines(content).map((line) => {
      const { number, rest } = numbered(line, 'UIDL');
      if (rest === '') throw malformed('UIDL');
      return [number, rest];
    }),
  );
}

export function parseCapabilities(content: string): Capabilities {
  return new Map(
    lines(content).map((line) => {
      const [name = '', ...parameters] = line.trim().split(/\s+/);
      return [name.toUpperCase(), parameters.map((parameter) => parameter.toUpperCase())];
    }),
  );
}

function lines(content: string): string[] {
  return content.split('\r\n').filter((line) => line.trim() !== '');
}

function numbered(line: string, command: string): { number: number; rest: string } {
  const [, number, rest] = /^\s*(\d{1,10})(.*)$/s.exec(line) ?? [];
  if (number === undefined || rest === undefined || Number(number) < 1) throw malformed(command);
  return { number: Number(number), rest: rest.trim() };
}

function malformed(command: string): MailFailure {
  return new MailFailure('protocolViolation', { params: { detail: 'malformedReply', command } });
}

/** Extended response codes: RFC 2449 §8, RFC 3206. */
const BY_RESPONSE_CODE: Readonly<Record<string, MailFailureCode>> = {
  'IN-USE': 'temporarilyUnavailable',
  'LOGIN-DELAY': 'temporarilyUnavailable',
  'SYS/TEMP': 'temporarilyUnavailable',
  'SYS/PERM': 'serverRefused',
  AUTH: 'authenticationFailed',
};

/** Words of servers without response codes for a mailbox that another session holds (RFC 1939 §4 has an example). */
export const MAILBOX_LOCKED = /\b(?:maildrop|mailbox)\b[^.]{0,40}\b(?:locked|in use|busy)\b/i;

/**
 * The failure that a `-ERR` stands for.
 * @param quoted the server's words, already harmless
 */
export function refusal(command: string, quoted: string, isSignIn: boolean): MailFailure {
  const responseCode = /^\[([A-Z0-9/-]{1,40})[^\]]{0,80}\]/i.exec(quoted)?.[1]?.toUpperCase();
  const params = {
    command,
    serverText: quoted,
    ...(responseCode !== undefined && { responseCode }),
  };
  const known = responseCode === undefined ? undefined : BY_RESPONSE_CODE[responseCode];
  if (known !== undefined) return new MailFailure(known, { params });
  if (!isSignIn) return new MailFailure('serverRefused', { params });
  const isLocked = MAILBOX_LOCKED.test(quoted);
  return new MailFailure(isLocked ? 'temporarilyUnavailable' : 'authenticationFailed', { params });
}
