/** An account's link with a provider, as columns of its row, and the sign-ins that made it. */
import type { Selectable } from 'kysely';
import { RpcError } from '../errors.js';
import type { AccountTable } from '../store/admin-schema.js';
import type { ArchiveDatabase } from '../store/database.js';
import type { LinkChange, OwnLink } from './link-change.js';
import type { AccountLinkColumns } from './schema.js';

type Columns = Selectable<AccountLinkColumns>;

interface Holder {
  readonly kind: AccountTable['kind'];
  readonly id: number;
}

const keyOf = ({ kind, id }: Holder): string => `${kind}/${String(id)}`;

export const NO_LINK: Columns = { grant_id: null, grant_delegated: 0, linked_at: null };

export function ownLinkOf({ grant_id, grant_delegated, linked_at }: Columns): OwnLink | null {
  if (grant_id === null) return null;
  return {
    grantId: grant_id,
    isDelegated: grant_delegated !== 0,
    linkedAt: new Date(linked_at ?? 0),
  };
}

/**
 * Within the commit that writes the account: a sign-in that links it becomes this account's and nobody else's.
 * @throws RpcError oauth2Refused when another account has used it
 */
export async function linkColumns(
  transaction: ArchiveDatabase,
  holder: Holder,
  change: LinkChange,
  now: string,
): Promise<Partial<Columns>> {
  if (change.link === 'drop') return NO_LINK;
  if (change.link === 'keep') return {};
  const key = keyOf(holder);
  const bound = await transaction
    .updateTable('oauth_sign_ins')
    .set({ account: key })
    .where('identifier', '=', change.signIn.identifier)
    .where((is) => is.or([is('account', 'is', null), is('account', '=', key)]))
    .executeTakeFirst();
  if (bound.numUpdatedRows === 0n)
    throw new RpcError('oauth2Refused', '[linkUsed] This sign-in was used for another account.');
  return {
    grant_id: change.grantId,
    grant_delegated: Number(change.isDelegated),
    linked_at: now,
  };
}

/**
 * Within the commit that deletes the account: it gives its sign-ins back while they are good. A save that was taken back
 * can be repeated.
 */
export async function releaseSignIns(transaction: ArchiveDatabase, holder: Holder): Promise<void> {
  await transaction
    .updateTable('oauth_sign_ins')
    .set({ account: null })
    .where('account', '=', keyOf(holder))
    .execute();
}

/** Within the commit that unlinks the account: what it had is not to be had again by an old reference. */
export async function forgetSignIns(transaction: ArchiveDatabase, holder: Holder): Promise<void> {
  await transaction.deleteFrom('oauth_sign_ins').where('account', '=', keyOf(holder)).execute();
}
