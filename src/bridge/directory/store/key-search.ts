/** From search keys to the records of a set. Keys travel as one JSON parameter, so that their number costs no queries. */
import { sql, type RawBuilder } from 'kysely';
import type { PushedType } from '../schemas.js';
import type { StoredRecord } from './record-view.js';
import { ORDINARY_KEYS, portions, type Snapshot } from './snapshots.js';

/** Of a large question: small enough for a few milliseconds, also when every key leads to many records. */
const KEYS_AT_ONCE = 200;
const RECORDS_AT_ONCE = 500;

export interface FoundByKey {
  readonly key: string;
  /** Keys of records, not more than were asked for. */
  readonly records: readonly number[];
}

/** A portion of the keys after the other; only what was found. */
export type KeySearch = AsyncGenerator<readonly FoundByKey[]>;

/** @returns null when the directory was never told anything of this type */
export async function currentSet(
  snapshot: Snapshot,
  installationId: string,
  type: PushedType,
): Promise<number | null> {
  const row = await snapshot
    .selectFrom('record_set')
    .select('id')
    .where('installation_id', '=', installationId)
    .where('type', '=', type)
    .where('state', '=', 'current')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Active contacts first. @param limit of records of one address */
export const recordsByAddress = (
  snapshot: Snapshot,
  setId: number,
  addresses: readonly string[],
  limit: number,
): KeySearch =>
  recordsByKey(
    snapshot,
    addresses,
    sql`select record from record_address
        where set_id = ${setId} and address = asked.value order by rank, record limit ${limit}`,
  );

/** @param limit of records of one reference */
export const recordsByReference = (
  snapshot: Snapshot,
  setId: number,
  references: readonly string[],
  limit: number,
): KeySearch =>
  recordsByKey(
    snapshot,
    references,
    sql`select record from record_reference
        where set_id = ${setId} and reference = asked.value order by record limit ${limit}`,
  );

async function* recordsByKey(
  snapshot: Snapshot,
  keys: readonly string[],
  recordsOfOne: RawBuilder<unknown>,
): KeySearch {
  const size = keys.length > ORDINARY_KEYS ? KEYS_AT_ONCE : ORDINARY_KEYS;
  for await (const portion of portions(keys, size)) {
    const { rows } = await sql<{ key: string; records: string }>`
      select key, records from (
        select asked.value as key,
          (select json_group_array(record) from (${recordsOfOne})) as records
        from json_each(${JSON.stringify(portion)}) as asked
      ) where records <> '[]'`.execute(snapshot);
    yield rows.map(({ key, records }) => ({ key, records: JSON.parse(records) as number[] }));
  }
}

/** In no particular order. */
export async function storedRecords<View>(
  snapshot: Snapshot,
  keys: readonly number[],
  view: (stored: StoredRecord) => View,
): Promise<Map<number, View>> {
  const records = new Map<number, View>();
  for await (const portion of portions(keys, RECORDS_AT_ONCE)) {
    const { rows } = await sql<StoredRecord & { key: number }>`
      select record.key, record.pushed, record.keys
      from json_each(${JSON.stringify(portion)}) as asked
      cross join record on record.key = asked.value`.execute(snapshot);
    for (const row of rows) records.set(row.key, view(row));
  }
  return records;
}

/** By the ERP's own ids, a portion after the other; in no particular order. */
export async function* recordsById(
  snapshot: Snapshot,
  setId: number,
  ids: readonly string[],
): AsyncGenerator<readonly StoredRecord[]> {
  for await (const portion of portions(ids, RECORDS_AT_ONCE)) {
    const { rows } = await sql<StoredRecord>`
      select record.pushed, record.keys from json_each(${JSON.stringify(portion)}) as asked
      cross join record on record.set_id = ${setId} and record.id = asked.value`.execute(snapshot);
    yield rows;
  }
}
