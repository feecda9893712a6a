/** What findings say beyond failures: what is well, and what should be looked at. */
import type { Message } from './text.js';

const text = (
  title: readonly [de: string, en: string],
  detail: readonly [de: string, en: string],
  hint?: readonly [de: string, en: string],
): Message => ({
  title: { de: title[0], en: title[1] },
  detail: { de: detail[0], en: detail[1] },
  ...(hint === undefined ? {} : { hint: { de: hint[0], en: hint[1] } }),
});

export const findingTexts = {
  archiveUrlUsable: text(
    ['Adresse', 'Address'],
    [
      'Die Adresse der Greyhound API ist verwendbar.',
      'The address of the GREYHOUND API is usable.',
    ],
  ),
  archivePortUsual: text(['Port', 'Port'], ['Port {port} wird verwendet.', 'Port {port} is used.']),
  archivePortUnusual: text(
    ['Ungewöhnlicher Port', 'Unusual port'],
    ['Es wird Port {port} statt 443 verwendet.', 'Port {port} is used instead of 443.'],
    ['Die Systemvoraussetzungen nennen Port 443.', 'The system requirements name port 443.'],
  ),
  archiveReachable: text(
    ['Erreichbar', 'Reachable'],
    ['Die Greyhound API ist erreichbar.', 'The GREYHOUND API can be reached.'],
  ),
  archiveEncrypted: text(
    ['Verschlüsselt', 'Encrypted'],
    [
      'Die Verbindung ist verschlüsselt, das Zertifikat gültig.',
      'The connection is encrypted and the certificate valid.',
    ],
  ),
  archiveOnLoopback: text(
    ['Eingebautes Archiv', 'Embedded archive'],
    [
      'Das eingebaute Archiv wird auf diesem Rechner angesprochen.',
      'The embedded archive is reached on this machine.',
    ],
  ),
  archiveSignedIn: text(
    ['Angemeldet', 'Signed in'],
    ['Benutzername und Passwort wurden angenommen.', 'User name and password were accepted.'],
  ),
  archiveVersionSupported: text(
    ['Version', 'Version'],
    [
      'Gefunden wurde Version {found}; benötigt wird mindestens Version {required}.',
      'Found version {found}; at least version {required} is needed.',
    ],
  ),
  archiveVersionUnknown: text(
    ['Version unbekannt', 'Version unknown'],
    [
      'Das Archiv nennt keine Version; benötigt wird mindestens Version {required}.',
      'The archive does not tell its version; at least version {required} is needed.',
    ],
  ),
  settingsCorrect: text(
    ['Einstellungen korrekt', 'Settings correct'],
    [
      'Die Einstellungen sind korrekt, E-Mails können abgerufen werden.',
      'The settings are correct; mails can be fetched.',
    ],
  ),
  sendingPossible: text(
    ['Einstellungen korrekt', 'Settings correct'],
    [
      'Die Einstellungen sind korrekt, E-Mails können über dieses Konto versendet werden.',
      'The settings are correct; mails can be sent through this account.',
    ],
  ),
  passed: text(['In Ordnung', 'All right'], ['In Ordnung.', 'All right.']),
  clearTextLogin: text(
    ['Anmeldung unverschlüsselt', 'Sign-in without encryption'],
    [
      'Die Anmeldung gelingt, aber das Passwort wird lesbar übertragen.',
      'Signing in works, but the password is readable on its way.',
    ],
    ['Wählen Sie, wenn möglich, STARTTLS oder SSL/TLS.', 'Choose STARTTLS or SSL/TLS if possible.'],
  ),
  certificateException: text(
    ['Zertifikat mit Ausnahme', 'Certificate by exception'],
    [
      'Das Zertifikat des Servers wird nur wegen der hinterlegten Ausnahme angenommen.',
      "The server's certificate is accepted only because of the stored exception.",
    ],
  ),
  checkNotAnswered: text(
    ['Archiv prüft noch', 'Archive still checking'],
    [
      'Das Archiv ist mit seiner Prüfung nicht rechtzeitig fertig geworden.',
      'The archive did not finish its check in time.',
    ],
    ['Versuchen Sie es noch einmal.', 'Try again.'],
  ),
  probeSucceeded: text(
    ['Von hier aus erreichbar', 'Reachable from here'],
    [
      'Mit denselben Angaben gelingt die Anmeldung von der Bridge aus; das Archiv meldet trotzdem einen Fehler.',
      'With the same values the bridge can sign in; the archive reports an error all the same.',
    ],
    [
      'Vielleicht erreicht das Archiv den Server nicht, oder der Server sperrt es vorübergehend.',
      'The archive may not reach the server, or the server may block it for a while.',
    ],
  ),
  passwordNeeded: text(
    ['Passwort eingeben', 'Enter the password'],
    [
      'Für die Prüfung wird das Passwort gebraucht: Das gespeicherte steht für sie nicht zur Verfügung.',
      'The check needs the password: the stored one is not available to it.',
    ],
    [
      'Geben Sie das Passwort ein und prüfen Sie noch einmal.',
      'Enter the password and check again.',
    ],
  ),
  noIncomingAccount: text(
    ['Kein POP3-Konto', 'No incoming account'],
    [
      'Es ist noch kein POP3-Konto eingebunden; die E-Mail-Funktion ist unvollständig.',
      'No incoming account has been connected yet; the mail function is incomplete.',
    ],
    [
      'Geben Sie mindestens ein POP3-Konto Ihres Mailservers an.',
      'Add at least one POP3 account of your mail server.',
    ],
  ),
  noSmtpAccount: text(
    ['Kein SMTP-Konto', 'No SMTP account'],
    [
      'Es ist noch kein SMTP-Konto eingebunden; E-Mails können nicht versendet werden.',
      'No SMTP account has been connected yet; mails cannot be sent.',
    ],
    [
      'Geben Sie mindestens ein SMTP-Konto Ihres Mailservers an.',
      'Add at least one SMTP account of your mail server.',
    ],
  ),
  accountFailing: text(
    ['Konto meldet Fehler', 'Account reports errors'],
    [
      'Das Konto „{name}“ meldet seit {count} Versuchen einen Fehler.',
      'The account "{name}" has reported an error for {count} tries.',
    ],
    ['Sehen Sie sich den letzten Fehler des Kontos an.', "Look at the account's last error."],
  ),
  mailWaiting: text(
    ['E-Mails warten', 'Mails are waiting'],
    [
      'Im Konto „{name}“ warten {count} E-Mails seit {since} auf den Versand.',
      'In the account "{name}" {count} mails have been waiting to be sent since {since}.',
    ],
  ),
  mailQuarantined: text(
    ['E-Mails in Quarantäne', 'Mails in quarantine'],
    [
      'Im Konto „{name}“ konnten {count} E-Mails nicht übernommen werden; sie liegen weiter auf dem Server.',
      'In the account "{name}" {count} mails could not be taken in; they are still on the server.',
    ],
  ),
} as const satisfies Readonly<Record<string, Message>>;
