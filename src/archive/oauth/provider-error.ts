/** What a provider refuses or fails at, by RFC 6749 §5.2, RFC 8628 §3.5 and the words of the large providers. */
import { serverText } from '../../mail/errors.js';

export type ProviderErrorCode =
  /** The grant, or the code, is not accepted (any more). */
  | 'invalidGrant'
  /** Client id or secret are not accepted. */
  | 'clientRefused'
  /** The person, or a rule of the provider, said no. */
  | 'denied'
  | 'adminConsentRequired'
  /** Microsoft: an administrator consented for everybody; there is no mailbox in it. */
  | 'consentGranted'
  /** Device code: not yet. */
  | 'notConfirmedYet'
  /** Device code: not yet, and asked too often. */
  | 'slowDown'
  | 'deviceCodeExpired'
  /** No answer, or one that says to come again. */
  | 'unavailable'
  /** An answer that is none. */
  | 'refused';

export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  /** @param words the provider's own, harmless and without secrets */
  constructor(
    readonly code: ProviderErrorCode,
    readonly words = '',
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

const BY_ERROR: Readonly<Record<string, ProviderErrorCode>> = {
  invalid_grant: 'invalidGrant',
  // Microsoft: the person has to sign in again (conditional access, second factor)
  interaction_required: 'invalidGrant',
  login_required: 'invalidGrant',
  invalid_client: 'clientRefused',
  unauthorized_client: 'clientRefused',
  access_denied: 'denied',
  authorization_declined: 'denied',
  consent_required: 'adminConsentRequired',
  admin_policy_enforced: 'denied',
  authorization_pending: 'notConfirmedYet',
  slow_down: 'slowDown',
  expired_token: 'deviceCodeExpired',
  code_expired: 'deviceCodeExpired',
  temporarily_unavailable: 'unavailable',
  server_error: 'unavailable',
};

/** Microsoft's numbers for "only an administrator can consent" (AADSTS, Entra error codes). */
const ADMIN_CONSENT = /\bAADSTS(?:65001|90094|90095)\b/;
/** Secret wrong, expired, or the application unknown in the directory. */
const CLIENT = /\bAADSTS(?:7000215|7000222|700016|7000218|90002)\b/;

/**
 * @param status HTTP status; 0 when there was no answer
 * @param payload the body, decoded if it was JSON
 */
export function providerError(status: number, payload: unknown, cause?: unknown): ProviderError {
  const body = (typeof payload === 'object' && payload !== null ? payload : {}) as {
    readonly error?: unknown;
    readonly error_description?: unknown;
  };
  const error = typeof body.error === 'string' ? body.error : '';
  const description = typeof body.error_description === 'string' ? body.error_description : '';
  const words = wordsOf(error, description);
  const code = codeOf(status, error, description);
  const known = words === '' && payload === undefined ? withoutAnswer(cause) : words;
  return new ProviderError(code, known, { cause });
}

/** For an error in the address that the browser brings back (RFC 6749 §4.1.2.1). */
export const redirectedError = (error: string, description: string): ProviderError =>
  providerError(400, { error, error_description: description });

function codeOf(status: number, error: string, description: string): ProviderErrorCode {
  if (ADMIN_CONSENT.test(description)) return 'adminConsentRequired';
  if (CLIENT.test(description)) return 'clientRefused';
  const known = BY_ERROR[error];
  if (known !== undefined) return known;
  return status === 0 || status === 408 || status === 429 || status >= 500
    ? 'unavailable'
    : 'refused';
}

/** Where no answer came: what the network or the library says. Without one word of the request. */
function withoutAnswer(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  return serverText(cause.message.replace(/^Client request (?:error: )?/, '')).slice(0, 200);
}

function wordsOf(error: string, description: string): string {
  // what follows are ids of the request, of no use to a reader
  const sentence = description.split(/\s*(?:Trace ID|Correlation ID):/, 1)[0] ?? '';
  return serverText([error, sentence].filter((part) => part !== '').join(': ')).slice(0, 300);
}
