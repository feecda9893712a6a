/** What the archive tells about the flow of mail, read through and never kept; without words, without judgement. */
import {
  AccountKind,
  ArchiveFailure,
  Pop3Kind,
  Pop3State,
  SmtpKind,
  SmtpState,
  type AccountStatus,
  type Completeness,
  type GreyhoundClient,
  type MailFlow,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveAccess } from '../archive-access.js';
import { BridgeFailure } from '../failure.js';

export type Direction = 'incoming' | 'smtp';

/** Times are null when it never happened, or the archive does not tell. */
export interface AccountReport {
  readonly kind: Direction;
  readonly id: number;
  readonly name: string;
  readonly active: boolean;
  readonly lastSignInAt: Date | null;
  readonly lastSuccessAt: Date | null;
  /** `code` is '' when the archive does not tell. */
  readonly lastError: {
    readonly message: string;
    readonly count: number;
    readonly at: Date | null;
    readonly code: string;
  } | null;
  readonly failedTries: number;
  readonly nextTryAt: Date | null;
  readonly switchedOff: { readonly at: Date; readonly code: string } | null;
  /** Mails in quarantine (incoming) or in the outbox (SMTP). */
  readonly waiting: number;
  readonly oldestWaitingAt: Date | null;
  /** As of the last comparison with the server. */
  readonly missing: number;
  readonly damaged: number;
  /** Fetched by itself so often; null: only when asked, or not known. */
  readonly intervalMs: number | null;
  readonly savedAt: Date | null;
}

export interface FlowReport {
  readonly at: Date;
  /** Why nothing could be read; null when it was. */
  readonly failure: ArchiveFailure | BridgeFailure | null;
  /** '' when the archive does not tell. */
  readonly version: string;
  readonly accounts: readonly AccountReport[];
  /** Null: the archive does not tell. */
  readonly flow: MailFlow | null;
}

/** Never throws for what the archive does: an archive that is away is a report too. */
export async function readFlow(archive: ArchiveAccess, clock: Clock): Promise<FlowReport> {
  const report = { version: '', accounts: [], flow: null, failure: null };
  try {
    const client = await archive.client();
    const [info, told] = await Promise.all([
      client.info.GetServerInfo({ AdvancedFields: false }),
      readAccounts(client, await archive.hasMailBridge()),
    ]);
    return { ...report, ...told, at: clock.now(), version: info.Version };
  } catch (error) {
    if (!(error instanceof ArchiveFailure) && !(error instanceof BridgeFailure)) throw error;
    return { ...report, at: clock.now(), failure: error };
  }
}

/** What RpcMailBridge tells beside the accounts themselves. */
interface AddOn {
  readonly statuses: readonly AccountStatus[];
  readonly completeness: readonly Completeness[];
  readonly intervalSeconds: number | null;
  readonly flow: MailFlow | null;
}

async function readAddOn({ mailBridge }: GreyhoundClient): Promise<AddOn> {
  const [statuses, units, completeness, flow] = await Promise.all([
    mailBridge.GetStatusList(),
    ifServed(mailBridge.GetUnits()),
    ifServed(mailBridge.GetCompletenessList()),
    ifServed(mailBridge.GetMailFlow()),
  ]);
  return {
    statuses,
    completeness: completeness ?? [],
    intervalSeconds: units?.IntervalSeconds ?? null,
    flow,
  };
}

const withoutAddOn: AddOn = { statuses: [], completeness: [], intervalSeconds: null, flow: null };

/** An older add-on lacks the newer methods. */
async function ifServed<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ArchiveFailure && error.code === 'archiveFault') return null;
    throw error;
  }
}

async function readAccounts(
  client: GreyhoundClient,
  hasMailBridge: boolean,
): Promise<Pick<FlowReport, 'accounts' | 'flow'>> {
  const [incoming, smtp, addOn] = await Promise.all([
    client.pop3Accounts.GetList(),
    client.smtpAccounts.GetList(),
    hasMailBridge ? readAddOn(client) : withoutAddOn,
  ]);
  const accounts = [
    ...incoming
      .filter(({ Kind }) => Kind === Pop3Kind.pkEmail)
      .map((account) => incomingReport(account, addOn)),
    ...smtp
      .filter(({ Kind }) => Kind === SmtpKind.skEmail)
      .map((account) => smtpReport(account, addOn)),
  ];
  return { accounts, flow: addOn.flow };
}

function incomingReport(account: Pop3Account, addOn: AddOn): AccountReport {
  const compared = addOn.completeness.find(({ AccountRef }) => AccountRef === account.ID);
  const { intervalSeconds } = addOn;
  const hasInterval = intervalSeconds !== null && account.Interval > 0;
  return {
    ...reportOf(account, statusOf(addOn, AccountKind.akPop3, account.ID)),
    kind: 'incoming',
    active: account.State === Pop3State.psActive,
    missing: compared?.Missing ?? 0,
    damaged: compared?.Damaged ?? 0,
    intervalMs: hasInterval ? account.Interval * intervalSeconds * 1000 : null,
  };
}

function smtpReport(account: SmtpAccount, addOn: AddOn): AccountReport {
  return {
    ...reportOf(account, statusOf(addOn, AccountKind.akSmtp, account.ID)),
    kind: 'smtp',
    active: account.State === SmtpState.ssActive,
    missing: 0,
    damaged: 0,
    intervalMs: null,
  };
}

const statusOf = ({ statuses }: AddOn, kind: number, id: number): AccountStatus | undefined =>
  statuses.find((status) => status.Kind === kind && status.AccountRef === id);

function reportOf(account: Pop3Account | SmtpAccount, status: AccountStatus | undefined) {
  const { Message: message, ErrorCount: count } = account;
  const switchedOffAt = status?.SwitchedOffAt ?? null;
  const error = { message, count, at: status?.LastErrorAt ?? null, code: status?.LastErrorCode };
  return {
    id: account.ID,
    name: account.Name,
    lastSignInAt: status?.LastSignIn ?? null,
    lastSuccessAt: status?.LastSuccess ?? null,
    lastError: message === '' && count === 0 ? null : { ...error, code: error.code ?? '' },
    failedTries: status?.FailedTries ?? 0,
    nextTryAt: status?.NextTry ?? null,
    switchedOff:
      switchedOffAt === null ? null : { at: switchedOffAt, code: status?.SwitchedOffCode ?? '' },
    waiting: status?.Waiting ?? 0,
    oldestWaitingAt: status?.OldestWaiting ?? null,
    savedAt: account.Modified,
  };
}
