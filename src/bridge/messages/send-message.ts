/**
 * Hands a message to the archive's outbox. One without attachments is created unsent in one call. One with
 * attachments is created as a draft, its attachments are uploaded and verified by name and size, and only then it is
 * released: the archive must never send half a message.
 *
 * A request with Idempotency-Key marks the item that it creates. When it is repeated because nobody knows how far the
 * first run came, that item is looked for and completed; only when there is none, one is created.
 *
 * A message may carry a mark (tracking-marks.ts), the same in all runs of a request.
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
import type { Run } from '../idempotency/index.js';
import { bareAddress } from './mail-address.js';
import { compose, finalStateOf, type OutgoingMessage } from './compose.js';
import { createdBy, remarkOf } from './created-item.js';
import { sizeOf, type OutgoingAttachment } from './outgoing-attachment.js';
import type { TrackingMark } from './tracking-mark.js';
import { noMarks, type OutgoingMarks } from './tracking-marks.js';

export interface SendRequest extends OutgoingMessage {
  readonly attachments: readonly OutgoingAttachment[];
  readonly draft: boolean;
  /** When it is to leave; undefined: at once. */
  readonly sendAt?: Date | undefined;
}

export interface Accepted {
  readonly id: number;
  readonly state: 'draft' | 'queued';
}

export async function sendMessage(
  client: GreyhoundClient,
  request: SendRequest,
  run?: Run,
  marks: OutgoingMarks = noMarks,
): Promise<Accepted> {
  const mark = await marks.next(run?.marker);
  const remember = async (id: number) => {
    if (mark !== null) await marks.remember(mark, id);
  };
  const left = run?.isResumed === true ? await createdBy(client, run.marker) : undefined;
  if (left === undefined) return create(client, request, { run, mark, remember });
  await remember(left.ID);
  if (left.State !== ItemState.isDraft) return { id: left.ID, state: 'queued' };
  const { sender, attachments } = await compose(client, request, mark);
  return namingSender(sender, () => complete(client, left.ID, withMore(request, attachments)));
}

interface Creation {
  readonly run: Run | undefined;
  readonly mark: TrackingMark | null;
  /** What the mark stands for. */
  readonly remember: (id: number) => Promise<void>;
}

async function create(
  client: GreyhoundClient,
  request: SendRequest,
  { run, mark, remember }: Creation,
): Promise<Accepted> {
  const { item, sender, attachments } = await compose(client, request, mark);
  const whole = withMore(request, attachments);
  const findable = run === undefined ? item : { ...item, Remarks: remarkOf(run.marker) };
  const isWhole = whole.attachments.length === 0 && !request.draft && request.sendAt === undefined;
  return namingSender(sender, async () => {
    const Item = isWhole ? released(findable, finalStateOf(request)) : findable;
    const id = await client.items.New({ Item, CreateLocked: false });
    await remember(id);
    return isWhole ? { id, state: 'queued' } : complete(client, id, whole);
  });
}

const withMore = (request: SendRequest, more: readonly OutgoingAttachment[]): SendRequest => ({
  ...request,
  attachments: [...request.attachments, ...more],
});

/** Brings a draft that was created for the request to where it was to go. */
async function complete(
  client: GreyhoundClient,
  id: number,
  { attachments, draft, sendAt, ...message }: SendRequest,
): Promise<Accepted> {
  try {
    await attachAll(client, id, attachments);
    if (!draft) await release(client, id, finalStateOf(message), sendAt);
  } catch (error) {
    // A release whose answer was lost may have sent the message: then it is not ours to remove.
    if (!(error instanceof ArchiveFailure && error.maybeExecuted)) await removeDraft(client, id);
    throw error;
  }
  return { id, state: draft ? 'draft' : 'queued' };
}

/** Sends a draft that is already in the archive. One that an earlier run of the request released is on its way. */
export async function sendDraft(
  client: GreyhoundClient,
  draft: DetailedItem,
  { run, sendAt }: { readonly run?: Run | undefined; readonly sendAt?: Date | undefined } = {},
): Promise<Accepted> {
  const { To, CC, BCC } = { To: draft.Recipients, ...draft.Properties.Email };
  const state = draft.RefID === 0 ? ItemState.isNew : ItemState.isAnswer;
  if (run?.isResumed === true && draft.State === state) return { id: draft.ID, state: 'queued' };
  if (draft.State !== ItemState.isDraft || To.length + CC.length + BCC.length === 0)
    throw new BridgeFailure('messageNotSendable', { disposition: 'permanent', origin: 'caller' });
  await namingSender(bareAddress(draft.From.Text), () => release(client, draft.ID, state, sendAt));
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

/** A draft only: one that was released already is not put into the outbox a second time. */
const release = (
  client: GreyhoundClient,
  id: number,
  state: number,
  sendAt?: Date,
): Promise<void> =>
  withLock(lockableItems(client), id, async (item) => {
    if (item.State !== ItemState.isDraft) return;
    if (sendAt === undefined) await client.items.Put({ Item: released(item, state) });
    else await client.mailBridge.ReleaseAt({ ID: id, State: state, SendAt: sendAt });
  });

/** Adds those that are not there yet, under the caller's lock, in the order given. */
export async function attach(
  client: GreyhoundClient,
  id: number,
  present: readonly AttachmentItem[],
  attachments: readonly OutgoingAttachment[],
): Promise<void> {
  for (const one of missing(attachments, present))
    if ('copyOf' in one)
      await client.items.CopyAttachment({ AttachmentID: one.copyOf, TargetID: id, RevGroup: 0 });
    else await client.uploadAttachment(id, one.name, () => Readable.from([one.content]));
}

async function attachAll(
  client: GreyhoundClient,
  id: number,
  attachments: readonly OutgoingAttachment[],
): Promise<void> {
  if (attachments.length === 0) return;
  await withLock(lockableItems(client), id, ({ Attachments }) =>
    attach(client, id, Attachments, attachments),
  );
  const { Attachments } = await client.items.Get({ ID: id, MarkAsReading: false });
  if (missing(attachments, Attachments).length > 0)
    throw new BridgeFailure('messageNotSendable', {
      disposition: 'transient',
      origin: 'archive',
      field: 'attachments',
    });
}

/** Those that are not there by name and size. */
function missing(
  wanted: readonly OutgoingAttachment[],
  present: readonly AttachmentItem[],
): OutgoingAttachment[] {
  const key = (name: string, size: number) => `${String(size)} ${name}`;
  const left = present.map(({ Name, Size }) => key(Name, Size));
  return wanted.filter((one) => {
    const index = left.indexOf(key(one.name, sizeOf(one)));
    return index < 0 || left.splice(index, 1).length === 0;
  });
}

/** A draft that is left behind does no harm: it is never sent by itself. */
async function removeDraft(client: GreyhoundClient, id: number): Promise<void> {
  await withLock(lockableItems(client), id, async ({ State }) => {
    if (State === ItemState.isDraft) await client.items.Delete({ ID: id });
  }).catch((error: unknown) => {
    if (!(error instanceof ArchiveFailure)) throw error;
  });
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
