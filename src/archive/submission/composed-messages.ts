/**
 * The messages of a batch on their way out. Each is composed once and stored, so that every try sends the same bytes:
 * some ahead of their turn, as many small ones can share a commit.
 */
import { asSet, ItemFlag } from '../../greyhound/index.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import type { StoredSmtp } from '../accounts/account-store.js';
import type { ItemRow } from '../store/mail-items.js';
import type { MailOutbox, OutboxRow } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import { BytesDamaged, type StagedRaw } from '../store/raw-mail-store.js';
import type { DeliveryRecord } from './delivery-record.js';
import { forcedSender } from './release.js';

/** Whichever comes first ends a group that is composed ahead. */
const GROUP_COUNT = 10;
const GROUP_BYTES = 1024 * 1024;

const NOT_COMPOSABLE = 'the message could not be composed.';
const ATTACHMENT_DAMAGED =
  'an attachment is gone or damaged in the archive. Attach it again, or restore the archive from a backup.';

interface Composed {
  readonly item: ItemRow;
  readonly staged: StagedRaw;
}

export interface ComposingDependencies {
  readonly store: MailStore;
  readonly outbox: MailOutbox;
  readonly record: DeliveryRecord;
}

export class ComposedMessages {
  /** By item; null for one that has no message. */
  readonly #ready = new Map<number, ItemRow | null>();
  /** One group at a time. */
  #composing = Promise.resolve();

  /** @param rows in the order in which they are to leave; nobody else may change their items meanwhile */
  constructor(
    private readonly dependencies: ComposingDependencies,
    private readonly account: StoredSmtp,
    private readonly rows: readonly OutboxRow[],
  ) {}

  /**
   * @returns the item with `raw_hash` of its message; null when it is gone, or cannot be made into a message, which is
   * noted
   * @throws the store's own error when it cannot read or write, which says nothing about the item
   */
  async of(row: OutboxRow): Promise<ItemRow | null> {
    const at = this.rows.indexOf(row);
    await this.#composing;
    if (!this.#ready.has(row.item_id)) await this.#composeFrom(at);
    const item = this.#ready.get(row.item_id) ?? null;
    this.#ready.delete(row.item_id);
    // the next ones are made while this one is on its way
    if (this.#ready.size === 0 && at + 1 < this.rows.length) {
      this.#composing = this.#composeFrom(at + 1);
      this.#composing.catch(() => undefined);
    }
    return item;
  }

  /** Nothing is being composed any more; what was composed ahead stays stored. */
  async settled(): Promise<void> {
    await this.#composing.catch(() => undefined);
  }

  async #composeFrom(start: number): Promise<void> {
    const { items } = this.dependencies.store;
    const rows = this.rows.slice(start, start + GROUP_COUNT);
    const ids = rows.map(({ item_id }) => item_id);
    const found = await items.findAll(this.account.realmId, ids);
    const byId = new Map(found.map((item) => [item.id, item]));
    const composed: Composed[] = [];
    let bytes = 0;
    for (const row of rows) {
      if (bytes >= GROUP_BYTES) break;
      const item = byId.get(row.item_id) ?? null;
      this.#ready.set(row.item_id, item);
      if (item === null || this.#isStored(row, item)) continue;
      const staged = await this.#compose(row, item);
      if (staged === null) this.#ready.set(row.item_id, null);
      else composed.push({ item, staged });
      bytes += staged?.sizeBytes ?? 0;
    }
    if (composed.length > 0) await this.#commit(composed);
    for (const { item, staged } of composed)
      this.#ready.set(item.id, { ...item, raw_hash: staged.hash });
  }

  #isStored(row: OutboxRow, item: ItemRow): boolean {
    return (
      row.is_composed === 1 && row.account_id === this.account.account.ID && item.raw_hash !== null
    );
  }

  async #compose(row: OutboxRow, item: ItemRow): Promise<StagedRaw | null> {
    const { store, record } = this.dependencies;
    const body = await store.items.body(item.id);
    const attachments = await store.items.attachments([item.id]);
    const draft = { row: item, body, attachments, fromOverwrite: forcedSender(this.account) };
    const writer = store.raw.writer();
    // loaded with the first mail that leaves
    const { composeMessage } = await import('./compose.js');
    try {
      for await (const piece of composeMessage(draft, store.raw))
        await writer.write(piece as Buffer);
      return await writer.finish();
    } catch (error) {
      await writer.discard();
      if (storageFaultOf(error) !== null) throw error;
      await record.fail(row, error instanceof BytesDamaged ? ATTACHMENT_DAMAGED : NOT_COMPOSABLE);
      return null;
    }
  }

  #commit(composed: readonly Composed[]): Promise<void> {
    const { store, outbox } = this.dependencies;
    return store.exclusive(async () => {
      const before = composed.flatMap(({ item }) => item.raw_hash ?? []);
      if (before.length > 0) await store.raw.doubt(before);
      await store.raw.commit(composed.map(({ staged }) => staged));
      await store.items.transaction(async (items, database) => {
        for (const { item, staged } of composed) {
          const columns = {
            raw_hash: staged.hash,
            size: staged.sizeBytes,
            flags: item.flags | asSet(ItemFlag.ifEml),
          };
          await items.update(item.realm_id, [item.id], columns);
          await outbox.within(database).markComposed(item.id, this.account.account.ID);
        }
      });
      const after = new Set(composed.map(({ staged }) => staged.hash));
      const replaced = before.filter((hash) => !after.has(hash));
      if (replaced.length > 0) await store.raw.remove(await store.items.unreferenced(replaced));
    });
  }
}
