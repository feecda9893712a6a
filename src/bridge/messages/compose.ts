/** A message to be sent as the archive's item: sender, recipients, body with signature. */
import {
  asSet,
  ItemFlag,
  ItemKind,
  ItemPriority,
  ItemState,
  RpcAddressItem,
  RpcDetailedItem,
  RpcEmailProperties,
  RpcItemProperties,
  type AttachmentItem,
  type DetailedItem,
  type GreyhoundClient,
  type Group,
  type Signature,
} from '../../greyhound/index.js';
import { baseSubject } from '../../mail/base-subject.js';
import { refuse } from '../failure.js';
import { bareAddress, formatAddress, type MailAddress } from './mail-address.js';
import { withoutDataImages } from './inline-images.js';
import type { OutgoingAttachment } from './outgoing-attachment.js';
import { senderLists } from './sender-lists.js';
import { signatureHtml, signatureText, type Sender } from './signature-variables.js';
import { messageIdOf, type TrackingMark } from './tracking-mark.js';

export interface OutgoingMessage {
  readonly groupId?: number | undefined;
  /** Address of a group. */
  readonly from?: string | undefined;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly subject?: string | undefined;
  readonly text: string;
  readonly html?: string | undefined;
  readonly replyToId?: number | undefined;
  readonly forwardOfId?: number | undefined;
  /** Whether a forward takes the files along; undefined: it does. */
  readonly forwardAttachments?: boolean | undefined;
  /** null: none; undefined: the group's. */
  readonly signatureId?: number | null | undefined;
  /** Asks for reports on delivery. */
  readonly requestDeliveryReport?: boolean | undefined;
  /** For whom the ERP asks; null: nobody in particular. */
  readonly user?: Sender['user'] | undefined;
}

export interface Composed {
  /** As a draft, without its final state. */
  readonly item: DetailedItem;
  readonly sender: string;
  /** Images that stood in the HTML, and files of the message that is forwarded. */
  readonly attachments: readonly OutgoingAttachment[];
}

/** @throws BridgeFailure when the sender's group, the message referred to or the signature is not there */
export async function compose(
  client: GreyhoundClient,
  message: OutgoingMessage,
  mark: TrackingMark | null,
): Promise<Composed> {
  const referredId = message.replyToId ?? message.forwardOfId;
  const [{ groups, signatures }, referred] = await Promise.all([
    senderLists(client),
    referredId === undefined
      ? undefined
      : client.items.Get({ ID: referredId, MarkAsReading: false }),
  ]);
  const group = senderGroup(groups, message, referred);
  const signature = chosenSignature(signatures, group, message.signatureId);
  const { body, images } = bodyOf(message, signature, { group, user: message.user ?? null });
  const recipients = (list: readonly MailAddress[]) =>
    list.map((address) => RpcAddressItem.make({ Text: formatAddress(address) }));
  const item = RpcDetailedItem.make({
    RefID: referredId ?? 0,
    GroupRef: group.ID,
    Kind: ItemKind.ikEmail,
    State: ItemState.isDraft,
    Priority: ItemPriority.ipNormal,
    Flags: asSet(
      ...(message.html === undefined ? [] : [ItemFlag.ifUseHtml]),
      ...(message.requestDeliveryReport === true ? [ItemFlag.ifDeliveryNotification] : []),
    ),
    From: RpcAddressItem.make({ Text: group.Email }),
    Recipients: recipients(message.to),
    Subject: message.subject ?? derivedSubject(message, referred),
    Properties: RpcItemProperties.make({
      Email: RpcEmailProperties.make({
        CC: recipients(message.cc),
        BCC: recipients(message.bcc),
        // without one the archive makes its own
        MessageID: mark === null ? '' : messageIdOf(mark, group.Email),
        ViewData: Buffer.from(body),
      }),
    }),
  });
  const forwarded = forwardedAttachments(message, referred?.Attachments ?? []);
  return { item, sender: group.Email, attachments: [...images, ...forwarded] };
}

/** The state in which it leaves. */
export function finalStateOf(message: Pick<OutgoingMessage, 'replyToId' | 'forwardOfId'>): number {
  if (message.replyToId !== undefined) return ItemState.isAnswer;
  return message.forwardOfId === undefined ? ItemState.isNew : ItemState.isForward;
}

function senderGroup(
  groups: readonly Group[],
  message: OutgoingMessage,
  referred: DetailedItem | undefined,
): Group {
  const { from } = message;
  const id = message.groupId ?? (from === undefined ? referred?.GroupRef : undefined);
  const group =
    id === undefined
      ? groups.find(({ Email }) => from !== undefined && sameAddress(Email, from))
      : groups.find(({ ID }) => ID === id);
  if (id === undefined && from !== undefined && group === undefined)
    throw refuse('senderNotServed', { field: 'from', params: { sender: from } });
  if (group === undefined) throw refuse('notFound', { field: 'groupId' });
  if (bareAddress(group.Email) === '') throw refuse('groupAddressRequired', { field: 'groupId' });
  return group;
}

const sameAddress = (one: string, other: string): boolean =>
  bareAddress(one).toLowerCase() === other.toLowerCase();

function chosenSignature(
  signatures: readonly Signature[],
  group: Group,
  wanted: number | null | undefined,
): Signature | undefined {
  if (wanted === null) return undefined;
  const id = wanted ?? group.Signatures.EmailSignatureRef;
  const found = signatures.find(({ ID }) => ID === id);
  if (wanted !== undefined && found === undefined)
    throw refuse('notFound', { field: 'signatureId' });
  return found;
}

/** An image that the message shows within its HTML goes along where the new HTML shows it, too. */
function forwardedAttachments(
  { forwardOfId, forwardAttachments = true, html = '' }: OutgoingMessage,
  attachments: readonly AttachmentItem[],
): OutgoingAttachment[] {
  if (forwardOfId === undefined || !forwardAttachments) return [];
  const isWanted = ({ ContentID }: AttachmentItem) =>
    ContentID === '' || html.includes(`cid:${ContentID}`);
  return attachments
    .filter(isWanted)
    .map(({ ID, Name, Size }) => ({ name: Name, sizeBytes: Size, copyOf: ID }));
}

/** `Re:` and `Fwd:` once, whatever the language of the one that stands there (RFC 5322 §3.6.5). */
function derivedSubject(message: OutgoingMessage, referred: DetailedItem | undefined): string {
  if (referred === undefined) return '';
  return `${message.replyToId === undefined ? 'Fwd' : 'Re'}: ${baseSubject(referred.Subject)}`;
}

function bodyOf(
  { text, html }: OutgoingMessage,
  signature: Signature | undefined,
  sender: Sender,
): { readonly body: string; readonly images: readonly OutgoingAttachment[] } {
  if (html === undefined) {
    const below = signature === undefined ? '' : signatureText(signature.TextData, sender);
    return { body: below === '' ? text : `${text}\n\n${below}`, images: [] };
  }
  const below = signature === undefined ? '' : signatureHtml(signature.HtmlData, sender);
  const whole = withoutDataImages(below === '' ? html : `${html}<br><br>${below}`);
  return { body: whole.html, images: whole.images };
}
