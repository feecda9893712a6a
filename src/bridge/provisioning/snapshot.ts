/** The archive's lists as one reading, all asked for at the same time. */
import {
  AccountKind,
  Pop3Authenticate,
  Pop3Kind,
  SmtpAuthenticate,
  SmtpKind,
  TriggerOption,
  type AccountStatus,
  type Filter,
  type GreyhoundClient,
  type Group,
  type OAuth2Link,
  type Pop3Account,
  type Rule,
  type RuleItem,
  type Signature,
  type SmtpAccount,
} from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { nameKey } from '../accounts/fields.js';
import type { AccountFacts, Units } from '../accounts/wire.js';
import { accountKey, type AccountRef, type KnownLinks } from '../oauth/link.js';
import { noLinks, type LinkPort } from '../oauth/link-port.js';
import { linkStanding, type LinkStanding } from '../oauth/link-state.js';

/** The accounts of the archive that deal with e-mail, in the order of their ids. */
export interface AccountLists {
  readonly incoming: readonly Pop3Account[];
  readonly smtp: readonly SmtpAccount[];
}

export interface AccountSnapshot extends AccountLists {
  readonly hasMailBridge: boolean;
  readonly units: Units | null;
  readonly statuses: readonly AccountStatus[];
  readonly links: KnownLinks;
}

export interface ArchiveSnapshot extends AccountSnapshot {
  readonly groups: readonly Group[];
  readonly signatures: readonly Signature[];
  readonly filters: readonly Filter[];
  readonly rules: readonly RuleItem[];
  /** With their scripts: the rules whose names were asked for. */
  readonly inboundRules: readonly Rule[];
}

const byId = (one: { readonly ID: number }, other: { readonly ID: number }): number =>
  one.ID - other.ID;

async function readIncoming(client: GreyhoundClient): Promise<Pop3Account[]> {
  const list = await client.pop3Accounts.GetList();
  return list.filter((account) => account.Kind === Pop3Kind.pkEmail).sort(byId);
}

async function readSmtp(client: GreyhoundClient): Promise<SmtpAccount[]> {
  const list = await client.smtpAccounts.GetList();
  return list.filter((account) => account.Kind === SmtpKind.skEmail).sort(byId);
}

export async function readAccountLists(client: GreyhoundClient): Promise<AccountLists> {
  const [incoming, smtp] = await Promise.all([readIncoming(client), readSmtp(client)]);
  return { incoming, smtp };
}

/** @param links left out where nobody asks how accounts are linked */
export async function readAccounts(
  access: ArchiveAccess,
  links: Pick<LinkPort, 'known'> = noLinks,
): Promise<AccountSnapshot> {
  const [client, hasMailBridge] = await Promise.all([access.client(), access.hasMailBridge()]);
  const [lists, units, statuses, known] = await Promise.all([
    readAccountLists(client),
    hasMailBridge ? client.mailBridge.GetUnits() : null,
    hasMailBridge ? client.mailBridge.GetStatusList() : [],
    links.known(),
  ]);
  return { ...lists, hasMailBridge, units, statuses, links: known };
}

export const readRules = (client: GreyhoundClient): Promise<RuleItem[]> =>
  client.rules.GetList({ TriggerOption: TriggerOption.toAll });

/** Everything that can belong to an account. */
export async function readElementLists(
  client: GreyhoundClient,
): Promise<Pick<ArchiveSnapshot, 'groups' | 'signatures' | 'filters' | 'rules'>> {
  const [groups, signatures, filters, rules] = await Promise.all([
    client.groups.GetCompleteList({ AdvancedFields: true }),
    client.signatures.GetList({ AdvancedFields: true }),
    client.filters.GetCompleteList({ AdvancedFields: true }),
    readRules(client),
  ]);
  return { groups, signatures, filters, rules };
}

/** @param isWantedRule which rules to read with their scripts (one call each) */
export async function readArchive(
  access: ArchiveAccess,
  isWantedRule: (name: string) => boolean,
  links: Pick<LinkPort, 'known'> = noLinks,
): Promise<ArchiveSnapshot> {
  const client = await access.client();
  const [accounts, elements] = await Promise.all([
    readAccounts(access, links),
    readElementLists(client),
  ]);
  const wanted = elements.rules.filter((rule) => isWantedRule(rule.Name));
  const inboundRules = await Promise.all(wanted.map((rule) => client.rules.Get({ ID: rule.ID })));
  return { ...accounts, ...elements, inboundRules };
}

export const ruleName = (accountName: string): string => `Eingangsverarbeitung: ${accountName}`;

/** For {@link readArchive}: the rules that belong to accounts of these names. */
export function rulesOf(accountNames: readonly string[]): (name: string) => boolean {
  const keys = new Set(accountNames.map((accountName) => nameKey(ruleName(accountName))));
  return (name) => keys.has(nameKey(name));
}

/** What the archive knows about one account beside its settings, and what is known of its link. */
export function factsOf(
  snapshot: AccountSnapshot,
  kind: AccountRef['kind'],
  id: number,
  limit: number,
): AccountFacts {
  const rank = snapshot[kind].findIndex((account) => account.ID === id);
  return {
    units: snapshot.units,
    status: statusOf(snapshot, { kind, id }),
    managedExternally: rank >= limit,
    record: snapshot.links.records.get(accountKey({ kind, id })) ?? null,
    readAt: snapshot.links.at,
  };
}

function statusOf({ statuses }: AccountSnapshot, { kind, id }: AccountRef): AccountStatus | null {
  const wireKind = kind === 'incoming' ? AccountKind.akPop3 : AccountKind.akSmtp;
  return statuses.find(({ Kind, AccountRef: ref }) => Kind === wireKind && ref === id) ?? null;
}

/** What the archive tells of the account's link; null: it does not tell. */
export const toldLink = (snapshot: AccountSnapshot, account: AccountRef): OAuth2Link | null =>
  statusOf(snapshot, account)?.OAuth2 ?? null;

export const usesOAuth2 = (
  kind: AccountRef['kind'],
  { Authenticate }: Pick<Pop3Account | SmtpAccount, 'Authenticate'>,
): boolean =>
  Authenticate === (kind === 'incoming' ? Pop3Authenticate.paOAuth2 : SmtpAuthenticate.saOAuth2);

/** How the link of an account of the snapshot stands. */
export function standingOf(snapshot: AccountSnapshot, ref: AccountRef): LinkStanding {
  const list: readonly (Pop3Account | SmtpAccount)[] = snapshot[ref.kind];
  const account = list.find(({ ID }) => ID === ref.id);
  return linkStanding({
    isOAuth2: account !== undefined && usesOAuth2(ref.kind, account),
    link: toldLink(snapshot, ref),
    record: snapshot.links.records.get(accountKey(ref)) ?? null,
    error: account ?? { Message: '', ErrorCount: 0 },
    now: snapshot.links.at,
  });
}
