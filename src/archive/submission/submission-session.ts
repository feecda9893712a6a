/** A session with an SMTP account's server, signed in as the account says. */
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { SmtpSession } from '../../mail/smtp/session.js';
import type { StoredSmtp } from '../accounts/account-store.js';
import { endpointOf } from '../accounts/mail-endpoint.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';

interface SubmissionDependencies {
  readonly connect: ConnectDependencies;
  readonly credentials: AccountCredentials;
}

/** @param signal ends the connection, at whatever point it is. @throws MailFailure */
export async function openSubmission(
  { realmId, account, options }: StoredSmtp,
  { connect, credentials }: SubmissionDependencies,
  signal: AbortSignal,
): Promise<SmtpSession> {
  const session = await SmtpSession.connect(endpointOf(account, options), { ...connect, signal });
  try {
    await credentials.smtp(realmId, account, (given) => session.login(given));
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  }
}
