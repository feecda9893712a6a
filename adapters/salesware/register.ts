/** What a host needs to draw a register by itself: title, fields with labels and choices, notices, actions. */
import { z } from 'zod';
import { localizedNotices } from './notices.js';
import {
  actionLabels,
  authentications,
  connectionTypes,
  deletionOptions,
  fieldHelp,
  fieldLabels,
  registerTitles,
  type FieldName,
  type Language,
  type Register,
  type Text,
} from './texts.js';

const kinds = ['text', 'zahl', 'schalter', 'auswahl', 'passwort', 'mehrzeilig', 'anzeige'] as const;
type Kind = (typeof kinds)[number];

interface Field {
  readonly name: FieldName;
  readonly art: Kind;
  readonly optionen?: Readonly<Record<string, Text>>;
  readonly pflicht?: true;
  /** Shown for new accounts only. */
  readonly nurNeu?: true;
}

const access: readonly Field[] = [
  { name: 'aktiv', art: 'schalter' },
  { name: 'kontoname', art: 'text', pflicht: true },
  { name: 'server', art: 'text', pflicht: true },
  { name: 'port', art: 'zahl' },
  { name: 'benutzername', art: 'text', pflicht: true },
  { name: 'passwort', art: 'passwort' },
  { name: 'verbindungsart', art: 'auswahl', optionen: connectionTypes },
  { name: 'authentifizierung', art: 'auswahl', optionen: authentications },
  { name: 'verknuepfung', art: 'anzeige' },
];

const fields: Readonly<Record<Register, readonly Field[]>> = {
  grundeinstellungen: [
    { name: 'aktivierung', art: 'schalter' },
    { name: 'greyhoundApi', art: 'text' },
    { name: 'benutzername', art: 'text' },
    { name: 'passwort', art: 'passwort' },
  ],
  pop3Konten: [
    ...access,
    { name: 'emailAdresseDerGruppe', art: 'text', nurNeu: true },
    { name: 'loeschungVomPop3Konto', art: 'auswahl', optionen: deletionOptions },
    { name: 'zeitraum', art: 'zahl' },
    { name: 'nachrichtenLoeschenSobaldInSaleswareGeloescht', art: 'schalter' },
    { name: 'letzteFehlermeldung', art: 'anzeige' },
  ],
  smtpKonten: [
    ...access,
    { name: 'absender', art: 'mehrzeilig', pflicht: true },
    { name: 'letzteFehlermeldung', art: 'anzeige' },
  ],
  gruppen: [
    { name: 'name', art: 'anzeige' },
    { name: 'emailAdresse', art: 'text', pflicht: true },
  ],
  mailzuordnung: [
    { name: 'eintrag', art: 'text', pflicht: true },
    { name: 'art', art: 'anzeige' },
    { name: 'von', art: 'anzeige' },
    { name: 'am', art: 'anzeige' },
  ],
};

export const registerSchema = z.object({
  titel: z.string(),
  felder: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      art: z.enum(kinds),
      pflicht: z.boolean(),
      nurNeu: z.boolean(),
      optionen: z.array(z.object({ wert: z.string(), label: z.string() })).optional(),
      hilfe: z.string().optional(),
    }),
  ),
  hinweise: z.array(
    z.object({
      id: z.string(),
      art: z.enum(['wichtig', 'tipp', 'hinweis']),
      anlass: z.enum(['immer', 'vorDemAendern', 'vorDemEntfernen', 'nachDemAnlegen']),
      feld: z.string().optional(),
      text: z.string(),
      /** Page that the text speaks of. */
      seite: z.string().optional(),
    }),
  ),
  aktionen: z.record(z.string(), z.string()),
});

export const register = (name: Register, language: Language): z.infer<typeof registerSchema> => ({
  titel: registerTitles[name][language],
  felder: fields[name].map((field) => describe(field, language)),
  hinweise: localizedNotices(name, language),
  aktionen: Object.fromEntries(
    Object.entries(actionLabels).map(([action, label]) => [action, label[language]]),
  ),
});

function describe({ name, art, optionen, pflicht, nurNeu }: Field, language: Language) {
  const help = fieldHelp[name];
  return {
    name,
    label: fieldLabels[name][language],
    art,
    pflicht: pflicht === true,
    nurNeu: nurNeu === true,
    ...(optionen === undefined ? {} : { optionen: choices(optionen, language) }),
    ...(help === undefined ? {} : { hilfe: help[language] }),
  };
}

const choices = (options: Readonly<Record<string, Text>>, language: Language) =>
  Object.entries(options).map(([wert, label]) => ({ wert, label: label[language] }));
