/**
 * Incoming account ↔ RpcPop3Account. Members that are not edited here (kind, flags, OCR, unknown ones) travel along
 * unchanged: an account is always read, changed and written back whole.
 */
import {
  Pop3Authenticate,
  Pop3Delete,
  Pop3Kind,
  Pop3State,
  RpcPop3Account,
  SentCopy,
  type Pop3Account,
} from '../../greyhound/index.js';
import { customaryPort } from '../../mail/customary-port.js';
import type {
  Deletion,
  IncomingAccount,
  IncomingAccountCreate,
  IncomingAccountUpdate,
} from './schemas.js';
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

const protocols = ['pop3', 'imap'] as const;
const authentications = ['password', 'apop', 'oauth2'] as const;
const deletions = ['immediately', 'never', 'afterDays'] as const;

export const DEFAULT_POLL_INTERVAL_MINUTES = 5;
export const DEFAULT_TIMEOUT_SECONDS = 60;

const SECONDS_PER_MINUTE = 60;

function deletionFromWire(account: Pop3Account, units: Units | null): IncomingAccount['deletion'] {
  const policy = deletions[account.Delete] ?? 'unknown';
  const days =
    policy === 'afterDays' && units !== null ? account.DeleteAge * units.DeleteAgeDays : null;
  return { policy, days };
}

function pollInterval(account: Pop3Account, units: Units | null): number | null {
  if (units === null || account.Interval === 0) return null;
  return (account.Interval * units.IntervalSeconds) / SECONDS_PER_MINUTE;
}

/** @returns the account as it is shown; the password never leaves */
export function incomingFromWire(account: Pop3Account, facts: AccountFacts): IncomingAccount {
  const { units } = facts;
  const options = optionsOf(facts);
  const security = securityFromWire(account.Encrypt);
  const isOAuth2 = account.Authenticate === Pop3Authenticate.paOAuth2;
  return {
    id: account.ID,
    name: account.Name,
    protocol: protocols[account.Protocol] ?? 'unknown',
    host: account.Host,
    port: account.Port,
    security,
    authentication: authentications[account.Authenticate] ?? 'unknown',
    username: account.Username,
    // without RpcMailBridge nobody tells; accounts are not made without one
    passwordSet: !isOAuth2 && (facts.status?.PasswordSet ?? true),
    active: account.State === Pop3State.psActive,
    mailbox: account.Mailbox,
    pollIntervalMinutes: pollInterval(account, units),
    timeoutSeconds: units === null ? null : account.Timeout * units.TimeoutSeconds,
    deletion: deletionFromWire(account, units),
    deleteOnServerWhenDeleted: account.DeleteSync !== 0,
    copySent: facts.status !== null && options.SentCopy === SentCopy.scSentFolder,
    sentFolder: options.SentFolder,
    allowClearTextLogin: facts.status === null ? security === 'none' : options.AllowClearTextLogin,
    tlsException: tlsExceptionFromWire(options),
    lastError: lastErrorFromWire(account, facts),
    managedExternally: facts.managedExternally,
    oauth: isOAuth2 ? oauthFromWire(account, facts) : null,
    raw:
      units === null
        ? { Interval: account.Interval, Timeout: account.Timeout, DeleteAge: account.DeleteAge }
        : null,
  };
}

function applyDeletion(target: Pop3Account, wanted: Deletion, units: Units | null): void {
  target.Delete = deletions.indexOf(wanted.policy);
  if (wanted.policy !== 'afterDays') return;
  if (units === null) throw notSupported('deletion.days');
  target.DeleteAge = toUnits(wanted.days, units.DeleteAgeDays);
}

function applyTimes(
  target: Pop3Account,
  changes: IncomingAccountUpdate,
  units: Units | null,
): void {
  const { timeoutSeconds, pollIntervalMinutes } = changes;
  if (units === null) {
    if (typeof timeoutSeconds === 'number') throw notSupported('timeoutSeconds');
    if (typeof pollIntervalMinutes === 'number') throw notSupported('pollIntervalMinutes');
    return;
  }
  if (typeof timeoutSeconds === 'number') {
    target.Timeout = toUnits(timeoutSeconds, units.TimeoutSeconds);
  }
  if (pollIntervalMinutes === null) target.Interval = 0;
  else if (pollIntervalMinutes !== undefined) {
    target.Interval = toUnits(pollIntervalMinutes * SECONDS_PER_MINUTE, units.IntervalSeconds);
  }
}

/**
 * The account after a change; what is not given stays.
 * @throws BridgeFailure notSupportedByArchive for a duration whose unit the archive does not tell, and for another
 *   protocol
 */
export function applyIncoming(
  current: Pop3Account,
  changes: IncomingAccountUpdate,
  units: Units | null,
): Pop3Account {
  const target: Pop3Account = {
    ...current,
    Name: changes.name ?? current.Name,
    Host: changes.host ?? current.Host,
    Port: changes.port ?? current.Port,
    Username: changes.username ?? current.Username,
    Mailbox: changes.mailbox ?? current.Mailbox,
  };
  if (changes.protocol !== undefined) target.Protocol = protocols.indexOf(changes.protocol);
  // whether such an archive knows IMAP shows only when an account is made and read again
  const isMoved = current.ID !== 0 && target.Protocol !== current.Protocol;
  if (isMoved && units === null) throw notSupported('protocol');
  if (changes.security !== undefined) target.Encrypt = securityToWire(changes.security);
  if (changes.authentication !== undefined) {
    target.Authenticate = authentications.indexOf(changes.authentication);
  }
  target.Password = secretToWire(changes, current.Password, {
    before: current.Authenticate === Pop3Authenticate.paOAuth2,
    after: target.Authenticate === Pop3Authenticate.paOAuth2,
  });
  if (changes.active !== undefined) {
    target.State = changes.active ? Pop3State.psActive : Pop3State.psInactive;
  }
  const deletesInSync = current.DeleteSync !== 0;
  if ((changes.deleteOnServerWhenDeleted ?? deletesInSync) !== deletesInSync) {
    target.DeleteSync = deletesInSync ? 0 : 1;
  }
  if (changes.deletion !== undefined) applyDeletion(target, changes.deletion, units);
  applyTimes(target, changes, units);
  return target;
}

/** A new account, always inactive: it is activated when everything that belongs to it stands (SAL-80). */
export function newIncoming(wanted: IncomingAccountCreate, units: Units | null): Pop3Account {
  const blank = RpcPop3Account.make({
    Kind: Pop3Kind.pkEmail,
    Delete: Pop3Delete.pdNo,
  });
  const times =
    units === null
      ? {}
      : {
          timeoutSeconds: wanted.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
          pollIntervalMinutes:
            wanted.pollIntervalMinutes === undefined
              ? DEFAULT_POLL_INTERVAL_MINUTES
              : wanted.pollIntervalMinutes,
        };
  const port = wanted.port ?? customaryPort(wanted.protocol, wanted.security);
  return applyIncoming(blank, { ...wanted, ...times, port, active: false }, units);
}
