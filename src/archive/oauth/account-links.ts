/** Which grant an account signs in with: how it gets one, how it loses it, and what is told about it. */
import {
  Pop3Authenticate,
  RpcOAuth2Link,
  SmtpAuthenticate,
  type OAuth2Link,
  type OAuth2Provider,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { AccountKind, AccountStore } from '../accounts/account-store.js';
import { invalid } from '../objects/validation.js';
import { endingOf } from './endings.js';
import { isAddressOf } from './identity.js';
import type { Grant, GrantStore } from './grant-store.js';
import type { LinkChange, OwnLink } from './link-change.js';
import { servesHost, type ProviderStore } from './provider-store.js';
import type { SignIn, SignInStore } from './sign-in-store.js';
import { oauth2Refused, REFERENCE_PREFIX } from './sign-ins.js';

type Account = Pick<
  Pop3Account | SmtpAccount,
  'ID' | 'Name' | 'Host' | 'Username' | 'Password' | 'Authenticate'
>;

interface LinkDependencies {
  readonly accounts: AccountStore;
  readonly grants: GrantStore;
  readonly signIns: SignInStore;
  readonly providers: ProviderStore;
  readonly clock: Clock;
}

/** An account's grant, and whether it is its own. */
export interface HeldLink {
  readonly grant: Grant;
  /** Id of the incoming account of the same name whose grant it is; 0: its own. */
  readonly viaAccount: number;
  readonly linkedAt: Date;
}

/** An incoming account's link, which SMTP accounts of its name use. */
interface LentLink {
  readonly id: number;
  readonly name: string;
  readonly link: OwnLink;
}

export const usesOAuth2 = (kind: AccountKind, { Authenticate }: Pick<Account, 'Authenticate'>) =>
  Authenticate === (kind === 'pop3' ? Pop3Authenticate.paOAuth2 : SmtpAuthenticate.saOAuth2);

const sameName = (one: string, other: string): boolean =>
  one.trim().toLocaleLowerCase('de') === other.trim().toLocaleLowerCase('de');

export class AccountLinks {
  constructor(private readonly dependencies: LinkDependencies) {}

  /**
   * What a New or Put means for the account's link. A reference in `Password` links it, an empty one leaves it, another
   * way to sign in drops it.
   * @param realmId of the account; its ID is 0 while it is new
   * @throws RpcError oauth2Refused, invalidValue
   */
  async changeFor(kind: AccountKind, realmId: number, account: Account): Promise<LinkChange> {
    if (!usesOAuth2(kind, account)) return { link: 'drop' };
    if (account.Password === '') {
      if (account.ID !== 0) await this.#requireFits(kind, realmId, account);
      return { link: 'keep' };
    }
    if (!account.Password.startsWith(REFERENCE_PREFIX))
      throw invalid('Password', 'must be empty, or the result of a sign-in');
    const row = await this.#signInOf(realmId, account.Password);
    const grant = row.grant_id === null ? null : await this.dependencies.grants.find(row.grant_id);
    if (grant === null || grant.endedAt !== null)
      throw oauth2Refused('linkExpired', 'This sign-in is of no use any more. Sign in again.');
    const isDelegated = await this.#requireMay(grant, row, account);
    return { link: 'set', grantId: grant.id, isDelegated, signIn: row };
  }

  /** The grant that the account signs in with; null: it is not linked. */
  async of(kind: AccountKind, realmId: number, account: Account): Promise<HeldLink | null> {
    const { accounts, grants } = this.dependencies;
    const own = await accounts.ownLink({ kind, realmId, id: account.ID });
    const lent = own === null && kind === 'smtp' ? await this.#lentLinks(realmId) : [];
    const held = heldLink(account, own, lent);
    const grant = held === null ? null : await grants.find(held.link.grantId);
    if (held === null || grant === null) return null;
    return { grant, viaAccount: held.viaAccount, linkedAt: held.link.linkedAt };
  }

  /**
   * The grant for a test of settings: of the sign-in that `Password` refers to, else of the saved account.
   * @param id 0: not saved yet. @throws RpcError oauth2Refused
   */
  async forTest(
    kind: AccountKind,
    realmId: number,
    id: number,
    item: Omit<Account, 'ID' | 'Name'>,
  ): Promise<Grant | null> {
    const { accounts, grants } = this.dependencies;
    if (item.Password !== '') {
      const change = await this.changeFor(kind, realmId, { ...item, ID: id, Name: '' });
      return change.link === 'set' ? grants.find(change.grantId) : null;
    }
    if (id === 0) return null;
    const saved = await accounts.get(kind, realmId, id);
    return (await this.of(kind, realmId, saved))?.grant ?? null;
  }

  /** By the accounts' ids; what is not in it is not linked. A number of questions that does not grow with the accounts. */
  async describeAll(kind: AccountKind, realmId: number): Promise<ReadonlyMap<number, OAuth2Link>> {
    const { accounts, grants, providers } = this.dependencies;
    const described = new Map<number, OAuth2Link>();
    const users = (await accounts.list(kind, realmId)).filter((one) => usesOAuth2(kind, one));
    if (users.length === 0) return described;
    const own = await accounts.ownLinks(kind, realmId);
    const lent = kind === 'smtp' ? await this.#lentLinks(realmId) : [];
    const granted = new Map((await grants.list(realmId)).map((grant) => [grant.id, grant]));
    const configured = new Map((await providers.list(realmId)).map((one) => [one.ID, one]));
    for (const account of users) {
      const held = heldLink(account, own.get(account.ID) ?? null, lent);
      const grant = granted.get(held?.link.grantId ?? 0);
      if (held === null || grant === undefined) continue;
      const { viaAccount, link } = held;
      const of = { grant, viaAccount, linkedAt: link.linkedAt };
      described.set(account.ID, describe(of, configured.get(grant.providerId)));
    }
    return described;
  }

  /** Tokens go to mail servers of their provider only. */
  async requireHost(grant: Grant, host: string): Promise<void> {
    const stored = (await this.dependencies.providers.list(grant.realmId)).find(
      ({ ID }) => ID === grant.providerId,
    );
    if (stored === undefined || !servesHost(stored, host))
      throw oauth2Refused('hostNotServed', 'The provider is not set up for this mail server.');
  }

  async #lentLinks(realmId: number): Promise<LentLink[]> {
    const { accounts } = this.dependencies;
    const own = await accounts.ownLinks('pop3', realmId);
    return (await accounts.list('pop3', realmId)).flatMap((account) => {
      const link = usesOAuth2('pop3', account) ? own.get(account.ID) : undefined;
      return link === undefined ? [] : [{ id: account.ID, name: account.Name, link }];
    });
  }

  /** @throws RpcError oauth2Refused */
  async #signInOf(realmId: number, reference: string): Promise<SignIn> {
    const { signIns, clock } = this.dependencies;
    const row = await signIns.find(realmId, reference.slice(REFERENCE_PREFIX.length));
    if (row?.state !== 'finished' || row.expires_at <= clock.now().toISOString())
      throw oauth2Refused('linkExpired', 'This sign-in is of no use any more. Sign in again.');
    return row;
  }

  /** @returns whether a delegate signed in. @throws RpcError oauth2Refused */
  async #requireMay(grant: Grant, row: SignIn, account: Account): Promise<boolean> {
    await this.requireHost(grant, account.Host);
    if (grant.flow === 'application' || isAddressOf(grant, account.Username)) return false;
    if (row.delegate !== '' && isAddressOf(grant, row.delegate)) return true;
    // a user name that is no address: the sign-in itself was asked for this mailbox
    if (row.address !== '' && isAddressOf(grant, row.address) && !account.Username.includes('@'))
      return false;
    throw wrongAccount(grant, account.Username);
  }

  /** A link that stays has to fit what the account becomes. @throws RpcError oauth2Refused */
  async #requireFits(kind: AccountKind, realmId: number, account: Account): Promise<void> {
    const own = await this.dependencies.accounts.ownLink({ kind, realmId, id: account.ID });
    const grant = own === null ? null : await this.dependencies.grants.find(own.grantId);
    if (own === null || grant === null || grant.endedAt !== null) return;
    await this.requireHost(grant, account.Host);
    const isFree = grant.flow === 'application' || own.isDelegated;
    if (isFree || isAddressOf(grant, account.Username)) return;
    const before = await this.dependencies.accounts.get(kind, realmId, account.ID);
    if (before.Username !== account.Username) throw wrongAccount(grant, account.Username);
  }
}

function heldLink({ Name }: Pick<Account, 'Name'>, own: OwnLink | null, lent: readonly LentLink[]) {
  if (own !== null) return { link: own, viaAccount: 0 };
  const lender = lent.find(({ name }) => sameName(name, Name));
  return lender === undefined ? null : { link: lender.link, viaAccount: lender.id };
}

function describe(
  { grant, viaAccount, linkedAt }: HeldLink,
  provider: OAuth2Provider | undefined,
): OAuth2Link {
  const isOver = provider === undefined || grant.endedAt !== null;
  const ending = isOver ? null : endingOf(grant, provider);
  return RpcOAuth2Link.make({
    Linked: grant.endedAt === null,
    ProviderRef: grant.providerId,
    Identity: grant.identity,
    ViaAccountRef: viaAccount,
    LinkedAt: linkedAt,
    Expires: ending?.at ?? null,
    ExpiresBy: ending?.by ?? '',
    EndedAt: grant.endedAt,
    EndedCode: grant.endedCode,
  });
}

const wrongAccount = ({ identity }: Grant, username: string) =>
  oauth2Refused('wrongAccount', `${identity} signed in, the account is of ${username}.`);
