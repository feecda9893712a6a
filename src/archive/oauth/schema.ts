/**
 * Tables of signing in by OAuth 2.0. A provider's client secret and every token are sealed; what a browser brings back
 * (state, cookie) is kept as a digest only.
 */
import type { Generated, Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

export interface OAuthProviderTable {
  realm_id: number;
  /** Chosen by the administrator. */
  id: string;
  /** RpcOAuth2Provider in wire form, without the secret. */
  struct: string;
  client_secret: string | null;
  created: string;
  modified: string;
}

export type FlowName = 'code' | 'device' | 'application' | 'adminConsent';

export interface OAuthGrantTable {
  id: Generated<number>;
  realm_id: number;
  provider_id: string;
  flow: Exclude<FlowName, 'adminConsent'>;
  /** Who signed in; '' for access of the application. */
  identity: string;
  /** JSON list of all addresses that the provider says are this identity's, in lower case. */
  addresses: string;
  refresh_token: string | null;
  access_token: string | null;
  access_expires_at: string;
  granted_at: string;
  /** When the provider last gave a token for it. */
  refreshed_at: string;
  /** The end that the provider itself gave, if it gave one. */
  refresh_expires_at: string | null;
  ended_at: string | null;
  ended_code: string;
}

export interface OAuthSignInTable {
  identifier: string;
  realm_id: number;
  provider_id: string;
  flow: FlowName;
  state: 'pending' | 'exchanging' | 'finished' | 'failed';
  /** Why it failed; '' when it did not. */
  code: string;
  words: string;
  identity: string;
  /** The mailbox that may sign in; '' leaves it to the account that the result is written to. */
  address: string;
  delegate: string;
  redirect_url: string;
  locale: string;
  state_digest: string | null;
  /** Of the cookie of the one browser that may come back. */
  browser_digest: string | null;
  /** PKCE verifier and nonce, or the device code; sealed JSON. */
  secret: string | null;
  grant_id: number | null;
  /** The one account that the result was written to: `pop3/7`. */
  account: string | null;
  expires_at: string;
  /** Device code: not asked again before. */
  next_poll_at: string | null;
}

/** Columns that this part adds to `accounts`. */
export interface AccountLinkColumns {
  grant_id: number | null;
  /** Whether somebody else than the mailbox signed in, as the administrator had named them. */
  grant_delegated: Generated<number>;
  linked_at: string | null;
}

export interface OAuthSchema {
  oauth_providers: OAuthProviderTable;
  oauth_grants: OAuthGrantTable;
  oauth_sign_ins: OAuthSignInTable;
}

async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('oauth_providers')
    .addColumn('realm_id', 'integer', (c) =>
      c.notNull().references('realms.id').onDelete('cascade'),
    )
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('struct', 'text', (c) => c.notNull())
    .addColumn('client_secret', 'text')
    .addColumn('created', 'text', (c) => c.notNull())
    .addColumn('modified', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('oauth_providers_key', ['realm_id', 'id'])
    .execute();
  await schema
    .createTable('oauth_grants')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('realm_id', 'integer', (c) =>
      c.notNull().references('realms.id').onDelete('cascade'),
    )
    .addColumn('provider_id', 'text', (c) => c.notNull())
    .addColumn('flow', 'text', (c) => c.notNull())
    .addColumn('identity', 'text', (c) => c.notNull())
    .addColumn('addresses', 'text', (c) => c.notNull())
    .addColumn('refresh_token', 'text')
    .addColumn('access_token', 'text')
    .addColumn('access_expires_at', 'text', (c) => c.notNull())
    .addColumn('granted_at', 'text', (c) => c.notNull())
    .addColumn('refreshed_at', 'text', (c) => c.notNull())
    .addColumn('refresh_expires_at', 'text')
    .addColumn('ended_at', 'text')
    .addColumn('ended_code', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('oauth_sign_ins')
    .addColumn('identifier', 'text', (c) => c.primaryKey())
    .addColumn('realm_id', 'integer', (c) =>
      c.notNull().references('realms.id').onDelete('cascade'),
    )
    .addColumn('provider_id', 'text', (c) => c.notNull())
    .addColumn('flow', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('code', 'text', (c) => c.notNull())
    .addColumn('words', 'text', (c) => c.notNull())
    .addColumn('identity', 'text', (c) => c.notNull())
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('delegate', 'text', (c) => c.notNull())
    .addColumn('redirect_url', 'text', (c) => c.notNull())
    .addColumn('locale', 'text', (c) => c.notNull())
    .addColumn('state_digest', 'text', (c) => c.unique())
    .addColumn('browser_digest', 'text')
    .addColumn('secret', 'text')
    .addColumn('grant_id', 'integer')
    .addColumn('account', 'text')
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .addColumn('next_poll_at', 'text')
    .execute();
  for (const [name, type] of [
    ['grant_id', 'integer'],
    ['linked_at', 'text'],
  ] as const)
    await schema.alterTable('accounts').addColumn(name, type).execute();
  await schema
    .alterTable('accounts')
    .addColumn('grant_delegated', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
}

export const oauthMigrations: Migrations = { '0004-oauth': { up } };
