/**
 * What went wrong in an SMTP dialogue, from nodemailer's errors. Only a complete reply of the server counts as its
 * word; everything else is a fault of the connection. Pure.
 */
import { tlsFailure } from '../connect.js';
import type { MailEndpoint } from '../endpoint.js';
import { classifyError, MailFailure, serverText, type MailFailureCode } from '../errors.js';

export type SmtpStage =
  'connect' | 'ehlo' | 'starttls' | 'authentication' | 'sender' | 'recipients' | 'data' | 'message';

/** The fields of nodemailer's errors that are used here. */
export interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly command?: string | undefined;
  readonly timeoutType?: string | undefined;
  readonly recipient?: string | undefined;
}

export interface SmtpReply {
  /** 400…599 */
  readonly code: number;
  /** RFC 3463, such as `5.7.1`; null when the server gives none. */
  readonly enhancedCode: string | null;
  readonly text: string;
}

/** The server's refusal that an error carries; null when it carries none or only a torn one. */
export function replyOf(error: SmtpError, secrets: readonly string[]): SmtpReply | null {
  const { responseCode, response } = error;
  if (responseCode === undefined || responseCode < 400 || responseCode > 599) return null;
  // nodemailer also reports what it had read when the connection closed, and that line has no end
  if (error.code === 'ECONNECTION' && error.message.startsWith('Connection closed')) return null;
  const [, enhancedCode, text] = REPLY.exec(response ?? '') ?? [];
  return {
    code: responseCode,
    enhancedCode: enhancedCode ?? null,
    text: serverText((text ?? '').replace(CONTINUATION, ' '), secrets),
  };
}

const REPLY = /^\d{3}[ -]?(?:([245]\.\d{1,3}\.\d{1,3})(?=\s|$))?(.*)$/s;
/** Code, and enhanced code if any, at the start of a reply's further lines. */
const CONTINUATION = /\n\d{3}[ -](?:[245]\.\d{1,3}\.\d{1,3}(?=\s))?/g;

export function failureOf(
  error: SmtpError,
  endpoint: MailEndpoint,
  secrets: readonly string[],
): MailFailure {
  const reply = replyOf(error, secrets);
  const stage = stageOf(error);
  if (reply !== null) {
    const params = {
      stage,
      replyCode: reply.code,
      ...(reply.enhancedCode !== null && { enhancedCode: reply.enhancedCode }),
      serverText: reply.text,
    };
    return new MailFailure(codeOfReply(stage, reply), { params });
  }
  if (error.code === 'ETIMEDOUT')
    return new MailFailure('responseTimeout', { params: { awaited: timedOutOn(error) } });
  if (error.code === 'EMESSAGE' && stage === 'sender') return new MailFailure('messageTooLarge');
  if (error.code === 'ESTREAM')
    return new MailFailure('invalidInput', { field: 'raw', cause: error });
  if (error.code === 'ESOCKET' || error.code === 'ETLS')
    return tlsFailure({ ...error, message: error.message, code: error.originalCode }, endpoint);
  if (error.code === 'ECONNECTION') return new MailFailure('connectionLost', { params: { stage } });
  if (error.response === undefined) return classifyError(error);
  return new MailFailure('protocolViolation', { params: { detail: 'unexpectedReply', stage } });
}

function codeOfReply(stage: SmtpStage, { code }: SmtpReply): MailFailureCode {
  if (code < 500) return 'temporarilyUnavailable';
  if (stage === 'starttls') return 'startTlsUnavailable';
  if (stage !== 'authentication') return 'serverRefused';
  // RFC 4954 §4, §6: not offered (50x), encryption required (538); the rest is about the credentials
  return code < 510 || code === 538 ? 'authenticationUnavailable' : 'authenticationFailed';
}

function timedOutOn(error: SmtpError): string {
  if (error.timeoutType === 'GREETING_TIMEOUT') return 'greeting';
  return error.timeoutType === 'UPGRADE_TIMEOUT' ? 'tls' : 'reply';
}

/** At which point of the dialogue nodemailer saw the error. */
export function stageOf({ command = '', code }: SmtpError): SmtpStage {
  if (command.startsWith('AUTH') || code === 'EAUTH') return 'authentication';
  if (command === 'EHLO' || command === 'HELO') return 'ehlo';
  if (command === 'STARTTLS') return 'starttls';
  if (command === 'MAIL FROM') return 'sender';
  if (command === 'RCPT TO') return 'recipients';
  if (command === 'DATA') return code === 'EMESSAGE' ? 'message' : 'data';
  return 'connect';
}
