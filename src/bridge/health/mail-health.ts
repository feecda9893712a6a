/** Does mail flow? The answer for people and for programs. */
import type { Clock } from '../../platform/clock.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { Finding } from '../checks/finding.js';
import type { LinkPort } from '../oauth/link-port.js';
import type { Language } from '../texts/index.js';
import { findingsOf } from './findings.js';
import { quotaFindings } from './storage-quota.js';
import { readFlow, type AccountReport, type Direction, type FlowReport } from './flow-report.js';
import { oldestInOutbox } from './judgement.js';

export interface AccountHealth {
  readonly kind: Direction;
  readonly id: number;
  readonly name: string;
  readonly active: boolean;
  /** Times are null when it never happened, or the archive does not tell. */
  readonly lastSignInAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly lastError: {
    readonly message: string;
    readonly count: number;
    readonly at: string | null;
  } | null;
  /** Failed connections and sign-ins in a row that count towards switching off. */
  readonly failedTries: number;
  /** When it is tried again by itself after a failure. */
  readonly nextTryAt: string | null;
  readonly switchedOff: { readonly at: string; readonly code: string } | null;
  /** Mails in quarantine (incoming) or in the outbox (SMTP). */
  readonly waiting: number;
  readonly oldestWaitingAt: string | null;
  /** Mails on the server that were not taken in, and stored ones whose bytes are gone, as last compared. */
  readonly missing: number;
  readonly damaged: number;
  /** null: it does not sign in by OAuth2. */
  readonly link: {
    readonly state: 'unlinked' | 'linked' | 'ended';
    /** When it ends or ended; null: no date is known. */
    readonly endsAt: string | null;
  } | null;
}

/** Members that are null are not told by this archive. */
export interface MailHealth {
  /** False whenever a mail that should come in or go out does not. */
  readonly mailFlows: boolean;
  readonly archive: { readonly reachable: boolean; readonly version: string | null };
  readonly armed: boolean | null;
  readonly disarmedReason: string | null;
  readonly inDoubt: number | null;
  readonly failed: number | null;
  readonly outbox: number | null;
  readonly oldestInOutboxAt: string | null;
  readonly storageFault: { readonly kind: string; readonly at: string | null } | null;
  /** What the archive uses; quotaBytes null: there is no quota. */
  readonly storage: {
    readonly usedBytes: number;
    readonly quotaBytes: number | null;
    readonly diskFreeBytes: number | null;
  } | null;
  readonly accounts: readonly AccountHealth[];
  readonly findings: readonly Finding[];
}

/** Never throws for what the archive does: an archive that is away is a finding. */
export async function mailHealth(
  archive: ArchiveAccess,
  clock: Clock,
  language: Language,
  options: { readonly links?: Pick<LinkPort, 'known'>; readonly quotaBytes?: number | null } = {},
): Promise<MailHealth> {
  const report = await readFlow(archive, clock, options.links);
  return healthOf(report, options.quotaBytes ?? null, language);
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

function healthOf(report: FlowReport, quotaBytes: number | null, language: Language): MailHealth {
  const { failure, version, flow, accounts, storage } = report;
  const findings = [
    ...findingsOf(report, language),
    ...quotaFindings(storage?.usedBytes ?? 0, quotaBytes, language),
  ];
  return {
    mailFlows: findings.every(({ outcome }) => outcome !== 'failed'),
    archive: { reachable: failure === null, version: version === '' ? null : version },
    armed: flow?.Armed ?? null,
    disarmedReason: flow === null || flow.Armed ? null : flow.DisarmedReason,
    inDoubt: flow?.InDoubt ?? null,
    failed: flow?.Failed ?? null,
    outbox: flow?.Outbox ?? null,
    oldestInOutboxAt: iso(oldestInOutbox(report)),
    storageFault:
      flow === null || flow.StorageFault === ''
        ? null
        : { kind: flow.StorageFault, at: iso(flow.StorageFaultAt) },
    storage: storage === null ? null : { ...storage, quotaBytes },
    accounts: accounts.map(accountHealth),
    findings,
  };
}

function accountHealth(account: AccountReport): AccountHealth {
  const { lastError, switchedOff, link } = account;
  return {
    kind: account.kind,
    id: account.id,
    name: account.name,
    active: account.active,
    lastSignInAt: iso(account.lastSignInAt),
    lastSuccessAt: iso(account.lastSuccessAt),
    lastError:
      lastError === null
        ? null
        : { message: lastError.message, count: lastError.count, at: iso(lastError.at) },
    failedTries: account.failedTries,
    nextTryAt: iso(account.nextTryAt),
    switchedOff:
      switchedOff === null ? null : { at: switchedOff.at.toISOString(), code: switchedOff.code },
    waiting: account.waiting,
    oldestWaitingAt: iso(account.oldestWaitingAt),
    missing: account.missing,
    damaged: account.damaged,
    link: link === null ? null : { state: link.state, endsAt: iso(link.endsAt) },
  };
}
