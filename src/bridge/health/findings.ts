/**
 * What is wrong, worded. `failed`: mail does not flow somewhere. `warning`: it flows, and a person should look at what
 * was left aside on the way (quarantine, mails in doubt or refused, damaged bytes).
 */
import type { Origin } from '../../platform/failure.js';
import { finding, type Finding } from '../checks/finding.js';
import {
  fill,
  messages,
  type Language,
  type MessageCode,
  type TextParams,
} from '../texts/index.js';
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
    ...report.accounts.flatMap((account) =>
      accountFindings(account, report.at, say(account.kind), language),
    ),
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
  } else if (isFailing(account))
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

/** Codes of the archive are those of the bridge where they mean the same. */
const causeText = (code: string, language: Language): string =>
  code in messages ? fill(messages[code as MessageCode].title, language) : code;
