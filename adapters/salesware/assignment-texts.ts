/** The words of Salesware's assignment: what records, sources, places and steps are called. */
import { recordWords as ownRecordWords, type RecordWords } from '../../src/bridge/texts/index.js';
import type { Text } from './texts.js';

/** For the sentence why: Salesware has a word of its own for orders only. */
export const recordWords: RecordWords = {
  ...ownRecordWords,
  order: {
    one: { de: 'Bestellung', en: 'order' },
    several: { de: 'Bestellungen', en: 'orders' },
  },
};

export const recordTypes = {
  bestellung: 'order',
  angebot: 'offer',
  kontakt: 'contact',
  artikel: 'article',
} as const;
export type Typ = keyof typeof recordTypes;

export const sources = {
  automatic: 'automatisch',
  coAssigned: 'mitzugeordnet',
  history: 'verlauf',
  manual: 'manuell',
} as const;

export const places = {
  from: 'absender',
  replyTo: 'antwortAn',
  to: 'empfaenger',
  cc: 'kopie',
  bcc: 'blindkopie',
  subject: 'betreff',
  body: 'inhalt',
} as const;

export const outcomes = {
  assigned: 'zugeordnet',
  ambiguous: 'mehrdeutig',
  nothing: 'nichtsGefunden',
} as const;

export const historyOutcomes = {
  assigned: 'uebernommen',
  removed: 'entfernt',
  skipped: 'uebergangen',
} as const;

/** Why an address leads to no record (SAL-128, SAL-129). */
export const ignoredReasons = {
  user: {
    word: 'benutzer',
    text: { de: 'Adresse eines Salesware-Benutzers', en: 'address of a Salesware user' },
  },
  group: {
    word: 'gruppe',
    text: { de: 'Adresse einer Gruppe von Greyhound', en: 'address of a Greyhound group' },
  },
  blocklist: {
    word: 'blacklist',
    text: { de: 'auf der Blacklist', en: 'on the blacklist' },
  },
} as const satisfies Readonly<Record<string, { readonly word: string; readonly text: Text }>>;

/** The steps of the manual, by their numbers. */
export const stepTexts = {
  '1': { de: '(1) Verlauf', en: '(1) History' },
  '2a': {
    de: '(2) Bestellung: Adressen in Absender und Empfänger',
    en: '(2) Order: addresses of sender and recipients',
  },
  '2b': {
    de: '(2) Bestellung: Adressen in Betreff und Inhalt',
    en: '(2) Order: addresses in subject and text',
  },
  '2c': {
    de: '(2) Bestellung: zwei Referenznummern im Inhalt',
    en: '(2) Order: two reference numbers in the text',
  },
  '3a': {
    de: '(3) Angebot: Adressen in Absender und Empfänger',
    en: '(3) Offer: addresses of sender and recipients',
  },
  '3b': {
    de: '(3) Angebot: Adressen in Betreff und Inhalt',
    en: '(3) Offer: addresses in subject and text',
  },
  '3c': {
    de: '(3) Angebot: zwei Referenznummern im Inhalt',
    en: '(3) Offer: two reference numbers in the text',
  },
  '4a': {
    de: '(4) Kontakt: Adressen in Absender und Empfänger',
    en: '(4) Contact: addresses of sender and recipients',
  },
  '4b': {
    de: '(4) Kontakt: Adressen in Betreff und Inhalt',
    en: '(4) Contact: addresses in subject and text',
  },
  mark: { de: 'Antwort auf eine E-Mail von hier', en: 'Answer to a mail from here' },
  none: { de: 'Kein Schritt', en: 'No step' },
  noop: { de: 'Unverändert', en: 'Unchanged' },
} as const satisfies Readonly<Record<string, Text>>;

export const communicationTitle: Text = { de: 'Kommunikation', en: 'Communication' };

/** Kinds of entries of the blacklist. */
export const entryKinds = {
  address: { word: 'emailAdresse', text: { de: 'E-Mail-Adresse', en: 'E-mail address' } },
  domain: { word: 'domain', text: { de: 'Domain', en: 'Domain' } },
  subdomains: { word: 'subdomains', text: { de: 'Subdomains', en: 'Sub-domains' } },
} as const satisfies Readonly<Record<string, { readonly word: string; readonly text: Text }>>;
