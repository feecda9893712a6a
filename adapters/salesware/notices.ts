/** The notices, warnings and tips of the manual, by register. */
import { gmailHelp } from '../../src/bridge/texts/index.js';
import { assignmentNotices } from './assignment-notices.js';
import { pop3LinkNotices, smtpLinkNotices } from './link-notices.js';
import type { Notice } from './notice.js';
import type { Language, Register, Text } from './texts.js';

const limit = (kind: 'POP3' | 'SMTP'): Text => ({
  de: `Über Salesware können maximal 10 ${kind}-Konten eingebunden und verwaltet werden. Wenn Sie weitere ${kind}-Konten verwalten möchten, müssen Sie das über den Greyhound-Client und eine entsprechende Lizenz machen.`,
  en: `At most 10 ${kind} accounts can be integrated and managed through Salesware. To manage more ${kind} accounts you need the Greyhound client and a corresponding licence.`,
});

const deactivateFirst = (kind: 'POP3' | 'SMTP'): Text => ({
  de: `Bevor Sie ein ${kind}-Konto endgültig entfernen, deaktivieren Sie es zuerst einmal, um im laufenden Betrieb zu gewährleisten, dass es wirklich nicht mehr benötigt wird.`,
  en: `Before you finally remove ${kind === 'POP3' ? 'a POP3' : 'an SMTP'} account, deactivate it first to make sure in live operation that it is really no longer needed.`,
});

const shownOnly: Text = {
  de: 'Die angezeigten Informationen sind auf dem Greyhound-Server hinterlegt und werden in Salesware nur angezeigt.',
  en: 'The information shown is stored on the Greyhound server and only displayed in Salesware.',
};

const basicSettings: readonly Notice[] = [
  {
    id: 'keinAccount',
    art: 'wichtig',
    anlass: 'immer',
    text: {
      de: 'Sollten Sie noch keinen Account bei Greyhound haben, wird dieser von der 4SELLERS GmbH angelegt. Es entstehen euch keine weiteren Kosten. Inkludiert ist ein Hosting-Paket mit 20 GB Speicher.',
      en: 'If you have no Greyhound account yet, 4SELLERS GmbH creates one. There are no further costs. A hosting package with 20 GB of storage is included.',
    },
  },
  {
    id: 'zugangsdatenNichtAendern',
    art: 'wichtig',
    anlass: 'immer',
    text: {
      de: 'Insofern der Account über Salesware beauftragt worden ist, sind die Zugangsdaten nur der 4SELLERS GmbH bekannt. Sie dürfen den Benutzernamen sowie das Passwort auf keinen Fall ändern!',
      en: 'If the account was ordered through Salesware, only 4SELLERS GmbH knows the credentials. You must on no account change the user name or the password!',
    },
  },
  {
    id: 'verwaltungUebernehmen',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Gerne können Sie die Verwaltung des Accounts übernehmen oder den Speicher des Hostings erweitern. Wenden Sie sich dazu bitte an Ihren Ansprechpartner für Salesware.',
      en: 'You are welcome to take over the administration of the account or to extend the storage. Please ask your contact person for Salesware.',
    },
  },
  {
    id: 'apiNichtAendern',
    art: 'wichtig',
    anlass: 'vorDemAendern',
    feld: 'greyhoundApi',
    text: {
      de: 'Bitte ändern Sie diese nicht, wenn Sie sich nicht sicher sind oder der Account nicht von Ihnen betreut wird.',
      en: 'Please do not change it if you are not sure or if you do not look after the account yourself.',
    },
  },
  {
    id: 'benutzerprofil',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Ob ein Benutzer die E-Mail-Funktion von Salesware tatsächlich nutzen kann, hängt nicht nur von diesen Zugangsdaten ab, sondern auch von den Einstellungen an dessen Benutzerprofil.',
      en: 'Whether a user can actually use the mail function of Salesware depends not only on these credentials but also on the settings of the user profile.',
    },
  },
  {
    id: 'systemvoraussetzungen',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Um die Greyhound-API in Salesware nutzen zu können, müssen Sie – insbesondere, wenn Sie den Greyhound-Server selbst betreiben – folgende Systemvoraussetzungen beachten: Sie benötigen mindestens Greyhound in der Version 5. In den Greyhound-Server-Einstellungen müssen sowohl das HTTP-Protokoll (Port443) als auch SSL aktiviert sein. In Ihren Firewall-Einstellungen muss der Port 443 nach außen geöffnet sein und auf den internen Port 443 am Greyhound-Server weitergeleitet werden.',
      en: 'To use the Greyhound API in Salesware – in particular if you run the Greyhound server yourself – mind these requirements: You need at least Greyhound version 5. Both the HTTP protocol (port 443) and SSL must be active in the settings of the Greyhound server. Port 443 must be open outward in your firewall and forwarded to the internal port 443 of the Greyhound server.',
    },
  },
];

const pop3Accounts: readonly Notice[] = [
  {
    id: 'mindestensEinKonto',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Sie müssen mindestens ein POP3-Konto Ihres Mailservers angeben, da alle E-Mails in diesem Konto von Greyhound abgerufen und auf dem Greyhound-Server gespeichert werden.',
      en: 'You must give at least one POP3 account of your mail server: Greyhound fetches all mails of this account and stores them on the Greyhound server.',
    },
  },
  { id: 'kontenGrenze', art: 'wichtig', anlass: 'immer', text: limit('POP3') },
  {
    id: 'zuerstDeaktivieren',
    art: 'tipp',
    anlass: 'vorDemEntfernen',
    text: deactivateFirst('POP3'),
  },
  {
    id: 'loeschenErstBeimSpeichern',
    art: 'wichtig',
    anlass: 'vorDemEntfernen',
    text: {
      de: 'Falls Sie das POP3- Konto gelöscht haben, wird es – sowie das gleichnamige SMTP-Konto – erst aus der Liste ausgeblendet, allerdings noch nicht endgültig gelöscht. Das passiert erst, wenn Sie das durch einen Klick auf das Disketten-Symbol rechts oben bestätigen.',
      en: 'A POP3 account that you have deleted, and the SMTP account of the same name, are at first only hidden from the list and not finally deleted. That happens when you confirm by a click on the disk symbol at the top right.',
    },
  },
  {
    id: 'erstSpeichernDannAktivieren',
    art: 'tipp',
    anlass: 'immer',
    text: {
      de: 'Aktivieren Sie ein neues POP3-Konto erst, wenn Sie es gespeichert haben. So können Sie vor dem Aktivieren alle Einstellungen noch einmal prüfen. Aktivieren Sie nach erfolgreicher Prüfung sowohl das POP3- als auch das SMTP-Konto.',
      en: 'Activate a new POP3 account only after you have saved it, so that you can check all settings once more. After a successful check activate both the POP3 and the SMTP account.',
    },
  },
  {
    id: 'adresseDerGruppe',
    art: 'wichtig',
    anlass: 'immer',
    feld: 'emailAdresseDerGruppe',
    text: {
      de: 'Um die Integration eines neuen POP3-Kontos möglichst komfortabel zu gestalten, wird der Benutzername als E-Mail-Adresse der entsprechend angelegten Gruppe verwendet. Sollte der Benutzername für das POP3-Konto keine E-Mail-Adresse sein, müssen Sie bitte vor dem Speichern die E-Mail-Adresse für die Gruppe eintragen. Nach dem Speichern können Sie dann den Benutzernamen eintragen.',
      en: 'To make a new POP3 account as convenient as possible, its user name becomes the e-mail address of the group created with it. If the user name is not an e-mail address, please enter the e-mail address of the group before saving. After saving you can enter the user name.',
    },
  },
  {
    id: 'inaktivAngelegt',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Das POP3- und SMTP-Konto werden inaktiv angelegt. Falls Sie beim Anlegen des POP3-Kontos bereits aktiviert haben, werden beide Konten umgehend aktiviert.',
      en: 'The POP3 and the SMTP account are created inactive. If you activated the POP3 account while creating it, both accounts are activated immediately.',
    },
  },
  {
    id: 'absenderAdresseEintragen',
    art: 'wichtig',
    anlass: 'nachDemAnlegen',
    text: {
      de: 'Tragen Sie im Register „Themen, Tags & Gruppen“ bitte die E-Mail-Adresse ein, mit der die E-Mails gesendet werden sollen.',
      en: 'Please enter in the tab “Themen, Tags & Gruppen” the e-mail address with which mails are to be sent.',
    },
  },
  {
    id: 'nurAnzeige',
    art: 'wichtig',
    anlass: 'immer',
    feld: 'letzteFehlermeldung',
    text: shownOnly,
  },
  ...gmailHelp.map(({ id, text, url }): Notice => ({
    id,
    art: 'hinweis',
    anlass: 'immer',
    feld: 'server',
    text,
    ...(url !== null && { seite: url }),
  })),
  ...pop3LinkNotices,
];

const smtpAccounts: readonly Notice[] = [
  {
    id: 'mindestensEinKonto',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Sie müssen mindestens ein SMTP-Konto Ihres Mailservers angeben, da die Mails von Greyhound über dieses SMTP-Konto versendet werden.',
      en: 'You must give at least one SMTP account of your mail server, since Greyhound sends the mails through it.',
    },
  },
  { id: 'kontenGrenze', art: 'wichtig', anlass: 'immer', text: limit('SMTP') },
  {
    id: 'zuerstDeaktivieren',
    art: 'tipp',
    anlass: 'vorDemEntfernen',
    text: deactivateFirst('SMTP'),
  },
  {
    id: 'nurAnzeige',
    art: 'wichtig',
    anlass: 'immer',
    feld: 'letzteFehlermeldung',
    text: shownOnly,
  },
  ...smtpLinkNotices,
];

const groups: readonly Notice[] = [
  {
    id: 'automatischAngelegt',
    art: 'hinweis',
    anlass: 'immer',
    text: {
      de: 'Gruppen werden in Salesware automatisch angelegt. Sie können sie sehen und die E-Mail-Adresse bearbeiten. Diese wird als Absender-Adresse in eine E-Mail übernommen, wenn die Gruppe dabei ausgewählt wird. Sie können Gruppen nicht löschen und auch keine neuen Gruppen anlegen.',
      en: 'Groups are created automatically in Salesware. You can see them and edit their e-mail address. It becomes the sender address of a mail when the group is selected in it. You can neither delete groups nor create new ones.',
    },
  },
];

const notices: Readonly<Record<Register, readonly Notice[]>> = {
  grundeinstellungen: basicSettings,
  pop3Konten: pop3Accounts,
  smtpKonten: smtpAccounts,
  gruppen: groups,
  mailzuordnung: assignmentNotices,
};

export const localizedNotices = (register: Register, language: Language) =>
  notices[register].map(({ text, ...notice }) => ({ ...notice, text: text[language] }));
