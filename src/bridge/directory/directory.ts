/**
 * The ERP's records as assignment asks for them. Implemented by the store of pushed records, by look-ups at the ERP,
 * and by both together. One question costs a fixed number of queries or calls, however many keys it has.
 */
import type { ContactRecord, RecordRef, TradeRecord, UserRecord, Visibility } from './record.js';

export type TradeType = 'order' | 'offer';

/** Search keys (search-key.ts) that stand in one mail, each once. */
export interface TradeQuestion {
  readonly addresses: readonly string[];
  /** Numbers in subject and body. */
  readonly references: readonly string[];
  /** Those of them that stand in the body. */
  readonly bodyReferences: readonly string[];
}

/** What is known of one address. */
export interface AddressAnswer {
  /** Ids in ascending order, at most ADDRESS_LIMIT. */
  readonly ids: readonly string[];
  /** Whether these are all. */
  readonly isComplete: boolean;
  /** Of several records: the numbers of the mail that stand at exactly one of them. */
  readonly confirmed: readonly { readonly reference: string; readonly id: string }[];
}

export interface TradeAnswer {
  /** Addresses with at least one record. */
  readonly byAddress: ReadonlyMap<string, AddressAnswer>;
  /** Records that two different numbers of the body identify: the numbers that stand together at this record alone. */
  readonly byPair: ReadonlyMap<string, readonly [string, string]>;
  /** Numbers of the mail that stand at any record. */
  readonly knownReferences: ReadonlySet<string>;
  /** Everything named above. */
  readonly records: ReadonlyMap<string, TradeRecord>;
}

export interface ContactAnswer {
  /** At most ADDRESS_LIMIT, active ones first. */
  readonly contacts: readonly ContactRecord[];
  readonly isComplete: boolean;
}

/** A record that somebody refers to. */
export interface KnownRecord extends RecordRef {
  /** Number of an order or offer, name of a contact, else the id. */
  readonly label: string;
  readonly visibleTo: Visibility;
}

export interface Directory {
  /** @throws BridgeFailure directoryUnavailable when the ERP does not answer */
  trade(type: TradeType, question: TradeQuestion): Promise<TradeAnswer>;
  /** By address. @throws BridgeFailure directoryUnavailable */
  contacts(addresses: readonly string[]): Promise<ReadonlyMap<string, ContactAnswer>>;
  /**
   * Those that exist. Of a type that the directory was never told anything of, and of articles, all are taken to exist.
   * @throws BridgeFailure directoryUnavailable
   */
  existing(records: readonly RecordRef[]): Promise<readonly KnownRecord[]>;
  /** Which of these addresses are users' own. Users are pushed, never looked up. */
  userAddresses(addresses: readonly string[]): Promise<ReadonlySet<string>>;
  /** null: there is no such user. */
  user(id: string): Promise<UserRecord | null>;
}

/** No address is followed to more records than this, no number to more than REFERENCE_LIMIT. */
export const ADDRESS_LIMIT = 50;
export const REFERENCE_LIMIT = 100;
