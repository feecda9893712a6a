/**
 * A message from an item (RFC 5322, RFC 2045), by nodemailer's composer. Text that a user wrote reaches it only as
 * values, never as file names or addresses to fetch. Bcc stays in the envelope.
 */
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import { includes, ItemFlag, ItemState } from '../../greyhound/index.js';
import { formatAddress, parseAddresses, type MailAddress } from '../items/mime/addresses.js';
import { attachmentContent } from '../items/mime/parse-mail.js';
import { detailOf, type AttachmentRow, type BodyRow, type ItemRow } from '../store/mail-items.js';
import type { RawMailStore } from '../store/raw-mail-store.js';

export interface Draft {
  readonly row: ItemRow;
  readonly body: BodyRow | undefined;
  readonly attachments: readonly AttachmentRow[];
  /** `Name <address>` to send as instead of the item's own sender. */
  readonly fromOverwrite: string | null;
}

/**
 * The message with CRLF line ends; attachments are read from the store as they are needed. The stream fails with
 * BytesDamaged when they are not there as they were stored.
 */
export function composeMessage(draft: Draft, raw: RawMailStore): Readable {
  const { row, body } = draft;
  const { to, cc, replyTo, references } = detailOf(row);
  const usesHtml = includes(row.flags, ItemFlag.ifUseHtml) && (body?.html ?? '') !== '';
  const isAnswer = row.state === ItemState.isAnswer;
  const composer = new MailComposer({
    from: mailbox(draft.fromOverwrite ?? row.from_text),
    to: to.flatMap(mailboxes),
    cc: cc.flatMap(mailboxes),
    replyTo: replyTo.flatMap(mailboxes),
    subject: row.subject,
    date: new Date(row.start_date ?? row.created),
    messageId: `<${row.message_id}>`,
    ...(isAnswer && references.length > 0 && { inReplyTo: `<${references.at(-1) ?? ''}>` }),
    ...(references.length > 0 && { references: references.map((id) => `<${id}>`) }),
    text: body?.text ?? '',
    ...(usesHtml && { html: body?.html ?? '' }),
    attachments: draft.attachments.map((attachment) => {
      const cid = usesHtml ? contentIdOf(attachment, body?.html ?? '') : '';
      return {
        filename: attachment.name,
        contentType: attachment.content_type,
        ...(cid !== '' && { cid, contentDisposition: 'inline' as const }),
        content: contentOf(row, attachment, (hash) => raw.readIntact(hash)),
      };
    }),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: '\r\n',
  });
  return composer.compile().createReadStream();
}

/** A client can name a content id in the HTML only; there an attachment is meant by its name (`cid:logo.png`). */
function contentIdOf({ content_id, name }: AttachmentRow, html: string): string {
  if (content_id !== '') return content_id;
  return html.includes(`"cid:${name}"`) || html.includes(`'cid:${name}'`) ? name : '';
}

/** The decoded bytes of an attachment, wherever they lie. */
export function contentOf(
  row: ItemRow,
  attachment: AttachmentRow,
  read: (hash: string) => AsyncIterable<Buffer>,
): Readable {
  if (attachment.part_index === null) return Readable.from(read(attachment.raw_hash ?? ''));
  return attachmentContent(read(row.raw_hash ?? ''), attachment.part_index);
}

const mailboxes = (text: string): MailAddress[] => parseAddresses(text);

const mailbox = (text: string): MailAddress =>
  mailboxes(text)[0] ?? { name: '', address: formatAddress({ name: '', address: text }) };
