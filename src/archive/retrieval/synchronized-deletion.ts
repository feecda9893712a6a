/** DeleteSync: what is deleted in the archive is deleted on its server at once, by a session of its own. */
import type { AccountStore } from '../accounts/account-store.js';
import type { MailLedger } from '../store/mail-ledger.js';

/**
 * @param fetch begins a session with an account
 * @returns to be asked before items are deleted; what it answers is to be called once they are
 */
export function synchronizedDeletion(
  accounts: AccountStore,
  ledger: MailLedger,
  fetch: (realmId: number, accountId: number) => void,
): (realmId: number, itemIds: readonly number[]) => Promise<() => void> {
  return async (realmId, itemIds) => {
    const concerned = new Set<number>();
    for (const itemId of itemIds) {
      const mailbox = await ledger.mailboxOf(realmId, itemId);
      const stored = mailbox && (await accounts.pop3(realmId, mailbox.accountId));
      if (stored !== null && stored.account.DeleteSync !== 0) concerned.add(stored.account.ID);
    }
    return () => {
      for (const accountId of concerned) fetch(realmId, accountId);
    };
  };
}
