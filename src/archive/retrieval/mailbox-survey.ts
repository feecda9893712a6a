/** A session that only looks: signs in, lists, leaves. Nothing is fetched or deleted. */
import type { StoredPop3 } from '../accounts/account-store.js';
import { endpointOf } from '../accounts/mail-endpoint.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { Pop3Protocol } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import { Pop3Session } from '../../mail/pop3/session.js';
import { listMailbox, type ListedMail } from './mailbox-listing.js';

export interface SurveyDependencies {
  readonly connect: ConnectDependencies;
  readonly credentials: AccountCredentials;
}

/** @param signal ends it. @throws MailFailure */
export async function surveyMailbox(
  { realmId, account, options }: StoredPop3,
  { connect, credentials }: SurveyDependencies,
  signal: AbortSignal,
): Promise<readonly ListedMail[]> {
  if (account.Protocol !== Pop3Protocol.ppPop3)
    throw new MailFailure('invalidInput', { field: 'protocol' });
  const session = await Pop3Session.connect(endpointOf(account, options), connect);
  const close = () => session.close();
  signal.addEventListener('abort', close);
  try {
    if (signal.aborted) throw new MailFailure('connectionLost');
    await credentials.pop3(realmId, account, (given) => session.login(given));
    const { mails } = await listMailbox(session);
    // the list is complete, however the server says goodbye
    await session.quit().catch(() => undefined);
    return mails;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
