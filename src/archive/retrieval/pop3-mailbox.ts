/** A mailbox by POP3. */
import type { StoredPop3 } from '../accounts/account-store.js';
import { endpointOf } from '../accounts/mail-endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import { Pop3Session } from '../../mail/pop3/session.js';
import { listed } from './mailbox-listing.js';
import type { MailboxDependencies, MailboxWish, RemoteMailbox } from './remote-mailbox.js';

/** Signed in. @throws MailFailure */
export async function openPop3Mailbox(
  { realmId, account, options }: StoredPop3,
  { connect, credentials }: MailboxDependencies,
  { signal, maxMessageBytes }: MailboxWish,
): Promise<RemoteMailbox> {
  const session = await Pop3Session.connect(
    endpointOf(account, options),
    { ...connect, signal },
    { limits: { maxMessageBytes } },
  );
  try {
    await credentials.pop3(realmId, account, (given) => session.login(given));
  } catch (error) {
    session.close();
    throw error;
  }
  return {
    list: async () => {
      const uidls = (await session.uidl()) ?? new Map<number, string>();
      return listed(await session.list(), uidls);
    },
    retrieve: (messages, openSink) => session.retrieve(messages, openSink),
    header: (number) => headerOf(session, number),
    deleteAll: (numbers) => session.deleteAll(numbers),
    quit: () => session.quit(),
    close: () => session.close(),
  };
}

/** Not every server knows TOP. */
function headerOf(session: Pop3Session, number: number): Promise<Buffer> {
  return session.top(number, 0).catch((error: unknown) => {
    if (error instanceof MailFailure && error.code === 'serverRefused') return session.retr(number);
    throw error;
  });
}
