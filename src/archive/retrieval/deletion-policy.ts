/** Which stored mails are to be deleted on their server. Pure. */
import { Pop3Delete, type Pop3Account } from '../../greyhound/index.js';
import type { LedgerEntry } from '../store/mail-ledger.js';

const DAY_MS = 86_400_000;

export type DeletionSettings = Pick<Pop3Account, 'Delete' | 'DeleteAge' | 'DeleteSync'>;

/** Whether any mail could ever be. */
export const mayDelete = ({ Delete, DeleteSync }: DeletionSettings): boolean =>
  Delete !== Pop3Delete.pdNo || DeleteSync !== 0;

/**
 * Days count from the moment of storage. Whatever is not understood deletes nothing. Of a mail whose time in the archive
 * is over the server has the only copy: it stays.
 */
export function isToBeDeleted(entry: LedgerEntry, settings: DeletionSettings, now: Date): boolean {
  if (entry.item === 'expired') return false;
  if (settings.DeleteSync !== 0 && entry.item !== 'present') return true;
  if (settings.Delete === Pop3Delete.pdYes) return true;
  if (settings.Delete !== Pop3Delete.pdDelayed || settings.DeleteAge < 1) return false;
  return now.getTime() - entry.storedAt.getTime() >= settings.DeleteAge * DAY_MS;
}
