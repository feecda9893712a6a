/**
 * What can be looked up, and how an answer is read: records in the shapes of a push, but members that we do not know
 * are passed over. Addresses and numbers become search keys as those of pushed records do.
 */
import { z } from 'zod';
import { ADDRESS_LIMIT, REFERENCE_LIMIT } from '../directory.js';
import type { ContactRecord, TradeRecord } from '../record.js';
import { pushedRecord, type PushedTrade } from '../schemas.js';
import { addressKey, referenceKey } from '../search-key.js';
import { recordKeys } from '../store/record-keys.js';
import type { LookUpKeys, LookUpRequest } from './look-up-client.js';

export interface LookUpKind<R> {
  readonly type: LookUpRequest['type'];
  readonly record: z.ZodType<R>;
  readonly keysOf: (record: R) => LookUpKeys;
  /** Which of the records of one key are told first. */
  readonly order: (one: R, other: R) => number;
}

/** No key is followed to more records. */
export const recordLimits: Readonly<Record<keyof LookUpKeys, number>> = {
  addresses: ADDRESS_LIMIT,
  references: REFERENCE_LIMIT,
  ids: 1,
};

const tradeRecordOf = (told: PushedTrade): TradeRecord => {
  const { emails, references } = recordKeys(told).keys;
  return {
    id: told.id,
    number: told.number ?? null,
    contactId: told.contactId ?? null,
    emails,
    references,
    articleIds: told.articleIds ?? [],
    offerIds: told.offerIds ?? [],
    visibleTo: told.visibleTo ?? null,
  };
};

const contactRecord = z.object(pushedRecord.contact.shape).transform((told): ContactRecord => ({
  id: told.id,
  name: told.name,
  active: told.active,
  emails: recordKeys(told).keys.emails,
  visibleTo: told.visibleTo ?? null,
}));

const byId = (one: { readonly id: string }, other: { readonly id: string }): number =>
  one.id < other.id ? -1 : Number(one.id > other.id);

const trade = {
  keysOf: ({ emails, references, id }: TradeRecord) => ({
    addresses: emails,
    references,
    ids: [id],
  }),
  order: byId,
};

export const orders: LookUpKind<TradeRecord> = {
  ...trade,
  type: 'orders',
  record: z.object(pushedRecord.order.shape).transform(tradeRecordOf),
};

export const offers: LookUpKind<TradeRecord> = {
  ...trade,
  type: 'offers',
  record: z.object(pushedRecord.offer.shape).transform(tradeRecordOf),
};

export const contacts: LookUpKind<ContactRecord> = {
  type: 'contacts',
  record: contactRecord,
  keysOf: ({ emails, id }) => ({ addresses: emails, references: [], ids: [id] }),
  order: (one, other) => Number(other.active) - Number(one.active) || byId(one, other),
};

const keySet = (key: (text: string) => string | null) =>
  z
    .array(z.string())
    .optional()
    .transform((texts = []) => new Set(texts.flatMap((text) => key(text) ?? [])));

/** Keys with more records than are told, as they were sent or as the ERP writes them. */
export const moreRecords = z
  .object({ addresses: keySet(addressKey), references: keySet(referenceKey) })
  .prefault({});
