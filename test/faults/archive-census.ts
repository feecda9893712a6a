/** What stands in an archive, and what is wrong with it: for suites that let several writers loose on one archive. */
import { parseInboundRuleScript } from '../../src/greyhound/inbound-rule-script.js';
import {
  Pop3Kind,
  Pop3State,
  SmtpKind,
  SmtpState,
  type GreyhoundClient,
} from '../../src/greyhound/index.js';

interface Named {
  readonly ID: number;
  readonly Name: string;
}
interface CountedAccount extends Named {
  readonly active: boolean;
}

export interface AccountCensus {
  readonly incoming: readonly CountedAccount[];
  readonly smtp: readonly CountedAccount[];
}

export interface Census extends AccountCensus {
  readonly groups: readonly Named[];
  readonly signatures: readonly (Named & { readonly groupIds: readonly number[] })[];
  readonly filters: readonly (Named & { readonly groupIds: readonly number[] })[];
  readonly rules: readonly (Named & { readonly accountId: number; readonly groupId: number })[];
}

export async function countAccounts(client: GreyhoundClient): Promise<AccountCensus> {
  const [incoming, smtp] = await Promise.all([
    client.pop3Accounts.GetList(),
    client.smtpAccounts.GetList(),
  ]);
  return {
    incoming: incoming
      .filter(({ Kind }) => Kind === Pop3Kind.pkEmail)
      .map(({ ID, Name, State }) => ({ ID, Name, active: State === Pop3State.psActive })),
    smtp: smtp
      .filter(({ Kind }) => Kind === SmtpKind.skEmail)
      .map(({ ID, Name, State }) => ({ ID, Name, active: State === SmtpState.ssActive })),
  };
}

export async function takeCensus(client: GreyhoundClient): Promise<Census> {
  const all = { AdvancedFields: true };
  const [accounts, groups, signatures, filters, rules] = await Promise.all([
    countAccounts(client),
    client.groups.GetCompleteList(all),
    client.signatures.GetList(all),
    client.filters.GetCompleteList(all),
    client.rules.GetList({ TriggerOption: 0 }),
  ]);
  const scripts = await Promise.all(rules.map(({ ID }) => client.rules.Get({ ID })));
  return {
    ...accounts,
    groups: groups.map(({ ID, Name }) => ({ ID, Name })),
    signatures: signatures.map(({ ID, Name, Groups }) => ({
      ID,
      Name,
      groupIds: Groups.map(({ GroupRef }) => GroupRef),
    })),
    filters: filters.map(({ ID, Name, GroupRefs }) => ({ ID, Name, groupIds: [...GroupRefs] })),
    rules: scripts.map(({ ID, Name, SourceCode }) => {
      const { accountId = 0, groupId = 0 } = parseInboundRuleScript(SourceCode) ?? {};
      return { ID, Name, accountId, groupId };
    }),
  };
}

/**
 * Accounts of ours that have no right to their place: as many as the limit have a smaller id.
 * @param isOurs by name
 */
export const beyondLimit = (
  census: AccountCensus,
  limit: number,
  isOurs: (name: string) => boolean,
): CountedAccount[] =>
  [census.incoming, census.smtp].flatMap((accounts) =>
    accounts.filter(
      ({ ID, Name }) => isOurs(Name) && accounts.filter((other) => other.ID < ID).length >= limit,
    ),
  );

/** @returns what its elements lack or have too much, in words; empty when it is complete */
export function incompleteness(census: Census, name: string, active: boolean): string[] {
  const { incoming, smtp, groups, signatures, filters, rules } = census;
  const problems: string[] = [];
  const one = <T extends Named>(
    kind: string,
    list: readonly T[],
    wanted: string,
  ): T | undefined => {
    const found = list.filter((entry) => entry.Name === wanted);
    if (found.length !== 1) problems.push(`${kind} "${wanted}": ${found.length} instead of 1`);
    return found[0];
  };
  const account = one('incoming account', incoming, name);
  const sending = one('SMTP account', smtp, name);
  for (const found of [account, sending]) {
    if (found !== undefined && found.active !== active)
      problems.push(`${name}: ${found.active ? 'active' : 'inactive'}`);
  }
  const group = one('group', groups, name)?.ID;
  const signature = one('signature', signatures, name);
  const rule = one('rule', rules, `Eingangsverarbeitung: ${name}`);
  const own = ['Offene Mails', 'Pool', 'Meine Mails'].map((label) =>
    one('filter', filters, `${name} (${label})`),
  );
  for (const element of [signature, ...own]) {
    if (element !== undefined && group !== undefined && !element.groupIds.includes(group))
      problems.push(`${element.Name}: not of the group`);
  }
  if (rule !== undefined && (rule.accountId !== account?.ID || rule.groupId !== group))
    problems.push(`${rule.Name}: of another account or group`);
  for (const shared of sharedFilters) one('filter', filters, shared);
  return problems;
}

const sharedFilters = [
  'Alle E-Mails',
  'Gesendete Elemente',
  'Fehlgeschlagen',
  'Gelöschte Elemente',
  'Erledigt',
  'Entwürfe',
  'Spamverdacht',
  'Geprüft',
];

/** Whatever is named after an account of that name. */
export const traces = (census: Census, name: string): string[] =>
  Object.entries(census as unknown as Record<string, readonly Named[]>).flatMap(([kind, list]) =>
    list
      .filter(({ Name }) => new RegExp(`(^|: )${name}( \\(|$)`).test(Name))
      .map((entry) => `${kind}: ${entry.Name}`),
  );
