/**
 * Salesware's forms as they go over the wire: German words without umlauts as member names, readable codes for
 * choices. Contents are checked by the bridge's own field rules, so that there is one rule for a port or a server.
 * An unknown member is refused by name.
 */
import { z } from 'zod';
import {
  incomingAccountCreate,
  incomingAccountUpdate,
  smtpAccountCreate,
  smtpAccountUpdate,
} from '../../src/bridge/accounts/index.js';
import { authentications, connectionTypes, deletionOptions } from './texts.js';

export const codes = <K extends string>(labels: Readonly<Record<K, unknown>>) =>
  z.enum(Object.keys(labels) as [K, ...K[]]);

const verbindungsart = codes(connectionTypes);
export type Verbindungsart = z.infer<typeof verbindungsart>;
const authentifizierung = codes(authentications);
export type Authentifizierung = z.infer<typeof authentifizierung>;
const loeschung = codes(deletionOptions);
export type Loeschung = z.infer<typeof loeschung>;

const incoming = incomingAccountUpdate.shape;
const smtp = smtpAccountUpdate.shape;

/** What is left out, or null where the form has no word for the saved value, keeps that value. */
const pop3Fields = {
  kontoname: incoming.name,
  aktiv: incoming.active,
  server: incoming.host,
  port: incoming.port,
  benutzername: incoming.username,
  /** Write-only: a read shows `******`; sent back, it keeps the stored password. */
  passwort: incoming.password,
  verbindungsart: verbindungsart.nullish(),
  authentifizierung: authentifizierung.nullish(),
  /** A finished link (`POST /adapters/salesware/verknuepfungen`). */
  verknuepfungId: incoming.linkId,
  loeschungVomPop3Konto: loeschung.nullish(),
  /** Days; whatever stands here is passed over unless the option is `nachZeitraum`. */
  zeitraum: z.unknown().optional(),
  nachrichtenLoeschenSobaldInSaleswareGeloescht: incoming.deleteOnServerWhenDeleted,
};

/** A period alone would change nothing; that is said rather than passed over. */
function periodNeedsOption(
  form: { loeschungVomPop3Konto?: Loeschung | null | undefined; zeitraum?: unknown },
  context: z.RefinementCtx,
): void {
  if (form.loeschungVomPop3Konto != null || typeof form.zeitraum !== 'number') return;
  const path = ['loeschungVomPop3Konto'];
  context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path });
}

export const pop3FormUpdate = z
  .strictObject({
    ...pop3Fields,
    /** Ends the link in the same save, for instance to sign in otherwise. */
    verknuepfungAufheben: incoming.unlink,
    /** How many stored mails may be deleted from the POP3 account at once, as `removalNotConfirmed` asked (`params.count`). */
    loeschungBestaetigen: incoming.confirmRemoval,
  })
  .superRefine(periodNeedsOption);
export type Pop3FormUpdate = z.infer<typeof pop3FormUpdate>;

export const pop3FormCreate = z.strictObject({
  ...pop3Fields,
  kontoname: incomingAccountCreate.shape.name,
  server: incomingAccountCreate.shape.host,
  benutzername: incomingAccountCreate.shape.username,
  verbindungsart: verbindungsart.default('sslTls'),
  authentifizierung: authentifizierung.default('normal'),
  loeschungVomPop3Konto: loeschung.default('nicht'),
  /** Needed when the user name is no e-mail address. */
  emailAdresseDerGruppe: incomingAccountCreate.shape.emailAddress,
});
export type Pop3FormCreate = z.infer<typeof pop3FormCreate>;

const smtpFields = {
  kontoname: smtp.name,
  aktiv: smtp.active,
  server: smtp.host,
  port: smtp.port,
  benutzername: smtp.username,
  passwort: smtp.password,
  verbindungsart: verbindungsart.nullish(),
  authentifizierung: authentifizierung.nullish(),
  verknuepfungId: smtp.linkId,
  /** `*`, or addresses on separate lines; blank lines and surrounding spaces do not matter. */
  absender: z.string().transform(senderLines).pipe(smtpAccountCreate.shape.senders).optional(),
};

function senderLines(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

export const smtpFormUpdate = z.strictObject({ ...smtpFields, verknuepfungAufheben: smtp.unlink });
export type SmtpFormUpdate = z.infer<typeof smtpFormUpdate>;

export const smtpFormCreate = z.strictObject({
  ...smtpFields,
  kontoname: smtpAccountCreate.shape.name,
  server: smtpAccountCreate.shape.host,
  verbindungsart: verbindungsart.default('starttls'),
  authentifizierung: authentifizierung.default('normal'),
  absender: smtpFields.absender.unwrap(),
});
export type SmtpFormCreate = z.infer<typeof smtpFormCreate>;

/** The forms as they are read. */
export const pop3FormRead = z.object({
  kontoname: z.string(),
  aktiv: z.boolean(),
  server: z.string(),
  port: z.int(),
  benutzername: z.string(),
  passwort: z.string(),
  verbindungsart: verbindungsart.nullable(),
  authentifizierung: authentifizierung.nullable(),
  loeschungVomPop3Konto: loeschung.nullable(),
  zeitraum: z.number().nullable(),
  nachrichtenLoeschenSobaldInSaleswareGeloescht: z.boolean(),
});
export type Pop3FormRead = z.infer<typeof pop3FormRead>;

export const smtpFormRead = pop3FormRead
  .pick({
    kontoname: true,
    aktiv: true,
    server: true,
    port: true,
    benutzername: true,
    passwort: true,
    verbindungsart: true,
    authentifizierung: true,
  })
  .extend({ absender: z.string() });
export type SmtpFormRead = z.infer<typeof smtpFormRead>;
