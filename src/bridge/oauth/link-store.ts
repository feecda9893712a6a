/** Where links under way and what is known of accounts' links are kept. A link is sealed: its reference is a secret. */
import { Keyv } from 'keyv';
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { Vault } from '../../platform/vault.js';
import { KeyedEntries } from '../store/keyed-entries.js';
import {
  accountKey,
  noRecord,
  type AccountRef,
  type KnownLinks,
  type LinkRecord,
  type LinkSession,
} from './link.js';
import type { OAuthSchema } from './schema.js';

/** A link is kept so long after its end, so that what became of it can still be told. */
const KEPT_AFTER_END_MS = 60 * 60_000;

const LINK = 'link/';
const ACCOUNT = 'account/';

export interface LinkStoreOptions {
  readonly database: Kysely<OAuthSchema>;
  readonly installationId: string;
  readonly vault: Vault;
  readonly clock: Clock;
}

export class LinkStore {
  readonly #entries: KeyedEntries<'oauth_entry'>;
  readonly #values: Keyv;

  constructor(private readonly options: LinkStoreOptions) {
    this.#entries = new KeyedEntries({ ...options, table: 'oauth_entry' });
    this.#values = new Keyv({ store: this.#entries, useKeyPrefix: false, throwOnErrors: true });
  }

  /** null for one that nobody began, or whose end is long past. */
  async session(linkId: string): Promise<LinkSession | null> {
    const sealed = await this.#values.get<string>(`${LINK}${linkId}`);
    if (sealed === undefined) return null;
    return JSON.parse(this.options.vault.open(sealed, this.#place(linkId))) as LinkSession;
  }

  async putSession(session: LinkSession): Promise<void> {
    const { clock, vault } = this.options;
    const sealed = vault.seal(JSON.stringify(session), this.#place(session.id));
    const remainingMs = Date.parse(session.expiresAt) - clock.now().getTime();
    const ttlMs = Math.max(0, remainingMs) + KEPT_AFTER_END_MS;
    await this.#values.set(`${LINK}${session.id}`, sealed, ttlMs);
  }

  async removeSession(linkId: string): Promise<void> {
    await this.#values.delete(`${LINK}${linkId}`);
  }

  /** Ids of the links that are kept. */
  async sessionIds(): Promise<string[]> {
    return (await this.#entries.keys(LINK)).map((key) => key.slice(LINK.length));
  }

  async record(account: AccountRef): Promise<LinkRecord> {
    const stored = await this.#values.get<LinkRecord>(`${ACCOUNT}${accountKey(account)}`);
    return stored ?? noRecord;
  }

  async putRecord(account: AccountRef, record: LinkRecord): Promise<void> {
    await this.#values.set(`${ACCOUNT}${accountKey(account)}`, record);
  }

  async removeRecord(account: AccountRef): Promise<void> {
    await this.#values.delete(`${ACCOUNT}${accountKey(account)}`);
  }

  async known(): Promise<KnownLinks> {
    const at = this.options.clock.now();
    const keys = await this.#entries.keys(ACCOUNT);
    const records = await this.#values.getMany<LinkRecord>(keys);
    const known = keys.flatMap((key, index) => {
      const record = records[index];
      return record === undefined ? [] : [[key.slice(ACCOUNT.length), record] as const];
    });
    return { at, records: new Map(known) };
  }

  #place(linkId: string) {
    return { owner: this.options.installationId, record: `oauth_link/${linkId}`, field: 'session' };
  }
}
