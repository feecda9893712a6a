/**
 * What is known about the kinds of providers, as data. Google and Microsoft publish the same addresses by discovery
 * (RFC 8414); they stand here so that signing in does not hang on one more request. Read 2026-11.
 */
import { OAuth2ProviderKind } from '../../greyhound/index.js';

export interface ProviderEndpoints {
  readonly issuer: string;
  readonly authorization: string;
  readonly token: string;
  readonly jwks: string;
  /** Null: the provider has none. */
  readonly revocation: string | null;
  readonly device: string | null;
  readonly adminConsent: string | null;
  /** How the client proves itself at the token endpoint (RFC 6749 §2.3.1). */
  readonly clientAuthentication: 'header' | 'body';
  readonly supportsPkce: boolean;
  readonly promptsSupported: readonly string[];
}

export interface ProviderKind {
  /** Null: by discovery only. */
  readonly endpoints: ((tenant: string) => ProviderEndpoints) | null;
  /** Where its tokens may be sent. */
  readonly hosts: readonly string[];
  readonly scopes: readonly string[];
  /** For access of the application (client credentials); null: not offered. */
  readonly applicationScopes: readonly string[] | null;
  /** Asked for so that a person chooses the account, and so that there is a refresh token. */
  readonly authorization: Readonly<Record<string, string>>;
  readonly offersDeviceCode: boolean;
  /** A refresh token that is not used so long ends; null: not known. */
  readonly inactivityDays: number | null;
  /** Test mode: a sign-in ends after so many days; null: there is no such mode. */
  readonly testingDays: number | null;
}

const google: ProviderKind = {
  endpoints: () => ({
    issuer: 'https://accounts.google.com',
    authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    jwks: 'https://www.googleapis.com/oauth2/v3/certs',
    revocation: 'https://oauth2.googleapis.com/revoke',
    device: null,
    adminConsent: null,
    clientAuthentication: 'body',
    supportsPkce: true,
    promptsSupported: ['select_account', 'consent'],
  }),
  hosts: ['*.gmail.com', '*.googlemail.com', '*.google.com'],
  scopes: ['openid', 'email', 'https://mail.google.com/'],
  applicationScopes: null,
  // a refresh token is given with the first consent only, unless consent is asked for
  authorization: { access_type: 'offline', prompt: 'select_account consent' },
  // Google's device flow gives no access to mail
  offersDeviceCode: false,
  inactivityDays: 180,
  testingDays: 7,
};

const MICROSOFT = 'https://login.microsoftonline.com';

const microsoft: ProviderKind = {
  endpoints: (given) => {
    const tenant = encodeURIComponent(given === '' ? 'organizations' : given);
    const base = `${MICROSOFT}/${tenant}`;
    return {
      // the id of the person's directory stands in a token's `iss`
      issuer: `${MICROSOFT}/{tenantid}/v2.0`,
      authorization: `${base}/oauth2/v2.0/authorize`,
      token: `${base}/oauth2/v2.0/token`,
      jwks: `${base}/discovery/v2.0/keys`,
      revocation: null,
      device: `${base}/oauth2/v2.0/devicecode`,
      adminConsent: `${base}/v2.0/adminconsent`,
      clientAuthentication: 'body',
      supportsPkce: true,
      promptsSupported: ['select_account', 'consent'],
    };
  },
  hosts: ['outlook.office365.com', 'outlook.office.com', 'smtp.office365.com', '*.outlook.com'],
  scopes: [
    'openid',
    'email',
    'profile',
    'offline_access',
    'https://outlook.office.com/POP.AccessAsUser.All',
    'https://outlook.office.com/IMAP.AccessAsUser.All',
    'https://outlook.office.com/SMTP.Send',
  ],
  applicationScopes: ['https://outlook.office365.com/.default'],
  // never `consent`: where users may not consent themselves, an administrator's consent could then not be used
  authorization: { prompt: 'select_account' },
  offersDeviceCode: true,
  inactivityDays: 90,
  testingDays: null,
};

const openId: ProviderKind = {
  endpoints: null,
  hosts: [],
  scopes: ['openid', 'email', 'offline_access'],
  applicationScopes: [],
  // OpenID Connect Core §11: offline_access needs consent
  authorization: { prompt: 'consent' },
  offersDeviceCode: true,
  inactivityDays: null,
  testingDays: null,
};

const kinds: Readonly<Record<number, ProviderKind>> = {
  [OAuth2ProviderKind.opGoogle]: google,
  [OAuth2ProviderKind.opMicrosoft]: microsoft,
  [OAuth2ProviderKind.opOpenId]: openId,
};

/** An unknown kind is refused before it is stored. */
export const kindOf = (ordinal: number): ProviderKind => kinds[ordinal] ?? openId;

export const isKnownKind = (ordinal: number): boolean => kinds[ordinal] !== undefined;
