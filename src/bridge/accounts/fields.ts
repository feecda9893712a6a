/** The pieces that account schemas share. Text that reaches a mail protocol is one line: no control character. */
import { z } from 'zod';
import { because } from '../texts/fields.js';

// C0, DEL and C1 (RFC 20, ECMA-48) and the two Unicode line separators.
const isControl = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029;
};

export const hasControlCharacter = (value: string): boolean => Array.from(value).some(isControl);

/** One line of text, as typed; leading and trailing space belongs to it (a password may end in one). */
export const line = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((value) => !hasControlCharacter(value), because('lineBreak'));

/** One line, trimmed, not empty. */
export const name = (maxLength: number) => line(maxLength).trim().min(1);

/** Host name or address literal (RFC 1123 §2.1); whether it exists is for the check to say. */
export const host = name(253).refine((value) => /^[^\s/\\@]+$/.test(value), because('hostName'));

export const port = z.int().min(1).max(65535);

export const security = z.enum(['none', 'starttls', 'tls']);
export type Security = z.infer<typeof security>;

const addressPattern = /^[^\s@<>(),;:"[\]\\]{1,64}@[^\s@<>(),;:"[\]\\]{1,253}$/;

/** A bare address (RFC 5321 §4.1.2 Mailbox without quoted local parts). */
export const isEmailAddress = (value: string): boolean =>
  value.length <= 254 && addressPattern.test(value) && !hasControlCharacter(value);

export const emailAddress = name(254).refine(isEmailAddress, because('emailAddress'));

/** What a form shows instead of a stored password; sent back, it stands for "unchanged". */
export const PASSWORD_PLACEHOLDER = '******';

/** Write-only. Absent or the placeholder keeps what is stored. */
export const password = line(1024).optional();

/** A finished link (POST /api/v1/oauth/links): the account signs in by OAuth2 with what it stands for. */
export const linkId = z
  .string()
  .max(100)
  .regex(/^[\w-]+$/);

/** Whether a password was given, and not merely what a form shows instead of one. */
export const isRealPassword = (given: string | undefined): given is string =>
  given !== undefined && given !== '' && given !== PASSWORD_PLACEHOLDER;

export const timeoutSeconds = z.int().min(1).max(600);

/** An accepted exception from certificate verification: this certificate and no other, with the reason given. */
export const tlsException = z.strictObject({
  fingerprint: name(95)
    .regex(
      /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i,
      'must be a SHA-256 fingerprint: 32 hex pairs with colons',
    )
    .transform((value) => value.toUpperCase()),
  reason: name(500),
});
export type TlsException = z.infer<typeof tlsException>;

/** Names are compared trimmed and without regard to case. */
export const sameName = (one: string, other: string): boolean => nameKey(one) === nameKey(other);

export const nameKey = (value: string): string => value.trim().toLocaleLowerCase('de');
