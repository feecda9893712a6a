/** What a mail says that can lead to a record. */

/** Where in a mail something stands. */
export const places = ['from', 'replyTo', 'to', 'cc', 'bcc', 'subject', 'body'] as const;
export type Place = (typeof places)[number];

export interface FoundAddress {
  /** Search key: lower case, domain in punycode. */
  readonly address: string;
  /** In the order of `places`, each once. */
  readonly places: readonly Place[];
}

export interface FoundReference {
  /** Search key. */
  readonly reference: string;
  /** As it stands where it was found first. */
  readonly text: string;
  readonly places: readonly ('subject' | 'body')[];
}

export interface FoundInMail {
  readonly addresses: readonly FoundAddress[];
  readonly references: readonly FoundReference[];
}

/** A mail as it is read; header members as in RFC 5322, several addresses separated by commas or in several entries. */
export interface ReadableMail {
  readonly from: readonly string[];
  readonly replyTo: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
}
