/** Sets of records: made, filled, exchanged, and removed in small steps, so that nobody waits for it. */
import { sql } from 'kysely';
import type { PushedType } from '../schemas.js';
import { currentSet } from './key-search.js';
import type { DirectoryDatabase } from './schema.js';
import { otherWork, type Snapshot } from './snapshots.js';

export interface SetPlace {
  readonly installationId: string;
  readonly type: PushedType;
}

/** A replacement that nobody goes on with is given up after this. */
export const ABANDONED_AFTER_MS = 24 * 60 * 60_000;
/** What is known of an upload that ended, or that nobody goes on with. */
const FORGOTTEN_AFTER_MS = 30 * ABANDONED_AFTER_MS;

const ROWS_AT_ONCE = 5000;

export async function addSet(
  transaction: Snapshot,
  { installationId, type }: SetPlace,
  state: 'current' | 'loading',
  now: number,
): Promise<number> {
  const { id } = await transaction
    .insertInto('record_set')
    .values({ installation_id: installationId, type, state, size: 0, pushed_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export const currentSetOrNew = async (
  transaction: Snapshot,
  place: SetPlace,
  now: number,
): Promise<number> =>
  (await currentSet(transaction, place.installationId, place.type)) ??
  addSet(transaction, place, 'current', now);

export async function growSet(
  transaction: Snapshot,
  setId: number,
  growth: number,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('record_set')
    .set((row) => ({ size: row('size', '+', growth), pushed_at: now }))
    .where('id', '=', setId)
    .execute();
}

/** From the next question on, this set answers. */
export async function makeCurrent(
  transaction: Snapshot,
  place: SetPlace,
  setId: number,
  now: number,
): Promise<void> {
  const before = await currentSet(transaction, place.installationId, place.type);
  if (before !== null) await retire(transaction, before);
  await transaction
    .updateTable('record_set')
    .set({ state: 'current', pushed_at: now })
    .where('id', '=', setId)
    .execute();
}

export async function retire(transaction: Snapshot, setId: number): Promise<void> {
  await transaction
    .updateTable('record_set')
    .set({ state: 'retired' })
    .where('id', '=', setId)
    .execute();
}

/** Retires the sets of replacements that were given up, and forgets old uploads. @param now milliseconds since 1970 */
export async function giveUpAbandoned(database: DirectoryDatabase, now: number): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const abandoned = await transaction
      .deleteFrom('upload')
      .where('mode', '=', 'replace')
      .where('state', '=', 'open')
      .where('last_request_at', '<=', now - ABANDONED_AFTER_MS)
      .returning('set_id')
      .execute();
    for (const { set_id } of abandoned) if (set_id !== null) await retire(transaction, set_id);
    await transaction
      .deleteFrom('upload')
      .where('last_request_at', '<=', now - FORGOTTEN_AFTER_MS)
      .execute();
  });
}

/** Whether `removeRetired` or `giveUpAbandoned` would find something. */
export async function hasLeftovers(database: DirectoryDatabase, now: number): Promise<boolean> {
  const retired = database
    .selectFrom('record_set')
    .select(sql<number>`1`.as('one'))
    .where('state', '=', 'retired');
  const old = database
    .selectFrom('upload')
    .select(sql<number>`1`.as('one'))
    .where('last_request_at', '<=', now - ABANDONED_AFTER_MS)
    .where((where) =>
      where.or([
        where.and({ mode: 'replace', state: 'open' }),
        where('last_request_at', '<=', now - FORGOTTEN_AFTER_MS),
      ]),
    );
  return (await retired.unionAll(old).limit(1).execute()).length > 0;
}

/** @param isWanted asked before every step; what is left is removed the next time */
export async function removeRetired(
  database: DirectoryDatabase,
  isWanted: () => boolean,
): Promise<void> {
  const retired = await database
    .selectFrom('record_set')
    .select('id')
    .where('state', '=', 'retired')
    .execute();
  for (const { id } of retired) {
    let hasRows = true;
    while (hasRows && isWanted()) {
      hasRows = await database
        .transaction()
        .execute(async (transaction) => removeSomeRows(transaction, id));
      await otherWork();
    }
  }
}

/** @returns whether there may be more */
async function removeSomeRows(transaction: Snapshot, setId: number): Promise<boolean> {
  const steps = [
    sql`delete from record_reference where (set_id, reference, record) in (
      select set_id, reference, record from record_reference
      where set_id = ${setId} limit ${ROWS_AT_ONCE})`,
    sql`delete from record_address where (set_id, address, rank, record) in (
      select set_id, address, rank, record from record_address
      where set_id = ${setId} limit ${ROWS_AT_ONCE})`,
    sql`delete from record where key in (
      select key from record where set_id = ${setId} limit ${ROWS_AT_ONCE})`,
    sql`delete from record_set where id = ${setId}`,
  ];
  for (const step of steps) {
    const { numAffectedRows = 0n } = await step.execute(transaction);
    if (numAffectedRows > 0n) return step !== steps.at(-1);
  }
  return false;
}
