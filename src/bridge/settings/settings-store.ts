/** The stored part of the settings; what was never saved has no row. */
import type { Kysely } from 'kysely';
import type { Vault } from '../../platform/vault.js';
import type { SettingsSchema } from './schema.js';

export interface StoredSettings {
  readonly enabled: boolean;
  /** null: the embedded archive, or the one that the environment names. */
  readonly url: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly serverName: string | null;
  readonly caCertificate: string | null;
  readonly managedByVendor: boolean;
  readonly revision: number;
}

export class SettingsStore {
  readonly #database: Kysely<SettingsSchema>;
  readonly #vault: Vault;
  readonly #installationId: string;

  constructor(database: Kysely<SettingsSchema>, vault: Vault, installationId: string) {
    this.#database = database;
    this.#vault = vault;
    this.#installationId = installationId;
  }

  async read(): Promise<StoredSettings | null> {
    const row = await this.#database
      .selectFrom('settings')
      .selectAll()
      .where('installation_id', '=', this.#installationId)
      .executeTakeFirst();
    if (row === undefined) return null;
    return {
      enabled: row.enabled !== 0,
      url: row.url,
      username: row.username,
      password:
        row.password_sealed === null ? null : this.#vault.open(row.password_sealed, this.#place()),
      serverName: row.server_name,
      caCertificate: row.ca_certificate,
      managedByVendor: row.managed_by_vendor !== 0,
      revision: row.revision,
    };
  }

  /**
   * Writes the next revision.
   * @returns false when somebody else wrote that revision first
   */
  async write(settings: Omit<StoredSettings, 'revision'>, previous: number): Promise<boolean> {
    const { password } = settings;
    const row = {
      enabled: Number(settings.enabled),
      url: settings.url,
      username: settings.username,
      password_sealed: password === null ? null : this.#vault.seal(password, this.#place()),
      server_name: settings.serverName,
      ca_certificate: settings.caCertificate,
      managed_by_vendor: Number(settings.managedByVendor),
      revision: previous + 1,
    };
    const result = await this.#database
      .insertInto('settings')
      .values({ installation_id: this.#installationId, ...row })
      .onConflict((conflict) =>
        conflict
          .column('installation_id')
          .doUpdateSet(row)
          .where('settings.revision', '=', previous),
      )
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  #place() {
    return { owner: this.#installationId, record: 'settings', field: 'password' };
  }
}
