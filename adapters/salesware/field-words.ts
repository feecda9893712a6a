/** The form's words for the model's fields, for problems and findings. */
import type { FieldWords } from '../operations.js';

const pop3: Readonly<Record<string, string>> = {
  name: 'kontoname',
  active: 'aktiv',
  host: 'server',
  port: 'port',
  username: 'benutzername',
  password: 'passwort',
  security: 'verbindungsart',
  // The forms have no switch for it: an encrypted connection is the way out.
  allowClearTextLogin: 'verbindungsart',
  authentication: 'authentifizierung',
  'deletion.policy': 'loeschungVomPop3Konto',
  'deletion.days': 'zeitraum',
  deletion: 'loeschungVomPop3Konto',
  confirmRemoval: 'loeschungBestaetigen',
  linkId: 'verknuepfungId',
  unlink: 'verknuepfungAufheben',
  deleteOnServerWhenDeleted: 'nachrichtenLoeschenSobaldInSaleswareGeloescht',
  emailAddress: 'emailAdresseDerGruppe',
};

const smtp: Readonly<Record<string, string>> = {
  name: 'kontoname',
  active: 'aktiv',
  host: 'server',
  port: 'port',
  username: 'benutzername',
  password: 'passwort',
  security: 'verbindungsart',
  // The forms have no switch for it: an encrypted connection is the way out.
  allowClearTextLogin: 'verbindungsart',
  authentication: 'authentifizierung',
  senders: 'absender',
  linkId: 'verknuepfungId',
  unlink: 'verknuepfungAufheben',
};

const settings: Readonly<Record<string, string>> = {
  enabled: 'aktivierung',
  url: 'greyhoundApi',
  username: 'benutzername',
  password: 'passwort',
};

const link: Readonly<Record<string, string>> = {
  host: 'server',
  emailAddress: 'emailAdresse',
  accountKind: 'kontoart',
  flow: 'weg',
  provider: 'anbieter',
  delegate: 'delegierter',
  returnUrl: 'ruecksprung',
};

const group: Readonly<Record<string, string>> = { email: 'emailAdresse' };

const blacklist: Readonly<Record<string, string>> = { entries: 'blacklist' };

const assignment: Readonly<Record<string, string>> = {
  type: 'typ',
  recordId: 'datensatz',
  runId: 'lauf',
  evaluateAgain: 'erneutZuordnen',
};

const communication: Readonly<Record<string, string>> = {
  limit: 'anzahl',
  cursor: 'weiter',
  deleted: 'geloeschte',
};

const message: Readonly<Record<string, string>> = {
  groupId: 'gruppe',
  from: 'absender',
  to: 'an',
  cc: 'kopie',
  bcc: 'blindkopie',
  subject: 'betreff',
  replyToId: 'antwortAuf',
  forwardOfId: 'weiterleitungVon',
  signatureId: 'signatur',
  attachments: 'anhaenge',
  draft: 'entwurf',
};

/** The longest known beginning of the path is replaced; what the form has no word for keeps the model's. */
function wordsOf(names: Readonly<Record<string, string>>): FieldWords {
  return (field) => {
    const segments = field.split('.');
    for (let length = segments.length; length > 0; length -= 1) {
      const word = names[segments.slice(0, length).join('.')];
      if (word !== undefined) return word;
    }
    return field;
  };
}

export const pop3Words = wordsOf(pop3);
export const smtpWords = wordsOf(smtp);
export const settingsWords = wordsOf(settings);
export const linkWords = wordsOf(link);
export const groupWords = wordsOf(group);
export const assignmentWords = wordsOf(assignment);
export const communicationWords = wordsOf(communication);
export const messageWords = wordsOf(message);

/** A wrong entry is named by its row, counted from 0: `blacklist.3.eintrag`. */
export const blacklistWords: FieldWords = (field) => {
  const row = /^entries\.(\d+)$/.exec(field)?.[1];
  return row === undefined ? wordsOf(blacklist)(field) : `blacklist.${row}.eintrag`;
};
