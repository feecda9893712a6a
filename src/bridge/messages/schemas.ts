/** What the message routes take. */
import { z } from 'zod';
import { emailAddress, line } from '../accounts/fields.js';
import { because } from '../texts/fields.js';
import { decodeCursor } from '../filters/message-page.js';
import { mailAddress } from './mail-address.js';

/** A positive 32-bit integer in decimal, as the archive numbers things. */
export const id = z
  .string()
  .regex(/^[1-9]\d{0,9}$/)
  .transform(Number)
  .pipe(z.int().max(2_147_483_647));

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Paging, the same for every list of messages. */
export const paging = {
  cursor: z
    .string()
    .max(100)
    .refine((text) => decodeCursor(text) !== null, because('cursor'))
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

export const messageQuery = z.strictObject({
  ...paging,
  filterId: id.optional(),
  groupId: id.optional(),
  userId: id.optional(),
  state: z
    .enum(['open', 'new', 'question', 'answer', 'done', 'forward', 'draft', 'rejected'])
    .optional(),
  unread: flag.optional(),
  /** Deleted messages are left out unless asked for. */
  deleted: flag.default(false),
  spam: flag.default(false),
  /** In addresses, subject, text and attachments; every word must occur, "in quotes" stand phrases. */
  search: line(200)
    .refine((text) => /[\p{L}\p{N}]/u.test(text), because('search'))
    .optional(),
});
export type MessageQueryInput = z.infer<typeof messageQuery>;

const YEAR_MS = 366 * 86_400_000;

const MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024;

const base64 = z
  .string()
  .max(Math.ceil(MAX_ATTACHMENT_BYTES / 3) * 4)
  .refine(
    (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
    because('base64'),
  );

const attachment = z.strictObject({
  name: line(255).min(1),
  contentType: line(255)
    .regex(/^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/)
    .default('application/octet-stream'),
  contentBase64: base64,
});

const recipients = z.array(mailAddress).max(500);
const addresses = recipients.default([]);

/** RFC 5322 §2.1.1 allows 998 characters in a line. */
const subject = line(900);
const bodyText = z.string().max(5_000_000);

/** A moment to come, at most a year away. */
const sendAt = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((at) => at.getTime() > Date.now(), because('future'))
  .refine((at) => at.getTime() < Date.now() + YEAR_MS, because('future'));

export const draftRelease = z.strictObject({ sendAt: sendAt.optional() });

/** What is left out stays; no signature is added. `html` takes the place of `text`, and the other way round. */
export const draftChange = z
  .strictObject({
    to: recipients.optional(),
    cc: recipients.optional(),
    bcc: recipients.optional(),
    subject: subject.optional(),
    text: bodyText.optional(),
    html: bodyText.optional(),
    requestDeliveryReport: z.boolean().optional(),
  })
  .refine(({ text, html }) => text === undefined || html === undefined, {
    ...because('oneOf'),
    path: ['text'],
  });

export const attachmentName = z.strictObject({ name: line(255).min(1) });

/** Base64 of 25 MB and the rest of the message. */
export const MESSAGE_LIMIT_BYTES = 36 * 1024 * 1024;

export const newMessage = z
  .strictObject({
    groupId: z.int().min(1).optional(),
    from: emailAddress.optional(),
    to: addresses,
    cc: addresses,
    bcc: addresses,
    subject: subject.optional(),
    /** With `html` the archive makes the text of that. */
    text: bodyText.default(''),
    /** Shows an attachment by `cid:` and its name. Images in `data:` URLs become such attachments. */
    html: bodyText.optional(),
    replyToId: z.int().min(1).optional(),
    forwardOfId: z.int().min(1).optional(),
    /** The files of the message that is forwarded go along unless this is false. */
    forwardAttachments: z.boolean().default(true),
    signatureId: z.int().min(1).nullable().optional(),
    attachments: z.array(attachment).max(100).default([]),
    draft: z.boolean().default(false),
    /** When it is to leave; at once unless told. */
    sendAt: sendAt.optional(),
    /** Asks the recipients' servers for reports on delivery (RFC 3461). */
    requestDeliveryReport: z.boolean().default(false),
  })
  .refine(({ draft, sendAt: at }) => !draft || at === undefined, {
    ...because('oneOf'),
    path: ['sendAt'],
  })
  .refine(
    ({ groupId, from, replyToId, forwardOfId }) =>
      groupId === undefined ? (from ?? replyToId ?? forwardOfId) !== undefined : from === undefined,
    { ...because('sender'), path: ['from'] },
  )
  .refine(({ replyToId, forwardOfId }) => replyToId === undefined || forwardOfId === undefined, {
    ...because('oneOf'),
    path: ['forwardOfId'],
  })
  .refine(({ draft, to, cc, bcc }) => draft || to.length + cc.length + bcc.length > 0, {
    ...because('recipient'),
    path: ['to'],
  });

export const messageChange = z.strictObject({
  read: z.boolean().optional(),
  state: z.enum(['open', 'question', 'done']).optional(),
  groupId: z.int().min(1).optional(),
  userId: z.int().min(1).nullable().optional(),
  spam: z.boolean().optional(),
  deleted: z.boolean().optional(),
  remark: line(500).default(''),
});
