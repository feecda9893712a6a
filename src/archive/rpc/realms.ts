/**
 * Realms and their users. A realm is a closed archive of its own: nothing of it is visible from another one.
 * The Basic user chooses the realm. Passwords are kept as scrypt hashes.
 */
import { randomBytes } from 'node:crypto';
import { UserState } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveDatabase } from '../store/database.js';
import { hashPassword, verifyPassword } from './password-hash.js';

export interface RealmUser {
  readonly realmId: number;
  readonly userId: number;
  readonly username: string;
}

export class Realms {
  readonly #changeListeners = new Set<() => void>();
  /** Verified against when the user does not exist, so that the time does not tell. */
  #nobody: Promise<string> | null = null;

  constructor(
    private readonly database: ArchiveDatabase,
    private readonly clock: Clock,
  ) {}

  /** Creates realm and user of that name on first sight; another password than before replaces the stored one. */
  async ensureRealmUser(given: {
    readonly username: string;
    readonly password: string;
  }): Promise<RealmUser> {
    const { username, password } = given;
    const row = await this.#row(username);
    if (row === undefined) return this.#create(username, await hashPassword(password));
    if (!(await verifyPassword(password, row.password_hash))) {
      await this.database
        .updateTable('realm_users')
        .set({ password_hash: await hashPassword(password) })
        .where('id', '=', row.id)
        .execute();
      this.credentialsChanged();
    }
    return { realmId: row.realm_id, userId: row.id, username };
  }

  /** Null for an unknown or inactive user and for a wrong password alike. Takes about 0.1 s. */
  async verify(username: string, password: string): Promise<RealmUser | null> {
    const row = await this.#row(username);
    const hash = row?.password_hash ?? (await this.#hashOfNobody());
    const isRight = await verifyPassword(password, hash);
    if (row?.state !== UserState.usActive || !isRight) return null;
    return { realmId: row.realm_id, userId: row.id, username };
  }

  async users(realmId: number): Promise<readonly (RealmUser & { readonly created: Date })[]> {
    const rows = await this.database
      .selectFrom('realm_users')
      .selectAll()
      .where('realm_id', '=', realmId)
      .orderBy('id')
      .execute();
    return rows.map((row) => ({
      realmId,
      userId: row.id,
      username: row.username,
      created: new Date(row.created),
    }));
  }

  /** Called when a password or user was changed: what was verified before no longer counts. */
  onCredentialsChange(listener: () => void): void {
    this.#changeListeners.add(listener);
  }

  credentialsChanged(): void {
    for (const listener of this.#changeListeners) listener();
  }

  #hashOfNobody(): Promise<string> {
    return (this.#nobody ??= hashPassword(randomBytes(32).toString('base64')));
  }

  #row(username: string) {
    return this.database
      .selectFrom('realm_users')
      .selectAll()
      .where('username', '=', username)
      .executeTakeFirst();
  }

  #create(username: string, passwordHash: string): Promise<RealmUser> {
    const created = this.clock.now().toISOString();
    return this.database.transaction().execute(async (transaction) => {
      const realm = await transaction
        .insertInto('realms')
        .values({ name: username, created })
        .returning('id')
        .executeTakeFirstOrThrow();
      const user = await transaction
        .insertInto('realm_users')
        .values({ realm_id: realm.id, username, password_hash: passwordHash, created })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { realmId: realm.id, userId: user.id, username };
    });
  }
}
