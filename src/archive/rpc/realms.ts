/**
 * Realms and their users. A realm is a closed archive of its own: nothing of it is visible from another one.
 * The Basic user chooses the realm. Passwords are kept as scrypt hashes.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveDatabase } from '../store/database.js';

export interface RealmUser {
  readonly realmId: number;
  readonly userId: number;
  readonly username: string;
}

/** 32 MiB and about 0.1 s a try; the parameters stand in the hash so that they can be raised. */
const COST = { N: 2 ** 15, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

type Cost = typeof COST;

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  const options = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  const { N, r, p } = COST;
  return ['scrypt', N, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
}

async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = stored.split('$');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, 'base64'), cost);
  return timingSafeEqual(derived, Buffer.from(hash, 'base64'));
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
      for (const listener of this.#changeListeners) listener();
    }
    return { realmId: row.realm_id, userId: row.id, username };
  }

  /** Null for an unknown user and for a wrong password alike. Takes about 0.1 s. */
  async verify(username: string, password: string): Promise<RealmUser | null> {
    const row = await this.#row(username);
    const hash = row?.password_hash ?? (await this.#hashOfNobody());
    const isRight = await verifyPassword(password, hash);
    if (row === undefined || !isRight) return null;
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

  /** Called when a password was replaced: what was verified before no longer counts. */
  onPasswordChange(listener: () => void): void {
    this.#changeListeners.add(listener);
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
