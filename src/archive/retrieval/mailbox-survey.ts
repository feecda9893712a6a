/** A session that only looks: signs in, lists, leaves. Nothing is fetched or deleted. */
import type { StoredPop3 } from '../accounts/account-store.js';
import type { MailboxListing } from './mailbox-listing.js';
import { inMailbox } from './open-mailbox.js';
import type { MailboxDependencies } from './remote-mailbox.js';

/** @param signal ends it. @throws MailFailure */
export function surveyMailbox(
  stored: StoredPop3,
  dependencies: MailboxDependencies,
  signal: AbortSignal,
): Promise<MailboxListing> {
  return inMailbox(stored, dependencies, { signal, isReadOnly: true }, async (mailbox) => {
    const listing = await mailbox.list();
    // the list is complete, however the server says goodbye
    await mailbox.quit().catch(() => undefined);
    return listing;
  });
}
