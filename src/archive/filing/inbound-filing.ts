/**
 * Filing of incoming mail: active rules with the trigger *after incoming*, in their order. A mail goes to one group:
 * the one that it is addressed to; where no rule knows a recipient, the one whose account fetched it. Addressed to
 * several, the account among them decides, so that of two copies in two mailboxes each goes to its own group.
 */
import type { Kysely } from 'kysely';
import {
  includes,
  parseInboundRuleScript,
  RuleKind,
  RuleState,
  RuleTrigger,
  type Filter,
  type Rule,
} from '../../greyhound/index.js';
import { bareAddress } from '../items/mime/addresses.js';
import { matchesCriteria } from '../items/filter-query.js';
import type { ObjectStores } from '../objects/stores.js';
import { hitsAmong } from '../search/item-search.js';
import { searchQuery } from '../search/search-query.js';
import type { ArchiveSchema } from '../store/database.js';
import {
  detailOf,
  type ItemDetail,
  type ItemRow,
  type ItemStore,
  type ProtocolLine,
} from '../store/mail-items.js';

export interface FilingRule {
  readonly name: string;
  readonly groupId: number;
  readonly groupName: string;
  /** The group's address now, in lower case; '' when it has none. */
  readonly address: string;
  readonly accountId: number;
  /** Conditions: the mail must match one of them; none means any mail. */
  readonly filters: readonly Filter[];
}

export interface FilingCandidate {
  readonly id: number;
  /** Account it came through; 0 = none. */
  readonly pop3Ref: number;
  /** Bare addresses in lower case. */
  readonly recipients: ReadonlySet<string>;
}

export interface Decision {
  readonly rule: FilingRule;
  readonly reason: 'recipient' | 'account';
}

/** @param rules that apply to the mail, in their order */
export function decide(mail: FilingCandidate, rules: readonly FilingRule[]): Decision | null {
  const isAddressed = ({ address }: FilingRule) => address !== '' && mail.recipients.has(address);
  const isAccount = ({ accountId }: FilingRule) => accountId === mail.pop3Ref;
  const addressed = rules.filter(isAddressed);
  const rule = addressed.find(isAccount) ?? addressed[0];
  if (rule !== undefined) return { rule, reason: 'recipient' };
  const fallback = rules.find(isAccount);
  return fallback === undefined ? null : { rule: fallback, reason: 'account' };
}

const reasons = {
  recipient: 'addressed to the group',
  account: 'came through its account',
} as const;

export const protocolLine = (itemId: number, { rule, reason }: Decision): ProtocolLine => ({
  itemId,
  ruleName: rule.name,
  text: `Filed into "${rule.groupName}": ${reasons[reason]}.`,
});

export const candidateOf = (row: Pick<ItemRow, 'id' | 'pop3_ref' | 'detail'>): FilingCandidate => ({
  id: row.id,
  pop3Ref: row.pop3_ref,
  recipients: recipientsOf(detailOf(row)),
});

function recipientsOf({ to, cc, bcc, envelopeTo }: ItemDetail): ReadonlySet<string> {
  const addresses = [...[...to, ...cc, ...bcc].map(bareAddress), ...envelopeTo];
  return new Set(addresses.map((address) => address.toLowerCase()));
}

export class InboundFiling {
  constructor(private readonly objects: ObjectStores) {}

  /** In their order. Must be asked before a transaction begins. @param trigger ordinal of RuleTrigger */
  async activeRules(
    realmId: number,
    trigger: number = RuleTrigger.rtAfterIncoming,
  ): Promise<FilingRule[]> {
    const rules = await this.objects.rules.list(realmId);
    const active = rules.filter(
      ({ State, Triggers }) => State === RuleState.rsActive && includes(Triggers, trigger),
    );
    active.sort((a, b) => a.Order - b.Order || a.ID - b.ID);
    return this.compile(realmId, active);
  }

  /** What the rules do; one that is not a script of ours, or whose group is gone, does nothing. */
  async compile(realmId: number, rules: readonly Rule[]): Promise<FilingRule[]> {
    const groups = new Map((await this.objects.groups.list(realmId)).map((one) => [one.ID, one]));
    const filters = rules.some(({ FilterRefs }) => FilterRefs.length > 0)
      ? await this.objects.filters.list(realmId)
      : [];
    return rules.flatMap((rule) => {
      const script =
        rule.Kind === RuleKind.rkScript ? parseInboundRuleScript(rule.SourceCode) : null;
      const group = groups.get(script?.groupId ?? 0);
      const conditions = filters.filter(({ ID }) => rule.FilterRefs.includes(ID));
      const lacksCondition = rule.FilterRefs.length > 0 && conditions.length === 0;
      if (script === null || group === undefined || lacksCondition) return [];
      return {
        name: rule.Name,
        groupId: group.ID,
        groupName: group.Name,
        address: group.Email.trim().toLowerCase(),
        accountId: script.accountId,
        filters: conditions,
      };
    });
  }

  /** Files the mails and notes it in their protocol. */
  async file(
    items: ItemStore,
    database: Kysely<ArchiveSchema>,
    mails: readonly FilingCandidate[],
    { realmId, rules, now }: { realmId: number; rules: readonly FilingRule[]; now: Date },
  ): Promise<void> {
    if (mails.length === 0 || rules.length === 0) return;
    const matching = await Promise.all(
      rules.map((rule) => matchingIds(database, realmId, rule, mails, now)),
    );
    const decisions = mails.flatMap((mail) => {
      const applying = rules.filter((_, index) => matching[index]?.has(mail.id) ?? true);
      const decision = decide(mail, applying);
      return decision === null ? [] : [{ id: mail.id, ...decision }];
    });
    for (const groupId of new Set(decisions.map(({ rule }) => rule.groupId))) {
      const ids = decisions.filter(({ rule }) => rule.groupId === groupId).map(({ id }) => id);
      await items.update(realmId, ids, { group_ref: groupId });
    }
    const lines = decisions.map((decision) => protocolLine(decision.id, decision));
    await items.addProtocol(realmId, lines);
  }
}

/** Which of the mails fulfil the rule's conditions; null when it has none. */
async function matchingIds(
  database: Kysely<ArchiveSchema>,
  realmId: number,
  rule: FilingRule,
  mails: readonly FilingCandidate[],
  now: Date,
): Promise<ReadonlySet<number> | null> {
  if (rule.filters.length === 0) return null;
  const ids = mails.map(({ id }) => id);
  const matching = new Set<number>();
  for (const filter of rule.filters) {
    const search = searchQuery(filter.SearchFor, filter.SearchFields);
    const hits = search === null ? null : await hitsAmong(database, search, ids);
    const rows = await database
      .selectFrom('items')
      .select('id')
      .where('realm_id', '=', realmId)
      .where('id', 'in', ids)
      .where((eb) => matchesCriteria(eb, filter, now))
      .execute();
    for (const { id } of rows) if (hits?.has(id) ?? true) matching.add(id);
  }
  return matching;
}
