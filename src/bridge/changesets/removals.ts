/**
 * Changed deletion settings that would at once take stored mails from their server. Such a save has to name their
 * number; the archive asks the server for it now, so that nobody decides on what was true yesterday.
 */
import { Pop3Delete, type GreyhoundClient, type Pop3Account } from '../../greyhound/index.js';
import { fieldAt } from '../accounts/account-rules.js';
import { applyIncoming } from '../accounts/incoming-wire.js';
import type { ArchiveAccess } from '../archive-access.js';
import { failedCheck } from '../archive-faults.js';
import { BridgeFailure } from '../failure.js';
import type { AccountSnapshot } from '../provisioning/snapshot.js';
import type { Warning } from '../provisioning/steps.js';
import type { SaveRequest } from './plan-changes.js';

type DeletionSettings = Pick<Pop3Account, 'Delete' | 'DeleteAge' | 'DeleteSync'>;

/** What the archive found out. */
type Finding =
  | { readonly outcome: 'counted'; readonly count: number }
  /** The server cannot be asked, and something that is stored could be removed. */
  | { readonly outcome: 'notProven'; readonly serverText: string }
  /** The archive cannot tell such things. */
  | { readonly outcome: 'notChecked' };

export interface Removal {
  readonly name: string;
  /** Where the change stands in the request. */
  readonly path: string;
  readonly confirmed: number | undefined;
  readonly finding: Finding;
}

/** Smallest age in days at which a stored mail is deleted; null: never by its age. */
function deletedFromDay({ Delete, DeleteAge }: DeletionSettings): number | null {
  if (Delete === Pop3Delete.pdYes) return 0;
  return Delete === Pop3Delete.pdDelayed && DeleteAge > 0 ? DeleteAge : null;
}

/** Whether there can be a mail that `after` deletes and `before` leaves alone. Pure. */
export function deletesMore(before: DeletionSettings, after: DeletionSettings): boolean {
  const [dayBefore, dayAfter] = [deletedFromDay(before), deletedFromDay(after)];
  if (dayAfter !== null && (dayBefore === null || dayAfter < dayBefore)) return true;
  return after.DeleteSync !== 0 && before.DeleteSync === 0 && dayBefore !== 0;
}

/** Asks the archive about every change that may delete more than before; about nothing else. */
export async function findRemovals(
  { changes, path }: Pick<SaveRequest, 'changes' | 'path'>,
  present: AccountSnapshot,
  access: ArchiveAccess,
): Promise<Removal[]> {
  const asked = changes.incomingAccounts.update.flatMap(({ id, ...update }, index) => {
    const before = present.incoming.find(({ ID }) => ID === id);
    if (before === undefined) return [];
    const after = applyIncoming(before, update, present.units);
    const place = path('incomingAccounts', 'update', index);
    return deletesMore(before, after) ? [{ after, place, confirmed: update.confirmRemoval }] : [];
  });
  if (asked.length === 0) return [];
  const client = await access.client();
  return Promise.all(
    asked.map(async ({ after, place, confirmed }) => ({
      name: after.Name,
      path: place,
      confirmed,
      finding: present.hasMailBridge ? await ask(client, after) : { outcome: 'notChecked' },
    })),
  );
}

async function ask(
  client: GreyhoundClient,
  { ID, Delete, DeleteAge, DeleteSync }: Pop3Account,
): Promise<Finding> {
  try {
    const settings = { ID, Delete, DeleteAge, DeleteSync, Limit: 0 };
    const { Count } = await client.mailBridge.GetDeletionPreview(settings);
    return { outcome: 'counted', count: Count };
  } catch (error) {
    const failed = failedCheck(error);
    if (failed === null) throw error;
    return { outcome: 'notProven', serverText: failed.words };
  }
}

/**
 * For a save.
 * @returns warnings
 * @throws BridgeFailure removalNotConfirmed with the number to be confirmed, removalNotProven
 */
export function requireConfirmed(removals: readonly Removal[]): Warning[] {
  for (const { name, path, confirmed, finding } of removals) {
    if (finding.outcome === 'notProven') {
      throw unsettled('removalNotProven', fieldAt(path, 'deletion'), {
        name,
        serverText: finding.serverText,
      });
    }
    if (finding.outcome === 'counted' && finding.count > 0 && finding.count !== confirmed) {
      throw unsettled('removalNotConfirmed', fieldAt(path, 'confirmRemoval'), {
        name,
        count: finding.count,
      });
    }
  }
  return removals.flatMap(({ name, finding }) =>
    finding.outcome === 'notChecked'
      ? [{ code: 'removalNotChecked', element: 'incomingAccount', name }]
      : [],
  );
}

/** For a dry run: what a save would ask. */
export const removalWarnings = (removals: readonly Removal[]): Warning[] =>
  removals.flatMap(({ name, finding }): Warning[] => {
    const about = { element: 'incomingAccount', name } as const;
    if (finding.outcome === 'notProven') return [{ code: 'removalNotProven', ...about }];
    if (finding.outcome === 'notChecked') return [{ code: 'removalNotChecked', ...about }];
    const { count } = finding;
    return count === 0 ? [] : [{ code: 'removalNotConfirmed', ...about, count }];
  });

/** The same request may pass later: not to be repeated from memory. */
const unsettled = (
  code: 'removalNotConfirmed' | 'removalNotProven',
  field: string,
  params: Readonly<Record<string, string | number>>,
): BridgeFailure =>
  new BridgeFailure(code, { disposition: 'actionRequired', origin: 'caller', field, params });
