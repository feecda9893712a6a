/**
 * The settings of the archive connection and the rules for changing them.
 *
 * The address comes from the environment if it names one, else from what was saved, else it is the embedded
 * archive's. A stored password is never sent to an address that it was not stored for, and credentials that the
 * vendor manages are neither shown nor changed.
 */
import { refuse } from '../failure.js';
import { PASSWORD_PLACEHOLDER } from '../accounts/fields.js';
import type { SettingsStore, StoredSettings } from './settings-store.js';

export interface EmbeddedArchive {
  /** On loopback, without TLS. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** What the environment fixes. */
export interface ArchiveEnvironment {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** The settings in force. */
export interface EffectiveSettings {
  readonly archive: 'embedded' | 'remote' | 'none';
  readonly enabled: boolean;
  readonly url: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly serverName: string | null;
  readonly caCertificate: string | null;
  readonly managedByVendor: boolean;
  readonly revision: number;
}

export interface SettingsChange {
  readonly enabled?: boolean | undefined;
  /** Normalized; null: back to the embedded archive. */
  readonly url?: string | null | undefined;
  readonly username?: string | null | undefined;
  readonly password?: string | undefined;
  readonly serverName?: string | null | undefined;
  readonly caCertificate?: string | null | undefined;
  readonly managedByVendor?: boolean | undefined;
}

const nothingStored: StoredSettings = {
  enabled: false,
  url: null,
  username: null,
  password: null,
  serverName: null,
  caCertificate: null,
  managedByVendor: false,
  revision: 0,
};

export class Settings {
  readonly #store: SettingsStore;
  readonly #environment: ArchiveEnvironment;
  readonly #embedded: EmbeddedArchive | null;
  readonly #listeners: ((settings: EffectiveSettings) => Promise<void>)[] = [];

  constructor(
    store: SettingsStore,
    environment: ArchiveEnvironment,
    embedded: EmbeddedArchive | null,
  ) {
    this.#store = store;
    this.#environment = environment;
    this.#embedded = embedded;
  }

  /** Called after every change, before its caller gets the answer. */
  onChanged(listener: (settings: EffectiveSettings) => Promise<void>): void {
    this.#listeners.push(listener);
  }

  /** Members that the environment fixes, with the variable that does. */
  get managedByEnvironment(): Readonly<Partial<Record<'url' | 'username' | 'password', string>>> {
    const { url, username, password } = this.#environment;
    if (url === undefined) return {};
    return {
      url: 'MB_ARCHIVE_URL',
      ...(username === undefined ? {} : { username: 'MB_ARCHIVE_USERNAME' }),
      ...(password === undefined ? {} : { password: 'MB_ARCHIVE_PASSWORD' }),
    };
  }

  async read(): Promise<EffectiveSettings> {
    return this.#effective(await this.#store.read());
  }

  #effective(row: StoredSettings | null): EffectiveSettings {
    const stored = row ?? nothingStored;
    const environment = this.#environment;
    if (environment.url !== undefined) {
      return {
        ...stored,
        archive: 'remote',
        url: environment.url,
        username: environment.username ?? stored.username,
        password: environment.password ?? stored.password,
      };
    }
    if (stored.url !== null) return { ...stored, archive: 'remote' };
    if (this.#embedded === null) return { ...stored, archive: 'none' };
    return { ...stored, ...this.#embedded, archive: 'embedded', enabled: row?.enabled ?? true };
  }

  /**
   * The settings as they would be after a change; nothing is stored.
   * @throws BridgeFailure managedByVendor, managedByEnvironment, passwordRequired, archiveUrlNotHttps
   */
  async preview(change: SettingsChange): Promise<EffectiveSettings> {
    const row = await this.#store.read();
    return this.#effective(this.#changed(row, change));
  }

  /**
   * @param ifRevision refuse when the stored revision is another one
   * @throws BridgeFailure as preview, and preconditionFailed
   */
  async update(change: SettingsChange, ifRevision?: number): Promise<EffectiveSettings> {
    const row = await this.#store.read();
    const revision = row?.revision ?? 0;
    if (ifRevision !== undefined && ifRevision !== revision) throw refuse('preconditionFailed');
    const next = this.#changed(row, change);
    if (!(await this.#store.write(next, revision))) throw refuse('preconditionFailed');
    const settings = await this.read();
    for (const listener of this.#listeners) await listener(settings);
    return settings;
  }

  /** The explicit hand-over of a vendor-managed account: by the operator's command line only. */
  async handOver(): Promise<void> {
    const row = await this.#store.read();
    if (row?.managedByVendor === true)
      await this.#store.write({ ...row, managedByVendor: false }, row.revision);
  }

  #changed(row: StoredSettings | null, written: SettingsChange): StoredSettings {
    const current = this.#effective(row);
    const change = withoutUnchanged(current, written, this.#embedded);
    this.#requireOpen(current, change);
    const stored = row ?? nothingStored;
    const next: StoredSettings = {
      enabled: change.enabled ?? current.enabled,
      url: change.url === undefined ? stored.url : change.url,
      username: change.username === undefined ? stored.username : change.username,
      // The stored password belongs to the address that it was stored for.
      password: change.password ?? (change.url === undefined ? stored.password : null),
      serverName: change.serverName === undefined ? stored.serverName : change.serverName,
      caCertificate:
        change.caCertificate === undefined ? stored.caCertificate : change.caCertificate,
      managedByVendor: change.managedByVendor ?? stored.managedByVendor,
      revision: stored.revision,
    };
    // A remote archive starts switched off, whatever the embedded one was.
    if (change.url != null && current.archive !== 'remote' && change.enabled === undefined)
      return { ...next, enabled: false };
    return next;
  }

  #requireOpen(current: EffectiveSettings, change: SettingsChange): void {
    for (const [field, variable] of Object.entries(this.managedByEnvironment))
      if (change[field as 'url'] !== undefined)
        throw refuse('managedByEnvironment', { field, params: { variable } });
    if (current.managedByVendor) {
      const field = vendorFields.find((name) => change[name] !== undefined);
      if (field !== undefined) throw refuse('managedByVendor', { field });
    }
    const staysEmbedded = current.archive === 'embedded' && change.url === undefined;
    const own = (['username', 'password'] as const).find((name) => change[name] !== undefined);
    if (staysEmbedded && own !== undefined) {
      const variable = `MB_ARCHIVE_${own.toUpperCase()}`;
      throw refuse('managedByEnvironment', { field: own, params: { variable } });
    }
    if (change.url == null) return;
    if (!change.url.startsWith('https://')) throw refuse('archiveUrlNotHttps', { field: 'url' });
    if (current.archive === 'remote' && current.password !== null && change.password === undefined)
      throw refuse('passwordRequired', { field: 'password' });
  }
}

/** Whoever could change one of these could send the vendor's password somewhere else. */
const vendorFields = [
  'username',
  'password',
  'url',
  'serverName',
  'caCertificate',
  'managedByVendor',
] as const;

/** A form sends everything back; what says what is already so is no change. */
function withoutUnchanged(
  current: EffectiveSettings,
  written: SettingsChange,
  embedded: EmbeddedArchive | null,
): SettingsChange {
  const { password } = written;
  const isEmbedded = written.url != null && written.url === embedded?.url;
  const url = isEmbedded ? null : written.url;
  const currentUrl = current.archive === 'remote' ? current.url : null;
  const entries = Object.entries({ ...written, url }).filter(([name, value]) => {
    if (value === undefined) return false;
    // Said explicitly, it also counts for another archive than the present one.
    if (name === 'enabled') return true;
    if (name === 'password') return password !== PASSWORD_PLACEHOLDER && password !== '';
    if (name === 'url') return value !== currentUrl;
    if (name === 'username' && hidesUsername(current, value)) return false;
    return value !== current[name as keyof EffectiveSettings];
  });
  return Object.fromEntries(entries);
}

const hidesUsername = (current: EffectiveSettings, value: unknown): boolean =>
  current.managedByVendor && (value === null || value === PASSWORD_PLACEHOLDER);
