/**
 * Writing a batch of records into a set: a fixed number of statements, all within the caller's transaction. Rows go
 * into the look-up tables in the order of their keys, so that a batch touches every page of them once.
 */
import { sql } from 'kysely';
import type { RecordKeys } from './record-keys.js';
import type { Snapshot } from './snapshots.js';

/** A record that is to be stored. */
export interface RecordToStore {
  /** JSON as the ERP sent it. */
  readonly pushed: string;
  readonly keys: RecordKeys;
}

/** By id, the last line of each; null: to be removed. */
export type Batch = ReadonlyMap<string, RecordToStore | null>;

interface Stored {
  readonly key: number;
  readonly id: string;
  readonly pushed: string;
  readonly keys: string;
}

/** @returns by how much the number of records grew */
export async function writeBatch(
  transaction: Snapshot,
  setId: number,
  batch: Batch,
): Promise<number> {
  const stored = await storedOf(transaction, setId, [...batch.keys()]);
  const changes = changesOf(batch, stored, await lastKey(transaction));
  await removeRows(transaction, setId, changes);
  await addRows(transaction, setId, changes);
  return changes.growth;
}

async function storedOf(
  transaction: Snapshot,
  setId: number,
  ids: readonly string[],
): Promise<Map<string, Stored>> {
  const { rows } = await sql<Stored>`
    select record.key, record.id, record.pushed, record.keys
    from json_each(${JSON.stringify(ids)}) as asked
    cross join record on record.set_id = ${setId} and record.id = asked.value`.execute(transaction);
  return new Map(rows.map((row) => [row.id, row]));
}

async function lastKey(transaction: Snapshot): Promise<number> {
  const last = await transaction
    .selectFrom('record')
    .select('key')
    .orderBy('key', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.key ?? 0;
}

class Changes {
  /** `[key, id, pushed, keys]` */
  readonly records: (readonly [number, string, string, string])[] = [];
  readonly removedRecords: number[] = [];
  readonly added = new LookupRows();
  readonly removed = new LookupRows();
  growth = 0;
}

class LookupRows {
  /** `[address, rank, record]` */
  readonly addresses: (readonly [string, number, number])[] = [];
  /** `[reference, record]` */
  readonly references: (readonly [string, number])[] = [];

  add(record: number, { emails, references, rank }: RecordKeys): void {
    for (const email of emails) this.addresses.push([email, rank, record]);
    for (const reference of references) this.references.push([reference, record]);
  }
}

function changesOf(batch: Batch, stored: ReadonlyMap<string, Stored>, lastKey: number): Changes {
  const changes = new Changes();
  let freeKey = lastKey;
  for (const [id, wanted] of batch) {
    const before = stored.get(id);
    const keys = wanted === null ? '' : JSON.stringify(wanted.keys);
    if (before?.pushed === wanted?.pushed && before?.keys === (wanted === null ? undefined : keys))
      continue;
    if (before !== undefined)
      changes.removed.add(before.key, JSON.parse(before.keys) as RecordKeys);
    if (wanted === null) {
      if (before !== undefined) changes.removedRecords.push(before.key);
      changes.growth -= 1;
      continue;
    }
    if (before === undefined) changes.growth += 1;
    const key = before?.key ?? (freeKey += 1);
    changes.added.add(key, wanted.keys);
    changes.records.push([key, id, wanted.pushed, keys]);
  }
  return changes;
}

async function removeRows(
  transaction: Snapshot,
  setId: number,
  { removed, removedRecords }: Changes,
): Promise<void> {
  if (removed.addresses.length > 0)
    await sql`delete from record_address where (set_id, address, rank, record) in (
      select ${setId}, value ->> 0, value ->> 1, value ->> 2
      from json_each(${JSON.stringify(removed.addresses)}))`.execute(transaction);
  if (removed.references.length > 0)
    await sql`delete from record_reference where (set_id, reference, record) in (
      select ${setId}, value ->> 0, value ->> 1
      from json_each(${JSON.stringify(removed.references)}))`.execute(transaction);
  if (removedRecords.length > 0)
    await sql`delete from record where key in (
      select value from json_each(${JSON.stringify(removedRecords)}))`.execute(transaction);
}

async function addRows(
  transaction: Snapshot,
  setId: number,
  { added, records }: Changes,
): Promise<void> {
  if (records.length > 0)
    await sql`insert into record (key, set_id, id, pushed, keys)
      select value ->> 0, ${setId}, value ->> 1, value ->> 2, value ->> 3
      from json_each(${JSON.stringify(records)}) where true
      on conflict (key) do update set pushed = excluded.pushed, keys = excluded.keys`.execute(
      transaction,
    );
  if (added.addresses.length > 0)
    await sql`insert or ignore into record_address (set_id, address, rank, record)
      select ${setId}, value ->> 0, value ->> 1, value ->> 2
      from json_each(${JSON.stringify(added.addresses.sort(byKey))})`.execute(transaction);
  if (added.references.length > 0)
    await sql`insert or ignore into record_reference (set_id, reference, record)
      select ${setId}, value ->> 0, value ->> 1
      from json_each(${JSON.stringify(added.references.sort(byKey))})`.execute(transaction);
}

/** Near enough to SQLite's own order: it counts for speed only. */
const byKey = (one: readonly [string, ...number[]], other: readonly [string, ...number[]]) =>
  one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0;
