/** The values of a form, on top of a saved account where there is one, as a trial. */
import {
  AccountKind,
  Pop3Authenticate,
  Pop3Protocol,
  RpcAccountOptions,
  SmtpAuthenticate,
  type AccountOptions,
  type GreyhoundClient,
  type Pop3Account,
  type Pop3AccountItem,
  type SmtpAccount,
  type SmtpAccountItem,
} from '../../greyhound/index.js';
import type { FailedAttempt } from '../../mail/advice/index.js';
import { checkIncoming, checkSmtp } from '../../mail/check/check.js';
import { customaryPort } from '../../mail/customary-port.js';
import type { ProbeResult } from '../../mail/check/findings.js';
import type { ConnectDependencies, MailEndpoint } from '../../mail/endpoint.js';
import { PASSWORD_PLACEHOLDER } from '../accounts/fields.js';
import { applyIncoming, newIncoming } from '../accounts/incoming-wire.js';
import { applySmtp, newSmtp } from '../accounts/smtp-wire.js';
import type { IncomingAccountUpdate, SmtpAccountUpdate } from '../accounts/schemas.js';
import { applyOptions, securityFromWire, type Units } from '../accounts/wire.js';
import { refuse } from '../failure.js';
import type { LinkPort } from '../oauth/link-port.js';
import { usesOAuth2 } from '../provisioning/snapshot.js';
import type { AccountTrial } from './check-account.js';
import { linkedForm } from './linked-form.js';

export interface TrialDependencies {
  readonly client: GreyhoundClient;
  readonly hasMailBridge: boolean;
  readonly connect: ConnectDependencies;
  readonly links: Pick<LinkPort, 'credentialFor'>;
}

/** The probe ends with the check, whatever the account's own patience is. */
const PROBE_TIMEOUT_MS = 4_500;

/**
 * @param id 0 for an account that is not saved yet; then host and user name must be given
 * @throws BridgeFailure notSupportedByArchive for IMAP; as LinkPort.credentialFor
 */
export async function incomingTrial(
  { client, hasMailBridge, connect, links }: TrialDependencies,
  id: number,
  given: IncomingAccountUpdate,
): Promise<AccountTrial> {
  const { units, options } = await facts(client, hasMailBridge, AccountKind.akPop3, id, given);
  const saved = id === 0 ? null : await client.pop3Accounts.Get({ ID: id });
  const form = await linkedForm(given, 'incoming', saved, links);
  const account =
    saved === null
      ? unsavedIncoming(form, units)
      : applyIncoming(saved, withoutTimes(withoutPlaceholder(form), units), units);
  const isImap = account.Protocol === Pop3Protocol.ppImap4;
  // the documented check cannot be told which protocol it is
  if (isImap && !hasMailBridge) throw refuse('notSupportedByArchive', { field: 'protocol' });
  const item = pop3Item(account);
  const endpoint = endpointOf(account, options);
  const check = { ID: id, Item: item, Options: options };
  const inArchive = () =>
    isImap
      ? client.mailBridge.CheckImap({ ...check, Mailbox: account.Mailbox })
      : client.mailBridge.CheckPop3(check);
  return {
    attempt: {
      ...attempted(endpoint, item.Username),
      protocol: isImap ? 'imap' : 'pop3',
      authentication: pop3SignIns[account.Authenticate] ?? 'password',
    },
    successCode: 'settingsCorrect',
    verify: () =>
      hasMailBridge ? inArchive() : client.pop3Accounts.CheckConnection({ Pop3AccountItem: item }),
    ...secretFacts(form, { isOAuth2: usesOAuth2('incoming', account), hasMailBridge }, () =>
      probeIncoming(account, isImap, endpoint, connect),
    ),
  };
}

function probeIncoming(
  { Username: username, Password: password, Authenticate, Mailbox: mailbox }: Pop3Account,
  isImap: boolean,
  endpoint: MailEndpoint,
  connect: ConnectDependencies,
): Promise<ProbeResult> {
  const credentials = { method: 'password', username, password } as const;
  if (isImap) return checkIncoming({ protocol: 'imap', mailbox, endpoint, credentials }, connect);
  const isApop = Authenticate === Pop3Authenticate.paAPop;
  const method = isApop ? 'apop' : 'password';
  return checkIncoming(
    { protocol: 'pop3', endpoint, credentials: { ...credentials, method } },
    connect,
  );
}

/** As incomingTrial. */
export async function smtpTrial(
  { client, hasMailBridge, connect, links }: TrialDependencies,
  id: number,
  given: SmtpAccountUpdate,
): Promise<AccountTrial> {
  const { units, options } = await facts(client, hasMailBridge, AccountKind.akSmtp, id, given);
  const saved = id === 0 ? null : await client.smtpAccounts.Get({ ID: id });
  const form = await linkedForm(given, 'smtp', saved, links);
  const account =
    saved === null
      ? unsavedSmtp(form, units)
      : applySmtp(saved, withoutTimes(withoutPlaceholder(form), units), units);
  const item = smtpItem(account);
  const signsIn = account.Authenticate !== SmtpAuthenticate.saNone;
  const { Username: username, Password: password } = item;
  const credentials = signsIn ? ({ method: 'password', username, password } as const) : null;
  const endpoint = endpointOf(account, options);
  return {
    attempt: {
      ...attempted(endpoint, item.Username),
      protocol: 'smtp',
      authentication: smtpSignIns[account.Authenticate] ?? 'password',
    },
    successCode: 'sendingPossible',
    verify: () =>
      hasMailBridge
        ? client.mailBridge.CheckSmtp({ ID: id, Item: item, Options: options })
        : client.smtpAccounts.CheckConnection({ SmtpAccountItem: item }),
    ...secretFacts(form, { signsIn, isOAuth2: usesOAuth2('smtp', account), hasMailBridge }, () =>
      checkSmtp({ endpoint, credentials }, connect),
    ),
  };
}

const pop3SignIns: Readonly<Record<number, FailedAttempt['authentication']>> = {
  [Pop3Authenticate.paLogin]: 'password',
  [Pop3Authenticate.paAPop]: 'apop',
  [Pop3Authenticate.paOAuth2]: 'oauth2',
};

const smtpSignIns: Readonly<Record<number, FailedAttempt['authentication']>> = {
  [SmtpAuthenticate.saNone]: 'none',
  [SmtpAuthenticate.saLogin]: 'password',
  [SmtpAuthenticate.saOAuth2]: 'oauth2',
};

const attempted = ({ host, port, security }: MailEndpoint, username: string) => ({
  host,
  port,
  security,
  username,
});

interface SecretFacts {
  /** True unless told. */
  readonly signsIn?: boolean;
  readonly isOAuth2: boolean;
  readonly hasMailBridge: boolean;
}

/**
 * Without a password in the form the bridge cannot try by itself, and with OAuth2 it never can: tokens stay in the
 * archive. Whether an archive uses the stored secret is known of RpcMailBridge only: another archive's failure may just
 * mean that it tried without.
 */
function secretFacts(
  form: Pick<IncomingAccountUpdate, 'password' | 'credential'>,
  { signsIn = true, isOAuth2, hasMailBridge }: SecretFacts,
  probe: () => Promise<ProbeResult>,
): Pick<AccountTrial, 'probe' | 'verdictCounts' | 'lacking'> {
  if (isOAuth2) {
    const verdictCounts = hasMailBridge || form.credential !== undefined;
    return { probe: null, verdictCounts, lacking: 'linkNotTried' };
  }
  const { password = '' } = withoutPlaceholder(form);
  const hasPassword = !signsIn || password !== '';
  return {
    probe: hasPassword ? probe : null,
    verdictCounts: hasPassword || hasMailBridge,
    lacking: 'passwordNeeded',
  };
}

type Exceptions = Pick<IncomingAccountUpdate, 'allowClearTextLogin' | 'tlsException'>;

async function facts(
  client: GreyhoundClient,
  hasMailBridge: boolean,
  kind: number,
  id: number,
  form: Exceptions,
): Promise<{ units: Units | null; options: AccountOptions }> {
  const none = RpcAccountOptions.make();
  if (!hasMailBridge) return { units: null, options: applyOptions(none, form) };
  const [units, statuses] = await Promise.all([
    client.mailBridge.GetUnits(),
    id === 0 ? [] : client.mailBridge.GetStatusList(),
  ]);
  const status = statuses.find((entry) => entry.Kind === kind && entry.AccountRef === id);
  return { units, options: applyOptions(status?.Options ?? none, form) };
}

interface Timed {
  readonly timeoutSeconds?: number | null | undefined;
}

/** A duration whose unit the archive does not tell is left as it is. */
const withoutTimes = <F extends Timed>(form: F, units: Units | null): F =>
  units === null
    ? { ...form, timeoutSeconds: undefined, pollIntervalMinutes: undefined, deletion: undefined }
    : form;

const withoutPlaceholder = <F extends { readonly password?: string | undefined }>(form: F): F =>
  form.password === PASSWORD_PLACEHOLDER ? { ...form, password: undefined } : form;

function unsavedIncoming(given: IncomingAccountUpdate, units: Units | null): Pop3Account {
  const form = withoutTimes(withoutPlaceholder(given), units);
  const { security = 'tls', protocol = 'pop3' } = form;
  return newIncoming(
    {
      ...form,
      name: form.name ?? '',
      protocol,
      host: form.host ?? '',
      port: form.port ?? customaryPort(protocol, security),
      security,
      authentication: form.authentication ?? 'password',
      username: form.username ?? '',
      deletion: { policy: 'never' },
      reuse: false,
    },
    units,
  );
}

function unsavedSmtp(given: SmtpAccountUpdate, units: Units | null): SmtpAccount {
  const form = withoutTimes(withoutPlaceholder(given), units);
  return newSmtp(
    {
      ...form,
      name: form.name ?? '',
      host: form.host ?? '',
      security: form.security ?? 'starttls',
      authentication: form.authentication ?? 'password',
      senders: form.senders ?? ['*'],
    },
    units,
  );
}

const pop3Item = (account: Pop3Account): Pop3AccountItem => ({
  ID: account.ID,
  Host: account.Host,
  Port: account.Port,
  Username: account.Username,
  Password: account.Password,
  Authenticate: account.Authenticate,
  Encrypt: account.Encrypt,
  SslKind: account.SslKind,
  Timeout: account.Timeout,
});

const smtpItem = (account: SmtpAccount): SmtpAccountItem => ({
  Host: account.Host,
  Port: account.Port,
  Username: account.Username,
  Password: account.Password,
  Timeout: account.Timeout,
  Authenticate: account.Authenticate,
  Encrypt: account.Encrypt,
  SslKind: account.SslKind,
});

function endpointOf(
  account: Pick<Pop3Account, 'Host' | 'Port' | 'Encrypt'>,
  options: AccountOptions,
): MailEndpoint {
  const security = securityFromWire(account.Encrypt);
  const { TlsFingerprint: fingerprint } = options;
  return {
    host: account.Host,
    port: account.Port,
    security: security === 'unknown' ? 'tls' : security,
    timeoutMs: PROBE_TIMEOUT_MS,
    tlsException: fingerprint === '' ? null : { fingerprint },
    allowClearTextLogin: options.AllowClearTextLogin,
  };
}
