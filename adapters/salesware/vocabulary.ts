/**
 * Salesware's words and the bridge's model, both ways, as pure functions. What the form can express survives
 * form → model → form; what only the model can express is left untouched by an update and named in
 * `nichtDarstellbar` by a read.
 */
import { DEFAULT_POLL_INTERVAL_MINUTES, DEFAULT_TIMEOUT_SECONDS } from '../../src/bridge/index.js';
import {
  PASSWORD_PLACEHOLDER,
  type Deletion,
  type IncomingAccount,
  type IncomingAccountCreate,
  type IncomingAccountUpdate,
  type SmtpAccount,
  type SmtpAccountCreate,
  type SmtpAccountUpdate,
} from '../../src/bridge/accounts/index.js';
import type {
  Authentifizierung,
  Loeschung,
  Pop3FormCreate,
  Pop3FormRead,
  Pop3FormUpdate,
  SmtpFormCreate,
  SmtpFormRead,
  SmtpFormUpdate,
  Verbindungsart,
} from './forms.js';

interface DeletionInput {
  readonly policy: Deletion['policy'];
  readonly days?: unknown;
}
/** What the API takes, before its rules have judged the period. */
type CreateInput = Omit<IncomingAccountCreate, 'deletion' | 'reuse'> & { deletion: DeletionInput };
type UpdateInput = Omit<IncomingAccountUpdate, 'deletion'> & { deletion?: DeletionInput };

const securities = {
  unverschluesselt: 'none',
  starttls: 'starttls',
  sslTls: 'tls',
} as const satisfies Record<Verbindungsart, IncomingAccount['security']>;

const signIns = {
  normal: 'password',
  apop: 'apop',
  oauth2: 'oauth2',
} as const satisfies Record<Authentifizierung, IncomingAccount['authentication']>;

const policies = {
  nachZeitraum: 'afterDays',
  sofort: 'immediately',
  nicht: 'never',
} as const satisfies Record<Loeschung, Deletion['policy']>;

/** The form's word for a value of the model; null when it has none. */
const wordFor = <Word extends string>(
  words: Readonly<Record<Word, string>>,
  value: string,
): Word | null => (Object.keys(words) as Word[]).find((word) => words[word] === value) ?? null;

/** Without members that are undefined: absent means "as it is". */
type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const given = <T extends object>(members: T): Partial<Given<T>> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<
    Given<T>
  >;

/** Whether the days make sense is for the rules of the API to say; an empty field is a missing one. */
function deletionOf(option: Loeschung, days: unknown): DeletionInput {
  const policy = policies[option];
  if (policy !== 'afterDays') return { policy };
  return days === null || days === '' ? { policy } : { policy, days };
}

const pop3Common = (form: Pop3FormUpdate | Pop3FormCreate) =>
  given({
    port: form.port,
    password: form.passwort,
    active: form.aktiv,
    deleteOnServerWhenDeleted: form.nachrichtenLoeschenSobaldInSaleswareGeloescht,
    linkId: form.verknuepfungId,
  });

export const pop3ToCreate = (form: Pop3FormCreate): CreateInput => ({
  ...pop3Common(form),
  ...given({ emailAddress: form.emailAdresseDerGruppe }),
  name: form.kontoname,
  protocol: 'pop3',
  host: form.server,
  username: form.benutzername,
  security: securities[form.verbindungsart],
  authentication: signIns[form.authentifizierung],
  deletion: deletionOf(form.loeschungVomPop3Konto, form.zeitraum),
});

export const pop3ToUpdate = (form: Pop3FormUpdate): UpdateInput => ({
  ...pop3Common(form),
  ...given({
    name: form.kontoname,
    host: form.server,
    username: form.benutzername,
    security: form.verbindungsart == null ? undefined : securities[form.verbindungsart],
    authentication: form.authentifizierung == null ? undefined : signIns[form.authentifizierung],
    deletion:
      form.loeschungVomPop3Konto == null
        ? undefined
        : deletionOf(form.loeschungVomPop3Konto, form.zeitraum),
    confirmRemoval: form.loeschungBestaetigen,
    unlink: form.verknuepfungAufheben,
  }),
});

const shownPassword = (account: { readonly passwordSet: boolean }): string =>
  account.passwordSet ? PASSWORD_PLACEHOLDER : '';

export const pop3ToForm = (account: IncomingAccount): Pop3FormRead => ({
  kontoname: account.name,
  aktiv: account.active,
  server: account.host,
  port: account.port,
  benutzername: account.username,
  passwort: shownPassword(account),
  verbindungsart: wordFor(securities, account.security),
  authentifizierung: wordFor(signIns, account.authentication),
  loeschungVomPop3Konto: wordFor(policies, account.deletion.policy),
  zeitraum: account.deletion.policy === 'afterDays' ? account.deletion.days : null,
  nachrichtenLoeschenSobaldInSaleswareGeloescht: account.deleteOnServerWhenDeleted,
});

const smtpCommon = (form: SmtpFormUpdate | SmtpFormCreate) =>
  given({
    port: form.port,
    username: form.benutzername,
    password: form.passwort,
    active: form.aktiv,
    linkId: form.verknuepfungId,
  });

/** APOP is refused before: there is none for SMTP (SAL-111). */
const smtpSignIn = (word: Authentifizierung) =>
  word === 'oauth2' ? ('oauth2' as const) : ('password' as const);

export const smtpToCreate = (form: SmtpFormCreate): SmtpAccountCreate => ({
  ...smtpCommon(form),
  name: form.kontoname,
  host: form.server,
  security: securities[form.verbindungsart],
  authentication: smtpSignIn(form.authentifizierung),
  senders: form.absender,
});

export const smtpToUpdate = (form: SmtpFormUpdate): SmtpAccountUpdate => ({
  ...smtpCommon(form),
  ...given({
    name: form.kontoname,
    host: form.server,
    security: form.verbindungsart == null ? undefined : securities[form.verbindungsart],
    authentication: form.authentifizierung == null ? undefined : smtpSignIn(form.authentifizierung),
    senders: form.absender,
    unlink: form.verknuepfungAufheben,
  }),
});

export const smtpToForm = (account: SmtpAccount): SmtpFormRead => ({
  kontoname: account.name,
  aktiv: account.active,
  server: account.host,
  port: account.port,
  benutzername: account.username,
  passwort: shownPassword(account),
  verbindungsart: wordFor(securities, account.security),
  authentifizierung: wordFor(signIns, account.authentication),
  absender: account.senders.join('\n'),
});

/** Whether a duration that the form does not show is what every new account gets, or is not known at all. */
const isUsual = (
  account: IncomingAccount | SmtpAccount,
  value: number | null,
  usual: number,
): boolean => value === usual || (value === null && account.raw !== null);

/** Names of the model's members whose values neither form has a place or word for. */
function commonNotRepresentable(account: IncomingAccount | SmtpAccount): string[] {
  return [
    ...(wordFor(securities, account.security) === null ? ['security'] : []),
    ...(wordFor(signIns, account.authentication) === null ? ['authentication'] : []),
    ...(isUsual(account, account.timeoutSeconds, DEFAULT_TIMEOUT_SECONDS)
      ? []
      : ['timeoutSeconds']),
    ...(account.allowClearTextLogin ? ['allowClearTextLogin'] : []),
    ...(account.tlsException === null ? [] : ['tlsException']),
  ];
}

export const pop3NotRepresentable = (account: IncomingAccount): string[] => [
  ...(account.protocol === 'pop3' ? [] : ['protocol']),
  ...commonNotRepresentable(account),
  ...(account.mailbox === '' ? [] : ['mailbox']),
  ...(isUsual(account, account.pollIntervalMinutes, DEFAULT_POLL_INTERVAL_MINUTES)
    ? []
    : ['pollIntervalMinutes']),
  ...(wordFor(policies, account.deletion.policy) === null ? ['deletion.policy'] : []),
];

export const smtpNotRepresentable = (account: SmtpAccount): string[] => [
  ...commonNotRepresentable(account),
  ...(account.fromOverride === null ? [] : ['fromOverride']),
];
