/** Directory records as the ERP pushes them, one JSON object a line, and what it is told about them. */
import { z } from 'zod';
import { because } from '../texts/fields.js';
import { recordTypes } from './record.js';

/** By their name in the path. */
export const pushedTypes = {
  contacts: 'contact',
  orders: 'order',
  offers: 'offer',
  users: 'user',
} as const;
export type PushedType = (typeof pushedTypes)[keyof typeof pushedTypes];

/** Of e-mail addresses, references, articles and the like at one record. */
const MAX_MEMBERS = 200;

const singleLine = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), because('lineBreak'));

/** The ERP's own. */
const id = singleLine(200).min(1);

/** ERP data as it is: what is no address, or no number, is left out of the search and told as a warning. */
const texts = z.array(z.string().max(1000)).max(MAX_MEMBERS).optional();
const ids = z.array(id).max(MAX_MEMBERS).optional();

const name = z.string().max(1000);
/** Ids and roles of the users who may see the record; null: everybody. */
const visibleTo = z.array(id).max(MAX_MEMBERS).nullable().optional();

const contact = z.strictObject({
  id,
  name,
  active: z.boolean(),
  emails: texts,
  visibleTo,
});

const offer = z.strictObject({
  id,
  number: singleLine(200).nullable().optional(),
  contactId: id.nullable().optional(),
  emails: texts,
  references: texts,
  /** Without shipping and discount lines. */
  articleIds: ids,
  visibleTo,
});

const order = z.strictObject({ ...offer.shape, offerIds: ids });

const user = z.strictObject({
  id,
  name,
  emails: texts,
  mayUseMail: z.boolean(),
  archiveUsername: z.string().max(200).nullable().optional(),
  /** As `visibleTo` of records names them. */
  roles: ids,
  /** What the user may see; everything unless told. */
  recordTypes: z.array(z.enum(recordTypes)).max(recordTypes.length).optional(),
});

export type PushedContact = z.infer<typeof contact>;
/** An offer has no `offerIds`. */
export type PushedTrade = z.infer<typeof order>;
export type PushedUser = z.infer<typeof user>;
export type PushedRecord = PushedContact | PushedTrade | PushedUser;

/** By type. */
export const pushedRecord = { contact, order, offer, user } as const satisfies Readonly<
  Record<PushedType, z.ZodType<PushedRecord>>
>;

/** Takes a record away. */
export const removedRecord = z.strictObject({ id, deleted: z.literal(true) });

/** Any line of a body, for the description of the interface. */
export const pushedLine = z.union([contact, order, offer, user, removedRecord]);

const type = z.enum(Object.keys(pushedTypes) as [keyof typeof pushedTypes]);
const uploadName = singleLine(100).min(1);

export const typeInPath = z.object({ type });
export const recordInPath = z.object({ type, id });
export const uploadInPath = z.object({ type, name: uploadName });

export const uploadModes = ['upsert', 'replace'] as const;
export type UploadMode = (typeof uploadModes)[number];

/** `fromLine`: number of the first line of this body within the upload, counted from 1. */
export const pushQuery = z
  .strictObject({
    upload: uploadName.optional(),
    fromLine: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
    more: z.enum(['true', 'false']).optional(),
    mode: z.enum(uploadModes).optional(),
  })
  .superRefine(({ upload, fromLine, more, mode }, context) => {
    const isResumable = fromLine !== undefined || more === 'true' || mode === 'replace';
    if (isResumable && upload === undefined)
      context.addIssue({ code: 'custom', path: ['upload'], ...because('required') });
  });

export const uploadView = z.object({
  name: z.string(),
  mode: z.enum(uploadModes),
  state: z.enum(['open', 'complete']),
  /** Lines that are stored. */
  lines: z.int(),
});

export const warningCodes = ['addressUnusable', 'referenceUnusable'] as const;

export const pushResult = z.object({
  /** Lines of this request. */
  lines: z.int(),
  upserted: z.int(),
  deleted: z.int(),
  warnings: z.object({
    count: z.int(),
    first: z.array(z.object({ line: z.int(), field: z.string(), code: z.enum(warningCodes) })),
  }),
  upload: uploadView.nullable(),
});

const summary = z.object({ count: z.int(), lastPushedAt: z.iso.datetime().nullable() });

export const directorySummary = z.object({
  contacts: summary,
  orders: summary,
  offers: summary,
  users: summary,
});

/** A record as it was pushed. */
export const recordAsPushed = z.union([contact, order, offer, user]);
