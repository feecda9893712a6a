/** Why a mail belongs where it belongs, in one sentence. */
import type { RecordType } from '../directory/record.js';
import type { Place } from '../assignment/reading/found-in-mail.js';
import type { Localized } from './text.js';

/** What an ERP calls its records: one, and several of them in the case of „an mehreren …“. */
export type RecordWords = Readonly<
  Record<RecordType, { readonly one: Localized; readonly several: Localized }>
>;

export const recordWords: RecordWords = {
  order: {
    one: { de: 'Auftrag', en: 'order' },
    several: { de: 'Aufträgen', en: 'orders' },
  },
  offer: {
    one: { de: 'Angebot', en: 'offer' },
    several: { de: 'Angeboten', en: 'offers' },
  },
  contact: {
    one: { de: 'Kontakt', en: 'contact' },
    several: { de: 'Kontakten', en: 'contacts' },
  },
  article: {
    one: { de: 'Artikel', en: 'article' },
    several: { de: 'Artikeln', en: 'articles' },
  },
};

export const placeWords: Readonly<Record<Place, Localized>> = {
  from: { de: 'Absender', en: 'sender' },
  replyTo: { de: 'Antwort an', en: 'reply to' },
  to: { de: 'Empfänger', en: 'recipient' },
  cc: { de: 'Kopie', en: 'copy' },
  bcc: { de: 'Blindkopie', en: 'blind copy' },
  subject: { de: 'Betreff', en: 'subject' },
  body: { de: 'Text', en: 'text' },
};

export const assignmentReasons = {
  standsAlready: {
    de: 'Schon zugeordnet zu {records}; daran ändern die Regeln nichts.',
    en: 'Assigned already to {records}; the rules change nothing about it.',
  },
  removedByHand: {
    de: 'Eine automatische Zuordnung wurde von Hand entfernt; deshalb bleibt es dabei.',
    en: 'An automatic assignment was removed by hand; so it stays like that.',
  },
  fromHistory: {
    de: 'Aus dem Verlauf übernommen: {records}.',
    en: 'Taken over from the history: {records}.',
  },
  removedInHistory: {
    de: 'Im Verlauf wurde eine automatische Zuordnung von Hand entfernt; deshalb wird nichts zugeordnet.',
    en: 'In the history an automatic assignment was removed by hand; so nothing is assigned.',
  },
  onlyRecord: {
    de: '{address} ({place}) führt nur zu {record}{along}.',
    en: '{address} ({place}) leads to {record} only{along}.',
  },
  addressAndNumber: {
    de: '{address} ({place}) führt zu mehreren {several}; die Nummer {number} steht nur an {record}{along}.',
    en: '{address} ({place}) leads to several {several}; the number {number} stands at {record} only{along}.',
  },
  chosenByNumber: {
    de: 'Die Adressen führen zu verschiedenen {several}; die Nummer {number} steht an {record}{along}.',
    en: 'The addresses lead to different {several}; the number {number} stands at {record}{along}.',
  },
  twoNumbers: {
    de: 'Die Nummern {number} und {other} im Text stehen zusammen nur an {record}{along}.',
    en: 'The numbers {number} and {other} in the text stand together at {record} only{along}.',
  },
  onlyActive: {
    de: '{record} ist von den gefundenen Kontakten der einzige aktive.',
    en: '{record} is the only active one of the contacts found.',
  },
  byMark: {
    de: 'Antwort auf eine E-Mail von hier, die zu {records} gehört.',
    en: 'Answer to a mail from here that belongs to {records}.',
  },
  hidden: {
    de: 'Zugeordnet nach Schritt {step}; den Datensatz dürfen Sie nicht sehen.',
    en: 'Assigned by step {step}; you may not see the record.',
  },
  severalRecords: {
    de: 'Nicht eindeutig: {address} ({place}) führt zu mehreren {several}, und keine Nummer entscheidet.',
    en: 'Ambiguous: {address} ({place}) leads to several {several}, and no number decides.',
  },
  severalContacts: {
    de: 'Nicht eindeutig: {address} ({place}) gehört zu mehreren {several}.',
    en: 'Ambiguous: {address} ({place}) belongs to several {several}.',
  },
  severalResults: {
    de: 'Nicht eindeutig: Die Adressen führen zu verschiedenen {several}.',
    en: 'Ambiguous: the addresses lead to different {several}.',
  },
  severalByNumbers: {
    de: 'Nicht eindeutig: Die Nummern im Text führen zu verschiedenen {several}.',
    en: 'Ambiguous: the numbers in the text lead to different {several}.',
  },
  onlyIgnored: {
    de: 'Alle Adressen der E-Mail sind eigene oder stehen in der Blacklist; sonst führt nichts zu einem Datensatz.',
    en: 'All addresses of the mail are our own or in the blocklist; nothing else leads to a record.',
  },
  nothingFound: {
    de: 'Keine Adresse und keine zwei Nummern der E-Mail führen zu einem Datensatz.',
    en: 'No address and no two numbers of the mail lead to a record.',
  },
} as const satisfies Readonly<Record<string, Localized>>;
export type AssignmentReason = keyof typeof assignmentReasons;

/** Before what was assigned along with an order or offer. */
export const alongWords: Localized = { de: '; dazu ', en: '; along with it ' };
