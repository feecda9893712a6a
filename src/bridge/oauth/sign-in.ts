/**
 * Signing in at a provider, as the archive does it: by RpcMailBridge where it is served, which tells whose mailbox it
 * is, why it failed and how long it lasts; else by the documented Start and Check, which tell neither.
 */
import {
  ArchiveFailure,
  linkedCredential,
  OAuth2Flow,
  OAuth2State,
  RpcOAuth2Request,
  type GreyhoundClient,
  type OAuth2SessionProgress,
} from '../../greyhound/index.js';
import { MailFailure, type MailFailureCode } from '../../mail/errors.js';
import type { ArchiveAccess } from '../archive-access.js';
import { archiveFaultMeaning, failedCheck } from '../archive-faults.js';
import { BridgeFailure, refuse } from '../failure.js';
import type { Language } from '../texts/index.js';
import type { AccountKind, LinkFailure, LinkFlow, LinkTarget, SignInHandle } from './link.js';

export interface SignInRequest {
  readonly target: LinkTarget;
  readonly flow: LinkFlow;
  /** '' lets the archive decide by host and address. */
  readonly provider: string;
  readonly redirectUrl: string;
  readonly language: Language;
}

export interface StartedSignIn {
  readonly handle: SignInHandle;
  readonly url: string;
  readonly userCode: string;
  readonly verificationUrl: string;
  readonly provider: string;
  /** null: the archive does not tell. */
  readonly expiresAt: Date | null;
}

export type SignInProgress =
  | { readonly state: 'pending'; readonly failure: LinkFailure | null }
  | { readonly state: 'finished'; readonly reference: string; readonly signedInAs: string }
  | {
      readonly state: 'consentGranted' | 'failed';
      readonly failure: LinkFailure;
      readonly signedInAs: string;
    };

const flows: Readonly<Record<LinkFlow, number>> = {
  redirect: OAuth2Flow.ofCode,
  device: OAuth2Flow.ofDevice,
  application: OAuth2Flow.ofApplication,
  adminConsent: OAuth2Flow.ofAdminConsent,
};

/** @throws BridgeFailure notSupportedByArchive, oauthProviderMissing; MailFailure; ArchiveFailure */
export async function startSignIn(
  access: ArchiveAccess,
  request: SignInRequest,
): Promise<StartedSignIn> {
  const client = await access.client();
  try {
    return (await access.hasMailBridge())
      ? await startByMailBridge(client, request)
      : await startByAccounts(client, request);
  } catch (error) {
    throw startRefusal(error) ?? error;
  }
}

async function startByMailBridge(
  { mailBridge }: GreyhoundClient,
  { target, flow, provider, redirectUrl, language }: SignInRequest,
): Promise<StartedSignIn> {
  const session = await mailBridge.StartOAuth2({
    Request: RpcOAuth2Request.make({
      Host: target.host,
      ProviderRef: provider,
      Address: target.address,
      Delegate: target.delegate,
      Flow: flows[flow],
      RedirectUrl: redirectUrl,
      Locale: language,
    }),
  });
  const { Identifier: identifier, Kind: kind } = session;
  return {
    handle: { identifier, kind, through: 'mailBridge' },
    url: session.Url,
    userCode: session.UserCode,
    verificationUrl: session.VerificationUrl,
    provider: session.ProviderRef,
    expiresAt: session.Expires,
  };
}

async function startByAccounts(
  client: GreyhoundClient,
  { target, flow, provider, redirectUrl, language }: SignInRequest,
): Promise<StartedSignIn> {
  if (flow !== 'redirect') throw refuse('notSupportedByArchive', { field: 'flow' });
  if (provider !== '') throw refuse('notSupportedByArchive', { field: 'provider' });
  if (target.delegate !== '') throw refuse('notSupportedByArchive', { field: 'delegate' });
  const { Identifier, Kind, Url } = await accountsOf(client, target.kind).StartOAuth2Authentication(
    {
      Host: target.host,
      RedirectUrl: redirectUrl,
      Locale: language,
    },
  );
  return {
    handle: { identifier: Identifier, kind: Kind, through: 'accounts' },
    url: Url,
    userCode: '',
    verificationUrl: '',
    provider: '',
    expiresAt: null,
  };
}

const accountsOf = (client: GreyhoundClient, kind: AccountKind) =>
  kind === 'incoming' ? client.pop3Accounts : client.smtpAccounts;

/** Codes in brackets by which RpcMailBridge says why a sign-in cannot begin; the field is that of the request. */
const REFUSALS: Readonly<Record<string, () => BridgeFailure | MailFailure>> = {
  notConfigured: () => refuse('oauthProviderMissing', { field: 'host' }),
  hostNotServed: () => refuse('oauthProviderMissing', { field: 'host' }),
  flowNotOffered: () => refuse('oauthFlowNotOffered', { field: 'flow' }),
  clientRefused: () => new MailFailure('oauthClientRefused' satisfies MailFailureCode),
  providerUnavailable: () => new MailFailure('oauthUnavailable' satisfies MailFailureCode),
};

function startRefusal(error: unknown): BridgeFailure | MailFailure | null {
  const told = failedCheck(error);
  return told === null ? null : (REFUSALS[told.code]?.() ?? null);
}

/** @throws ArchiveFailure when it cannot be asked; nothing is known then */
export async function signInProgress(
  access: ArchiveAccess,
  handle: SignInHandle,
  target: LinkTarget,
): Promise<SignInProgress> {
  const client = await access.client();
  const { identifier: Identifier, kind: Kind, through } = handle;
  try {
    if (through === 'accounts') {
      const accounts = accountsOf(client, target.kind);
      return documented(await accounts.CheckOAuth2Authentication({ Identifier, Kind }));
    }
    return told(await client.mailBridge.GetOAuth2Progress({ Identifier, Kind }), target);
  } catch (error) {
    const isFault = error instanceof ArchiveFailure && error.code === 'archiveFault';
    if (!isFault || archiveFaultMeaning(error)?.disposition === 'transient') throw error;
    // another archive than the one that began it, or one that has forgotten it
    return { state: 'failed', failure: { code: 'codeExpired', params: {} }, signedInAs: '' };
  }
}

function documented(progress: Parameters<typeof linkedCredential>[0]): SignInProgress {
  switch (progress.State) {
    case OAuth2State.oasFinished:
      return { state: 'finished', reference: linkedCredential(progress), signedInAs: '' };
    case OAuth2State.oasFailed:
      return { state: 'failed', failure: { code: 'signInFailed', params: {} }, signedInAs: '' };
    default:
      return { state: 'pending', failure: null };
  }
}

/** Other words of the archive for the same. */
const SAME: Readonly<Record<string, string>> = {
  unknown: 'codeExpired',
  expired: 'codeExpired',
  interrupted: 'codeExpired',
};

function told(progress: OAuth2SessionProgress, target: LinkTarget): SignInProgress {
  const { State, Password, Code, Words, Identity } = progress;
  const params = {
    signedInAs: Identity,
    expected: [target.address, target.delegate].filter((address) => address !== '').join(', '),
    words: Words,
  };
  const failure = { code: SAME[Code] ?? Code, params };
  switch (State) {
    case OAuth2State.oasFinished:
      return { state: 'finished', reference: Password, signedInAs: Identity };
    case OAuth2State.oasFailed:
      return {
        state: Code === 'consentGranted' ? 'consentGranted' : 'failed',
        failure,
        signedInAs: Identity,
      };
    case OAuth2State.oasNone:
      return { state: 'failed', failure: { code: 'codeExpired', params: {} }, signedInAs: '' };
    default:
      return { state: 'pending', failure: Code === '' ? null : failure };
  }
}

/** The archive forgets a sign-in that no account uses. One that cannot be asked forgets it by itself in time. */
export async function dropSignIn(
  access: ArchiveAccess,
  { identifier: Identifier, kind: Kind, through }: SignInHandle,
): Promise<void> {
  if (through !== 'mailBridge') return;
  try {
    const { mailBridge } = await access.client();
    await mailBridge.DropOAuth2({ Identifier, Kind });
  } catch (error) {
    if (!(error instanceof ArchiveFailure) && !(error instanceof BridgeFailure)) throw error;
  }
}
