/**
 * From two looks at the archive to what changed between them. Pure.
 *
 * A subject is what can be well or not: the archive, one account, one count. Its condition is kept as told last; what
 * was never told counts as well. While the archive is away nothing is known about the rest, which then stays as it was.
 */
import {
  isFailing,
  isStuck,
  oldestInOutbox,
  type AccountReport,
  type FlowReport,
} from '../health/index.js';
import { daysLeft, lastings, urgencyOf, type Lasting, type Urgency } from '../oauth/endings.js';

export const eventTypes = [
  'archive.unreachable',
  'archive.reachable',
  'archive.disarmed',
  'archive.armed',
  'account.failing',
  'account.recovered',
  'account.switchedOff',
  'mail.quarantined',
  'mail.waiting',
  'mail.inDoubt',
  'mail.failed',
  'mail.missing',
  'storage.fault',
  'storage.recovered',
  'oauth.ending',
  'oauth.ended',
  'oauth.linked',
] as const;
export type EventType = (typeof eventTypes)[number];

export type EventData = Readonly<Record<string, string | number | null>>;

export interface Change {
  readonly type: EventType;
  readonly data: EventData;
}

/** A state by name, or a number of mails. */
export type Condition = string | number;
export type Conditions = ReadonlyMap<string, Condition>;

interface Observed {
  readonly subject: string;
  /** Null: not known yet, what was told stands. */
  readonly condition: Condition | null;
  /** What to tell when it has come to this condition; null: nothing. */
  readonly change: (before: Condition | undefined) => Change | readonly Change[] | null;
}

/** @returns what changed, and what is now told about every subject */
export function changesBetween(
  told: Conditions,
  report: FlowReport,
): { readonly changes: readonly Change[]; readonly conditions: Conditions } {
  const observed = observe(report);
  const conditions = new Map(report.failure === null ? [] : told);
  const changes: Change[] = [];
  for (const { subject, condition, change } of observed) {
    const before = told.get(subject);
    const now = condition ?? before;
    if (now !== undefined) conditions.set(subject, now);
    const toTell = now === before ? null : change(before);
    if (toTell !== null) changes.push(...[toTell].flat());
  }
  return { changes, conditions };
}

function observe(report: FlowReport): Observed[] {
  const { failure, flow, accounts } = report;
  if (failure !== null)
    return [
      state('archive', 'unreachable', {
        type: 'archive.unreachable',
        data: { code: failure.code },
      }),
    ];
  const oldest = oldestInOutbox(report);
  return [
    state('archive', WELL, { type: 'archive.reachable', data: {} }),
    // that a link has ended is told before the account that is switched off because of it
    ...observeLasting(report),
    ...accounts.flatMap(observeAccount),
    isStuck(oldest, report.at)
      ? state('outbox', 'waiting', {
          type: 'mail.waiting',
          data: { since: oldest.toISOString(), count: flow?.Outbox ?? null },
        })
      : { subject: 'outbox', condition: WELL, change: () => null },
    ...(flow === null
      ? []
      : [
          count('inDoubt', flow.InDoubt, 'mail.inDoubt'),
          count('failed', flow.Failed, 'mail.failed'),
          flow.Armed
            ? state('arming', WELL, { type: 'archive.armed', data: {} })
            : state('arming', flow.DisarmedReason, {
                type: 'archive.disarmed',
                data: { reason: flow.DisarmedReason },
              }),
          flow.StorageFault === ''
            ? state('storage', WELL, { type: 'storage.recovered', data: {} })
            : state('storage', flow.StorageFault, {
                type: 'storage.fault',
                data: { kind: flow.StorageFault, at: flow.StorageFaultAt?.toISOString() ?? null },
              }),
        ]),
  ];
}

/** How far things are that last for a time, by how urgent it is. */
const urgencies: readonly (Urgency | null)[] = [null, 'later', 30, 7, 1, 'ended'];

function observeLasting({ accounts, providers, at }: FlowReport): Observed[] {
  // what was told of a link that is gone stands until there is another one
  const unlinked = accounts
    .filter(({ link }) => link?.state === 'unlinked')
    .map(({ kind, id: accountId }) => ({
      subject: endingOf({ kind, accountId }),
      condition: null,
      change: () => null,
    }));
  return [
    ...unlinked,
    ...lastings(accounts, providers, at).map((lasting) => observedLasting(lasting, at)),
  ];
}

const endingOf = (subject: Lasting['subject']): string =>
  'kind' in subject
    ? `${subject.kind}/${String(subject.accountId)}/ending`
    : `provider/${subject.providerId}/ending`;

/** Told once at each step towards the end, and again when it has been made good. */
function observedLasting(lasting: Lasting, now: Date): Observed {
  const urgency = urgencyOf(lasting, now);
  const rank = urgencies.indexOf(urgency);
  const isQuiet = urgency === null || urgency === 'later';
  const { subject, because, endsAt } = lasting;
  const ends = endsAt?.toISOString() ?? null;
  const linked: Change = { type: 'oauth.linked', data: { ...subject, endsAt: ends } };
  const ended: Change = {
    type: 'oauth.ended',
    data: { ...subject, endedAt: ends, because },
  };
  const left = endsAt === null ? null : daysLeft(endsAt, now);
  const ending: Change = {
    type: 'oauth.ending',
    data: { ...subject, endsAt: ends, because, daysLeft: left },
  };
  return {
    subject: endingOf(subject),
    condition: isQuiet ? WELL : `ending ${String(urgency)}`,
    change: (before) => {
      const rankBefore = urgencies.findIndex((one) => `ending ${String(one)}` === before);
      const wasTold = rankBefore >= 0;
      if (isQuiet) return wasTold ? linked : null;
      if (urgency === 'ended') return ended;
      if (before === 'ending ended') return [linked, ending];
      return rank > rankBefore ? ending : null;
    },
  };
}

function observeAccount(account: AccountReport): Observed[] {
  const { kind, id, waiting, missing } = account;
  const ofAccount = { kind, accountId: id };
  const subject = `${kind}/${String(id)}`;
  if (kind === 'smtp') return [accountState(account)];
  return [
    accountState(account),
    count(`${subject}/quarantine`, waiting, 'mail.quarantined', ofAccount),
    count(`${subject}/missing`, missing, 'mail.missing', ofAccount),
  ];
}

function accountState(account: AccountReport): Observed {
  const { kind, id, active, lastError, switchedOff, failedTries, nextTryAt } = account;
  const ofAccount = { kind, accountId: id };
  const subject = `${kind}/${String(id)}`;
  if (switchedOff !== null && !active)
    return state(subject, 'switchedOff', {
      type: 'account.switchedOff',
      data: { ...ofAccount, code: switchedOff.code, at: switchedOff.at.toISOString() },
    });
  if (isFailing(account))
    return state(subject, 'failing', {
      type: 'account.failing',
      data: {
        ...ofAccount,
        code: lastError?.code ?? '',
        failedTries,
        nextTryAt: nextTryAt?.toISOString() ?? null,
      },
    });
  // it has recovered once something worked after the error, not because a person saved it or switched it off
  const { lastSuccessAt } = account;
  const errorAt = lastError?.at ?? null;
  const works = lastSuccessAt !== null && (errorAt === null || lastSuccessAt >= errorAt);
  if (active && works) return state(subject, WELL, { type: 'account.recovered', data: ofAccount });
  return { subject, condition: null, change: () => null };
}

const WELL = 'ok';

/** Being well is worth telling only to somebody who was told that it was not. */
function state(subject: string, condition: string, change: Change): Observed {
  const hasBeenWell = (before: Condition | undefined) => before === undefined || before === WELL;
  return {
    subject,
    condition,
    change: (before) => (condition === WELL && hasBeenWell(before) ? null : change),
  };
}

/** A number that grew is told; that it shrank is not. */
function count(subject: string, mails: number, type: EventType, data: EventData = {}): Observed {
  return {
    subject,
    condition: mails,
    change: (before) =>
      mails > (typeof before === 'number' ? before : 0)
        ? { type, data: { ...data, count: mails } }
        : null,
  };
}
