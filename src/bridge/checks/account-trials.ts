/** The values of a form, on top of a saved account where there is one, as a trial. */
import {
  AccountKind,
  Pop3Authenticate,
  RpcAccountOptions,
  SmtpAuthenticate,
  type AccountOptions,
  type GreyhoundClient,
  type Pop3Account,
  type Pop3AccountItem,
  type SmtpAccount,
  type SmtpAccountItem,
} from '../../greyhound/index.js';
import { checkIncoming, checkSmtp } from '../../mail/check/check.js';
import type { ProbeResult } from '../../mail/check/findings.js';
import type { ConnectDependencies, MailEndpoint } from '../../mail/endpoint.js';
import { PASSWORD_PLACEHOLDER } from '../accounts/fields.js';
import { applyIncoming, newIncoming } from '../accounts/incoming-wire.js';
import { applySmtp, newSmtp } from '../accounts/smtp-wire.js';
import type { IncomingAccountUpdate, SmtpAccountUpdate } from '../accounts/schemas.js';
import { applyOptions, securityFromWire, type Units } from '../accounts/wire.js';
import type { AccountTrial } from './check-account.js';

export interface TrialDependencies {
  readonly client: GreyhoundClient;
  readonly hasMailBridge: boolean;
  readonly connect: ConnectDependencies;
}

/** The probe ends with the check, whatever the account's own patience is. */
const PROBE_TIMEOUT_MS = 4_500;

/** @param id 0 for an account that is not saved yet; then host and user name must be given */
export async function incomingTrial(
  { client, hasMailBridge, connect }: TrialDependencies,
  id: number,
  form: IncomingAccountUpdate,
): Promise<AccountTrial> {
  const { units, options } = await facts(client, hasMailBridge, AccountKind.akPop3, id, form);
  const account =
    id === 0
      ? unsavedIncoming(form, units)
      : applyIncoming(
          await savedIncoming(client, id),
          withoutTimes(withoutPlaceholder(form), units),
          units,
        );
  const item = pop3Item(account);
  const method = account.Authenticate === Pop3Authenticate.paAPop ? 'apop' : 'password';
  const credentials = { method, username: item.Username, password: item.Password } as const;
  const endpoint = endpointOf(account, options);
  return {
    successCode: 'settingsCorrect',
    verify: () =>
      hasMailBridge
        ? client.mailBridge.CheckPop3({ ID: id, Item: item, Options: options })
        : client.pop3Accounts.CheckConnection({ Pop3AccountItem: item }),
    ...passwordFacts(form, true, hasMailBridge, () =>
      checkIncoming({ protocol: 'pop3', endpoint, credentials }, connect),
    ),
  };
}

/** As incomingTrial. */
export async function smtpTrial(
  { client, hasMailBridge, connect }: TrialDependencies,
  id: number,
  form: SmtpAccountUpdate,
): Promise<AccountTrial> {
  const { units, options } = await facts(client, hasMailBridge, AccountKind.akSmtp, id, form);
  const account =
    id === 0
      ? unsavedSmtp(form, units)
      : applySmtp(
          await client.smtpAccounts.Get({ ID: id }),
          withoutTimes(withoutPlaceholder(form), units),
          units,
        );
  const item = smtpItem(account);
  const signsIn = account.Authenticate !== SmtpAuthenticate.saNone;
  const credentials = signsIn ? { username: item.Username, password: item.Password } : null;
  const endpoint = endpointOf(account, options);
  return {
    successCode: 'sendingPossible',
    verify: () =>
      hasMailBridge
        ? client.mailBridge.CheckSmtp({ ID: id, Item: item, Options: options })
        : client.smtpAccounts.CheckConnection({ SmtpAccountItem: item }),
    ...passwordFacts(form, signsIn, hasMailBridge, () =>
      checkSmtp({ endpoint, credentials }, connect),
    ),
  };
}

/**
 * Without a password in the form the bridge cannot try by itself, and whether an archive uses the stored one is known
 * of RpcMailBridge only: another archive's failure may just mean that it tried without.
 */
function passwordFacts(
  form: { readonly password?: string | undefined },
  signsIn: boolean,
  hasMailBridge: boolean,
  probe: () => Promise<ProbeResult>,
): Pick<AccountTrial, 'probe' | 'verdictCounts'> {
  const { password = '' } = withoutPlaceholder(form);
  const hasPassword = !signsIn || password !== '';
  return { probe: hasPassword ? probe : null, verdictCounts: hasPassword || hasMailBridge };
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

const savedIncoming = (client: GreyhoundClient, id: number) => client.pop3Accounts.Get({ ID: id });

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
  return newIncoming(
    {
      ...form,
      name: form.name ?? '',
      protocol: form.protocol ?? 'pop3',
      host: form.host ?? '',
      security: form.security ?? 'tls',
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
