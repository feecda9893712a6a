/** The decision about one mail with everything that it needs to know: the questions are asked as they come. */
import type { Directory } from '../directory/directory.js';
import { withoutSubaddress } from '../directory/search-key.js';
import { blocklistMatcher, type Blocklist } from './blocklist.js';
import { decide } from './decision/decide.js';
import type {
  Answers,
  Decision,
  DecisionInput,
  IgnoredBy,
  Policies,
  Question,
} from './decision/decision.js';
import { findInMail } from './reading/find-in-mail.js';
import type { FoundInMail, ReadableMail } from './reading/found-in-mail.js';

export interface EvaluationDependencies {
  readonly directory: Directory;
  readonly blocklist: Pick<Blocklist, 'values'>;
}

export interface MailToAssign extends Pick<DecisionInput, 'date' | 'history' | 'pre' | 'marked'> {
  readonly mail: ReadableMail;
  readonly groupAddresses: ReadonlySet<string>;
  readonly policies: Policies;
}

/** @throws BridgeFailure directoryUnavailable: then nothing is decided */
export async function evaluate(
  { directory, blocklist }: EvaluationDependencies,
  { mail, groupAddresses, ...given }: MailToAssign,
): Promise<Decision> {
  const found = await findInMail(mail);
  const entries = await blocklist.values();
  const ignored = await ignoredAddresses(found, given.policies, {
    directory,
    groupAddresses,
    entries,
  });
  const input: DecisionInput = { ...given, found, ignored };
  let answers: Answers = {};
  for (;;) {
    const outcome = decide(input, answers);
    if (outcome.kind === 'decided') return outcome.decision;
    const { question } = outcome;
    answers = { ...answers, [question.kind]: await ask(directory, question) };
  }
}

function ask(directory: Directory, question: Question) {
  if (question.kind === 'existing') return directory.existing(question.records);
  if (question.kind === 'contact') return directory.contacts(question.addresses);
  return directory.trade(question.kind, question.question);
}

/** Own addresses, those of users and of groups, and what stands in the blocklist (SAL-128, SAL-129). */
async function ignoredAddresses(
  { addresses }: FoundInMail,
  { plusFolding, domainEntryMatchesSubdomains }: Policies,
  {
    directory,
    groupAddresses,
    entries,
  }: { directory: Directory; groupAddresses: ReadonlySet<string>; entries: readonly string[] },
): Promise<Map<string, IgnoredBy>> {
  const keysOf = (address: string) =>
    plusFolding ? [address, withoutSubaddress(address)] : [address];
  const users = await directory.userAddresses([
    ...new Set(addresses.flatMap(({ address }) => keysOf(address))),
  ]);
  const entryOf = blocklistMatcher(entries, domainEntryMatchesSubdomains);
  const ignored = new Map<string, IgnoredBy>();
  for (const { address } of addresses) {
    const keys = keysOf(address);
    const entry = keys.map(entryOf).find((one) => one !== null);
    if (keys.some((key) => users.has(key))) ignored.set(address, { kind: 'user' });
    else if (keys.some((key) => groupAddresses.has(key))) ignored.set(address, { kind: 'group' });
    else if (entry) ignored.set(address, { kind: 'blocklist', entry });
  }
  return ignored;
}
