/** A draft that somebody goes on writing: its content and its attachments, under its lock. */
import { Readable } from 'node:stream';
import {
  asSet,
  includes,
  ItemFlag,
  ItemState,
  RpcAddressItem,
  withLock,
  type AttachmentItem,
  type DetailedItem,
  type GreyhoundClient,
} from '../../greyhound/index.js';
import { refuse } from '../failure.js';
import { withoutDataImages } from './inline-images.js';
import { formatAddress, type MailAddress } from './mail-address.js';
import { attach, lockableItems } from './send-message.js';

export interface DraftChange {
  readonly to?: readonly MailAddress[] | undefined;
  readonly cc?: readonly MailAddress[] | undefined;
  readonly bcc?: readonly MailAddress[] | undefined;
  readonly subject?: string | undefined;
  /** Takes the place of HTML, too. */
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly requestDeliveryReport?: boolean | undefined;
}

/** What is left out stays. No signature is added: the draft has it. @throws BridgeFailure notADraft */
export async function changeDraft(
  client: GreyhoundClient,
  id: number,
  change: DraftChange,
): Promise<void> {
  const { html, images } = change.html === undefined ? NO_HTML : withoutDataImages(change.html);
  await inDraft(client, id, async (item) => {
    await attach(client, id, item.Attachments, images);
    await client.items.Put({ Item: changed(item, { ...change, html }) });
  });
}

const NO_HTML = { html: undefined, images: [] } as const;

function changed(item: DetailedItem, change: DraftChange): DetailedItem {
  const { Email } = item.Properties;
  const recipients = (list: readonly MailAddress[]) =>
    list.map((address) => RpcAddressItem.make({ Text: formatAddress(address) }));
  const body = change.html ?? change.text;
  return {
    ...item,
    Subject: change.subject ?? item.Subject,
    Recipients: change.to === undefined ? item.Recipients : recipients(change.to),
    Flags: flagsAfter(item.Flags, change),
    Properties: {
      ...item.Properties,
      Email: {
        ...Email,
        CC: change.cc === undefined ? Email.CC : recipients(change.cc),
        BCC: change.bcc === undefined ? Email.BCC : recipients(change.bcc),
        ViewData: body === undefined ? Email.ViewData : Buffer.from(body),
      },
    },
  };
}

function flagsAfter(flags: number, { html, text, requestDeliveryReport }: DraftChange): number {
  const isBodyGiven = (html ?? text) !== undefined;
  const usesHtml = isBodyGiven ? html !== undefined : includes(flags, ItemFlag.ifUseHtml);
  const wantsReport = requestDeliveryReport ?? includes(flags, ItemFlag.ifDeliveryNotification);
  const rest = flags & ~asSet(ItemFlag.ifUseHtml, ItemFlag.ifDeliveryNotification);
  return (
    rest |
    asSet(
      ...(usesHtml ? [ItemFlag.ifUseHtml] : []),
      ...(wantsReport ? [ItemFlag.ifDeliveryNotification] : []),
    )
  );
}

/**
 * Adds one, passed on as it comes in.
 * @returns it, as the archive has it
 * @throws BridgeFailure notADraft; what reading the bytes throws, and then nothing was added
 */
export function addAttachment(
  client: GreyhoundClient,
  id: number,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<AttachmentItem> {
  return inDraft(client, id, async ({ Attachments: before }) => {
    // read here: a transfer that breaks off because of it tells less
    const stream = Readable.from(bytes, { objectMode: false });
    const failure = new Promise<never>((_resolve, reject) => stream.once('error', reject));
    await Promise.race([client.uploadAttachment(id, name, () => stream), failure]);
    const { Attachments } = await client.items.Get({ ID: id, MarkAsReading: false });
    const known = new Set(before.map(({ ID }) => ID));
    const added = Attachments.find(({ ID }) => !known.has(ID));
    if (added === undefined) throw refuse('notFound');
    return added;
  });
}

/** @throws BridgeFailure notADraft, notFound */
export function removeAttachment(
  client: GreyhoundClient,
  id: number,
  attachmentId: number,
): Promise<void> {
  return inDraft(client, id, async ({ Attachments }) => {
    if (!Attachments.some(({ ID }) => ID === attachmentId)) throw refuse('notFound');
    await client.items.DeleteAttachment({ AttachmentID: attachmentId, DeleteRevGroup: false });
  });
}

function inDraft<T>(
  client: GreyhoundClient,
  id: number,
  work: (item: DetailedItem) => Promise<T>,
): Promise<T> {
  return withLock(lockableItems(client), id, (item) => {
    if (item.State !== ItemState.isDraft) throw refuse('notADraft');
    return work(item);
  });
}
