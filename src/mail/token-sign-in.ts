/**
 * Signing in with an access token: SASL OAUTHBEARER (RFC 7628) and XOAUTH2, which Google and Microsoft had before it.
 * What is said is the same in POP3, SMTP and IMAP; how a line travels is the protocol's. Pure.
 *
 * A server that refuses the token may first send a challenge with the reason as JSON; the client answers it with
 * nothing to say, and only then comes the refusal (RFC 7628 §3.2.3).
 */
import type { TokenCredentials } from './credentials.js';
import { invalidInput, requirePrintable, type MailEndpoint } from './endpoint.js';
import { MailFailure } from './errors.js';

export type TokenMechanism = 'XOAUTH2' | 'OAUTHBEARER';

/**
 * XOAUTH2 where both are offered: Google and Microsoft document it, and Microsoft has nothing else (2026-11), so it is
 * the one that has been tried most. OAUTHBEARER says nothing more that a mail server would use.
 */
const PREFERENCE: readonly TokenMechanism[] = ['XOAUTH2', 'OAUTHBEARER'];

/** @throws MailFailure `authenticationUnavailable` when neither is among the server's mechanisms */
export function tokenMechanism(offered: readonly string[]): TokenMechanism {
  const mechanism = PREFERENCE.find((one) => offered.includes(one));
  if (mechanism !== undefined) return mechanism;
  throw new MailFailure('authenticationUnavailable', {
    params: { wanted: PREFERENCE.join(' '), offered: offered.join(' ').slice(0, 200) },
  });
}

/** RFC 6750 §2.1, and whatever else is visible ASCII: other characters would end the field or the line. */
const TOKEN = /^[\x21-\x7e]+$/;

/** @throws MailFailure `invalidInput` with `field` */
export function requireToken({ username, accessToken }: TokenCredentials): void {
  requirePrintable(username, 'username');
  if (username === '') throw invalidInput('username');
  if (!TOKEN.test(accessToken)) throw invalidInput('accessToken');
}

/** The client's message, in base64. */
export function tokenMessage(
  mechanism: TokenMechanism,
  { username, accessToken }: TokenCredentials,
  { host, port }: MailEndpoint,
): string {
  const fields =
    mechanism === 'XOAUTH2'
      ? [`user=${username}`]
      : [`n,a=${gs2Name(username)},`, `host=${host}`, `port=${port}`];
  return Buffer.from([...fields, `auth=Bearer ${accessToken}`, '', ''].join('\x01')).toString(
    'base64',
  );
}

/** RFC 5801 §4 */
function gs2Name(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

/** What the challenge that tells of a refusal is answered with: nothing, or a lone %x01 in base64. */
export const ANSWER_TO_REFUSAL: Readonly<Record<TokenMechanism, string>> = {
  XOAUTH2: '',
  OAUTHBEARER: 'AQ==',
};

/** Everything that lets somebody sign in and that a server might repeat. */
export function tokenSecrets(credentials: TokenCredentials, endpoint: MailEndpoint): string[] {
  const { username, accessToken } = credentials;
  return [
    ...PREFERENCE.map((mechanism) => tokenMessage(mechanism, credentials, endpoint)),
    accessToken,
    Buffer.from(accessToken).toString('base64'),
    username,
  ];
}

/** The status of the challenge that tells of a refusal; null when there is none. */
export function refusalStatus(challenge: string): string | null {
  try {
    return statusOf(JSON.parse(Buffer.from(challenge, 'base64').toString('utf8')));
  } catch {
    return null;
  }
}

/** `status` of the server's JSON: `401` and the like, or `invalid_token`; null when it says no such thing. */
export function statusOf(reason: unknown): string | null {
  if (typeof reason !== 'object' || reason === null || !('status' in reason)) return null;
  const status = typeof reason.status === 'number' ? String(reason.status) : reason.status;
  return typeof status === 'string' && /^[\w.-]{1,40}$/.test(status) ? status : null;
}

const TEMPORARY_STATUS = /^(?:5\d\d|server_error|temporarily_unavailable)$/;
const TEMPORARY_WORDS = /\btemporar(?:y|ily)\b/i;

/**
 * A refusal of the sign-in as one of the token. It stays temporary or becomes it when the server could not ask
 * whether the token is good: then nothing is known about the token.
 */
export function tokenRefusal(failure: MailFailure, status: string | null): MailFailure {
  const { code, params } = failure;
  if (code !== 'authenticationFailed' && code !== 'temporarilyUnavailable') return failure;
  const isTemporary =
    (status !== null && TEMPORARY_STATUS.test(status)) ||
    TEMPORARY_WORDS.test(String(params['serverText'] ?? ''));
  return new MailFailure(isTemporary ? 'temporarilyUnavailable' : code, {
    params: { ...params, method: 'oauth2', ...(status !== null && { status }) },
  });
}
