/** What the manual says about OAuth2, beside the fields that it speaks of. */
import type { Notice } from './notice.js';

export const pop3LinkNotices: readonly Notice[] = [
  {
    id: 'oauth2OhnePasswort',
    art: 'hinweis',
    anlass: 'immer',
    feld: 'authentifizierung',
    text: {
      de: 'Wählen Sie die Authentifizierung mit OAuth2 aus, so müssen Sie kein Passwort eingeben, sondern das POP3-Konto mit dem externen Konto verknüpfen.',
      en: 'If you choose authentication by OAuth2, you need not enter a password; link the POP3 account with the external account instead.',
    },
  },
  {
    id: 'kontoVerknuepfen',
    art: 'hinweis',
    anlass: 'immer',
    feld: 'verknuepfung',
    text: {
      de: 'Sobald Sie auf „Konto verknüpfen“ klicken, werden Sie im Browser auf die Anmeldeseite des Anbieters weitergeleitet. Wählen Sie dort das zu verknüpfende Konto aus.',
      en: "As soon as you click “Link account”, your browser is sent to the provider's sign-in page. Choose there the account that is to be linked.",
    },
  },
  {
    id: 'microsoftAdministrator',
    art: 'hinweis',
    anlass: 'immer',
    feld: 'verknuepfung',
    text: {
      de: 'Bei Microsoft 365 kann es sein, dass die erste Verknüpfung mit dem Administratorkonto vorgenommen werden muss. Wählen Sie in diesem Fall das besagte Konto aus.',
      en: 'At Microsoft 365 the first link may have to be made with the administrator account. Choose that account in this case.',
    },
  },
  {
    id: 'zugriffErlauben',
    art: 'hinweis',
    anlass: 'immer',
    feld: 'verknuepfung',
    text: {
      de: 'Sobald Sie das Konto ausgewählt haben, müssen Sie Salesware bzw. Greyhound als vertrauenswürdige Drittanbieter-App bestätigen oder die Erlaubnis für den Zugriff erteilen. Danach werden Sie zum POP3-Konto zurückgeleitet und können die Verknüpfung abschließen.',
      en: 'When you have chosen the account, confirm Salesware or Greyhound as a trusted third-party app, or grant the permission to access. You are then led back to the POP3 account and can complete the link.',
    },
  },
  {
    id: 'nochmalVerknuepfen',
    art: 'hinweis',
    anlass: 'immer',
    feld: 'verknuepfung',
    text: {
      de: 'Sollten Sie einem Microsoft 365-Administratorenkonto die Erlaubnis erteilt haben, müssen Sie nochmal das „Konto verknüpfen“. In diesem Fall sollte die Bestätigung unmittelbar erscheinen.',
      en: 'If you have granted the permission to a Microsoft 365 administrator account, you have to “Link account” once more. The confirmation should then appear at once.',
    },
  },
  {
    id: 'verknuepfungErneuern',
    art: 'wichtig',
    anlass: 'immer',
    feld: 'verknuepfung',
    text: {
      de: 'Bitte beachten Sie, dass Sie diese Verknüpfung je nach Anbieter in regelmäßigen Abständen erneuern müssen. Spätestens wenn keine E-Mails mehr empfangen werden, sollten Sie bitte die Verknüpfung prüfen und ggf. erneuern.',
      en: 'Please note that, depending on the provider, you have to renew this link at regular intervals. At the latest when no mails are received any more, please check the link and renew it if need be.',
    },
  },
  {
    id: 'soErneuern',
    art: 'hinweis',
    anlass: 'immer',
    feld: 'verknuepfung',
    text: {
      de: 'Um eine OAuth2-Authentifizierung zu erneuern, müssen Sie mit einem Klick die „Verknüpfung aufheben“. Dann können Sie wieder wie oben beschrieben das „Konto verknüpfen“.',
      en: 'To renew an OAuth2 authentication, “Unlink” with one click. Then you can “Link account” again as described above.',
    },
  },
];

export const smtpLinkNotices: readonly Notice[] = [
  {
    id: 'verknuepfungErneuern',
    art: 'wichtig',
    anlass: 'immer',
    feld: 'verknuepfung',
    text: {
      de: 'Wählen Sie die Authentifizierung mit OAuth2 aus, so müssen Sie kein Passwort eingeben, sondern das POP3-Konto mit dem externen Konto verknüpfen. Bitte beachten Sie, dass Sie diese Verknüpfung je nach Anbieter in regelmäßigen Abständen erneuern müssen. Spätestens wenn keine E-Mails mehr gesendet werden, sollten Sie bitte die Verknüpfung prüfen und ggf. erneuern.',
      en: 'If you choose authentication by OAuth2, you need not enter a password; link the POP3 account with the external account instead. Please note that, depending on the provider, you have to renew this link at regular intervals. At the latest when no mails are sent any more, please check the link and renew it if need be.',
    },
  },
];
