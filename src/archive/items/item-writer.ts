/** New, changed and deleted items; an item that is released goes into the outbox in the same commit. */
import type { Kysely } from 'kysely';
import type { AccountStore } from '../accounts/account-store.js';
import { asSet, includes, ItemFlag, ItemState, type DetailedItem } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Caller } from '../rpc/handlers.js';
import type { ArchiveSchema } from '../store/database.js';
import {
  emptyDetail,
  detailOf,
  type ItemDetail,
  type ItemRow,
  type ItemStore,
} from '../store/mail-items.js';
import type { MailOutbox } from '../store/mail-outbox.js';
import { ParseState } from '../store/mail-schema.js';
import type { MailStore } from '../store/mail-store.js';
import { assignThreads } from '../store/mail-threads.js';
import { isInDoubt } from '../submission/delivery-flags.js';
import type { MailsUnderWay } from '../submission/mails-under-way.js';
import { envelopeOf, isReleased, requireAccountFor } from '../submission/release.js';
import { readWrittenItem, requireEmail, type WrittenItem } from './item-draft.js';
import type { ItemReader } from './item-reader.js';
import type { ItemReferences } from './item-references.js';
import { messageIdOf } from './message-id.js';
import type { ParseQueue } from './parse-queue.js';

export interface WriterDependencies {
  readonly store: MailStore;
  readonly outbox: MailOutbox;
  readonly underWay: MailsUnderWay;
  readonly reader: ItemReader;
  readonly parsing: ParseQueue;
  readonly references: ItemReferences;
  readonly accounts: AccountStore;
  /** Something was put into the outbox for the SMTP account. */
  readonly onReleased: (accountId: number) => void;
  /** These items were deleted, or marked so; called before the rows are gone. */
  readonly onDeleting: (realmId: number, itemIds: readonly number[]) => Promise<() => void>;
}

const MAX_REFERENCES = 50;

/** Flags that stay as they are when an item is written. */
const KEPT_FLAGS = asSet(
  ItemFlag.ifAttachment,
  ItemFlag.ifProtocol,
  ItemFlag.ifEml,
  ItemFlag.ifArchiveFailure,
);

export class ItemWriter {
  constructor(private readonly dependencies: WriterDependencies) {}

  /** @throws RpcError invalidValue, noAccountForSender; then nothing is stored */
  async create(item: DetailedItem, caller: Caller): Promise<number> {
    requireEmail(item);
    const written = readWrittenItem(item);
    await this.dependencies.references.require(caller.realmId, item);
    const { store } = this.dependencies;
    const now = store.clock.now().toISOString();
    const referred =
      item.RefID === 0 ? null : await this.dependencies.reader.row(caller.realmId, item.RefID);
    const readUsers = [...new Set([...written.detail.readUsers, caller.userId])];
    const detail: ItemDetail = {
      ...emptyDetail,
      ...written.detail,
      readUsers,
      references: referred === null ? [] : referencesTo(referred),
    };
    const row = {
      ...written.columns,
      flags: written.columns.flags | asSet(ItemFlag.ifRead),
      realm_id: caller.realmId,
      pop3_ref: 0,
      ref_id: item.RefID,
      size: Buffer.byteLength(written.body.text) + Buffer.byteLength(written.body.html),
      start_date: item.StartDate?.toISOString() ?? now,
      created: now,
      modified: now,
      raw_hash: null,
      parse_state: ParseState.complete,
      detail: JSON.stringify(detail),
    };
    const accountId = await this.#accountForRelease(row);
    const id = await store.items.transaction(async (items, database) => {
      const messageId = await messageIdOf(item, caller.realmId, database);
      const { references } = detail;
      const fallback = referred?.thread_id ?? messageId;
      const mail = { messageId, references, fallback };
      const [thread_id = messageId] = await assignThreads(database, caller.realmId, [mail]);
      const [created = 0] = await items.insert([{ ...row, message_id: messageId, thread_id }]);
      await items.putBody({ item_id: created, realm_id: caller.realmId, ...written.body });
      if (accountId !== null)
        await this.dependencies.outbox.within(database).add(caller.realmId, created, accountId);
      return created;
    });
    this.#released(accountId);
    return id;
  }

  /** Replaces what a client writes of an item. @throws RpcError notFound, inUse, invalidValue, noAccountForSender */
  replace(item: DetailedItem, caller: Caller): Promise<void> {
    return this.dependencies.underWay.whileNotSending([item.ID], () => this.#replace(item, caller));
  }

  async #replace(item: DetailedItem, caller: Caller): Promise<void> {
    const { reader, parsing, store } = this.dependencies;
    const current = await parsing.complete(await reader.row(caller.realmId, item.ID));
    const written = readWrittenItem(item);
    await this.dependencies.references.require(caller.realmId, item);
    const row = {
      ...current,
      ...written.columns,
      flags: written.columns.flags | (current.flags & KEPT_FLAGS),
      start_date: item.StartDate?.toISOString() ?? current.start_date,
      detail: JSON.stringify({ ...detailOf(current), ...written.detail }),
    };
    const accountId = await this.#accountForRelease(row);
    // what failed before stays marked until it is tried again
    if (accountId === null) row.flags |= current.flags & asSet(ItemFlag.ifFailure);
    const body = await this.#bodyOf(current, written);
    await store.items.transaction(async (items, database) => {
      const { id, ...columns } = row;
      await items.update(caller.realmId, [id], columns);
      await items.putBody({ item_id: id, realm_id: caller.realmId, ...body });
      await this.#queue(database, row, accountId);
    });
    this.#released(accountId);
  }

  /** All or none. @throws RpcError inUse, invalidValue, noAccountForSender */
  setState(ids: readonly number[], state: number, caller: Caller): Promise<void> {
    return this.#restate(
      ids,
      caller,
      (row) => ({ ...row, state }),
      (items) => items.update(caller.realmId, ids, { state }),
    );
  }

  /** Holds mails back, or releases them; all or none. @throws RpcError inUse, invalidValue, noAccountForSender */
  setWaiting(ids: readonly number[], isWaiting: boolean, caller: Caller): Promise<void> {
    const waiting = asSet(ItemFlag.ifWaiting);
    return this.#restate(
      ids,
      caller,
      (row) => {
        // it may have left already: only a person who knows decides, see RpcMailBridge
        if (isInDoubt(row.flags)) throw new RpcError('inUse', `The item ${row.id} is in doubt.`);
        return { ...row, flags: isWaiting ? row.flags | waiting : row.flags & ~waiting };
      },
      (items) => items.setFlags(caller.realmId, ids, [ItemFlag.ifWaiting], isWaiting),
    );
  }

  /** A change that may put mails into the outbox, or take them out. */
  #restate(
    ids: readonly number[],
    caller: Caller,
    after: (row: ItemRow) => ItemRow,
    write: (items: ItemStore) => Promise<void>,
  ): Promise<void> {
    return this.dependencies.underWay.whileNotSending(ids, async () => {
      const { store } = this.dependencies;
      const rows = (await store.items.findAll(caller.realmId, ids)).map(after);
      const accountIds = new Map<number, number | null>();
      for (const row of rows) accountIds.set(row.id, await this.#accountForRelease(row));
      await store.items.transaction(async (items, database) => {
        await write(items);
        for (const row of rows) await this.#queue(database, row, accountIds.get(row.id) ?? null);
      });
      for (const accountId of new Set(accountIds.values())) this.#released(accountId);
    });
  }

  /**
   * Puts a draft into the outbox, to leave at that time and with that date.
   * @throws RpcError notFound, inUse, invalidValue, noAccountForSender
   */
  async releaseAt(id: number, state: number, at: Date, caller: Caller): Promise<void> {
    const { reader, store, outbox, underWay } = this.dependencies;
    const releasedTo = await underWay.whileNotSending([id], async () => {
      const current = await reader.row(caller.realmId, id);
      const columns = {
        state,
        flags: current.flags | asSet(ItemFlag.ifUnsent),
        start_date: at.toISOString(),
      };
      const accountId = await this.#accountForRelease({ ...current, ...columns });
      if (accountId === null || current.state !== ItemState.isDraft)
        throw new RpcError('invalidValue', 'ID, State: must be a draft and how it is to leave');
      await store.items.transaction(async (items, database) => {
        await items.update(caller.realmId, [id], columns);
        await outbox.within(database).add(caller.realmId, id, accountId, at);
      });
      return accountId;
    });
    this.#released(releasedTo);
  }

  #released(accountId: number | null): void {
    if (accountId !== null) this.dependencies.onReleased(accountId);
  }

  /** Puts the item into the outbox, or takes it out. */
  async #queue(
    database: Kysely<ArchiveSchema>,
    { id, realm_id }: Pick<ItemRow, 'id' | 'realm_id'>,
    accountId: number | null,
  ): Promise<void> {
    const queue = this.dependencies.outbox.within(database);
    if (accountId === null) await queue.remove(id);
    else await queue.add(realm_id, id, accountId);
  }

  /** Deletes for good. @throws RpcError inUse, onHold */
  delete(ids: readonly number[], caller: Caller): Promise<void> {
    const { store, onDeleting, underWay } = this.dependencies;
    return underWay.whileNotSending(ids, async () => {
      const deleted = await onDeleting(caller.realmId, ids);
      await store.deleteItems(caller.realmId, ids);
      deleted();
    });
  }

  /** Marks as deleted, or takes the mark back. @throws RpcError inUse, onHold */
  setTrash(ids: readonly number[], isDeleted: boolean, caller: Caller): Promise<void> {
    const { store, outbox, onDeleting, underWay } = this.dependencies;
    return underWay.whileNotSending(ids, async () => {
      const deleted = await onDeleting(caller.realmId, ids);
      await store.items.transaction(async (items, database) => {
        if (isDeleted) await items.requireNotHeld(caller.realmId, ids);
        await items.setFlags(caller.realmId, ids, [ItemFlag.ifDeleted], isDeleted);
        const queue = outbox.within(database);
        if (isDeleted) for (const id of ids) await queue.remove(id);
      });
      if (isDeleted) deleted();
    });
  }

  /** The SMTP account for an item that is to be sent; null for one that is not. @throws RpcError */
  async #accountForRelease(
    row: Pick<
      ItemRow,
      'realm_id' | 'pop3_ref' | 'kind' | 'state' | 'flags' | 'from_text' | 'detail'
    >,
  ): Promise<number | null> {
    if (!isReleased(row)) return null;
    const { from } = envelopeOf(row.from_text, detailOf(row));
    const active = await this.dependencies.accounts.activeSmtp(row.realm_id);
    const { account } = requireAccountFor(active, from);
    return account.ID;
  }

  /** Switching a received mail to plain text does not lose its HTML. */
  async #bodyOf(current: ItemRow, { body, columns }: WrittenItem): Promise<WrittenItem['body']> {
    const isReceived = current.pop3_ref !== 0;
    if (!isReceived) return body;
    const stored = await this.dependencies.store.items.body(current.id);
    if (stored === undefined) return body;
    if (!includes(columns.flags, ItemFlag.ifUseHtml)) return { text: body.text, html: stored.html };
    return body.html === stored.html ? { text: stored.text, html: stored.html } : body;
  }
}

/** What a message that refers to the item has to mention (RFC 5322 §3.6.4): all before, then the item's own. */
function referencesTo(referred: ItemRow): string[] {
  const own = referred.message_id === '' ? [] : [referred.message_id];
  const before = detailOf(referred).references.filter((id) => id !== referred.message_id);
  return [...before, ...own].slice(-MAX_REFERENCES);
}
