/** What is stored, for those who push: single records as they were sent, counts, and how far uploads have come. */
import type { PushedRecord, PushedType } from '../schemas.js';
import type { DirectoryDatabase } from './schema.js';
import { storedUpload, type StoredUpload } from './upload-log.js';

export interface SetSummary {
  readonly count: number;
  readonly lastPushedAt: Date | null;
}

export class StoredRecords {
  constructor(
    private readonly database: DirectoryDatabase,
    private readonly installationId: string,
  ) {}

  /** As it was pushed; null when there is none. */
  async record(type: PushedType, id: string): Promise<PushedRecord | null> {
    const row = await this.#currentSet(type)
      .innerJoin('record', 'record.set_id', 'record_set.id')
      .select('record.pushed')
      .where('record.id', '=', id)
      .executeTakeFirst();
    return row === undefined ? null : (JSON.parse(row.pushed) as PushedRecord);
  }

  async summary(type: PushedType): Promise<SetSummary> {
    const row = await this.#currentSet(type).select(['size', 'pushed_at']).executeTakeFirst();
    if (row === undefined) return { count: 0, lastPushedAt: null };
    return { count: row.size, lastPushedAt: new Date(row.pushed_at) };
  }

  /** null for one that nobody began, or that is long past. */
  async upload(type: PushedType, name: string): Promise<StoredUpload | null> {
    const place = { installationId: this.installationId, type, name };
    return (await storedUpload(this.database, place)) ?? null;
  }

  #currentSet(type: PushedType) {
    return this.database
      .selectFrom('record_set')
      .where('record_set.installation_id', '=', this.installationId)
      .where('record_set.type', '=', type)
      .where('record_set.state', '=', 'current');
  }
}
