/** Who lets users sign in, a list a realm. The client secret is sealed and leaves towards the token endpoint only. */
import { RpcOAuth2Provider, type OAuth2Provider } from '../../greyhound/index.js';
import { hostFits } from '../../mail/providers/index.js';
import type { Clock } from '../../platform/clock.js';
import { secureUrl } from '../../platform/secure-url.js';
import type { Vault } from '../../platform/vault.js';
import { RpcError } from '../errors.js';
import { invalid, requirePrintable } from '../objects/validation.js';
import type { ArchiveDatabase } from '../store/database.js';
import { parseStored, withoutMembers } from '../store/stored-struct.js';
import { isKnownKind, kindOf } from './provider-kinds.js';

/** With its secret, '' when it has none. */
export interface StoredProvider {
  readonly provider: OAuth2Provider;
  readonly clientSecret: string;
}

const notInStruct = ['ClientSecret', 'ClientSecretSet', 'RedirectUrl'] as const;

export const hostPatternsOf = ({ Kind, Hosts }: OAuth2Provider): readonly string[] => [
  ...kindOf(Kind).hosts,
  ...Hosts.split(/\s+/).filter((host) => host !== ''),
];

/** Whether tokens of this provider may be sent to that mail server. */
export const servesHost = (provider: OAuth2Provider, host: string): boolean =>
  hostPatternsOf(provider).some((pattern) => hostFits(pattern, host));

export class ProviderStore {
  constructor(
    private readonly database: ArchiveDatabase,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  async list(realmId: number): Promise<OAuth2Provider[]> {
    const rows = await this.#select(realmId).execute();
    return rows.map((row) => decode(row.struct, row.id, row.client_secret !== null));
  }

  async find(realmId: number, id: string): Promise<StoredProvider | null> {
    const row = await this.#select(realmId).where('id', '=', id).executeTakeFirst();
    if (row === undefined) return null;
    const sealed = row.client_secret;
    return {
      provider: decode(row.struct, row.id, sealed !== null),
      clientSecret: sealed === null ? '' : this.vault.open(sealed, placeOf(realmId, id)),
    };
  }

  /** The provider of a mail server. */
  async ofHost(realmId: number, host: string): Promise<StoredProvider | null> {
    const serving = (await this.list(realmId)).find((provider) => servesHost(provider, host));
    return serving === undefined ? null : this.find(realmId, serving.ID);
  }

  /** An empty secret leaves the stored one. @throws RpcError invalidValue */
  async put(realmId: number, provider: OAuth2Provider): Promise<void> {
    validate(provider);
    const { ID: id, ClientSecret: secret } = provider;
    const now = this.clock.now().toISOString();
    const struct = JSON.stringify(withoutMembers(RpcOAuth2Provider.encode(provider), notInStruct));
    const sealed =
      secret === '' ? {} : { client_secret: this.vault.seal(secret, placeOf(realmId, id)) };
    await this.database
      .insertInto('oauth_providers')
      .values({
        realm_id: realmId,
        id,
        struct,
        client_secret: null,
        created: now,
        modified: now,
        ...sealed,
      })
      .onConflict((conflict) =>
        conflict.columns(['realm_id', 'id']).doUpdateSet({ struct, modified: now, ...sealed }),
      )
      .execute();
  }

  /** @throws RpcError notFound, inUse while accounts are linked through it */
  async delete(realmId: number, id: string): Promise<void> {
    if ((await this.find(realmId, id)) === null)
      throw new RpcError('notFound', `There is no provider ${id}.`);
    const used = await this.database
      .selectFrom('accounts')
      .innerJoin('oauth_grants', 'oauth_grants.id', 'accounts.grant_id')
      .select('accounts.id')
      .where('accounts.realm_id', '=', realmId)
      .where('oauth_grants.provider_id', '=', id)
      .executeTakeFirst();
    if (used !== undefined)
      throw new RpcError('inUse', `[providerInUse] Accounts are linked through ${id}.`);
    await this.database
      .deleteFrom('oauth_providers')
      .where('realm_id', '=', realmId)
      .where('id', '=', id)
      .execute();
  }

  #select(realmId: number) {
    return this.database
      .selectFrom('oauth_providers')
      .selectAll()
      .where('realm_id', '=', realmId)
      .orderBy('id');
  }
}

const placeOf = (realmId: number, id: string) => ({
  owner: `realm/${String(realmId)}`,
  record: `oauth_provider/${id}`,
  field: 'ClientSecret',
});

const decode = (struct: string, id: string, hasSecret: boolean): OAuth2Provider => ({
  ...RpcOAuth2Provider.decode(parseStored(struct) ?? {}, 'provider'),
  ID: id,
  ClientSecret: '',
  ClientSecretSet: hasSecret,
});

const isHostPattern = (host: string): boolean =>
  /^(?:\*\.)?[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u.test(host) &&
  !/^\*\.[^.]+$/.test(host);

/** @throws RpcError invalidValue naming the member */
export function validate(provider: OAuth2Provider): void {
  const { ID, Kind, Issuer, Tenant, ClientId, ClientSecret, Hosts, Scopes } = provider;
  if (!/^[a-z0-9][a-z0-9-]{0,49}$/.test(ID))
    throw invalid('ID', 'must be letters, digits and hyphens, at most 50');
  if (!isKnownKind(Kind)) throw invalid('Kind', 'must be 0 (Google), 1 (Microsoft) or 2 (OpenID)');
  for (const [member, value] of Object.entries({ Issuer, Tenant, ClientId, ClientSecret, Scopes }))
    requirePrintable(member, value);
  if (ClientId.trim() === '') throw invalid('ClientId', 'must not be empty');
  const needsIssuer = kindOf(Kind).endpoints === null;
  if (Issuer === '' ? needsIssuer : !isIssuer(Issuer))
    throw invalid('Issuer', 'must be an https address');
  if (!/^[\w.-]*$/.test(Tenant)) throw invalid('Tenant', 'must be an id or a domain');
  const hosts = hostPatternsOf(provider);
  if (hosts.length === 0) throw invalid('Hosts', 'must name the mail servers');
  const wrong = Hosts.split(/\s+/).find((host) => host !== '' && !isHostPattern(host));
  if (wrong !== undefined) throw invalid('Hosts', `${wrong.slice(0, 100)} is no host name`);
}

function isIssuer(text: string): boolean {
  const url = secureUrl(text);
  return url !== null && url.search === '' && url.hash === '';
}
