/** What the manual says about the automatic assignment, above the table „Blacklist“, and what it leaves unsaid. */
import type { Notice } from './notice.js';

export const assignmentNotices: readonly Notice[] = [
  {
    id: 'wannZugeordnetWird',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Wenn ein Benutzer eine E-Mail anklickt oder eine neue E-Mail versendet, werden dieser E-Mail automatisch ERP-Daten zugeordnet. Mit Hilfe dieser Zuordnungen kann diese E-Mail nicht nur schneller einem Vorgang oder Kontakt zugewiesen werden, sie wird auch im Register „Kommunikation“ im entsprechenden Arbeitsbereich angezeigt.',
      en: 'When a user clicks a mail or sends a new one, ERP data is assigned to it automatically. With these assignments the mail is not only found sooner at its transaction or contact, it is also shown in the tab “Communication” of the corresponding work area.',
    },
  },
  {
    id: 'festesRegelwerk',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Damit die korrekten ERP-Daten zu E-Mails zugeordnet werden, werden diese ERP-Daten nach einem festen und nachvollziehbaren Regelwerk ermittelt.',
      en: 'So that the right ERP data is assigned to mails, it is determined by a fixed and traceable set of rules.',
    },
  },
  {
    id: 'automatischIgnoriert',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Dabei werden E-Mail-Adressen, die bei Salesware-Benutzern und in Gruppen von Greyhound hinterlegt sind, automatisch bei der Zuordnung von ERP-Daten ignoriert. In der Tabelle können noch manuell entweder E-Mail-Adressen oder Domains auf eine Blacklist gesetzt werden. So werden auch diese E-Mail-Adressen ignoriert.',
      en: 'E-mail addresses of Salesware users and of Greyhound groups are ignored automatically when ERP data is assigned. In the table further e-mail addresses or domains can be put onto a blacklist by hand. These addresses are ignored, too.',
    },
  },
  {
    id: 'nurEindeutig',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Kann anhand der Kriterien kein eindeutiger ERP-Datensatz ermittelt werden, werden keine ERP-Daten zugeordnet.',
      en: 'If the criteria lead to no single ERP record, no ERP data is assigned.',
    },
  },
  {
    id: 'wirktErstSpaeter',
    art: 'tipp',
    anlass: 'immer',
    text: {
      de: 'Ein Eintrag wirkt nur auf spätere Zuordnungen: Was schon zugeordnet ist, bleibt. E-Mails von diesen Adressen werden weiterhin empfangen und angezeigt.',
      en: 'An entry affects later assignments only: what is assigned already stays. Mails from these addresses are still received and shown.',
    },
  },
];
