/** Sign-ins under way and just ended. What belongs to the browser is compared by digest, what is secret is sealed. */
import type { Selectable } from 'kysely';
import { tokenDigest } from '../../platform/ids.js';
import type { Vault } from '../../platform/vault.js';
import type { ArchiveDatabase } from '../store/database.js';
import type { OAuthSignInTable } from './schema.js';

export type SignIn = Selectable<OAuthSignInTable>;

/** What only the archive may know of a sign-in. */
export interface SignInSecret {
  /** PKCE (RFC 7636). */
  readonly verifier?: string;
  readonly nonce?: string;
  readonly deviceCode?: string;
  readonly intervalSeconds?: number;
}

export class SignInStore {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly vault: Vault,
  ) {}

  async add(row: Omit<SignIn, 'secret'>, secret: SignInSecret | null): Promise<void> {
    await this.database
      .insertInto('oauth_sign_ins')
      .values({ ...row, secret: secret === null ? null : this.sealed(row, secret) })
      .execute();
  }

  /** For the column `secret`. */
  sealed(row: Pick<SignIn, 'realm_id' | 'identifier'>, secret: SignInSecret): string {
    return this.vault.seal(JSON.stringify(secret), placeOf(row));
  }

  find(realmId: number, identifier: string): Promise<SignIn | undefined> {
    return this.database
      .selectFrom('oauth_sign_ins')
      .selectAll()
      .where('realm_id', '=', realmId)
      .where('identifier', '=', identifier)
      .executeTakeFirst();
  }

  byState(state: string): Promise<SignIn | undefined> {
    return this.database
      .selectFrom('oauth_sign_ins')
      .selectAll()
      .where('state_digest', '=', tokenDigest(state))
      .executeTakeFirst();
  }

  secretOf(row: SignIn): SignInSecret {
    if (row.secret === null) return {};
    return JSON.parse(this.vault.open(row.secret, placeOf(row))) as SignInSecret;
  }

  /** Changes a row that is still in this state. @returns whether it was */
  async change(
    { identifier }: Pick<SignIn, 'identifier'>,
    from: SignIn['state'],
    columns: Partial<SignIn>,
  ): Promise<boolean> {
    const result = await this.database
      .updateTable('oauth_sign_ins')
      .set(columns)
      .where('identifier', '=', identifier)
      .where('state', '=', from)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** The turn to ask about a device code. @returns whether nobody else has taken it meanwhile */
  async takeTurn({ identifier, next_poll_at }: SignIn, nextPollAt: string): Promise<boolean> {
    const result = await this.database
      .updateTable('oauth_sign_ins')
      .set({ next_poll_at: nextPollAt })
      .where('identifier', '=', identifier)
      .where('state', '=', 'pending')
      .where('next_poll_at', '=', next_poll_at)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** The first browser that opens it is the one that may come back. @returns whether this one is */
  async bindBrowser({ identifier }: SignIn, cookie: string): Promise<boolean> {
    const digest = tokenDigest(cookie);
    const result = await this.database
      .updateTable('oauth_sign_ins')
      .set({ browser_digest: digest })
      .where('identifier', '=', identifier)
      .where((is) => is.or([is('browser_digest', 'is', null), is('browser_digest', '=', digest)]))
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async remove(identifier: string): Promise<void> {
    await this.database.deleteFrom('oauth_sign_ins').where('identifier', '=', identifier).execute();
  }

  async removeExpired(before: Date): Promise<void> {
    await this.database
      .deleteFrom('oauth_sign_ins')
      .where('expires_at', '<=', before.toISOString())
      .execute();
  }

  /** Exchanges that a stop interrupted: the code has been used, the answer is lost. */
  async failInterrupted(): Promise<void> {
    await this.database
      .updateTable('oauth_sign_ins')
      .set({ state: 'failed', code: 'interrupted', secret: null })
      .where('state', '=', 'exchanging')
      .execute();
  }
}

const placeOf = ({ realm_id, identifier }: Pick<SignIn, 'realm_id' | 'identifier'>) => ({
  owner: `realm/${String(realm_id)}`,
  record: `oauth_sign_in/${identifier}`,
  field: 'secret',
});
