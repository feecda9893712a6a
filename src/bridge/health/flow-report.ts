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
import type { AccountLinkReport, ProviderReport } from '../oauth/endings.js';
import { accountKey, type KnownLinks } from '../oauth/link.js';
import { noLinks, type LinkPort } from '../oauth/link-port.js';
import { isLinked, linkStanding } from '../oauth/link-state.js';
import { usesOAuth2 } from '../provisioning/snapshot.js';

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
  /** null: it does not sign in by OAuth2. */
  readonly link: AccountLinkReport | null;
}

export interface FlowReport {
  readonly at: Date;
  /** Why nothing could be read; null when it was. */
  readonly failure: ArchiveFailure | BridgeFailure | null;
  /** '' when the archive does not tell. */
  readonly version: string;
  readonly accounts: readonly AccountReport[];
  /** Whose client secrets can end; none where the archive does not tell. */
  readonly providers: readonly ProviderReport[];
  /** Null: the archive does not tell. */
  readonly flow: MailFlow | null;
  /** Bytes; null: the archive does not tell. */
  readonly storage: { readonly usedBytes: number; readonly diskFreeBytes: number | null } | null;
}

/** Never throws for what the archive does: an archive that is away is a report too. */
export async function readFlow(
  archive: ArchiveAccess,
  clock: Clock,
  links: Pick<LinkPort, 'known'> = noLinks,
): Promise<FlowReport> {
  const nothing = { accounts: [], providers: [], flow: null, storage: null };
  const report = { ...nothing, version: '', failure: null };
  try {
    const client = await archive.client();
    const [info, told] = await Promise.all([
      client.info.GetServerInfo({ AdvancedFields: true }),
      readAccounts(client, await archive.hasMailBridge(), await links.known()),
    ]);
    const { Version: version, DatabaseSize, DiskFree, DiskSize } = info;
    const diskFreeBytes = DiskSize > 0 ? Number(DiskFree) : null;
    const storage = DatabaseSize > 0 ? { usedBytes: Number(DatabaseSize), diskFreeBytes } : null;
    return { ...report, ...told, at: clock.now(), version, storage };
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
  readonly providers: readonly ProviderReport[];
}

async function readAddOn({ mailBridge }: GreyhoundClient): Promise<AddOn> {
  const [statuses, units, completeness, flow, providers] = await Promise.all([
    mailBridge.GetStatusList(),
    ifServed(mailBridge.GetUnits()),
    ifServed(mailBridge.GetCompletenessList()),
    ifServed(mailBridge.GetMailFlow()),
    ifServed(mailBridge.GetOAuth2ProviderList()),
  ]);
  return {
    statuses,
    completeness: completeness ?? [],
    intervalSeconds: units?.IntervalSeconds ?? null,
    flow,
    providers: (providers ?? []).map(({ ID, ClientSecretExpires }) => ({
      id: ID,
      secretEndsAt: ClientSecretExpires,
    })),
  };
}

const withoutAddOn: AddOn = {
  statuses: [],
  completeness: [],
  intervalSeconds: null,
  flow: null,
  providers: [],
};

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
  links: KnownLinks,
): Promise<Pick<FlowReport, 'accounts' | 'flow' | 'providers'>> {
  const [incoming, smtp, addOn] = await Promise.all([
    client.pop3Accounts.GetList(),
    client.smtpAccounts.GetList(),
    hasMailBridge ? readAddOn(client) : withoutAddOn,
  ]);
  const accounts = [
    ...incoming
      .filter(({ Kind }) => Kind === Pop3Kind.pkEmail)
      .map((account) => ({
        ...incomingReport(account, addOn),
        link: linkReport(
          'incoming',
          account,
          statusOf(addOn, AccountKind.akPop3, account.ID),
          links,
        ),
      })),
    ...smtp
      .filter(({ Kind }) => Kind === SmtpKind.skEmail)
      .map((account) => ({
        ...smtpReport(account, addOn),
        link: linkReport('smtp', account, statusOf(addOn, AccountKind.akSmtp, account.ID), links),
      })),
  ];
  const { flow, providers } = addOn;
  return { accounts, flow, providers };
}

/** Whether somebody is about to link it anew changes nothing about how it stands. */
function linkReport(
  kind: Direction,
  account: Pop3Account | SmtpAccount,
  status: AccountStatus | undefined,
  { records, at }: KnownLinks,
): AccountLinkReport | null {
  if (!usesOAuth2(kind, account)) return null;
  const known = records.get(accountKey({ kind, id: account.ID })) ?? null;
  const { state, expiresAt, because, via } = linkStanding({
    isOAuth2: true,
    link: status?.OAuth2 ?? null,
    record: known === null ? null : { ...known, attempt: null },
    error: account,
    now: at,
  });
  return {
    state: isLinked(state) ? 'linked' : state === 'expired' ? 'ended' : 'unlinked',
    provider: status?.OAuth2.ProviderRef ?? '',
    endsAt: expiresAt,
    because,
    via,
  };
}

type WithoutLink = Omit<AccountReport, 'link'>;

function incomingReport(account: Pop3Account, addOn: AddOn): WithoutLink {
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

function smtpReport(account: SmtpAccount, addOn: AddOn): WithoutLink {
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
