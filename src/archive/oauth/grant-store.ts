/**
 * What providers have granted: the refresh token, the access token in use, and how it ended. One grant may serve
 * several accounts (a delegate with several mailboxes). Tokens are sealed, and leave towards the token service only.
 */
import type { Selectable } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import { VaultError, type Vault } from '../../platform/vault.js';
import type { ArchiveDatabase } from '../store/database.js';
import type { Identity } from './identity.js';
import type { OAuthGrantTable } from './schema.js';
import type { TokenAnswer } from './token-client.js';

export interface Grant {
  readonly id: number;
  readonly realmId: number;
  readonly providerId: string;
  readonly flow: OAuthGrantTable['flow'];
  readonly identity: string;
  readonly addresses: readonly string[];
  readonly grantedAt: Date;
  /** When the access token was given, too. */
  readonly refreshedAt: Date;
  readonly refreshExpiresAt: Date | null;
  readonly endedAt: Date | null;
  /** '' while it has not ended. */
  readonly endedCode: string;
  readonly accessExpiresAt: Date;
}

export interface Tokens {
  readonly accessToken: string;
  /** Null for access of the application. */
  readonly refreshToken: string | null;
}

export interface NewGrant {
  readonly realmId: number;
  readonly providerId: string;
  readonly flow: Grant['flow'];
  readonly identity: Pick<Identity, 'address' | 'addresses'>;
  readonly tokens: TokenAnswer;
}

type Row = Selectable<OAuthGrantTable>;
type TokenField = 'access_token' | 'refresh_token';

const SECOND_MS = 1000;

export class GrantStore {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** @returns its id */
  create({ realmId, providerId, flow, identity, tokens }: NewGrant): Promise<number> {
    const now = this.clock.now();
    return this.database.transaction().execute(async (transaction) => {
      const { id } = await transaction
        .insertInto('oauth_grants')
        .values({
          realm_id: realmId,
          provider_id: providerId,
          flow,
          identity: identity.address,
          addresses: JSON.stringify(identity.addresses),
          refresh_token: null,
          access_token: null,
          granted_at: now.toISOString(),
          ...timesOf(tokens, now),
          ended_at: null,
          ended_code: '',
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      // the seal is bound to the id, which is known only now
      await transaction
        .updateTable('oauth_grants')
        .set(this.#sealed({ realmId, id }, tokens))
        .where('id', '=', id)
        .execute();
      return id;
    });
  }

  async find(id: number): Promise<Grant | null> {
    const row = await this.#row(id);
    return row === undefined ? null : grantOf(row);
  }

  async list(realmId: number): Promise<Grant[]> {
    const rows = await this.database
      .selectFrom('oauth_grants')
      .selectAll()
      .where('realm_id', '=', realmId)
      .orderBy('id')
      .execute();
    return rows.map(grantOf);
  }

  /** Null when there is none, or when it was sealed with a key that is lost. */
  async tokens(id: number): Promise<Tokens | null> {
    const row = await this.#row(id);
    if (row?.access_token == null) return null;
    const ref = { realmId: row.realm_id, id };
    try {
      return {
        accessToken: this.vault.open(row.access_token, placeOf(ref, 'access_token')),
        refreshToken:
          row.refresh_token === null
            ? null
            : this.vault.open(row.refresh_token, placeOf(ref, 'refresh_token')),
      };
    } catch (error) {
      if (error instanceof VaultError) return null;
      throw error;
    }
  }

  /** Durable when this resolves. A refresh token that was not given anew stays. */
  async renew(grant: Grant, tokens: TokenAnswer): Promise<void> {
    const now = this.clock.now();
    const { refresh_expires_at: refreshExpiresAt, ...times } = timesOf(tokens, now);
    await this.database
      .updateTable('oauth_grants')
      .set({
        ...this.#sealed(grant, tokens),
        ...times,
        ...(refreshExpiresAt === null ? {} : { refresh_expires_at: refreshExpiresAt }),
      })
      .where('id', '=', grant.id)
      .execute();
  }

  /** Its tokens are of no use any more and are forgotten; who signed in stays to be told. */
  async end(id: number, code: string): Promise<void> {
    await this.database
      .updateTable('oauth_grants')
      .set({
        ended_at: this.clock.now().toISOString(),
        ended_code: code,
        access_token: null,
        refresh_token: null,
      })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .execute();
  }

  async remove(id: number): Promise<void> {
    await this.database.deleteFrom('oauth_grants').where('id', '=', id).execute();
  }

  /** Grants that no account uses and that no sign-in under way can still give to one. */
  async unused(): Promise<Grant[]> {
    const now = this.clock.now().toISOString();
    const rows = await this.database
      .selectFrom('oauth_grants')
      .selectAll()
      .where((is) =>
        is.not(
          is.exists(
            is
              .selectFrom('accounts')
              .select('accounts.id')
              .whereRef('accounts.grant_id', '=', 'oauth_grants.id'),
          ),
        ),
      )
      .where((is) =>
        is.not(
          is.exists(
            is
              .selectFrom('oauth_sign_ins')
              .select('oauth_sign_ins.identifier')
              .whereRef('oauth_sign_ins.grant_id', '=', 'oauth_grants.id')
              .where('oauth_sign_ins.expires_at', '>', now),
          ),
        ),
      )
      .execute();
    return rows.map(grantOf);
  }

  #row(id: number): Promise<Row | undefined> {
    return this.database
      .selectFrom('oauth_grants')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  #sealed(
    ref: { readonly realmId: number; readonly id: number },
    { accessToken, refreshToken }: TokenAnswer,
  ): Partial<Row> {
    const seal = (token: string, field: TokenField) => this.vault.seal(token, placeOf(ref, field));
    return {
      access_token: seal(accessToken, 'access_token'),
      ...(refreshToken === null ? {} : { refresh_token: seal(refreshToken, 'refresh_token') }),
    };
  }
}

const placeOf = (
  { realmId, id }: { readonly realmId: number; readonly id: number },
  field: TokenField,
) => ({ owner: `realm/${String(realmId)}`, record: `oauth_grant/${String(id)}`, field });

function timesOf({ expiresInSeconds, refreshExpiresInSeconds }: TokenAnswer, now: Date) {
  const after = (seconds: number) => new Date(now.getTime() + seconds * SECOND_MS).toISOString();
  return {
    access_expires_at: after(expiresInSeconds),
    refreshed_at: now.toISOString(),
    refresh_expires_at: refreshExpiresInSeconds === null ? null : after(refreshExpiresInSeconds),
  };
}

const grantOf = (row: Row): Grant => ({
  id: row.id,
  realmId: row.realm_id,
  providerId: row.provider_id,
  flow: row.flow,
  identity: row.identity,
  addresses: JSON.parse(row.addresses) as string[],
  grantedAt: new Date(row.granted_at),
  refreshedAt: new Date(row.refreshed_at),
  refreshExpiresAt: row.refresh_expires_at === null ? null : new Date(row.refresh_expires_at),
  endedAt: row.ended_at === null ? null : new Date(row.ended_at),
  endedCode: row.ended_code,
  accessExpiresAt: new Date(row.access_expires_at),
});
