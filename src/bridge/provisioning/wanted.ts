/** What saving a new incoming account asks for, worked out from the request and what the archive holds. */
import {
  RpcAccountOptions,
  type AccountOptions,
  type Group,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import { isEmailAddress, isRealPassword, sameName } from '../accounts/fields.js';
import { newIncoming } from '../accounts/incoming-wire.js';
import type {
  IncomingAccountCreate,
  SmtpAccountCreate,
  SmtpForIncoming,
} from '../accounts/schemas.js';
import { newSmtp } from '../accounts/smtp-wire.js';
import { applyOptions, type Units } from '../accounts/wire.js';
import { refuse } from '../failure.js';
import { submissionServerFor } from './smtp-derivation.js';

interface WantedSmtp {
  readonly account: SmtpAccount;
  readonly options: AccountOptions;
}

export interface WantedProvisioning {
  /** Begins the ids of its steps, so that several fit into one plan. */
  readonly key: string;
  /** Names group, signature, filters, rule and SMTP account. */
  readonly name: string;
  /** Of the group. */
  readonly address: string;
  /** The new account; or the id of one that stands and gets what it lacks. */
  readonly incoming:
    | { readonly account: Pop3Account; readonly options: AccountOptions }
    | { readonly existingId: number };
  readonly smtp: WantedSmtp | { readonly existingId: number };
  /** Activate both accounts at the end (SAL-81). */
  readonly active: boolean;
  /** Take what has the name although it does not fit. */
  readonly reuse: boolean;
}

/**
 * The group's address (SAL-63, 77, 79).
 * @throws BridgeFailure groupAddressRequired
 */
export function groupAddressOf(wanted: {
  readonly emailAddress?: string | undefined;
  readonly username: string;
}): string {
  if (wanted.emailAddress !== undefined) return wanted.emailAddress;
  const username = wanted.username.trim();
  if (!isEmailAddress(username)) throw refuse('groupAddressRequired', { field: 'emailAddress' });
  return username;
}

interface SmtpOrigin {
  readonly name: string;
  readonly host: string;
  readonly username: string;
  readonly authentication?: IncomingAccountCreate['authentication'] | undefined;
  readonly password?: string | undefined;
}

/** As the incoming account signs in, unless told otherwise, be it by a password of its own (SAL-112). */
export function submissionSignIn(
  origin: Pick<SmtpOrigin, 'authentication'>,
  given: SmtpForIncoming,
): SmtpAccountCreate['authentication'] {
  const isOAuth2 = origin.authentication === 'oauth2' && !isRealPassword(given.password);
  return given.authentication ?? (isOAuth2 ? 'oauth2' : 'password');
}

/** The SMTP settings that go with an incoming account: those given, for the rest the derived ones. */
export function smtpFor(
  origin: SmtpOrigin,
  address: string,
  given: SmtpForIncoming = {},
): SmtpAccountCreate {
  const server = submissionServerFor(origin.host);
  const security = given.security ?? (given.host === undefined ? server.security : 'starttls');
  const isDerived = given.host === undefined && security === server.security;
  const password = [given.password, origin.password].find(isRealPassword);
  return {
    ...given,
    name: origin.name,
    host: given.host ?? server.host,
    port: given.port ?? (isDerived ? server.port : undefined),
    security,
    authentication: submissionSignIn(origin, given),
    username: given.username ?? origin.username,
    password: password ?? '',
    senders: given.senders ?? [address],
  };
}

export const wantedSmtp = (settings: SmtpAccountCreate, units: Units | null): WantedSmtp => ({
  account: newSmtp({ ...settings, active: false }, units),
  options: applyOptions(RpcAccountOptions.make(), settings),
});

/**
 * @param key begins the step ids
 * @throws BridgeFailure groupAddressRequired, notSupportedByArchive
 */
export function wantedFor(
  key: string,
  request: IncomingAccountCreate,
  present: {
    readonly groups: readonly Group[];
    readonly units: Units | null;
    readonly hasMailBridge: boolean;
  },
): WantedProvisioning {
  const standing = present.groups.find((group) => sameName(group.Name, request.name));
  const asked = groupAddressOf(request);
  // A group that is taken over keeps its address; what is created around it follows that one.
  const address = request.reuse && standing && standing.Email !== '' ? standing.Email : asked;
  return {
    key,
    name: request.name,
    address,
    incoming: {
      account: newIncoming(request, present.units),
      options: applyOptions(RpcAccountOptions.make(), request),
    },
    smtp: wantedSmtp(
      withLinkOf(request, smtpFor(request, address, request.smtp), present),
      present.units,
    ),
    active: request.active ?? false,
    reuse: request.reuse,
  };
}

/** An archive without RpcMailBridge does not look at the incoming account: the link is written to both. */
function withLinkOf(
  { credential }: IncomingAccountCreate,
  smtp: SmtpAccountCreate,
  { hasMailBridge }: { readonly hasMailBridge: boolean },
): SmtpAccountCreate {
  const hasOwn = hasMailBridge || smtp.authentication !== 'oauth2' || smtp.credential !== undefined;
  return hasOwn || credential === undefined ? smtp : { ...smtp, credential };
}
