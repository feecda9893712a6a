/** SMTP account ↔ RpcSmtpAccount; members that are not edited here travel along unchanged. */
import {
  asSet,
  includes,
  RpcSmtpAccount,
  SmtpAuthenticate,
  SmtpFlag,
  SmtpKind,
  SmtpState,
  type SmtpAccount as WireSmtpAccount,
} from '../../greyhound/index.js';
import { customaryPort } from '../../mail/customary-port.js';
import type { Security } from './fields.js';
import { DEFAULT_TIMEOUT_SECONDS } from './incoming-wire.js';
import type { SmtpAccount, SmtpAccountCreate, SmtpAccountUpdate } from './schemas.js';
import {
  lastErrorFromWire,
  notSupported,
  oauthFromWire,
  optionsOf,
  secretToWire,
  securityFromWire,
  securityToWire,
  tlsExceptionFromWire,
  toUnits,
  type AccountFacts,
  type Units,
} from './wire.js';

const authentications = ['none', 'password', 'oauth2'] as const;

/** One sender a line; blank lines and space around do not count (SAL-116). */
export const sendersFromWire = (filter: string): string[] =>
  filter
    .split(/[\r\n;]+/)
    .map((sender) => sender.trim())
    .filter((sender) => sender !== '');

const sameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((entry, index) => entry === other[index]);

const fromIsOverwritten = (account: WireSmtpAccount): boolean =>
  includes(account.Flags, SmtpFlag.sfOverwriteFrom);

export function smtpFromWire(account: WireSmtpAccount, facts: AccountFacts): SmtpAccount {
  const { units } = facts;
  const options = optionsOf(facts);
  const security = securityFromWire(account.Encrypt);
  const isOAuth2 = account.Authenticate === SmtpAuthenticate.saOAuth2;
  return {
    id: account.ID,
    name: account.Name,
    host: account.Host,
    port: account.Port,
    security,
    authentication: authentications[account.Authenticate] ?? 'unknown',
    username: account.Username,
    passwordSet:
      !isOAuth2 &&
      (facts.status?.PasswordSet ??
        (account.Password !== '' || account.Authenticate === SmtpAuthenticate.saLogin)),
    active: account.State === SmtpState.ssActive,
    senders: sendersFromWire(account.Filter),
    fromOverride: fromIsOverwritten(account) ? account.FromOverwrite : null,
    timeoutSeconds: units === null ? null : account.Timeout * units.TimeoutSeconds,
    allowClearTextLogin: facts.status === null ? security === 'none' : options.AllowClearTextLogin,
    tlsException: tlsExceptionFromWire(options),
    lastError: lastErrorFromWire(account, facts),
    managedExternally: facts.managedExternally,
    oauth: isOAuth2 ? oauthFromWire(account, facts) : null,
    raw: units === null ? { Timeout: account.Timeout } : null,
  };
}

function applySenders(target: WireSmtpAccount, changes: SmtpAccountUpdate): void {
  if (changes.senders && !sameList(changes.senders, sendersFromWire(target.Filter))) {
    target.Filter = changes.senders.join('\n');
  }
  if (changes.fromOverride === undefined) return;
  const flag = asSet(SmtpFlag.sfOverwriteFrom);
  const others = target.Flags & ~flag;
  target.Flags = changes.fromOverride === null ? others : others | flag;
  if (changes.fromOverride !== null) target.FromOverwrite = changes.fromOverride;
}

/**
 * The account after a change; what is not given stays.
 * @throws BridgeFailure notSupportedByArchive for a timeout when the archive does not tell its unit
 */
export function applySmtp(
  current: WireSmtpAccount,
  changes: SmtpAccountUpdate,
  units: Units | null,
): WireSmtpAccount {
  const target: WireSmtpAccount = {
    ...current,
    Name: changes.name ?? current.Name,
    Host: changes.host ?? current.Host,
    Port: changes.port ?? current.Port,
    Username: changes.username ?? current.Username,
  };
  if (changes.security !== undefined) target.Encrypt = securityToWire(changes.security);
  if (changes.authentication !== undefined) {
    target.Authenticate = authentications.indexOf(changes.authentication);
  }
  target.Password = secretToWire(changes, current.Password, {
    before: current.Authenticate === SmtpAuthenticate.saOAuth2,
    after: target.Authenticate === SmtpAuthenticate.saOAuth2,
  });
  if (changes.active !== undefined) {
    target.State = changes.active ? SmtpState.ssActive : SmtpState.ssInactive;
  }
  applySenders(target, changes);
  if (typeof changes.timeoutSeconds === 'number') {
    if (units === null) throw notSupported('timeoutSeconds');
    target.Timeout = toUnits(changes.timeoutSeconds, units.TimeoutSeconds);
  }
  return target;
}

/** Without encryption it is a server in one's own network, which need not know submission: the port of relays. */
const defaultSmtpPort = (security: Security): number =>
  security === 'none' ? 25 : customaryPort('smtp', security);

/** A new account; `active` as wanted when it is saved alone (SAL-106), false within a provisioning. */
export function newSmtp(wanted: SmtpAccountCreate, units: Units | null): WireSmtpAccount {
  const blank = RpcSmtpAccount.make({ Kind: SmtpKind.skEmail });
  const times =
    units === null ? {} : { timeoutSeconds: wanted.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS };
  const port = wanted.port ?? defaultSmtpPort(wanted.security);
  return applySmtp(blank, { active: false, ...wanted, ...times, port }, units);
}
