/** New, changed and deleted items; an item that is released goes into the outbox in the same commit. */
import type { Kysely } from 'kysely';
import type { AccountStore } from '../accounts/account-store.js';
import { asSet, includes, ItemFlag, ItemState, type DetailedItem } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import { requireExisting } from '../objects/validation.js';
import type { ObjectStores } from '../objects/stores.js';
import type { Caller } from '../rpc/handlers.js';
import type { Upload } from '../rpc/binary-transfer.js';
import type { Realms } from '../rpc/realms.js';
import type { ArchiveSchema } from '../store/database.js';
import {
  emptyDetail,
  detailOf,
  type AttachmentRow,
  type ItemDetail,
  type ItemRow,
} from '../store/mail-items.js';
import type { MailOutbox } from '../store/mail-outbox.js';
import { ParseState } from '../store/mail-schema.js';
import type { MailStore } from '../store/mail-store.js';
import { assignThreads } from '../store/mail-threads.js';
import type { MailsUnderWay } from '../submission/mails-under-way.js';
import { envelopeOf, isReleased, requireAccountFor } from '../submission/release.js';
import { readWrittenItem, requireEmail, type WrittenItem } from './item-draft.js';
import type { ItemReader } from './item-reader.js';
import { messageIdOf } from './message-id.js';
import { textOfUpload } from './mime/attachment-text.js';
import type { ParseQueue } from './parse-queue.js';

export interface WriterDependencies {
  readonly store: MailStore;
  readonly outbox: MailOutbox;
  readonly underWay: MailsUnderWay;
  readonly reader: ItemReader;
  readonly parsing: ParseQueue;
  readonly objects: ObjectStores;
  readonly realms: Realms;
  readonly accounts: AccountStore;
  /** Something was released. */
  readonly onReleased: () => void;
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
    await this.#requireReferences(item, caller.realmId);
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
      await items.index([created]);
      if (accountId !== null)
        await this.dependencies.outbox.within(database).add(caller.realmId, created, accountId);
      return created;
    });
    if (accountId !== null) this.dependencies.onReleased();
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
    await this.#requireReferences(item, caller.realmId);
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
      await items.index([id]);
      await this.#queue(database, row, accountId);
    });
    if (accountId !== null) this.dependencies.onReleased();
  }

  /** @throws RpcError notFound, inUse, invalidValue, noAccountForSender */
  setState(id: number, state: number, caller: Caller): Promise<void> {
    return this.dependencies.underWay.whileNotSending([id], async () => {
      const { reader, store } = this.dependencies;
      const row = { ...(await reader.row(caller.realmId, id)), state };
      const accountId = await this.#accountForRelease(row);
      await store.items.transaction(async (items, database) => {
        await items.update(caller.realmId, [id], { state });
        await this.#queue(database, row, accountId);
      });
      if (accountId !== null) this.dependencies.onReleased();
    });
  }

  /**
   * Puts a draft into the outbox, to leave at that time and with that date.
   * @throws RpcError notFound, inUse, invalidValue, noAccountForSender
   */
  async releaseAt(id: number, state: number, at: Date, caller: Caller): Promise<void> {
    const { reader, store, outbox, underWay } = this.dependencies;
    await underWay.whileNotSending([id], async () => {
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
    });
    this.dependencies.onReleased();
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

  /** Deletes for good. @throws RpcError inUse */
  delete(ids: readonly number[], caller: Caller): Promise<void> {
    const { store, onDeleting, underWay } = this.dependencies;
    return underWay.whileNotSending(ids, async () => {
      const deleted = await onDeleting(caller.realmId, ids);
      await store.deleteItems(caller.realmId, ids);
      deleted();
    });
  }

  /** Marks as deleted, or takes the mark back. @throws RpcError notFound, inUse */
  setTrash(id: number, isDeleted: boolean, caller: Caller): Promise<void> {
    const { reader, store, outbox, onDeleting, underWay } = this.dependencies;
    return underWay.whileNotSending([id], async () => {
      await reader.row(caller.realmId, id);
      const deleted = await onDeleting(caller.realmId, [id]);
      await store.items.transaction(async (items, database) => {
        await items.setFlags(caller.realmId, [id], [ItemFlag.ifDeleted], isDeleted);
        if (isDeleted) await outbox.within(database).remove(id);
      });
      if (isDeleted) deleted();
    });
  }

  /** Reads the stream to its end. @throws RpcError inUse */
  async addAttachment(row: ItemRow, upload: Upload, caller: Caller): Promise<void> {
    const { store, outbox, underWay } = this.dependencies;
    underWay.requireNotSending([row.id]);
    const writer = store.raw.writer();
    try {
      for await (const piece of upload.stream) await writer.write(piece as Buffer);
      const staged = await writer.finish();
      const file = {
        name: attachmentName(upload.name),
        contentType: contentType(upload.contentType),
      };
      const keep = async () => {
        await store.raw.commit([staged]);
        const text = await textOfUpload(store.raw.read(staged.hash), file);
        await store.items.transaction(async (items, database) => {
          const added = await items.addAttachments([
            {
              realm_id: caller.realmId,
              item_id: row.id,
              part_index: null,
              raw_hash: staged.hash,
              name: file.name,
              content_type: file.contentType,
              content_id: '',
              size: staged.sizeBytes,
              user_ref: caller.userId,
              created: store.clock.now().toISOString(),
            },
          ]);
          await items.addAttachmentTexts(added, [text]);
          await items.index([row.id]);
          await items.setFlags(caller.realmId, [row.id], [ItemFlag.ifAttachment], true);
          await outbox.within(database).forgetMessage(row.id);
        });
      };
      // only now: the upload may have taken long
      await underWay.whileNotSending([row.id], () => store.exclusive(keep));
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  /** @throws RpcError inUse */
  deleteAttachment(row: AttachmentRow): Promise<void> {
    const { store, outbox, underWay } = this.dependencies;
    const { id, item_id, realm_id } = row;
    return underWay.whileNotSending([item_id], async () => {
      // first: a message with the old attachment must not leave when the process dies in between
      await outbox.forgetMessage(item_id);
      await store.deleteAttachment(realm_id, id);
      const hasSome = (await store.items.attachments([item_id])).length > 0;
      await store.items.setFlags(realm_id, [item_id], [ItemFlag.ifAttachment], hasSome);
    });
  }

  /** @throws RpcError invalidValue */
  async #requireReferences(item: DetailedItem, realmId: number): Promise<void> {
    const { objects, realms } = this.dependencies;
    const known = (entries: readonly number[]) => new Set([0, ...entries]);
    const groups = await objects.groups.list(realmId);
    requireExisting('GroupRef', [item.GroupRef], known(groups.map(({ ID }) => ID)));
    const users = await realms.users(realmId);
    requireExisting('UserRef', [item.UserRef], known(users.map(({ userId }) => userId)));
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
    const { account } = await requireAccountFor(this.dependencies.accounts, row.realm_id, from);
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

const attachmentName = (name: string): string =>
  name.replace(/[\p{Cc}/\\]/gu, '_').slice(0, 255) || 'attachment';

const contentType = (value: string): string =>
  /^[\w.+-]+\/[\w.+-]+$/.test(value) ? value.toLowerCase() : 'application/octet-stream';
