/**
 * Basic credentials as GREYHOUND wants them: `<clientId>-<username>:<password>`, the client id being 32 characters.
 * The vendor's client encodes them in windows-1252; other servers expect UTF-8.
 */
import { createHash, randomBytes } from 'node:crypto';

export type CredentialCharset = 'windows-1252' | 'utf-8';

/** A fresh client id: the hex digest of random bytes. One per process, for the process's lifetime. */
export const newClientId = (): string => createHash('md5').update(randomBytes(32)).digest('hex');

/** The characters of windows-1252 that are not at their Latin-1 place. */
const windows1252: Readonly<Record<string, number>> = {
  '€': 0x80,
  '‚': 0x82,
  ƒ: 0x83,
  '„': 0x84,
  '…': 0x85,
  '†': 0x86,
  '‡': 0x87,
  ˆ: 0x88,
  '‰': 0x89,
  Š: 0x8a,
  '‹': 0x8b,
  Œ: 0x8c,
  Ž: 0x8e,
  '‘': 0x91,
  '’': 0x92,
  '“': 0x93,
  '”': 0x94,
  '•': 0x95,
  '–': 0x96,
  '—': 0x97,
  '˜': 0x98,
  '™': 0x99,
  š: 0x9a,
  '›': 0x9b,
  œ: 0x9c,
  ž: 0x9e,
  Ÿ: 0x9f,
};

const isLatin1 = (code: number): boolean => code < 0x80 || (code >= 0xa0 && code <= 0xff);

/** Null when a character does not exist in windows-1252. */
export function encodeWindows1252(value: string): Buffer | null {
  const bytes: number[] = [];
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    const byte = isLatin1(code) ? code : windows1252[character];
    if (byte === undefined) return null;
    bytes.push(byte);
  }
  return Buffer.from(bytes);
}

const characters = new Map(
  Object.entries(windows1252).map(([character, byte]) => [byte, character]),
);

/** Bytes that windows-1252 leaves undefined become the control character of the same number. */
export const decodeWindows1252 = (bytes: Buffer): string =>
  Array.from(bytes, (byte) => characters.get(byte) ?? String.fromCharCode(byte)).join('');

/** The charsets worth trying for these credentials, in order. ASCII is the same in both. */
export function charsetsFor(username: string, password: string): CredentialCharset[] {
  const both = username + password;
  if (Buffer.byteLength(both, 'utf8') === both.length) return ['utf-8'];
  return encodeWindows1252(both) === null ? ['utf-8'] : ['windows-1252', 'utf-8'];
}

export function basicAuthorization(
  clientId: string,
  username: string,
  password: string,
  charset: CredentialCharset,
): string {
  const credentials = `${clientId}-${username}:${password}`;
  const bytes =
    (charset === 'windows-1252' ? encodeWindows1252(credentials) : null) ??
    Buffer.from(credentials, 'utf8');
  return `Basic ${bytes.toString('base64')}`;
}
