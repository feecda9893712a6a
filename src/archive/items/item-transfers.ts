/** Attachments and messages as streams of bytes. */
import { Readable } from 'node:stream';
import type {
  BinaryTransfers,
  Download,
  DownloadFunction,
  Upload,
} from '../rpc/binary-transfer.js';
import type { Caller } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { MailStore } from '../store/mail-store.js';
import type { ItemReader } from './item-reader.js';
import type { AttachmentWriter } from './attachment-writer.js';
import type { ParseQueue } from './parse-queue.js';

export interface TransferServices {
  readonly store: MailStore;
  readonly reader: ItemReader;
  readonly attachments: AttachmentWriter;
  readonly parsing: ParseQueue;
  readonly locks: LockTable;
}

export class ItemTransfers implements BinaryTransfers {
  constructor(private readonly services: TransferServices) {}

  download(transfer: DownloadFunction, id: number, { realmId }: Caller): Promise<Download | null> {
    if (transfer === 'ItemsAttachment') return this.#attachment(realmId, id);
    return transfer === 'ItemsOrginalEml'
      ? this.#original(realmId, id)
      : this.#current(realmId, id);
  }

  async uploadAttachment(itemId: number, upload: Upload, caller: Caller): Promise<void> {
    const { reader, attachments, parsing, locks } = this.services;
    const row = await reader.row(caller.realmId, itemId);
    locks.requireOwn('item', itemId, caller);
    await attachments.add(await parsing.complete(row), upload, caller);
  }

  async #attachment(realmId: number, id: number): Promise<Download | null> {
    const { items, raw } = this.services.store;
    const attachment = await items.attachment(realmId, id);
    if (attachment === undefined) return null;
    const item = await items.find(realmId, attachment.item_id);
    if (item === undefined) return null;
    const { contentOf } = await composer();
    return {
      stream: contentOf(item, attachment, (hash) => raw.read(hash)),
      contentType: attachment.content_type,
      sizeBytes: attachment.size,
    };
  }

  async #original(realmId: number, id: number): Promise<Download | null> {
    const { items, raw } = this.services.store;
    const hash = (await items.find(realmId, id))?.raw_hash ?? null;
    const sizeBytes = hash === null ? null : await raw.sizeOf(hash);
    if (hash === null || sizeBytes === null) return null;
    const stream = Readable.from(raw.read(hash), { objectMode: false });
    return { stream, contentType: MESSAGE, sizeBytes };
  }

  /** Composed anew from what the item holds now. */
  async #current(realmId: number, id: number): Promise<Download | null> {
    const { items, raw } = this.services.store;
    const stored = await items.find(realmId, id);
    if (stored === undefined) return null;
    const row = await this.services.parsing.complete(stored);
    const body = await items.body(id);
    const attachments = await items.attachments([id]);
    const { composeMessage } = await composer();
    const stream = composeMessage({ row, body, attachments, fromOverwrite: null }, raw);
    return { stream, contentType: MESSAGE, sizeBytes: null };
  }
}

/** MIME parser and composer are loaded when they are first needed. */
const composer = () => import('../submission/compose.js');

const MESSAGE = 'message/rfc822';
