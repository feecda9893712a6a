/** Attachments whose content is stored for itself, and changes of those that came with a message. */
import { ItemFlag } from '../../greyhound/index.js';
import type { Upload } from '../rpc/binary-transfer.js';
import type { Caller } from '../rpc/handlers.js';
import type { AttachmentRow, ItemRow } from '../store/mail-items.js';
import type { MailOutbox } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import type { MailsUnderWay } from '../submission/mails-under-way.js';
import { textOfUpload } from './mime/attachment-text.js';

type AddedAttachment = Upload & { readonly contentId?: string };

export class AttachmentWriter {
  constructor(
    private readonly dependencies: {
      readonly store: MailStore;
      readonly outbox: MailOutbox;
      readonly underWay: MailsUnderWay;
    },
  ) {}

  /** Reads the stream to its end. @returns the attachment's id. @throws RpcError inUse */
  async add(row: ItemRow, upload: AddedAttachment, caller: Caller): Promise<number> {
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
        return store.items.transaction(async (items, database) => {
          const [id = 0] = await items.addAttachments([
            {
              realm_id: caller.realmId,
              item_id: row.id,
              part_index: null,
              raw_hash: staged.hash,
              name: file.name,
              content_type: file.contentType,
              content_id: upload.contentId ?? '',
              size: staged.sizeBytes,
              user_ref: caller.userId,
              created: store.clock.now().toISOString(),
            },
          ]);
          await items.addAttachmentTexts([id], [text]);
          await items.setFlags(caller.realmId, [row.id], [ItemFlag.ifAttachment], true);
          await outbox.within(database).forgetMessage(row.id);
          return id;
        });
      };
      // only now: the upload may have taken long
      return await underWay.whileNotSending([row.id], () => store.exclusive(keep));
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  /** @throws RpcError inUse */
  rename({ id, item_id, realm_id }: AttachmentRow, name: string): Promise<void> {
    const { store, outbox, underWay } = this.dependencies;
    return underWay.whileNotSending([item_id], () =>
      store.items.transaction(async (items, database) => {
        await outbox.within(database).forgetMessage(item_id);
        await items.renameAttachment(realm_id, id, attachmentName(name));
        await items.update(realm_id, [item_id], {});
      }),
    );
  }

  /** @throws RpcError inUse */
  delete(row: AttachmentRow): Promise<void> {
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
}

const attachmentName = (name: string): string =>
  name.replace(/[\p{Cc}/\\]/gu, '_').slice(0, 255) || 'attachment';

const contentType = (value: string): string =>
  /^[\w.+-]+\/[\w.+-]+$/.test(value) ? value.toLowerCase() : 'application/octet-stream';
