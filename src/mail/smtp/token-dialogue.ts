/** AUTH with an access token (RFC 4954, RFC 7628). */
import type { TokenCredentials } from '../credentials.js';
import type { MailEndpoint } from '../endpoint.js';
import { MailFailure } from '../errors.js';
import {
  ANSWER_TO_REFUSAL,
  refusalStatus,
  tokenMessage,
  tokenRefusal,
  type TokenMechanism,
} from '../token-sign-in.js';
import { asError, type Answer, type Ask } from './dialogue.js';
import { failureOf } from './replies.js';

/** With its line break (RFC 5321 §4.5.3.1.4). */
const MAX_COMMAND_OCTETS = 512;

export interface TokenDialogue {
  readonly mechanism: TokenMechanism;
  readonly credentials: TokenCredentials;
  readonly endpoint: MailEndpoint;
  readonly secrets: readonly string[];
}

/**
 * The token stands on the line of the command when it fits there, which is what Google documents, and follows the
 * server's invitation when it does not (RFC 4954 §4), which is what Microsoft documents.
 * @throws MailFailure
 */
export async function signInByToken(ask: Ask, dialogue: TokenDialogue): Promise<void> {
  const { mechanism, credentials, endpoint, secrets } = dialogue;
  const refusal = (answer: Answer) => failureOf(asError(answer, command), endpoint, secrets);
  const command = `AUTH ${mechanism}`;
  const message = tokenMessage(mechanism, credentials, endpoint);
  const line = `${command} ${message}`;
  const fits = line.length + 2 <= MAX_COMMAND_OCTETS;
  let answer = await ask(fits ? line : command);
  if (!fits) {
    if (answer.code !== 334) throw mechanismRefusal(refusal(answer));
    answer = await ask(message);
  }
  if (answer.code === 235) return;
  const status = answer.code === 334 ? refusalStatus(answer.response.slice(4)) : null;
  if (answer.code === 334) answer = await ask(ANSWER_TO_REFUSAL[mechanism]);
  throw tokenRefusal(refusal(answer), status);
}

/** Nothing has been said about who signs in: unless the server has no time, it is the mechanism that it refuses. */
function mechanismRefusal(failure: MailFailure): MailFailure {
  if (failure.code !== 'authenticationFailed') return failure;
  return new MailFailure('authenticationUnavailable', { params: failure.params });
}
