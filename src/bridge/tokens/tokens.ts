/** Bearer tokens: scoped, revocable, kept as digests only. */
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import { newToken, tokenDigest, type IdSource } from '../../platform/ids.js';
import type { TokenVerifier } from '../http/authentication.js';
import { scopes as allScopes, type Scope, type TokenIdentity } from '../http/route.js';
import type { TokensSchema } from './schema.js';

export interface TokenDependencies {
  readonly database: Kysely<TokensSchema>;
  readonly installationId: string;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const ADMIN = 'admin';

export class Tokens implements TokenVerifier {
  readonly #database: Kysely<TokensSchema>;
  readonly #dependencies: TokenDependencies;

  constructor(dependencies: TokenDependencies) {
    this.#database = dependencies.database;
    this.#dependencies = dependencies;
  }

  async verify(token: string): Promise<TokenIdentity | null> {
    const row = await this.#database
      .selectFrom('token')
      .select(['id', 'installation_id', 'scopes'])
      .where('digest', '=', tokenDigest(token))
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (row === undefined) return null;
    return {
      installationId: row.installation_id,
      tokenId: row.id,
      scopes: new Set(JSON.parse(row.scopes) as Scope[]),
    };
  }

  /** @returns the token, which nobody can read again */
  async create(name: string, scopes: readonly Scope[]): Promise<string> {
    const token = newToken();
    await this.#insert(name, scopes, token);
    return token;
  }

  /** @returns how many tokens of that name were in use */
  async revoke(name: string): Promise<number> {
    const result = await this.#database
      .updateTable('token')
      .set({ revoked_at: this.#dependencies.clock.now().toISOString() })
      .where('installation_id', '=', this.#dependencies.installationId)
      .where('name', '=', name)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }

  /**
   * Sees to it that there is an admin token. A given one replaces the one before.
   * @returns the token when it was made here, to be shown once; else null
   */
  async ensureAdmin(given: string | undefined): Promise<string | null> {
    if (given !== undefined) {
      if ((await this.verify(given)) !== null) return null;
      await this.revoke(ADMIN);
      // The same token as years ago may have been revoked since: the operator's word counts now.
      await this.#database.deleteFrom('token').where('digest', '=', tokenDigest(given)).execute();
      await this.#insert(ADMIN, allScopes, given);
      return null;
    }
    const existing = await this.#database
      .selectFrom('token')
      .select('id')
      .where('installation_id', '=', this.#dependencies.installationId)
      .executeTakeFirst();
    return existing === undefined ? this.create(ADMIN, allScopes) : null;
  }

  async #insert(name: string, scopes: readonly Scope[], token: string): Promise<void> {
    const { installationId, clock, ids } = this.#dependencies;
    await this.#database
      .insertInto('token')
      .values({
        id: ids.next(),
        installation_id: installationId,
        name,
        digest: tokenDigest(token),
        scopes: JSON.stringify(scopes),
        created_at: clock.now().toISOString(),
        revoked_at: null,
      })
      .execute();
  }
}
