/**
 * The words of Salesware's mail settings. German stands exactly as in the vendor's manual ("Mailintegration
 * konfigurieren"), including its quirks; the English is ours. Notices are data, so that a host shows them where they
 * belong: always, before a value is changed, before something is removed, or after something was added.
 */
export type Language = 'de' | 'en';
export type Text = Readonly<Record<Language, string>>;

export const registerTitles = {
  grundeinstellungen: { de: 'Grundeinstellungen', en: 'Basic settings' },
  pop3Konten: { de: 'POP3-Konten', en: 'POP3 accounts' },
  smtpKonten: { de: 'SMTP-Konten', en: 'SMTP accounts' },
  gruppen: { de: 'Gruppen', en: 'Groups' },
  mailzuordnung: { de: 'Mailzuordnung', en: 'Mail assignment' },
} as const satisfies Record<string, Text>;
export type Register = keyof typeof registerTitles;

export const fieldLabels = {
  aktivierung: { de: 'Aktivierung', en: 'Activation' },
  greyhoundApi: { de: 'Greyhound API', en: 'Greyhound API' },
  benutzername: { de: 'Benutzername', en: 'User name' },
  passwort: { de: 'Passwort', en: 'Password' },
  aktiv: { de: 'Aktiv', en: 'Active' },
  kontoname: { de: 'Kontoname', en: 'Account name' },
  server: { de: 'Server', en: 'Server' },
  port: { de: 'Port', en: 'Port' },
  verbindungsart: { de: 'Verbindungsart', en: 'Connection type' },
  authentifizierung: { de: 'Authentifizierung', en: 'Authentication' },
  verknuepfung: { de: 'Verknüpfung', en: 'Link' },
  loeschungVomPop3Konto: { de: 'Löschung vom POP3-Konto', en: 'Deletion from the POP3 account' },
  zeitraum: { de: 'Zeitraum', en: 'Period' },
  nachrichtenLoeschenSobaldInSaleswareGeloescht: {
    de: 'Nachrichten vom POP3-Konto löschen, sobald sie in Salesware gelöscht werden',
    en: 'Delete messages from the POP3 account as soon as they are deleted in Salesware',
  },
  letzteFehlermeldung: { de: 'Letzte Fehlermeldung', en: 'Last error message' },
  absender: { de: 'Absender', en: 'Senders' },
  emailAdresse: { de: 'E-Mail-Adresse', en: 'E-mail address' },
  emailAdresseDerGruppe: { de: 'E-Mail-Adresse der Gruppe', en: "Group's e-mail address" },
  name: { de: 'Gruppe', en: 'Group' },
  eintrag: { de: 'E-Mail-Adresse oder Domain', en: 'E-mail address or domain' },
  art: { de: 'Art', en: 'Kind' },
  von: { de: 'Eingetragen von', en: 'Entered by' },
  am: { de: 'Eingetragen am', en: 'Entered on' },
} as const satisfies Record<string, Text>;
export type FieldName = keyof typeof fieldLabels;

export const connectionTypes = {
  unverschluesselt: { de: 'Unverschlüsselt', en: 'Unencrypted' },
  starttls: { de: 'STARTTLS', en: 'STARTTLS' },
  sslTls: { de: 'SSL/TLS', en: 'SSL/TLS' },
} as const satisfies Record<string, Text>;

export const authentications = {
  normal: { de: '„Normaler“ Login', en: '“Normal” login' },
  apop: { de: 'APOP', en: 'APOP' },
  oauth2: { de: 'OAuth2', en: 'OAuth2' },
} as const satisfies Record<string, Text>;

export const deletionOptions = {
  nachZeitraum: {
    de: 'Nachrichten nach dem angegebenen Zeitraum vom POP3-Konto löschen',
    en: 'Delete messages from the POP3 account after the given period',
  },
  sofort: {
    de: 'Nachrichten sofort nach dem Empfang von POP3-Konto löschen',
    en: 'Delete messages from the POP3 account immediately after receipt',
  },
  nicht: {
    de: 'Nachrichten sollen nicht vom POP3-Konto gelöscht werden',
    en: 'Do not delete messages from the POP3 account',
  },
} as const satisfies Record<string, Text>;

/** Tied to `loeschungVomPop3Konto`, except for the last one of the switch below it. */
export const fieldHelp: Partial<Record<FieldName, Text>> = {
  aktivierung: {
    de: 'Um die Zugangsdaten und die Kommunikation mit der Greyhound API zu ermöglichen, muss die Schnittstelle aktiviert werden.',
    en: 'The interface must be activated to enable the credentials and communication with the Greyhound API.',
  },
  greyhoundApi: {
    de: 'Hier wird die IP der Greyhound API hinterlegt.',
    en: 'The IP address of the Greyhound API is stored here.',
  },
  zeitraum: {
    de: 'Geben Sie an, nach wie vielen Tagen die E-Mails vom POP3-Konto gelöscht werden.',
    en: 'Enter after how many days mails are deleted from the POP3 account.',
  },
  nachrichtenLoeschenSobaldInSaleswareGeloescht: {
    de: 'Andernfalls werden in Salesware gelöschte Nachrichten in Greyhound lediglich als „gelöscht“ markiert und können dort wieder – abhängig vom Filter – gefunden werden.',
    en: 'Otherwise messages deleted in Salesware are only marked “deleted” in Greyhound and can be found there again, depending on the filter.',
  },
  eintrag: {
    de: '„example.com“ oder „@example.com“ gilt für genau diese Domain, „*.example.com“ für ihre Subdomains. Groß- und Kleinschreibung spielt keine Rolle.',
    en: '“example.com” or “@example.com” covers exactly this domain, “*.example.com” its sub-domains. Upper and lower case make no difference.',
  },
  absender: {
    de: 'Wenn alle E-Mails über dieses Konto versendet werden, geben Sie einfach „*“ ein. Wenn nur E-Mails von ausgewählten Absender-Adressen über das SMTP-Konto versendet werden sollen, geben Sie die betreffenden Absender-Adressen mit Zeilenumbruch an.',
    en: 'If all mails are sent through this account, simply enter “*”. If only mails from selected sender addresses are to be sent through it, enter these addresses on separate lines.',
  },
};

export const actionLabels = {
  hinzufuegen: { de: '+ Hinzufügen', en: '+ Add' },
  entfernen: { de: 'Endgültig entfernen', en: 'Remove finally' },
  pruefen: { de: 'Einstellungen prüfen', en: 'Check settings' },
  verknuepfen: { de: 'Konto verknüpfen', en: 'Link account' },
  verknuepfungAufheben: { de: 'Verknüpfung aufheben', en: 'Unlink' },
  speichern: { de: 'Speichern', en: 'Save' },
} as const satisfies Record<string, Text>;

export const checkResults = {
  grundeinstellungen: {
    ok: {
      de: 'Die Einstellungen sind korrekt: Die Greyhound API ist erreichbar.',
      en: 'The settings are correct: the Greyhound API can be reached.',
    },
    failed: { de: 'Die Einstellungen sind nicht korrekt.', en: 'The settings are not correct.' },
  },
  pop3Konten: {
    ok: {
      de: 'Die Einstellungen sind korrekt: E-Mails können vom POP3-Konto abgeholt werden.',
      en: 'The settings are correct: mails can be fetched from the POP3 account.',
    },
    failed: {
      de: 'Die Einstellungen sind nicht korrekt: E-Mails können nicht vom POP3-Konto abgeholt werden.',
      en: 'The settings are not correct: mails cannot be fetched from the POP3 account.',
    },
  },
  smtpKonten: {
    ok: {
      de: 'Die Einstellungen sind korrekt: E-Mails können über das SMTP-Konto versendet werden.',
      en: 'The settings are correct: mails can be sent through the SMTP account.',
    },
    failed: {
      de: 'Die Einstellungen sind nicht korrekt: E-Mails können nicht über das SMTP-Konto versendet werden.',
      en: 'The settings are not correct: mails cannot be sent through the SMTP account.',
    },
  },
} as const satisfies Record<string, Record<'ok' | 'failed', Text>>;

export const noErrorSoFar: Text = { de: 'Bisher keine Fehlermeldung.', en: 'No error so far.' };
