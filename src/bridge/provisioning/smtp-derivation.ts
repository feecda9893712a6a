/** The SMTP settings that go with an incoming account when nobody gave others. */
import type { Security } from '../accounts/fields.js';

interface SubmissionServer {
  readonly host: string;
  readonly port: number;
  readonly security: Security;
}

const starttls = (host: string): SubmissionServer => ({ host, port: 587, security: 'starttls' });
const implicitTls = (host: string): SubmissionServer => ({ host, port: 465, security: 'tls' });

/** Well-known providers whose submission server is not found by replacing the first word. The form shows the result. */
const providers: Readonly<Record<string, SubmissionServer>> = {
  'outlook.office365.com': starttls('smtp.office365.com'),
  'pop.gmx.net': starttls('mail.gmx.net'),
  'imap.gmx.net': starttls('mail.gmx.net'),
  'securepop.t-online.de': implicitTls('securesmtp.t-online.de'),
  'secureimap.t-online.de': implicitTls('securesmtp.t-online.de'),
  'pop.strato.de': implicitTls('smtp.strato.de'),
  'pop3.strato.de': implicitTls('smtp.strato.de'),
  'imap.strato.de': implicitTls('smtp.strato.de'),
};

/** Message submission for the mailbox behind an incoming host: a known provider, else `pop.` becomes `smtp.`, 587. */
export function submissionServerFor(incomingHost: string): SubmissionServer {
  const known = providers[incomingHost.toLowerCase()];
  return known ?? starttls(incomingHost.replace(/(^|[.-])(pop3|pop|imap)(?=[.-])/i, '$1smtp'));
}
