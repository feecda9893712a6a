/**
 * How far uploads have come. An upload has a name that its caller chose; the bridge counts the lines of it that are
 * stored, in the same transaction that stores them, so that after any interruption both sides know where to go on.
 */
import { refuse, type BridgeFailure } from '../../failure.js';
import type { PushedType, UploadMode } from '../schemas.js';
import type { DirectoryDatabase, UploadTable } from './schema.js';
import type { Snapshot } from './snapshots.js';

export interface UploadPlace {
  readonly installationId: string;
  readonly type: PushedType;
  readonly name: string;
}

export type StoredUpload = Pick<UploadTable, 'mode' | 'state' | 'set_id' | 'lines'>;

export interface UploadStep {
  readonly name: string;
  /** Number of the request's first line, counted from 1; null: not told. */
  readonly fromLine: number | null;
  /** null: as before, or `upsert`. */
  readonly mode: UploadMode | null;
  /** Whether further requests follow. */
  readonly hasMore: boolean;
}

export const storedUpload = (
  database: DirectoryDatabase,
  { installationId, type, name }: UploadPlace,
): Promise<StoredUpload | undefined> =>
  database
    .selectFrom('upload')
    .select(['mode', 'state', 'set_id', 'lines'])
    .where('installation_id', '=', installationId)
    .where('type', '=', type)
    .where('name', '=', name)
    .executeTakeFirst();

/**
 * Where a request goes on, or that it begins an upload anew: one of that name that is complete is begun again by its
 * first line.
 * @throws BridgeFailure uploadOutOfStep, invalidRequest for another mode than the upload has
 */
export function continued(
  known: StoredUpload | undefined,
  { fromLine, mode }: UploadStep,
): StoredUpload | null {
  const isFirst = fromLine === null || fromLine === 1;
  if (known === undefined || (known.state === 'complete' && isFirst)) {
    if (!isFirst) throw outOfStep(1);
    return null;
  }
  if (mode !== null && mode !== known.mode) throw refuse('invalidRequest', { field: 'mode' });
  // who does not say which lines come could repeat some, or leave some out
  const isUntold = fromLine === null && known.lines > 0;
  if (isUntold || (fromLine ?? 1) > known.lines + 1)
    throw outOfStep(known.state === 'complete' ? 1 : known.lines + 1);
  return known;
}

/** @param expected number of the line that may come next */
export const outOfStep = (expected: number): BridgeFailure =>
  refuse('uploadOutOfStep', { params: { expected } });

/** Instead of what was known of an upload of that name. */
export async function beginUpload(
  transaction: Snapshot,
  { installationId, type, name }: UploadPlace,
  upload: StoredUpload,
  now: number,
): Promise<void> {
  const row = { ...upload, last_request_at: now };
  await transaction
    .insertInto('upload')
    .values({ installation_id: installationId, type, name, ...row })
    .onConflict((conflict) =>
      conflict.columns(['installation_id', 'type', 'name']).doUpdateSet(row),
    )
    .execute();
}

export async function advanceUpload(
  transaction: Snapshot,
  { installationId, type, name }: UploadPlace,
  progress: Partial<Pick<StoredUpload, 'state' | 'set_id' | 'lines'>>,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('upload')
    .set({ ...progress, last_request_at: now })
    .where('installation_id', '=', installationId)
    .where('type', '=', type)
    .where('name', '=', name)
    .execute();
}
