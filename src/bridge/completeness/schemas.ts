/** What is on an account's server, compared with what is stored. */
import { z } from 'zod';
import { deletion } from '../accounts/schemas.js';

/** onServer = stored + missing + quarantined + unidentified + passedOver. */
export const completeness = z.object({
  /** null: no session has ended well so far; then the numbers are 0. */
  checkedAt: z.iso.datetime().nullable(),
  onServer: z.int(),
  stored: z.int(),
  /** Neither stored nor in quarantine; the next fetch takes them in. */
  missing: z.int(),
  quarantined: z.int(),
  /** Mails to which the server gives no unique-id of their own, and which were not read for this. */
  unidentified: z.int(),
  /** Lay there before the account was first fetched, and are not wanted (initialImport). */
  passedOver: z.int(),
  /** Among the stored: their bytes are gone or do not agree with their hash. */
  damaged: z.int(),
  /** Whether every mail on the server that is wanted is proven to be stored, with its bytes. */
  complete: z.boolean(),
});
export type Completeness = z.infer<typeof completeness>;

/** What is left out stands for the saved setting. */
export const previewRequest = z.strictObject({
  deletion: deletion.optional(),
  deleteOnServerWhenDeleted: z.boolean().optional(),
});
export type PreviewRequest = z.infer<typeof previewRequest>;

export const deletionPreview = z.object({
  completeness,
  /** All mails that would be deleted on the server at once, however many are listed. */
  count: z.int(),
  sizeBytes: z.int(),
  /** The oldest first. */
  messages: z.array(
    z.object({
      /** null: deleted for good in the archive. */
      messageId: z.int().nullable(),
      /** null: the token may not read messages, or there is no such message any more. */
      subject: z.string().nullable(),
      sizeBytes: z.int(),
      storedAt: z.iso.datetime().nullable(),
    }),
  ),
});
export type DeletionPreview = z.infer<typeof deletionPreview>;

/** A mail that could not be taken in. It is still on the server. */
export const quarantinedMail = z.object({
  id: z.int(),
  uidl: z.string(),
  sizeBytes: z.int(),
  attempts: z.int(),
  reason: z.string(),
  since: z.iso.datetime().nullable(),
});
export type QuarantinedMail = z.infer<typeof quarantinedMail>;
