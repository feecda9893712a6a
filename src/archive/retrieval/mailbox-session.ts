/** A session with an incoming account's mailbox, signed in as the account says. */
import type { StoredPop3 } from '../accounts/account-store.js';
import { endpointOf } from '../accounts/mail-endpoint.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { Pop3Protocol } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import { Pop3Session } from '../../mail/pop3/session.js';
import { untilAborted } from './in-turn.js';

export interface MailboxDependencies {
  readonly connect: ConnectDependencies;
  readonly credentials: AccountCredentials;
}

/**
 * The connection is closed when the work has ended, or at the signal; QUIT is the work's to say.
 * @throws MailFailure
 */
export function inMailbox<T>(
  stored: StoredPop3,
  dependencies: MailboxDependencies,
  signal: AbortSignal,
  work: (session: Pop3Session) => Promise<T>,
): Promise<T> {
  // no signal ends the look-up of a name, or the request for a token
  return untilAborted(signedIn(stored, dependencies, signal, work), signal);
}

async function signedIn<T>(
  { realmId, account, options }: StoredPop3,
  { connect, credentials }: MailboxDependencies,
  signal: AbortSignal,
  work: (session: Pop3Session) => Promise<T>,
): Promise<T> {
  if (account.Protocol !== Pop3Protocol.ppPop3)
    throw new MailFailure('invalidInput', { field: 'protocol' });
  const session = await Pop3Session.connect(endpointOf(account, options), { ...connect, signal });
  try {
    await credentials.pop3(realmId, account, (given) => session.login(given));
    return await work(session);
  } finally {
    session.close();
  }
}
