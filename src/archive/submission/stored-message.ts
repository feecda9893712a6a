/** The message of an item on its way out: composed once and stored, so that every try sends the same bytes. */
import { asSet, ItemFlag } from '../../greyhound/index.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import type { StoredSmtp } from '../accounts/account-store.js';
import type { ItemRow } from '../store/mail-items.js';
import type { MailOutbox, OutboxRow } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import type { StagedRaw } from '../store/raw-mail-store.js';
import { forcedSender } from './release.js';

/** The item cannot be made into a message: no try will succeed. */
export class NotComposable extends Error {}

/**
 * @returns the item with `raw_hash` of its message
 * @throws NotComposable; or the store's own error when it cannot read or write, which says nothing about the item
 */
export async function storedMessage(
  { store, outbox }: { readonly store: MailStore; readonly outbox: MailOutbox },
  row: OutboxRow,
  item: ItemRow,
  account: StoredSmtp,
): Promise<ItemRow> {
  const accountId = account.account.ID;
  const isStored = row.is_composed === 1 && row.account_id === accountId;
  if (isStored && item.raw_hash !== null) return item;
  const staged = await compose(store, item, forcedSender(account));
  await store.exclusive(async () => {
    const before = item.raw_hash;
    if (before !== null) await store.raw.doubt([before]);
    await store.raw.commit([staged]);
    const columns = {
      raw_hash: staged.hash,
      size: staged.sizeBytes,
      flags: item.flags | asSet(ItemFlag.ifEml),
    };
    await store.items.transaction(async (items, database) => {
      await items.update(item.realm_id, [item.id], columns);
      await outbox.within(database).markComposed(item.id, accountId);
    });
    if (before !== null && before !== staged.hash)
      await store.raw.remove(await store.items.unreferenced([before]));
  });
  return { ...item, raw_hash: staged.hash };
}

async function compose(
  store: MailStore,
  item: ItemRow,
  fromOverwrite: string | null,
): Promise<StagedRaw> {
  const body = await store.items.body(item.id);
  const attachments = await store.items.attachments([item.id]);
  const draft = { row: item, body, attachments, fromOverwrite };
  const writer = store.raw.writer();
  // loaded with the first mail that leaves
  const { composeMessage } = await import('./compose.js');
  try {
    for await (const piece of composeMessage(draft, store.raw)) await writer.write(piece as Buffer);
    return await writer.finish();
  } catch (error) {
    await writer.discard();
    if (storageFaultOf(error) !== null) throw error;
    throw new NotComposable('The message could not be composed.', { cause: error });
  }
}
