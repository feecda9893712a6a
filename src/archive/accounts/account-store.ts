/**
 * Incoming and SMTP accounts at rest; how their traffic went is kept by `traffic`.
 *
 * Passwords are sealed and leave this class only towards retrieval, submission and checks (`pop3`, `smtp`, `active…`).
 */
import type { Selectable } from 'kysely';
import {
  RpcAccountOptions,
  RpcPop3Account,
  RpcSmtpAccount,
  Pop3State,
  SmtpState,
  type AccountOptions,
  type Pop3Account,
  type SmtpAccount,
  type WireType,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { VaultError, type Vault } from '../../platform/vault.js';
import { RpcError } from '../errors.js';
import type { LinkChange, OwnLink } from '../oauth/link-change.js';
import {
  forgetSignIns,
  linkColumns,
  NO_LINK,
  ownLinkOf,
  releaseSignIns,
} from '../oauth/link-columns.js';
import type { AccountTable } from '../store/admin-schema.js';
import type { ArchiveDatabase } from '../store/database.js';
import { parseStored, withoutMembers } from '../store/stored-struct.js';
import {
  AccountTraffic,
  NOT_SWITCHED_OFF,
  NOTHING_FAILED,
  trafficOf,
  type AccountKind,
  type AccountRef,
  type TrafficRecord,
} from './account-traffic.js';

export type { AccountKind, AccountRef };

interface AccountOf {
  pop3: Pop3Account;
  smtp: SmtpAccount;
}

export interface Stored<A> {
  readonly realmId: number;
  /** With its password. */
  readonly account: A;
  readonly options: AccountOptions;
}
export type StoredPop3 = Stored<Pop3Account>;
export type StoredSmtp = Stored<SmtpAccount>;

/** An account's traffic, with what of its settings is not in the struct. */
export interface AccountStatus extends TrafficRecord {
  readonly options: AccountOptions;
}

const structs: { readonly [K in AccountKind]: WireType<AccountOf[K]> } = {
  pop3: RpcPop3Account,
  smtp: RpcSmtpAccount,
};

/** Members that have columns of their own, are maintained by the archive, or are computed. */
const notInStruct = [
  'ID',
  'Password',
  'ErrorCount',
  'Message',
  'LockData',
  'Created',
  'Modified',
] as const;

const UNREADABLE = 'The stored settings of this account cannot be read. Enter them again.';

const isActive = { pop3: Pop3State.psActive, smtp: SmtpState.ssActive };

type Row = Selectable<AccountTable>;

const date = (value: string | null): Date | null => (value === null ? null : new Date(value));

/** Unreadable exceptions are none: what they would allow is not safe. */
const parseOptions = (row: Row): AccountOptions =>
  RpcAccountOptions.decode(parseStored(row.options) ?? {}, 'options');

const serialize = <K extends AccountKind>(kind: K, account: AccountOf[K]): string =>
  JSON.stringify(withoutMembers(structs[kind].encode(account), notInStruct));

/** Without its password. */
function deserialize<K extends AccountKind>(kind: K, row: Row): AccountOf[K] {
  const stored = parseStored(row.struct);
  const account = structs[kind].decode(
    {
      // shown instead of what cannot be read; inactive, and repaired by whoever saves it anew
      ...(stored ?? { Name: `Damaged account ${row.id}` }),
      ID: row.id,
      ErrorCount: stored === null ? Math.max(row.error_count, 1) : row.error_count,
    },
    kind,
  );
  // Dates keep their milliseconds: they do not pass through the wire's seconds here.
  return {
    ...account,
    Message: stored === null ? UNREADABLE : row.message,
    Created: date(row.created),
    Modified: date(row.modified),
  };
}

export class AccountStore {
  readonly traffic: AccountTraffic;
  readonly #changeListeners = new Set<(change: AccountRef) => void>();
  readonly #resetListeners = new Set<(change: AccountRef) => void>();

  constructor(
    private readonly database: ArchiveDatabase,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {
    this.traffic = new AccountTraffic(database, clock);
  }

  /** All active incoming accounts of all realms. */
  activePop3(): Promise<StoredPop3[]> {
    return this.#active('pop3', null);
  }

  /** Null when there is none; a password that cannot be read is empty. */
  pop3(realmId: number, id: number): Promise<StoredPop3 | null> {
    return this.#stored('pop3', realmId, id);
  }

  /** In the order of their ids. */
  activeSmtp(realmId: number): Promise<StoredSmtp[]> {
    return this.#active('smtp', realmId);
  }

  smtp(realmId: number, id: number): Promise<StoredSmtp | null> {
    return this.#stored('smtp', realmId, id);
  }

  /** Called after New, Put, Delete, ResetUIDL or a change of options is committed. @returns how to stop listening */
  onChange(listener: (change: AccountRef) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Called after ResetUIDL, before the listeners of `onChange`. @returns how to stop listening */
  onResetUidl(listener: (change: AccountRef) => void): () => void {
    this.#resetListeners.add(listener);
    return () => this.#resetListeners.delete(listener);
  }

  /** Without passwords. */
  async list<K extends AccountKind>(kind: K, realmId: number): Promise<AccountOf[K][]> {
    const rows = await this.#select(kind, realmId).execute();
    return rows.map((row) => deserialize(kind, row));
  }

  /** Without its password. @throws RpcError notFound */
  async get<K extends AccountKind>(kind: K, realmId: number, id: number): Promise<AccountOf[K]> {
    return deserialize(kind, await this.#row({ kind, realmId, id }));
  }

  async statuses(kind: AccountKind, realmId: number): Promise<AccountStatus[]> {
    const rows = await this.#select(kind, realmId).execute();
    return rows.map((row) => ({
      ...trafficOf(row),
      options: parseOptions(row),
      ...(parseStored(row.struct) === null ? { lastErrorCode: 'settingsUnreadable' } : {}),
    }));
  }

  async create<K extends AccountKind>(
    kind: K,
    realmId: number,
    account: AccountOf[K],
    link: LinkChange = { link: 'drop' },
  ): Promise<number> {
    const now = this.clock.now().toISOString();
    const id = await this.database.transaction().execute(async (transaction) => {
      const inserted = await transaction
        .insertInto('accounts')
        .values({
          realm_id: realmId,
          kind,
          struct: serialize(kind, account),
          options: JSON.stringify({}),
          created: now,
          modified: now,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      // The seal is bound to the id, which is known only now.
      const ref = { kind, realmId, id: inserted.id };
      const secrets = await this.#secretColumns(transaction, ref, account.Password, link);
      if (Object.keys(secrets).length > 0) {
        await transaction
          .updateTable('accounts')
          .set(secrets)
          .where('id', '=', inserted.id)
          .execute();
      }
      return inserted.id;
    });
    this.#changed({ kind, realmId, id });
    return id;
  }

  /**
   * Replaces the settings; an empty password leaves the stored one. What failed before is forgotten, and with the
   * account active also that it was switched off.
   * @throws RpcError notFound, oauth2Refused for a sign-in that another account has used
   */
  async replace<K extends AccountKind>(
    kind: K,
    realmId: number,
    account: AccountOf[K],
    link: LinkChange = { link: 'drop' },
  ): Promise<void> {
    const ref = { kind, realmId, id: account.ID };
    await this.#row(ref);
    await this.database.transaction().execute(async (transaction) => {
      const secrets = await this.#secretColumns(transaction, ref, account.Password, link);
      await this.#update(ref, transaction)
        .set({
          struct: serialize(kind, account),
          modified: this.#now(),
          ...secrets,
          ...NOTHING_FAILED,
          ...(account.State === isActive[kind] ? NOT_SWITCHED_OFF : {}),
        })
        .execute();
    });
    this.#changed(ref);
  }

  /** The link that the account has itself; null when it has none, or is gone. */
  async ownLink({ kind, realmId, id }: AccountRef): Promise<OwnLink | null> {
    const row = await this.#select(kind, realmId).where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : ownLinkOf(row);
  }

  /** As ownLink, of all accounts that have one, by their ids. */
  async ownLinks(kind: AccountKind, realmId: number): Promise<ReadonlyMap<number, OwnLink>> {
    const links = new Map<number, OwnLink>();
    for (const row of await this.#select(kind, realmId).execute()) {
      const link = ownLinkOf(row);
      if (link !== null) links.set(row.id, link);
    }
    return links;
  }

  /** Everything else stays; nothing happens when there is no link. @throws RpcError notFound */
  async dropLink(ref: AccountRef): Promise<void> {
    await this.#row(ref);
    await this.database.transaction().execute(async (transaction) => {
      await this.#update(ref, transaction)
        .set({ ...NO_LINK, modified: this.#now() })
        .execute();
      await forgetSignIns(transaction, ref);
    });
    this.#changed(ref);
  }

  /** @throws RpcError notFound */
  async putOptions(ref: AccountRef, options: AccountOptions): Promise<void> {
    await this.#row(ref);
    await this.#update(ref)
      .set({
        options: JSON.stringify(RpcAccountOptions.encode(options)),
        modified: this.#now(),
        ...NOTHING_FAILED,
      })
      .execute();
    this.#changed(ref);
  }

  /** @throws RpcError notFound */
  async delete(ref: AccountRef): Promise<void> {
    await this.#row(ref);
    await this.database.transaction().execute(async (transaction) => {
      await transaction
        .deleteFrom('accounts')
        .where('id', '=', ref.id)
        .where('realm_id', '=', ref.realmId)
        .where('kind', '=', ref.kind)
        .execute();
      await releaseSignIns(transaction, ref);
    });
    this.#changed(ref);
  }

  /** @throws RpcError notFound */
  async resetUidl(realmId: number, id: number): Promise<void> {
    const ref = { kind: 'pop3', realmId, id } as const;
    await this.#row(ref);
    for (const listener of this.#resetListeners) listener(ref);
    this.#changed(ref);
  }

  async #active<K extends AccountKind>(
    kind: K,
    realmId: number | null,
  ): Promise<Stored<AccountOf[K]>[]> {
    const opened: Stored<AccountOf[K]>[] = [];
    for (const row of await this.#select(kind, realmId).execute()) {
      const account = deserialize(kind, row);
      if (account.State !== isActive[kind]) continue;
      try {
        opened.push(this.#open(kind, row, account));
      } catch (error) {
        // One password sealed with a lost key must not stop the other mailboxes.
        if (!(error instanceof VaultError)) throw error;
        await this.#passwordUnreadable({ kind, realmId: row.realm_id, id: row.id }, row);
      }
    }
    return opened;
  }

  /** Noted once, however often the accounts are listed; the server is not asked, so no try has failed. */
  async #passwordUnreadable(ref: AccountRef, row: Row): Promise<void> {
    const code = 'passwordUnreadable';
    if (row.last_error_code === code && row.error_count > 0) return;
    const message = 'The stored password cannot be read. Enter it again.';
    await this.traffic.recordError(ref, { code, message, at: this.clock.now() });
  }

  async #stored<K extends AccountKind>(
    kind: K,
    realmId: number,
    id: number,
  ): Promise<Stored<AccountOf[K]> | null> {
    const row = await this.#select(kind, realmId).where('id', '=', id).executeTakeFirst();
    if (row === undefined) return null;
    const account = deserialize(kind, row);
    try {
      return this.#open(kind, row, account);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      return { realmId, account, options: parseOptions(row) };
    }
  }

  #open<K extends AccountKind>(kind: K, row: Row, account: AccountOf[K]): Stored<AccountOf[K]> {
    const ref = { kind, realmId: row.realm_id, id: row.id };
    const password = row.password === null ? '' : this.vault.open(row.password, secretPlace(ref));
    return {
      realmId: row.realm_id,
      account: { ...account, Password: password },
      options: parseOptions(row),
    };
  }

  /** With OAuth 2.0 no password is kept, and without it no link. */
  async #secretColumns(
    transaction: ArchiveDatabase,
    ref: AccountRef,
    password: string,
    change: LinkChange,
  ): Promise<Partial<Row>> {
    const link = await linkColumns(transaction, ref, change, this.#now());
    if (change.link !== 'drop') return { ...link, password: null };
    return { ...link, ...(password === '' ? {} : { password: this.#seal(ref, password) }) };
  }

  #seal(ref: AccountRef, password: string): string {
    return this.vault.seal(password, secretPlace(ref));
  }

  #select(kind: AccountKind, realmId: number | null) {
    const query = this.database
      .selectFrom('accounts')
      .selectAll()
      .where('kind', '=', kind)
      .orderBy('id');
    return realmId === null ? query : query.where('realm_id', '=', realmId);
  }

  async #row(ref: AccountRef): Promise<Row> {
    const row = await this.#select(ref.kind, ref.realmId)
      .where('id', '=', ref.id)
      .executeTakeFirst();
    if (row === undefined) throw new RpcError('notFound', `There is no account ${ref.id}.`);
    return row;
  }

  #update({ kind, realmId, id }: AccountRef, database: ArchiveDatabase = this.database) {
    return database
      .updateTable('accounts')
      .where('kind', '=', kind)
      .where('realm_id', '=', realmId)
      .where('id', '=', id);
  }

  #now(): string {
    return this.clock.now().toISOString();
  }

  #changed(ref: AccountRef): void {
    for (const listener of this.#changeListeners) listener(ref);
  }
}

const secretPlace = ({ kind, realmId, id }: AccountRef) => ({
  owner: `realm/${String(realmId)}`,
  record: `${kind}_account/${String(id)}`,
  field: 'Password',
});
