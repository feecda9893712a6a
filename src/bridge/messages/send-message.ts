/**
 * Hands a message to the archive's outbox. One without attachments is created unsent in one call. One with
 * attachments is created as a draft, its attachments are uploaded and verified by name and size, and only then it is
 * released: the archive must never send half a message.
 */
import { Readable } from 'node:stream';
import {
  ArchiveFailure,
  asSet,
  ItemFlag,
  ItemState,
  withLock,
  type AttachmentItem,
  type DetailedItem,
  type GreyhoundClient,
} from '../../greyhound/index.js';
import { BridgeFailure } from '../failure.js';
import { archiveFaultMeaning } from '../archive-faults.js';
import { bareAddress } from './mail-address.js';
import { compose, type OutgoingMessage } from './compose.js';

export interface OutgoingAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface SendRequest extends OutgoingMessage {
  readonly attachments: readonly OutgoingAttachment[];
  readonly draft: boolean;
}

export interface Accepted {
  readonly id: number;
  readonly state: 'draft' | 'queued';
}

export async function sendMessage(
  client: GreyhoundClient,
  request: SendRequest,
): Promise<Accepted> {
  const { item, finalState, sender } = await compose(client, request);
  return namingSender(sender, async () => {
    if (request.attachments.length === 0) {
      const complete = request.draft ? item : released(item, finalState);
      const id = await client.items.New({ Item: complete, CreateLocked: false });
      return { id, state: request.draft ? 'draft' : 'queued' };
    }
    const id = await client.items.New({ Item: item, CreateLocked: false });
    try {
      await attach(client, id, request.attachments);
      if (!request.draft) await release(client, id, finalState);
    } catch (error) {
      // A release whose answer was lost may have sent the message: then it is not ours to remove.
      if (!(error instanceof ArchiveFailure && error.maybeExecuted)) await removeDraft(client, id);
      throw error;
    }
    return { id, state: request.draft ? 'draft' : 'queued' };
  });
}

/** Sends a draft that is already in the archive. */
export async function sendDraft(client: GreyhoundClient, draft: DetailedItem): Promise<Accepted> {
  const hasRecipient =
    draft.Recipients.length + draft.Properties.Email.CC.length + draft.Properties.Email.BCC.length >
    0;
  if (draft.State !== ItemState.isDraft || !hasRecipient)
    throw new BridgeFailure('messageNotSendable', { disposition: 'permanent', origin: 'caller' });
  const state = draft.RefID === 0 ? ItemState.isNew : ItemState.isAnswer;
  await namingSender(bareAddress(draft.From.Text), () => release(client, draft.ID, state));
  return { id: draft.ID, state: 'queued' };
}

const released = (item: DetailedItem, state: number): DetailedItem => ({
  ...item,
  State: state,
  Flags: item.Flags | asSet(ItemFlag.ifUnsent),
});

/** Items are read with a second parameter; for locking it is always the same. */
export const lockableItems = (client: GreyhoundClient) => ({
  Lock: client.items.Lock,
  Unlock: client.items.Unlock,
  Get: ({ ID }: { ID: number }) => client.items.Get({ ID, MarkAsReading: false }),
});

const release = (client: GreyhoundClient, id: number, state: number): Promise<unknown> =>
  withLock(lockableItems(client), id, (item) => client.items.Put({ Item: released(item, state) }));

async function attach(
  client: GreyhoundClient,
  id: number,
  attachments: readonly OutgoingAttachment[],
): Promise<void> {
  await withLock(lockableItems(client), id, async () => {
    // One after another, so that they stand in the mail in the order given.
    for (const { name, content } of attachments)
      await client.uploadAttachment(id, name, () => Readable.from([content]));
  });
  const { Attachments } = await client.items.Get({ ID: id, MarkAsReading: false });
  if (!arrived(attachments, Attachments))
    throw new BridgeFailure('messageNotSendable', {
      disposition: 'transient',
      origin: 'archive',
      field: 'attachments',
    });
}

function arrived(
  wanted: readonly OutgoingAttachment[],
  present: readonly AttachmentItem[],
): boolean {
  const key = (name: string, size: number) => `${String(size)} ${name}`;
  const left = present.map(({ Name, Size }) => key(Name, Size));
  return wanted.every(({ name, content }) => {
    const index = left.indexOf(key(name, content.length));
    return index >= 0 && left.splice(index, 1).length === 1;
  });
}

/** A draft that is left behind does no harm: it is never sent by itself. */
async function removeDraft(client: GreyhoundClient, id: number): Promise<void> {
  await withLock(lockableItems(client), id, () => client.items.Delete({ ID: id })).catch(
    (error: unknown) => {
      if (!(error instanceof ArchiveFailure)) throw error;
    },
  );
}

/** The archive's refusal for want of an SMTP account, with the sender's name on it. */
async function namingSender<T>(sender: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const meaning = error instanceof ArchiveFailure ? archiveFaultMeaning(error) : null;
    if (meaning?.code !== 'senderNotServed') throw error;
    throw new BridgeFailure('senderNotServed', {
      disposition: 'actionRequired',
      origin: 'archive',
      field: 'from',
      params: { sender: bareAddress(sender) },
      cause: error,
    });
  }
}
