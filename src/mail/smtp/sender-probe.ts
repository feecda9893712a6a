/**
 * Whether a server lets us send as somebody: the envelope up to RCPT TO, taken back by RSET. No message is sent. A
 * server may accept the envelope and refuse the message for its sender all the same, as Microsoft 365 does.
 */
import type { MailEndpoint } from '../endpoint.js';
import { asError, type Answer, type Ask } from './dialogue.js';
import { failureOf, replyOf, type SmtpReply } from './replies.js';

export interface SenderProbe {
  /** Bare addresses. */
  readonly from: string;
  readonly recipient: string;
}

export type SenderVerdict =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      /** What was refused. Postfix says only at the recipient that it is the sender: compare with one that is allowed. */
      readonly stage: 'sender' | 'recipient';
      readonly reply: SmtpReply;
    };

interface ProbeContext {
  readonly endpoint: MailEndpoint;
  readonly secrets: readonly string[];
}

/**
 * @param envelope addresses in wire form
 * @throws MailFailure for what is no verdict
 */
export async function probeSender(
  ask: Ask,
  { from, recipient }: SenderProbe,
  context: ProbeContext,
): Promise<SenderVerdict> {
  // an address that needs SMTPUTF8 (RFC 6531 §3.4) is refused by a server that does not know the parameter
  const parameter = /[^ -~]/.test(from + recipient) ? ' SMTPUTF8' : '';
  const sender = refusalBy(await ask(`MAIL FROM:<${from}>${parameter}`), 'MAIL FROM', context);
  const reply = sender ?? refusalBy(await ask(`RCPT TO:<${recipient}>`), 'RCPT TO', context);
  await reset(ask, context);
  if (reply === null) return { accepted: true };
  return { accepted: false, stage: sender === null ? 'recipient' : 'sender', reply };
}

/** @throws MailFailure */
export async function reset(ask: Ask, context: ProbeContext): Promise<void> {
  const answer = await ask('RSET');
  if (!isTaken(answer)) throw failureOf(asError(answer, 'RSET'), context.endpoint, context.secrets);
}

const isTaken = ({ code }: Answer): boolean => code >= 200 && code < 300;

/** null when the server takes the command. @throws MailFailure when it says no such thing, or goes away (421) */
function refusalBy(answer: Answer, command: string, context: ProbeContext): SmtpReply | null {
  if (isTaken(answer)) return null;
  const error = asError(answer, command);
  const reply = replyOf(error, context.secrets);
  if (reply === null || reply.code === 421)
    throw failureOf(error, context.endpoint, context.secrets);
  return reply;
}
