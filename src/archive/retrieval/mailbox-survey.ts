/** A session that only looks: signs in, lists, leaves. Nothing is fetched or deleted. */
import type { StoredPop3 } from '../accounts/account-store.js';
import { listMailbox, type ListedMail } from './mailbox-listing.js';
import { inMailbox, type MailboxDependencies } from './mailbox-session.js';

/** @param signal ends it. @throws MailFailure */
export function surveyMailbox(
  stored: StoredPop3,
  dependencies: MailboxDependencies,
  signal: AbortSignal,
): Promise<readonly ListedMail[]> {
  return inMailbox(stored, dependencies, signal, async (session) => {
    const { mails } = await listMailbox(session);
    // the list is complete, however the server says goodbye
    await session.quit().catch(() => undefined);
    return mails;
  });
}
