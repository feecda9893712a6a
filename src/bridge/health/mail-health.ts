/** Does mail flow? What the archive reports about its accounts, read through and never kept. */
import {
  AccountKind,
  ArchiveFailure,
  Pop3Kind,
  Pop3State,
  SmtpKind,
  SmtpState,
  type AccountStatus,
  type GreyhoundClient,
} from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { finding, type Finding } from '../checks/finding.js';
import { BridgeFailure } from '../failure.js';
import type { Language, MessageCode } from '../texts/index.js';

export interface AccountHealth {
  readonly kind: 'incoming' | 'smtp';
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
  /** Mails in quarantine (incoming) or in the outbox (SMTP). */
  readonly waiting: number;
  readonly oldestWaitingAt: string | null;
}

export interface MailHealth {
  readonly mailFlows: boolean;
  readonly archive: { readonly reachable: boolean; readonly version: string | null };
  readonly oldestInOutboxAt: string | null;
  readonly accounts: readonly AccountHealth[];
  readonly findings: readonly Finding[];
}

/** Never throws for what the archive does: an archive that is away is a finding. */
export async function mailHealth(archive: ArchiveAccess, language: Language): Promise<MailHealth> {
  try {
    const client = await archive.client();
    const [info, accounts] = await Promise.all([
      client.info.GetServerInfo({ AdvancedFields: false }),
      accountHealth(client, await archive.hasMailBridge()),
    ]);
    const findings = accountFindings(accounts, language);
    const waiting = accounts
      .flatMap(({ kind, oldestWaitingAt }) => (kind === 'smtp' ? (oldestWaitingAt ?? []) : []))
      .sort();
    return {
      mailFlows: findings.every(({ outcome }) => outcome === 'ok'),
      archive: { reachable: true, version: info.Version === '' ? null : info.Version },
      oldestInOutboxAt: waiting[0] ?? null,
      accounts,
      findings,
    };
  } catch (error) {
    if (!(error instanceof ArchiveFailure) && !(error instanceof BridgeFailure)) throw error;
    const { code, params, origin } = error;
    return {
      mailFlows: false,
      archive: { reachable: false, version: null },
      oldestInOutboxAt: null,
      accounts: [],
      findings: [finding({ check: 'archive', outcome: 'failed', code, params, origin }, language)],
    };
  }
}

async function accountHealth(
  client: GreyhoundClient,
  hasMailBridge: boolean,
): Promise<AccountHealth[]> {
  const [incoming, smtp, statuses] = await Promise.all([
    client.pop3Accounts.GetList(),
    client.smtpAccounts.GetList(),
    hasMailBridge ? client.mailBridge.GetStatusList() : [],
  ]);
  const statusOf = (kind: number, id: number) =>
    statuses.find((status) => status.Kind === kind && status.AccountRef === id);
  return [
    ...incoming
      .filter(({ Kind }) => Kind === Pop3Kind.pkEmail)
      .map((account) => ({
        kind: 'incoming' as const,
        active: account.State === Pop3State.psActive,
        ...viewOf(account, statusOf(AccountKind.akPop3, account.ID)),
      })),
    ...smtp
      .filter(({ Kind }) => Kind === SmtpKind.skEmail)
      .map((account) => ({
        kind: 'smtp' as const,
        active: account.State === SmtpState.ssActive,
        ...viewOf(account, statusOf(AccountKind.akSmtp, account.ID)),
      })),
  ];
}

interface WireAccount {
  readonly ID: number;
  readonly Name: string;
  readonly Message: string;
  readonly ErrorCount: number;
}

function viewOf(account: WireAccount, status: AccountStatus | undefined) {
  const at = (date: Date | null | undefined) => date?.toISOString() ?? null;
  const { Message: message, ErrorCount: count } = account;
  return {
    id: account.ID,
    name: account.Name,
    lastSignInAt: at(status?.LastSignIn),
    lastSuccessAt: at(status?.LastSuccess),
    lastError:
      message === '' && count === 0 ? null : { message, count, at: at(status?.LastErrorAt) },
    waiting: status?.Waiting ?? 0,
    oldestWaitingAt: at(status?.OldestWaiting),
  };
}

function accountFindings(accounts: readonly AccountHealth[], language: Language): Finding[] {
  const missing = (kind: AccountHealth['kind'], code: MessageCode): Finding[] =>
    accounts.some((account) => account.kind === kind)
      ? []
      : [finding({ check: kind, outcome: 'failed', code, origin: 'bridge' }, language)];
  return [
    ...missing('incoming', 'noIncomingAccount'),
    ...missing('smtp', 'noSmtpAccount'),
    ...accounts.flatMap((account) => findingsOf(account, language)),
  ];
}

function findingsOf(account: AccountHealth, language: Language): Finding[] {
  const { kind, name, lastError, waiting, oldestWaitingAt, active } = account;
  const say = (code: MessageCode, params: Record<string, string | number>) =>
    finding(
      { check: kind, outcome: 'warning', code, params: { name, ...params }, origin: 'archive' },
      language,
    );
  const failing =
    active && lastError !== null && lastError.count > 0
      ? [say('accountFailing', { count: lastError.count })]
      : [];
  if (waiting === 0) return failing;
  if (kind === 'incoming') return [...failing, say('mailQuarantined', { count: waiting })];
  return [...failing, say('mailWaiting', { count: waiting, since: oldestWaitingAt ?? '–' })];
}
