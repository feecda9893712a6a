/**
 * The shapes of incoming and SMTP accounts. What may be written is strict: an unknown field is refused. What is read
 * is wider: an account made elsewhere may use protocols, sign-in kinds or limits that are not offered here, and is
 * shown as it is.
 */
import { z } from 'zod';
import {
  emailAddress,
  host,
  line,
  linkId,
  name,
  password,
  port,
  security,
  timeoutSeconds,
  tlsException,
} from './fields.js';

/** What happens on the mail server after fetching. `days` matters for afterDays only; else anything is ignored. */
export const deletion = z.discriminatedUnion('policy', [
  z.strictObject({ policy: z.literal('never'), days: z.unknown().optional() }),
  z.strictObject({ policy: z.literal('immediately'), days: z.unknown().optional() }),
  z.strictObject({ policy: z.literal('afterDays'), days: z.int().min(1).max(36_500) }),
]);
export type Deletion = z.infer<typeof deletion>;

/** What becomes of the mail that lies in the mailbox already. It is old mail: nothing is started by it. */
const initialImport = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('all') }),
  /** What came since that moment; the rest is never fetched and never deleted. */
  z.strictObject({ mode: z.literal('since'), since: z.iso.datetime({ offset: true }) }),
  z.strictObject({ mode: z.literal('onlyNew') }),
]);
export type InitialImport = z.infer<typeof initialImport>;

const incomingFields = {
  name: name(100),
  protocol: z.enum(['pop3', 'imap']),
  host,
  port,
  security,
  authentication: z.enum(['password', 'apop', 'oauth2']),
  username: name(255),
  password,
  linkId: linkId.optional(),
  active: z.boolean(),
  /** IMAP: the folder that is fetched; '' is the inbox. */
  mailbox: line(255),
  /** null: never by itself. */
  pollIntervalMinutes: z.int().min(1).max(10_080).nullable(),
  timeoutSeconds: timeoutSeconds.nullable(),
  deletion,
  deleteOnServerWhenDeleted: z.boolean(),
  /** IMAP: whether what the SMTP account of this name sends is copied into the folder for sent mails. */
  copySent: z.boolean(),
  /** IMAP: that folder; '' is the one that the server says is for sent mails. */
  sentFolder: line(255),
  allowClearTextLogin: z.boolean(),
  tlsException: tlsException.nullable(),
};

/** Ends how the account signs in by OAuth2, in the same save (SAL-100). */
const unlink = z.boolean().optional();

/** What a save adds to a request: the text that a link stands for. Never part of a request or an answer. */
interface LinkedCredential {
  readonly credential?: string | undefined;
}

const smtpFields = {
  name: name(100),
  host,
  port,
  security,
  authentication: z.enum(['none', 'password', 'oauth2']),
  username: line(255),
  password,
  linkId: linkId.optional(),
  active: z.boolean(),
  /** `*` for every sender, or addresses. */
  senders: z
    .array(z.union([z.literal('*'), emailAddress]))
    .min(1)
    .max(1000),
  fromOverride: emailAddress.nullable(),
  timeoutSeconds: timeoutSeconds.nullable(),
  allowClearTextLogin: z.boolean(),
  tlsException: tlsException.nullable(),
};

/** An SMTP account as saved alone. */
export const smtpAccountCreate = z.strictObject({
  ...z.object(smtpFields).partial().shape,
  name: smtpFields.name,
  host: smtpFields.host,
  security: smtpFields.security.default('starttls'),
  authentication: smtpFields.authentication.default('password'),
  senders: smtpFields.senders,
});
export type SmtpAccountCreate = z.infer<typeof smtpAccountCreate> & LinkedCredential;

/** The SMTP settings of an incoming account that is being created; what is left out is derived. */
export const smtpForIncoming = z.strictObject({
  ...z.object(smtpFields).omit({ name: true, active: true }).partial().shape,
});
export type SmtpForIncoming = z.infer<typeof smtpForIncoming> & LinkedCredential;

export const incomingAccountCreate = z.strictObject({
  ...z.object(incomingFields).partial().shape,
  name: incomingFields.name,
  protocol: incomingFields.protocol.default('pop3'),
  host: incomingFields.host,
  security: incomingFields.security.default('tls'),
  authentication: incomingFields.authentication.default('password'),
  username: incomingFields.username,
  deletion: incomingFields.deletion.default({ policy: 'never' }),
  /** Address of the group; needed when the user name is no address. */
  emailAddress: emailAddress.optional(),
  smtp: smtpForIncoming.optional(),
  /** `all` unless told; it cannot be changed later. */
  initialImport: initialImport.optional(),
  /** Take a group, signature, filter or SMTP account of that name although it does not fit. */
  reuse: z.boolean().default(false),
});
export type IncomingAccountCreate = Omit<z.infer<typeof incomingAccountCreate>, 'smtp'> &
  LinkedCredential & { readonly smtp?: SmtpForIncoming | undefined };

/** What is left out keeps its saved value. */
export const incomingAccountUpdate = z.strictObject({
  ...z.object(incomingFields).partial().shape,
  unlink,
  /** How many stored mails the changed deletion may remove from the server at once, as removalNotConfirmed asked. */
  confirmRemoval: z.int().min(0).optional(),
});
export type IncomingAccountUpdate = z.infer<typeof incomingAccountUpdate> & LinkedCredential;

export const smtpAccountUpdate = z.strictObject({
  ...z.object(smtpFields).partial().shape,
  unlink,
});
export type SmtpAccountUpdate = z.infer<typeof smtpAccountUpdate> & LinkedCredential;

/** `at` is null when the archive does not tell. `code` names the cause class where the archive does. */
export const lastError = z.object({
  message: z.string(),
  count: z.int(),
  at: z.iso.datetime().nullable(),
  code: z.string().nullable(),
});
export type LastError = z.infer<typeof lastError>;

export const oauthStates = [
  'unlinked',
  'pending',
  /** An administrator consented for everybody; the mailbox is not linked yet: link again (SAL-94, 95). */
  'consentGranted',
  'linked',
  /** Linked, and known to end within 30 days. */
  'expiring',
  'expired',
  'failed',
] as const;
export type OAuthState = (typeof oauthStates)[number];

const common = {
  id: z.int(),
  name: z.string(),
  host: z.string(),
  port: z.int(),
  security: z.enum(['none', 'starttls', 'tls', 'unknown']),
  username: z.string(),
  passwordSet: z.boolean(),
  active: z.boolean(),
  /** null: the archive's unit is not known; see `raw`. */
  timeoutSeconds: z.number().nullable(),
  allowClearTextLogin: z.boolean(),
  tlsException: z.object({ fingerprint: z.string(), reason: z.string() }).nullable(),
  lastError: lastError.nullable(),
  /** Beyond the licensed number: shown, never changed from here. */
  managedExternally: z.boolean(),
  /** How the link stands; null for an account that does not sign in by OAuth2. */
  oauth: z
    .object({ state: z.enum(oauthStates), expiresAt: z.iso.datetime().nullable() })
    .nullable(),
  /** Values whose unit the archive does not tell; null when it does. */
  raw: z.record(z.string(), z.int()).nullable(),
};

export const incomingAccount = z.object({
  ...common,
  protocol: z.enum(['pop3', 'imap', 'unknown']),
  authentication: z.enum(['password', 'apop', 'oauth2', 'unknown']),
  mailbox: z.string(),
  pollIntervalMinutes: z.number().nullable(),
  deletion: z.object({
    policy: z.enum(['never', 'immediately', 'afterDays', 'unknown']),
    days: z.number().nullable(),
  }),
  deleteOnServerWhenDeleted: z.boolean(),
  copySent: z.boolean(),
  sentFolder: z.string(),
});
export type IncomingAccount = z.infer<typeof incomingAccount>;

export const smtpAccount = z.object({
  ...common,
  authentication: z.enum(['none', 'password', 'oauth2', 'unknown']),
  senders: z.array(z.string()),
  fromOverride: z.string().nullable(),
});
export type SmtpAccount = z.infer<typeof smtpAccount>;
