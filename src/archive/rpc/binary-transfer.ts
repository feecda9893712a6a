/**
 * Attachments and original messages do not travel in JSON but as bytes: GET and POST `/<prefix>/<Function><ID>`,
 * under `/xmlrpc` as the vendor's client does it, and under `/json`.
 */
import type { Readable } from 'node:stream';
import type { Caller } from './handlers.js';

export type DownloadFunction = 'ItemsAttachment' | 'ItemsOrginalEml' | 'ItemsCurrentEml';

export interface Download {
  readonly stream: Readable;
  readonly contentType: string;
  readonly sizeBytes: number | null;
}

export interface Upload {
  readonly name: string;
  readonly contentType: string;
  readonly stream: Readable;
}

/** Streams in both directions. The methods throw RpcError. */
export interface BinaryTransfers {
  /** Null when there is no such object in the caller's realm. @param id attachment id for ItemsAttachment, else item id */
  download(transfer: DownloadFunction, id: number, caller: Caller): Promise<Download | null>;
  /** Reads the whole stream. Needs the item's lock. */
  uploadAttachment(itemId: number, upload: Upload, caller: Caller): Promise<void>;
}
