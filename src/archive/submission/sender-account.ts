/**
 * Which SMTP account serves a sender: active accounts only; an exact address in `Filter` (one a line, case does not
 * count, blank lines do not either) beats `*`; of several equally good ones the first by name.
 */
import type { SmtpAccount } from '../../greyhound/index.js';
import type { StoredSmtp } from '../accounts/account-store.js';

/** The lines of `Filter`. */
export const senderPatterns = ({ Filter }: Pick<SmtpAccount, 'Filter'>): string[] =>
  Filter.split(/\r\n|\r|\n/)
    .map((line) => line.trim().toLowerCase())
    .filter((line) => line !== '');

/**
 * @param active accounts that are switched on
 * @param sender bare address
 * @returns null when none serves the sender
 */
export function accountForSender(active: readonly StoredSmtp[], sender: string): StoredSmtp | null {
  const byName = [...active].sort(
    (a, b) => compare(a.account.Name, b.account.Name) || a.account.ID - b.account.ID,
  );
  const serving = (pattern: string) =>
    byName.find(({ account }) => senderPatterns(account).includes(pattern));
  return serving(sender.trim().toLowerCase()) ?? serving('*') ?? null;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
