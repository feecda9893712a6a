/**
 * Where the records come from, and how the ERP is asked. The token is sealed; it is sent to the origin that it was
 * given for and nowhere else: with another address it has to be given again.
 */
import type { Kysely } from 'kysely';
import type { Vault } from '../../../platform/vault.js';
import { isRealPassword } from '../../accounts/fields.js';
import { refuse } from '../../failure.js';
import type { DirectorySourceSchema } from './schema.js';

/** `pushed`: what the ERP has sent; `live`: the ERP is asked while a mail is decided on; `both`: together. */
export const sourceNames = ['pushed', 'live', 'both'] as const;
export type SourceName = (typeof sourceNames)[number];

export interface SourceSettings {
  readonly source: SourceName;
  readonly url: string | null;
  readonly token: string | null;
  readonly timeoutMs: number;
  /** How long an answer is used again; 0: not at all. */
  readonly cacheSeconds: number;
  readonly revision: number;
}

/** What is left out stays. */
export interface SourceChange {
  readonly source?: SourceName | undefined;
  readonly url?: string | null | undefined;
  readonly token?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly cacheSeconds?: number | undefined;
}

export interface SourceSettingsDependencies {
  readonly database: Kysely<DirectorySourceSchema>;
  readonly vault: Vault;
  readonly installationId: string;
}

const neverSaved: SourceSettings = {
  source: 'pushed',
  url: null,
  token: null,
  timeoutMs: 3000,
  cacheSeconds: 30,
  revision: 0,
};

export class SourceSettingsStore {
  constructor(private readonly dependencies: SourceSettingsDependencies) {}

  async read(): Promise<SourceSettings> {
    const { database, vault, installationId } = this.dependencies;
    const row = await database
      .selectFrom('directory_source')
      .selectAll()
      .where('installation_id', '=', installationId)
      .executeTakeFirst();
    if (row === undefined) return neverSaved;
    return {
      source: sourceNames.find((name) => name === row.source) ?? 'pushed',
      url: row.url,
      token: row.token_sealed === null ? null : vault.open(row.token_sealed, this.#place()),
      timeoutMs: row.timeout_ms,
      cacheSeconds: row.cache_seconds,
      revision: row.revision,
    };
  }

  /** As they would be after a change; nothing is stored. */
  async preview(change: SourceChange): Promise<SourceSettings> {
    return changed(await this.read(), change);
  }

  /**
   * @param settings with the revision that they were changed from
   * @throws BridgeFailure preconditionFailed when somebody else saved since then
   */
  async save({ revision: previous, token, ...settings }: SourceSettings): Promise<void> {
    const { database, vault, installationId } = this.dependencies;
    const row = {
      source: settings.source,
      url: settings.url,
      token_sealed: token === null ? null : vault.seal(token, this.#place()),
      timeout_ms: settings.timeoutMs,
      cache_seconds: settings.cacheSeconds,
      revision: previous + 1,
    };
    const result = await database
      .insertInto('directory_source')
      .values({ installation_id: installationId, ...row })
      .onConflict((conflict) =>
        conflict
          .column('installation_id')
          .doUpdateSet(row)
          .where('directory_source.revision', '=', previous),
      )
      .executeTakeFirst();
    if ((result.numInsertedOrUpdatedRows ?? 0n) === 0n) throw refuse('preconditionFailed');
  }

  #place() {
    const owner = this.dependencies.installationId;
    return { owner, record: 'directory_source', field: 'token' };
  }
}

function changed(current: SourceSettings, change: SourceChange): SourceSettings {
  const url = change.url === undefined ? current.url : change.url;
  const kept = originOf(url) === originOf(current.url) ? current.token : null;
  return {
    source: change.source ?? current.source,
    url,
    token: isRealPassword(change.token) ? change.token : kept,
    timeoutMs: change.timeoutMs ?? current.timeoutMs,
    cacheSeconds: change.cacheSeconds ?? current.cacheSeconds,
    revision: current.revision,
  };
}

const originOf = (url: string | null): string | null => (url === null ? null : new URL(url).origin);
