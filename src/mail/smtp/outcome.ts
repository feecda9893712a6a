/**
 * The outcome of a submission, from what nodemailer reports and how far the message had gone. Pure.
 */
import type { MailEndpoint } from '../endpoint.js';
import { MailFailure, serverText } from '../errors.js';
import { failureOf, replyOf, type SmtpError, type SmtpReply, type SmtpStage } from './replies.js';

export interface RejectedRecipient {
  readonly address: string;
  readonly code: number;
  readonly enhancedCode: string | null;
  readonly permanent: boolean;
  readonly text: string;
}

export type SubmissionResult =
  /** The server has taken the message for `accepted`, and for them only. */
  | {
      readonly outcome: 'accepted';
      readonly response: string;
      readonly accepted: readonly string[];
      readonly rejected: readonly RejectedRecipient[];
    }
  /** The server said no; nobody gets the message. */
  | {
      readonly outcome: 'refused';
      /** 5xx: the same again gets the same answer. 4xx: later may do. */
      readonly permanent: boolean;
      readonly stage: SmtpStage;
      readonly code: number;
      readonly enhancedCode: string | null;
      readonly text: string;
      readonly rejected: readonly RejectedRecipient[];
      readonly failure: MailFailure;
    }
  /** Failed before the final dot left: nobody has the message, trying again is safe. */
  | { readonly outcome: 'notSent'; readonly failure: MailFailure }
  /** Failed between the final dot and the reply: the server may have taken the message. */
  | { readonly outcome: 'inDoubt'; readonly failure: MailFailure };

interface Sent {
  readonly response: string;
  readonly accepted: readonly string[];
  readonly rejectedErrors?: readonly SmtpError[] | undefined;
}

export function accepted(
  info: Sent,
  given: ReadonlyMap<string, string>,
  secrets: readonly string[],
): SubmissionResult {
  return {
    outcome: 'accepted',
    response: serverText(info.response, secrets),
    accepted: info.accepted.map((wire) => given.get(wire) ?? wire),
    rejected: rejectedRecipients(info.rejectedErrors, given, secrets),
  };
}

interface FailureContext {
  readonly endpoint: MailEndpoint;
  readonly secrets: readonly string[];
  /** Wire form of each recipient to the form in which the caller gave it. */
  readonly given: ReadonlyMap<string, string>;
  readonly isDotSent: boolean;
}

export function failed(error: unknown, context: FailureContext): SubmissionResult {
  const { endpoint, secrets, given, isDotSent } = context;
  const unanswered = isDotSent ? 'inDoubt' : 'notSent';
  if (error instanceof MailFailure) return { outcome: unanswered, failure: error };
  const smtpError = error as SmtpError & { readonly rejectedErrors?: readonly SmtpError[] };
  const failure = failureOf(smtpError, endpoint, secrets);
  // only an answer to a command of this message is about this message
  const isAnswer = smtpError.code === 'EENVELOPE' || smtpError.code === 'EMESSAGE';
  if (isAnswer && replyOf(smtpError, secrets) !== null)
    return refusedBy(failure, rejectedRecipients(smtpError.rejectedErrors, given, secrets));
  return { outcome: unanswered, failure };
}

/** `refused` when the failure carries a reply of the server, else `notSent`. */
export function refusedBy(
  failure: MailFailure,
  rejected: readonly RejectedRecipient[] = [],
): SubmissionResult {
  const { stage, replyCode, enhancedCode, serverText: text } = failure.params;
  if (typeof replyCode !== 'number') return { outcome: 'notSent', failure };
  return {
    outcome: 'refused',
    permanent: replyCode >= 500,
    stage: stage as SmtpStage,
    code: replyCode,
    enhancedCode: typeof enhancedCode === 'string' ? enhancedCode : null,
    text: String(text ?? ''),
    rejected,
    failure,
  };
}

function rejectedRecipients(
  errors: readonly SmtpError[] | undefined,
  given: ReadonlyMap<string, string>,
  secrets: readonly string[],
): RejectedRecipient[] {
  return (errors ?? []).flatMap((error) => {
    const reply: SmtpReply | null = replyOf(error, secrets);
    if (reply === null) return [];
    const wire = error.recipient ?? '';
    return [{ address: given.get(wire) ?? wire, permanent: reply.code >= 500, ...reply }];
  });
}
