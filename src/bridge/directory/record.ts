/** ERP records as far as mail needs them. Their shapes over HTTP stand in schemas.ts. */

/** What a mail can be assigned to. Articles are known by the orders and offers that name them only. */
export const recordTypes = ['order', 'offer', 'contact', 'article'] as const;
export type RecordType = (typeof recordTypes)[number];

export interface RecordRef {
  readonly type: RecordType;
  /** The ERP's own. */
  readonly id: string;
}

export const sameRecord = (one: RecordRef, other: RecordRef): boolean =>
  one.type === other.type && one.id === other.id;

/** Users who may see a record: ids and roles; null: everybody. */
export type Visibility = readonly string[] | null;

/** An order or an offer. */
export interface TradeRecord {
  readonly id: string;
  /** As people know it; null when it has none. It is one of the references, too. */
  readonly number: string | null;
  readonly contactId: string | null;
  /** Search keys (search-key.ts). */
  readonly emails: readonly string[];
  /** Search keys. */
  readonly references: readonly string[];
  /** Without shipping and discount lines; may name one several times. */
  readonly articleIds: readonly string[];
  /** Of an order; of an offer empty. */
  readonly offerIds: readonly string[];
  readonly visibleTo: Visibility;
}

export interface ContactRecord {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  /** Search keys. */
  readonly emails: readonly string[];
  readonly visibleTo: Visibility;
}

export interface UserRecord {
  readonly id: string;
  readonly name: string;
  /** Search keys. */
  readonly emails: readonly string[];
  readonly mayUseMail: boolean;
  readonly archiveUsername: string | null;
  /** For `visibleTo` of records. */
  readonly roles: readonly string[];
  /** Types of records that the user may see. */
  readonly recordTypes: readonly RecordType[];
}
