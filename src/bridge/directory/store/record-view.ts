/** A stored record as assignment knows it: what the ERP left out has its default. */
import type { KnownRecord, TradeType } from '../directory.js';
import { recordTypes, type ContactRecord, type TradeRecord, type UserRecord } from '../record.js';
import type { PushedContact, PushedTrade, PushedUser } from '../schemas.js';
import type { RecordKeys } from './record-keys.js';
import type { RecordTable } from './schema.js';

/** Its columns are JSON that was valid when it was written. */
export type StoredRecord = Pick<RecordTable, 'pushed' | 'keys'>;

const keysOf = ({ keys }: Pick<StoredRecord, 'keys'>) => JSON.parse(keys) as RecordKeys;

export function tradeRecord(stored: StoredRecord): TradeRecord {
  const pushed = JSON.parse(stored.pushed) as PushedTrade;
  const { emails, references } = keysOf(stored);
  return {
    id: pushed.id,
    number: pushed.number ?? null,
    contactId: pushed.contactId ?? null,
    emails,
    references,
    articleIds: pushed.articleIds ?? [],
    offerIds: pushed.offerIds ?? [],
    visibleTo: pushed.visibleTo ?? null,
  };
}

export function contactRecord(stored: StoredRecord): ContactRecord {
  const { id, name, active, visibleTo = null } = JSON.parse(stored.pushed) as PushedContact;
  return { id, name, active, emails: keysOf(stored).emails, visibleTo };
}

export function userRecord(stored: StoredRecord): UserRecord {
  const pushed = JSON.parse(stored.pushed) as PushedUser;
  return {
    id: pushed.id,
    name: pushed.name,
    emails: keysOf(stored).emails,
    mayUseMail: pushed.mayUseMail,
    archiveUsername: pushed.archiveUsername ?? null,
    roles: pushed.roles ?? [],
    recordTypes: pushed.recordTypes ?? recordTypes,
  };
}

export function knownRecord(
  type: TradeType | 'contact',
  { pushed }: Pick<StoredRecord, 'pushed'>,
): KnownRecord {
  const record = JSON.parse(pushed) as PushedContact | PushedTrade;
  const label = 'name' in record ? record.name : record.number;
  return { type, id: record.id, label: label || record.id, visibleTo: record.visibleTo ?? null };
}
