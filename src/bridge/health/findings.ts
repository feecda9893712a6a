/**
 * What is wrong, worded. `failed`: mail does not flow somewhere. `warning`: it flows, and a person should look at what
 * was left aside on the way (quarantine, mails in doubt or refused, damaged bytes).
 */
import type { Origin } from '../../platform/failure.js';
import { finding, type Finding } from '../checks/finding.js';
import { lastings, urgencyOf, type Lasting } from '../oauth/endings.js';
import {
  fill,
  messages,
  type Language,
  type MessageCode,
  type TextParams,
} from '../texts/index.js';
import { endingReason } from '../texts/oauth-findings.js';
import type { AccountReport, Direction, FlowReport } from './flow-report.js';
import { isFailing, isOverdue, isStuck, oldestInOutbox } from './judgement.js';

type Say = (
  outcome: 'failed' | 'warning',
  code: MessageCode,
  params?: TextParams,
  origin?: Origin,
) => Finding;

export function findingsOf(report: FlowReport, language: Language): Finding[] {
  const say =
    (check: string): Say =>
    (outcome, code, params = {}, origin = 'archive') =>
      finding({ check, outcome, code, params, origin }, language);
  if (report.failure !== null) {
    const { code, params, origin } = report.failure;
    return [say('archive')('failed', code, params, origin)];
  }
  return [
    ...archiveFindings(report, say('archive')),
    ...(['incoming', 'smtp'] as const).flatMap((kind) => presence(report, kind, say(kind))),
    ...outboxFindings(report, say('smtp')),
    ...endingFindings(report, say, language),
    ...report.accounts
      .flatMap((account) => accountFindings(account, report.at, say(account.kind), language))
      // why nothing is fetched has been said
      .filter(({ code }) => code !== 'fetchOverdue' || report.flow?.StorageFault !== 'diskLow'),
  ];
}

function archiveFindings({ flow }: FlowReport, say: Say): Finding[] {
  if (flow === null) return [];
  const { Armed, DisarmedReason, StorageFault, StorageFaultAt } = flow;
  const since = StorageFaultAt?.toISOString() ?? '–';
  return [
    ...(Armed ? [] : [say('failed', disarmed[DisarmedReason] ?? 'archiveDisarmed')]),
    ...(StorageFault === ''
      ? []
      : [say('failed', storageFaults[StorageFault] ?? 'storageFault', { since })]),
  ];
}

const disarmed: Readonly<Record<string, MessageCode>> = {
  restored: 'archiveRestored',
  copied: 'archiveCopied',
};

const storageFaults: Readonly<Record<string, MessageCode>> = {
  diskFull: 'storageFull',
  diskLow: 'storageLow',
  readOnly: 'storageReadOnly',
  damaged: 'storageDamaged',
};

const absent = { incoming: 'noIncomingAccount', smtp: 'noSmtpAccount' } as const;
const asleep = { incoming: 'noActiveIncomingAccount', smtp: 'noActiveSmtpAccount' } as const;

function presence({ accounts }: FlowReport, kind: Direction, say: Say): Finding[] {
  const ofKind = accounts.filter((account) => account.kind === kind);
  if (ofKind.length === 0) return [say('failed', absent[kind], {}, 'bridge')];
  // one that was switched off by itself says so below
  if (ofKind.some(({ active, switchedOff }) => active || switchedOff !== null)) return [];
  return [say('failed', asleep[kind], {}, 'bridge')];
}

function outboxFindings(report: FlowReport, say: Say): Finding[] {
  const { flow, accounts, at } = report;
  const oldest = oldestInOutbox(report);
  // the accounts say so themselves where the archive tells whose mails they are
  const isToldByAccount = accounts.some(
    ({ kind, oldestWaitingAt }) => kind === 'smtp' && isStuck(oldestWaitingAt, at),
  );
  const stuck =
    isStuck(oldest, at) && !isToldByAccount
      ? [say('failed', 'outboxWaiting', { since: oldest.toISOString(), count: flow?.Outbox ?? 0 })]
      : [];
  const { InDoubt: inDoubt, Failed: failed } = flow ?? { InDoubt: 0, Failed: 0 };
  return [
    ...stuck,
    ...(inDoubt > 0 ? [say('warning', 'mailInDoubt', { count: inDoubt })] : []),
    ...(failed > 0 ? [say('warning', 'mailFailed', { count: failed })] : []),
  ];
}

/** Before a link ends, and when it has: mail must not stop silently. */
function endingFindings(
  { accounts, providers, at }: FlowReport,
  sayOf: (check: string) => Say,
  language: Language,
): Finding[] {
  const used = new Set(accounts.map(({ link }) => link?.provider));
  // whom a person has switched off is nobody's worry
  const watched = accounts.filter(({ active, switchedOff }) => active || switchedOff !== null);
  const notLinked = watched
    .filter(({ active, link }) => active && link?.state === 'unlinked')
    .map(({ kind, name }) => sayOf(kind)('failed', 'accountNotLinked', { name }));
  const ending = lastings(watched, providers, at).flatMap((lasting) => {
    const { subject, name, because, endsAt } = lasting;
    const told = endingOf(lasting, at);
    if (told === null) return [];
    const date = endsAt?.toISOString().slice(0, 10) ?? '–';
    const params = { name, date, because: fill(endingReason(because), language) };
    const isUsed = 'kind' in subject || used.has(subject.providerId);
    const check = 'kind' in subject ? subject.kind : 'oauthProvider';
    return [sayOf(check)(told.hasEnded && isUsed ? 'failed' : 'warning', told.code, params)];
  });
  return [...notLinked, ...ending];
}

const endingCodes = {
  account: { ending: 'linkEnding', now: 'linkEndingNow', ended: 'accountLinkEnded' },
  provider: { ending: 'secretEnding', now: 'secretEndingNow', ended: 'secretEnded' },
} as const satisfies Record<string, Record<string, MessageCode>>;

function endingOf(lasting: Lasting, now: Date): { code: MessageCode; hasEnded: boolean } | null {
  const codes = endingCodes['kind' in lasting.subject ? 'account' : 'provider'];
  const urgency = urgencyOf(lasting, now);
  if (urgency === null || urgency === 'later') return null;
  if (urgency === 'ended') return { code: codes.ended, hasEnded: true };
  return { code: urgency === 1 ? codes.now : codes.ending, hasEnded: false };
}

function accountFindings(
  account: AccountReport,
  now: Date,
  sayOf: Say,
  language: Language,
): Finding[] {
  const { kind, name, lastError, lastSuccessAt, switchedOff, waiting, oldestWaitingAt } = account;
  const say: Say = (outcome, code, params) => sayOf(outcome, code, { name, ...params });
  const found: Finding[] = [];
  if (switchedOff !== null && !account.active) {
    const cause = causeText(switchedOff.code, language);
    found.push(say('failed', 'accountSwitchedOff', { since: switchedOff.at.toISOString(), cause }));
  } else if (isFailing(account) && !isToldByLink(account))
    found.push(say('failed', 'accountFailing', { count: lastError?.count ?? 0 }));
  else if (isOverdue(account, now))
    found.push(say('failed', 'fetchOverdue', { since: lastSuccessAt?.toISOString() ?? '–' }));
  if (kind === 'smtp' && isStuck(oldestWaitingAt, now))
    found.push(
      say('failed', 'mailWaiting', { count: waiting, since: oldestWaitingAt.toISOString() }),
    );
  if (kind === 'incoming' && waiting > 0)
    found.push(say('warning', 'mailQuarantined', { count: waiting }));
  if (account.missing > 0) found.push(say('failed', 'mailMissing', { count: account.missing }));
  if (account.damaged > 0) found.push(say('warning', 'mailDamaged', { count: account.damaged }));
  return found;
}

/** That the link is missing or has ended says more than that the account fails because of it. */
const isToldByLink = ({ link }: AccountReport): boolean =>
  link !== null && link.state !== 'linked' && link.via === null;

/** Codes of the archive are those of the bridge where they mean the same. */
const causeText = (code: string, language: Language): string =>
  code in messages ? fill(messages[code as MessageCode].title, language) : code;
