/** The SMTP settings that go with an incoming account when nobody gave others. The form shows the result. */
import { providerOfHost, serversOf, type ProviderServer } from '../../mail/providers/index.js';
import type { Security } from '../accounts/fields.js';

interface SubmissionServer {
  readonly host: string;
  readonly port: number;
  readonly security: Security;
}

/** Message submission for the mailbox behind an incoming host: a known provider's, else `pop.` becomes `smtp.`, 587. */
export function submissionServerFor(incomingHost: string): SubmissionServer {
  const host = incomingHost.replace(/(^|[.-])(pop3|pop|imap)(?=[.-])/i, '$1smtp');
  return (
    knownServer(incomingHost, incomingHost) ??
    knownServer(host, incomingHost) ?? { host, port: 587, security: 'starttls' }
  );
}

/** The preferred one of the provider to whom a host belongs. */
function knownServer(host: string, incomingHost: string): SubmissionServer | null {
  const provider = providerOfHost(host);
  if (provider === null) return null;
  const isSubmission = ({ protocol }: ProviderServer) => protocol === 'smtp';
  const server = serversOf(provider, incomingHost).find(isSubmission);
  return server === undefined
    ? null
    : { host: server.host, port: server.port, security: server.security };
}
