/** The users of a realm as RpcUser: stored, created, changed, deleted; and what programs keep for them. */
import type { Selectable } from 'kysely';
import { RpcUser, type User } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { RpcError } from '../errors.js';
import { invalid, requireOrdinal, requirePrintable } from '../objects/validation.js';
import type { RealmUserTable } from '../store/admin-schema.js';
import type { ArchiveDatabase } from '../store/database.js';
import { parseStored, withoutMembers } from '../store/stored-struct.js';
import { hashPassword } from './password-hash.js';
import type { Realms } from './realms.js';

/** Kept in columns, computed, or of what this archive has none. */
const notInStruct = [
  ...['ID', 'Username', 'Password', 'State', 'Created', 'Modified', 'LockData'],
  ...['OnlineState', 'Login', 'ProfileRef', 'ProfileName', 'Sip', 'Use2fa', 'Totp'],
] as const;

const MAX_STRUCT_LENGTH = 1024 * 1024;
const MAX_USERNAME_LENGTH = 100;
const MAX_SETTINGS_LENGTH = 256 * 1024;
const MAX_PRODUCTS = 100;

export class RealmUsers {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly clock: Clock,
    private readonly realms: Realms,
  ) {}

  /** By id, without passwords. */
  async list(realmId: number): Promise<User[]> {
    const rows = await this.database
      .selectFrom('realm_users')
      .selectAll()
      .where('realm_id', '=', realmId)
      .orderBy('id')
      .execute();
    return rows.map(asUser);
  }

  /** @throws RpcError notFound */
  async get(realmId: number, id: number): Promise<User> {
    const found = (await this.list(realmId)).find(({ ID }) => ID === id);
    if (found === undefined) throw new RpcError('notFound', `There is no user ${String(id)}.`);
    return found;
  }

  /** The first user, whom the configuration made. */
  async managerId(realmId: number): Promise<number> {
    return (await this.list(realmId))[0]?.ID ?? 0;
  }

  /** @returns the new id. @throws RpcError invalidValue */
  async create(realmId: number, user: User): Promise<number> {
    if (user.Password === '') throw invalid('Password', 'must not be empty');
    const columns = this.#columns(user);
    await this.#requireFreeName(user);
    const { id } = await this.database
      .insertInto('realm_users')
      .values({
        ...columns,
        realm_id: realmId,
        password_hash: await hashPassword(user.Password),
        created: this.clock.now().toISOString(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  /** An empty password leaves the one that there is. @throws RpcError invalidValue */
  async replace(realmId: number, user: User): Promise<void> {
    const columns = this.#columns(user);
    await this.#requireFreeName(user);
    const hash = user.Password === '' ? null : await hashPassword(user.Password);
    await this.database
      .updateTable('realm_users')
      .set({
        ...columns,
        ...(hash !== null && { password_hash: hash }),
        modified: this.clock.now().toISOString(),
      })
      .where('realm_id', '=', realmId)
      .where('id', '=', user.ID)
      .execute();
    this.realms.credentialsChanged();
  }

  async delete(realmId: number, id: number): Promise<void> {
    await this.database
      .deleteFrom('realm_users')
      .where('realm_id', '=', realmId)
      .where('id', '=', id)
      .execute();
    this.realms.credentialsChanged();
  }

  /** '' when the program has kept none. */
  async settings(userId: number, product: string): Promise<string> {
    const row = await this.database
      .selectFrom('user_settings')
      .select('settings')
      .where('user_id', '=', userId)
      .where('product_id', '=', product)
      .executeTakeFirst();
    return row?.settings ?? '';
  }

  /** Empty ones are none. @throws RpcError invalidValue */
  async putSettings(userId: number, product: string, settings: string): Promise<void> {
    if (product === '' || product.length > 200)
      throw invalid('ProductID', 'must have 1 to 200 characters');
    if (settings.length > MAX_SETTINGS_LENGTH)
      throw invalid('Settings', `must not be longer than ${String(MAX_SETTINGS_LENGTH)}`);
    await this.database.transaction().execute(async (transaction) => {
      await transaction
        .deleteFrom('user_settings')
        .where('user_id', '=', userId)
        .where('product_id', '=', product)
        .execute();
      if (settings === '') return;
      const { count } = await transaction
        .selectFrom('user_settings')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('user_id', '=', userId)
        .executeTakeFirstOrThrow();
      if (count >= MAX_PRODUCTS) throw invalid('ProductID', 'too many programs keep settings');
      const row = { user_id: userId, product_id: product, settings };
      await transaction.insertInto('user_settings').values(row).execute();
    });
  }

  #columns(user: User) {
    requirePrintable('Username', user.Username);
    requirePrintable('FormattedName', user.FormattedName);
    const name = user.Username;
    if (name.trim() !== name || name === '' || name.length > MAX_USERNAME_LENGTH)
      throw invalid('Username', `must have 1 to ${String(MAX_USERNAME_LENGTH)} characters`);
    // RFC 7617 §2
    if (name.includes(':')) throw invalid('Username', 'must not contain a colon');
    requireOrdinal('State', user.State, 1);
    if (user.Use2fa !== 0 || user.Totp !== '')
      throw invalid('Use2fa', 'this archive has no second factor');
    const struct = JSON.stringify(withoutMembers(RpcUser.encode(user), notInStruct));
    if (struct.length > MAX_STRUCT_LENGTH) throw invalid('User', 'is too large');
    return { username: name, state: user.State, struct };
  }

  /** Names are one for all realms: the name chooses the realm. */
  async #requireFreeName({ ID, Username }: User): Promise<void> {
    const other = await this.database
      .selectFrom('realm_users')
      .select('id')
      .where('username', '=', Username)
      .where('id', '<>', ID)
      .executeTakeFirst();
    if (other !== undefined) throw invalid('Username', 'is taken');
  }
}

function asUser(row: Selectable<RealmUserTable>): User {
  const created = new Date(row.created);
  return {
    ...RpcUser.decode(parseStored(row.struct) ?? {}, 'user'),
    ID: row.id,
    Username: row.username,
    State: row.state,
    Created: created,
    Modified: row.modified === null ? created : new Date(row.modified),
  };
}
