/** A message as the API shows it, in lists and alone. */
import { z } from 'zod';
import { includes, ItemFlag, type DetailedItem, type ListItem } from '../../greyhound/index.js';
import { delivery, stateName, stateNames } from './flags.js';
import { textOfHtml } from '../../mail/html-text.js';
import { safeHtml } from './safe-html.js';

const state = z.enum([...stateNames, 'unknown']);

const common = {
  id: z.int(),
  groupId: z.int().nullable(),
  groupName: z.string(),
  userId: z.int().nullable(),
  userName: z.string(),
  state,
  read: z.boolean(),
  deleted: z.boolean(),
  spam: z.boolean(),
  hasAttachments: z.boolean(),
  from: z.string(),
  subject: z.string(),
  /** Bytes. */
  sizeBytes: z.int(),
  /** What the mail itself says (RFC 5322 §3.6.1); null when it says nothing readable. */
  date: z.iso.datetime().nullable(),
  /** When the archive took it in. */
  createdAt: z.iso.datetime().nullable(),
};

export const messageSummary = z.object({
  ...common,
  to: z.string(),
  /** Beginning of the text. */
  preview: z.string(),
  /** The incoming account that fetched it. */
  incomingAccountId: z.int().nullable(),
});

export const attachmentView = z.object({
  id: z.int(),
  name: z.string(),
  contentType: z.string(),
  sizeBytes: z.int(),
  /** For `cid:` in the HTML; null when it is not referred to. */
  contentId: z.string().nullable(),
});

export const messageDetail = z.object({
  ...common,
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  replyTo: z.array(z.string()),
  messageId: z.string(),
  /** Header section as it came. */
  headers: z.string(),
  text: z.string(),
  /** Safe to show; null for a mail without HTML. */
  html: z.string().nullable(),
  /** Whether images on other servers were taken out; `?remoteImages=true` leaves them in. */
  remoteImagesBlocked: z.boolean(),
  attachments: z.array(attachmentView),
  /** The message that this one answers or forwards. */
  refersTo: z.int().nullable(),
  delivery: z
    .object({
      state: z.enum(['draft', 'queued', 'sent', 'failed', 'inDoubt']),
      reason: z.string().nullable(),
    })
    .nullable(),
});

const idOrNull = (id: number): number | null => (id === 0 ? null : id);

function commonView(item: ListItem | DetailedItem) {
  const has = (flag: number) => includes(item.Flags, flag);
  return {
    id: item.ID,
    groupId: idOrNull(item.GroupRef),
    groupName: item.GroupName,
    userId: idOrNull(item.UserRef),
    userName: item.UserName,
    state: stateName(item.State),
    read: has(ItemFlag.ifRead),
    deleted: has(ItemFlag.ifDeleted),
    spam: has(ItemFlag.ifSpam),
    hasAttachments: has(ItemFlag.ifAttachment),
    subject: item.Subject,
    sizeBytes: item.Size,
    date: item.StartDate?.toISOString() ?? null,
    createdAt: item.Created?.toISOString() ?? null,
  };
}

export const summaryOf = (item: ListItem): z.infer<typeof messageSummary> => ({
  ...commonView(item),
  from: item.From,
  to: item.Recipients,
  preview: item.ViewData,
  incomingAccountId: idOrNull(item.Pop3Ref),
});

export function detailOf(
  item: DetailedItem,
  options: { readonly remoteImages: boolean },
): z.infer<typeof messageDetail> {
  const { Email } = item.Properties;
  const body = Email.ViewData.toString('utf8');
  const isHtml = includes(item.Flags, ItemFlag.ifUseHtml);
  const safe = isHtml ? safeHtml(body, options) : null;
  const texts = (list: readonly { readonly Text: string }[]) => list.map(({ Text }) => Text);
  return {
    ...commonView(item),
    from: item.From.Text,
    to: texts(item.Recipients),
    cc: texts(Email.CC),
    bcc: texts(Email.BCC),
    replyTo: texts(Email.ReplyTo),
    messageId: Email.MessageID,
    headers: Email.Header,
    text: isHtml ? textOfHtml(body) : body,
    html: safe?.html ?? null,
    remoteImagesBlocked: safe?.remoteImagesBlocked ?? false,
    attachments: item.Attachments.map((attachment) => ({
      id: attachment.ID,
      name: attachment.Name,
      contentType: attachment.ContentType,
      sizeBytes: attachment.Size,
      contentId: attachment.ContentID === '' ? null : attachment.ContentID,
    })),
    refersTo: idOrNull(item.RefID),
    delivery: delivery(item),
  };
}
