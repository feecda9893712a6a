export interface UploadedAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** A file of the message that is forwarded: the archive copies it. */
export interface ForwardedAttachment {
  readonly name: string;
  readonly sizeBytes: number;
  /** Id of the attachment that is copied. */
  readonly copyOf: number;
}

export type OutgoingAttachment = UploadedAttachment | ForwardedAttachment;

export const sizeOf = (attachment: OutgoingAttachment): number =>
  'copyOf' in attachment ? attachment.sizeBytes : attachment.content.length;
