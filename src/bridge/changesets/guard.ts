/** Two people edit at once: a save says what it started from, and is refused when that has changed (BRG-08). Pure. */
import { incomingViews, smtpViews } from '../accounts/views.js';
import { entityTag } from '../accounts/wire.js';
import { refuse } from '../failure.js';
import { groupTag } from '../groups/group-tag.js';
import type { ArchiveSnapshot } from '../provisioning/snapshot.js';
import type { Limits } from '../provisioning/verify.js';
import { changedSince, type TaggedEntry } from './list-version.js';
import type { Changes, ChangesetRequest, ListName } from './schemas.js';

/** What the caller proved to know: one entry's tag, or the versions of lists; null: nothing. */
export type Guard =
  | { readonly list: ListName; readonly id: number; readonly tag: string }
  | { readonly baseVersion: ChangesetRequest['baseVersion'] }
  | null;

type Saved = Parameters<typeof entityTag>[0] & { readonly id: number; readonly name: string };

export const tagged = (view: Saved): TaggedEntry => ({
  id: view.id,
  name: view.name,
  tag: entityTag(view),
});

function entriesOf(list: ListName, present: ArchiveSnapshot, limits: Limits): TaggedEntry[] {
  if (list === 'incomingAccounts') return incomingViews(present, limits).map(tagged);
  if (list === 'smtpAccounts') return smtpViews(present, limits).map(tagged);
  return present.groups.map((group) => ({
    id: group.ID,
    name: group.Name,
    tag: groupTag(group),
  }));
}

const touches = (list: ListName, changes: Changes): boolean =>
  changes[list].update.length > 0 || (list !== 'groups' && changes[list].delete.length > 0);

/**
 * @throws BridgeFailure preconditionFailed naming what changed; invalidRequest when the version of a list is missing
 *   of which something is changed or deleted; notFound
 */
export function checkGuard(
  guard: Guard,
  changes: Changes,
  present: ArchiveSnapshot,
  limits: Limits,
): void {
  if (guard === null) return;
  if ('id' in guard) {
    const entry = entriesOf(guard.list, present, limits).find(({ id }) => id === guard.id);
    if (entry === undefined) throw refuse('notFound');
    if (entry.tag !== guard.tag) {
      throw refuse('preconditionFailed', { params: { changed: entry.name } });
    }
    return;
  }
  for (const list of ['incomingAccounts', 'smtpAccounts', 'groups'] as const) {
    const version = guard.baseVersion[list];
    const field = `baseVersion.${list}`;
    if (version === undefined) {
      if (touches(list, changes)) throw refuse('invalidRequest', { field });
      continue;
    }
    const changed = changedSince(version, entriesOf(list, present, limits));
    if (changed.length > 0) {
      throw refuse('preconditionFailed', { field, params: { changed: changed.join(', ') } });
    }
  }
}
