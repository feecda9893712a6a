/**
 * The part of RpcMailBridge about signing in by OAuth 2.0: what the documented Start and Check cannot say (whose
 * mailbox, a delegate, a device code, access of an application) and what they cannot ask (why it failed, how long it
 * lasts). Tokens never leave the archive: what goes out is a reference, good for one account and a short time.
 */
import { bool, dateTime, enumeration, int, list, struct, text, type ValueOf } from './codec.js';
import { OAuth2State } from './oauth2.js';
import { method, procedure } from './service.js';

export const OAuth2ProviderKind = { opGoogle: 0, opMicrosoft: 1, opOpenId: 2 } as const;

/** Who lets users sign in, and as what program we are known there. */
export const RpcOAuth2Provider = struct('RpcOAuth2Provider', {
  /** Chosen by the administrator: `google`, `microsoft`, `firma`. */
  ID: text,
  Kind: enumeration('RpcOAuth2ProviderKind', OAuth2ProviderKind),
  /** Issuer for discovery (OpenID Connect Discovery 1.0); '' for the kind's own. */
  Issuer: text,
  /** Microsoft: directory id or domain; '' for `organizations`. */
  Tenant: text,
  ClientId: text,
  /** Write only; '' leaves the stored one. */
  ClientSecret: text,
  ClientSecretSet: bool,
  /** When the provider stops to accept the secret; null: not told. */
  ClientSecretExpires: dateTime,
  /** Mail hosts whose accounts sign in here, one a line, `*.example.com` for all below; added to the kind's own. */
  Hosts: text,
  /** Separated by spaces; '' for the kind's own. */
  Scopes: text,
  /** Google: the consent screen is in test mode, a sign-in ends after seven days. */
  Testing: bool,
  /** The address to register at the provider. Read only. */
  RedirectUrl: text,
});
export type OAuth2Provider = ValueOf<typeof RpcOAuth2Provider>;

/** What was looked at when a provider was checked. */
export const RpcOAuth2ProviderFinding = struct('RpcOAuth2ProviderFinding', {
  /** `discovery`, `redirectUrl`, `client`, `pkce`, `clientSecretExpires`. */
  Check: text,
  /** 0 well, 1 to be looked at, 2 wrong. */
  Outcome: int,
  /** Stable code. */
  Code: text,
  /** The provider's own words, without secrets. */
  Words: text,
});
export type OAuth2ProviderFinding = ValueOf<typeof RpcOAuth2ProviderFinding>;

export const OAuth2Flow = {
  /** Authorization code with PKCE, in a browser. */
  ofCode: 0,
  /** Device code (RFC 8628). */
  ofDevice: 1,
  /** The application itself, without a person (client credentials). */
  ofApplication: 2,
  /** Microsoft: an administrator consents for everybody; links nothing. */
  ofAdminConsent: 3,
} as const;

export const RpcOAuth2Request = struct('RpcOAuth2Request', {
  /** Mail server; it tells the provider. */
  Host: text,
  /** '' lets Host and Address decide. */
  ProviderRef: text,
  /** The mailbox to be linked. */
  Address: text,
  /** Who may sign in instead of the mailbox itself; '' = nobody. */
  Delegate: text,
  Flow: enumeration('RpcOAuth2Flow', OAuth2Flow),
  /** Where the browser goes at the end. */
  RedirectUrl: text,
  Locale: text,
});
export type OAuth2Request = ValueOf<typeof RpcOAuth2Request>;

export const RpcOAuth2Session = struct('RpcOAuth2Session', {
  Identifier: text,
  Kind: text,
  /** '' when nobody has to open anything. */
  Url: text,
  ProviderRef: text,
  /** Device code: what the person types in, and where. */
  UserCode: text,
  VerificationUrl: text,
  Expires: dateTime,
});
export type OAuth2Session = ValueOf<typeof RpcOAuth2Session>;

export const RpcOAuth2SessionProgress = struct('RpcOAuth2SessionProgress', {
  State: enumeration('RpcOAuth2State', OAuth2State),
  /** Reference for the account's Password, when finished. */
  Password: text,
  /** Why it failed, or what is missing: stable code, '' when there is nothing to say. */
  Code: text,
  /** The provider's own words, without secrets. */
  Words: text,
  /** Who signed in. */
  Identity: text,
});
export type OAuth2SessionProgress = ValueOf<typeof RpcOAuth2SessionProgress>;

/** How an account signs in by OAuth 2.0. Empty for one that does not. */
export const RpcOAuth2Link = struct('RpcOAuth2Link', {
  /** Whether there is a grant that has not ended. */
  Linked: bool,
  ProviderRef: text,
  /** Who signed in: the mailbox itself or a delegate; '' for access of the application. */
  Identity: text,
  /** Id of the incoming account whose link an SMTP account of the same name uses; 0: its own. */
  ViaAccountRef: int,
  LinkedAt: dateTime,
  /** When it is going to end, as far as anybody knows; null: no date. */
  Expires: dateTime,
  /** What ends then: `clientSecret`, `inactivity`, `testing`, `lifetime`. */
  ExpiresBy: text,
  EndedAt: dateTime,
  /** Why it ended: `revoked`, `inactive`, `testing`, `passwordChanged`, `expired`. */
  EndedCode: text,
});
export type OAuth2Link = ValueOf<typeof RpcOAuth2Link>;

export const mailBridgeOAuth2Methods = {
  GetOAuth2ProviderList: method({}, list(RpcOAuth2Provider)),
  PutOAuth2Provider: procedure({ Provider: RpcOAuth2Provider }),
  /** Refused while accounts are linked through it. */
  DeleteOAuth2Provider: procedure({ ID: text }),
  /** As it stands in the parameter; an empty secret stands for the stored one. */
  CheckOAuth2Provider: method({ Provider: RpcOAuth2Provider }, list(RpcOAuth2ProviderFinding)),
  StartOAuth2: method({ Request: RpcOAuth2Request }, RpcOAuth2Session),
  GetOAuth2Progress: method({ Identifier: text, Kind: text }, RpcOAuth2SessionProgress),
  /** Forgets a sign-in that no account uses, and revokes what it was given. */
  DropOAuth2: procedure({ Identifier: text, Kind: text }),
} as const;
