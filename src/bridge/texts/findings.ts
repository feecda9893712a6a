/** What findings say beyond failures: what is well, and what should be looked at. */
import { message, type Message } from './text.js';

const confirmArming = [
  'Vergewissern Sie sich, dass keine andere Kopie dieser Daten arbeitet, und geben Sie dann frei (POST /api/v1/arm).',
  'Make sure that no other copy of this data is at work, then confirm (POST /api/v1/arm).',
] as const;

const extendStorage = [
  'Erweitern kann ihn nur der Anbieter, über Ihren Ansprechpartner.',
  'Only the vendor can extend it; ask your contact person.',
] as const;
const checkStorage = [
  'Prüfen Sie den Datenträger des Archivs.',
  "Check the archive's disk.",
] as const;

export const findingTexts = {
  archiveUrlUsable: message(
    ['Adresse', 'Address'],
    [
      'Die Adresse der Greyhound API ist verwendbar.',
      'The address of the GREYHOUND API is usable.',
    ],
  ),
  archivePortUsual: message(
    ['Port', 'Port'],
    ['Port {port} wird verwendet.', 'Port {port} is used.'],
  ),
  archivePortUnusual: message(
    ['Ungewöhnlicher Port', 'Unusual port'],
    ['Es wird Port {port} statt 443 verwendet.', 'Port {port} is used instead of 443.'],
    ['Die Systemvoraussetzungen nennen Port 443.', 'The system requirements name port 443.'],
  ),
  archiveReachable: message(
    ['Erreichbar', 'Reachable'],
    ['Die Greyhound API ist erreichbar.', 'The GREYHOUND API can be reached.'],
  ),
  archiveEncrypted: message(
    ['Verschlüsselt', 'Encrypted'],
    [
      'Die Verbindung ist verschlüsselt, das Zertifikat gültig.',
      'The connection is encrypted and the certificate valid.',
    ],
  ),
  archiveOnLoopback: message(
    ['Eingebautes Archiv', 'Embedded archive'],
    [
      'Das eingebaute Archiv wird auf diesem Rechner angesprochen.',
      'The embedded archive is reached on this machine.',
    ],
  ),
  archiveSignedIn: message(
    ['Angemeldet', 'Signed in'],
    ['Benutzername und Passwort wurden angenommen.', 'User name and password were accepted.'],
  ),
  archiveVersionSupported: message(
    ['Version', 'Version'],
    [
      'Gefunden wurde Version {found}; benötigt wird mindestens Version {required}.',
      'Found version {found}; at least version {required} is needed.',
    ],
  ),
  archiveVersionUnknown: message(
    ['Version unbekannt', 'Version unknown'],
    [
      'Das Archiv nennt keine Version; benötigt wird mindestens Version {required}.',
      'The archive does not tell its version; at least version {required} is needed.',
    ],
  ),
  settingsCorrect: message(
    ['Einstellungen korrekt', 'Settings correct'],
    [
      'Die Einstellungen sind korrekt, E-Mails können abgerufen werden.',
      'The settings are correct; mails can be fetched.',
    ],
  ),
  sendingPossible: message(
    ['Einstellungen korrekt', 'Settings correct'],
    [
      'Die Einstellungen sind korrekt, E-Mails können über dieses Konto versendet werden.',
      'The settings are correct; mails can be sent through this account.',
    ],
  ),
  passed: message(['In Ordnung', 'All right'], ['In Ordnung.', 'All right.']),
  clearTextLogin: message(
    ['Anmeldung unverschlüsselt', 'Sign-in without encryption'],
    [
      'Die Anmeldung gelingt, aber das Passwort wird lesbar übertragen.',
      'Signing in works, but the password is readable on its way.',
    ],
    ['Wählen Sie, wenn möglich, STARTTLS oder SSL/TLS.', 'Choose STARTTLS or SSL/TLS if possible.'],
  ),
  certificateException: message(
    ['Zertifikat mit Ausnahme', 'Certificate by exception'],
    [
      'Das Zertifikat des Servers wird nur wegen der hinterlegten Ausnahme angenommen.',
      "The server's certificate is accepted only because of the stored exception.",
    ],
  ),
  checkNotAnswered: message(
    ['Archiv prüft noch', 'Archive still checking'],
    [
      'Das Archiv ist mit seiner Prüfung nicht rechtzeitig fertig geworden.',
      'The archive did not finish its check in time.',
    ],
    ['Versuchen Sie es noch einmal.', 'Try again.'],
  ),
  probeSucceeded: message(
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
  passwordNeeded: message(
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
  dataRestored: message(
    ['Aus einer Sicherung', 'From a backup'],
    [
      'Der Datenordner ist ein früherer Stand, etwa aus einer Sicherung. E-Mails werden abgerufen, aber auf keinem Mailserver gelöscht, und nichts wird versendet.',
      'The data folder is an earlier state, as from a backup. Mails are fetched, but none is deleted on a mail server, and nothing is sent.',
    ],
    [
      'Prüfen Sie: Ist die Installation, von der die Sicherung stammt, beendet und ruft nicht mehr dieselben Postfächer ab? Welche E-Mails im Postausgang gingen nach der Sicherung schon hinaus? Bestätigen Sie dann mit POST /api/v1/arming/confirm.',
      'Check: has the installation that was backed up been stopped, so that it does not fetch the same mailboxes any more? Which mails in the outbox had left after the backup? Then confirm with POST /api/v1/arming/confirm.',
    ],
  ),
  dataCopied: message(
    ['Kopierter Datenordner', 'Copied data folder'],
    [
      'Der Datenordner stammt von einem anderen Ort. E-Mails werden abgerufen, aber auf keinem Mailserver gelöscht, und nichts wird versendet.',
      'The data folder comes from another place. Mails are fetched, but none is deleted on a mail server, and nothing is sent.',
    ],
    [
      'Prüfen Sie: Ist das Original beendet und ruft nicht mehr dieselben Postfächer ab? Bestätigen Sie dann mit POST /api/v1/arming/confirm.',
      'Check: has the original been stopped, so that it does not fetch the same mailboxes any more? Then confirm with POST /api/v1/arming/confirm.',
    ],
  ),
  noIncomingAccount: message(
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
  noSmtpAccount: message(
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
  accountFailing: message(
    ['Konto meldet Fehler', 'Account reports errors'],
    [
      'Das Konto „{name}“ meldet seit {count} Versuchen einen Fehler.',
      'The account "{name}" has reported an error for {count} tries.',
    ],
    ['Sehen Sie sich den letzten Fehler des Kontos an.', "Look at the account's last error."],
  ),
  mailWaiting: message(
    ['E-Mails warten', 'Mails are waiting'],
    [
      'Im Konto „{name}“ warten {count} E-Mails seit {since} auf den Versand.',
      'In the account "{name}" {count} mails have been waiting to be sent since {since}.',
    ],
  ),
  accountSwitchedOff: message(
    ['Konto abgeschaltet', 'Account switched off'],
    [
      'Das Konto „{name}“ wurde nach mehreren Fehlversuchen am {since} abgeschaltet. Ursache: {cause}.',
      'The account "{name}" was switched off at {since} after several failed tries. Cause: {cause}.',
    ],
    [
      'Beheben Sie die Ursache, zum Beispiel ein geändertes Passwort, und aktivieren Sie das Konto wieder.',
      'Remove the cause, such as a changed password, and activate the account again.',
    ],
  ),
  noActiveIncomingAccount: message(
    ['Kein POP3-Konto aktiv', 'No incoming account active'],
    [
      'Alle POP3-Konten sind deaktiviert; es werden keine E-Mails abgerufen.',
      'All incoming accounts are inactive; no mails are fetched.',
    ],
    ['Aktivieren Sie ein POP3-Konto.', 'Activate an incoming account.'],
  ),
  noActiveSmtpAccount: message(
    ['Kein SMTP-Konto aktiv', 'No SMTP account active'],
    [
      'Alle SMTP-Konten sind deaktiviert; es werden keine E-Mails versendet.',
      'All SMTP accounts are inactive; no mails are sent.',
    ],
    ['Aktivieren Sie ein SMTP-Konto.', 'Activate an SMTP account.'],
  ),
  fetchOverdue: message(
    ['Abruf überfällig', 'Fetch overdue'],
    [
      'Das Konto „{name}“ wurde seit {since} nicht mehr abgerufen, obwohl kein Fehler gemeldet ist.',
      'The account "{name}" has not been fetched since {since}, although no error is reported.',
    ],
    [
      'Stoßen Sie den Abruf an; hilft das nicht, starten Sie das Archiv neu.',
      'Ask for a fetch; if that does not help, restart the archive.',
    ],
  ),
  outboxWaiting: message(
    ['Postausgang steht', 'Outbox stuck'],
    [
      'Im Postausgang warten {count} E-Mails, die älteste seit {since}.',
      '{count} mails are waiting in the outbox, the oldest since {since}.',
    ],
    ['Prüfen Sie die SMTP-Konten.', 'Check the SMTP accounts.'],
  ),
  mailInDoubt: message(
    ['Versand ungewiss', 'Sending in doubt'],
    [
      'Bei {count} E-Mails ist ungewiss, ob der Mailserver sie angenommen hat; sie werden nicht von selbst erneut versendet.',
      'For {count} mails it is in doubt whether the mail server took them; they are not sent again by themselves.',
    ],
    [
      'Stellen Sie fest, ob sie angekommen sind, und entscheiden Sie je E-Mail.',
      'Find out whether they arrived, and decide for each mail.',
    ],
  ),
  mailFailed: message(
    ['Versand fehlgeschlagen', 'Sending failed'],
    [
      '{count} E-Mails konnten endgültig nicht versendet werden.',
      '{count} mails could not be sent for good.',
    ],
    [
      'Der Grund steht bei jeder E-Mail unter „Fehlgeschlagen“.',
      'The reason stands with each mail under "failed".',
    ],
  ),
  mailMissing: message(
    ['E-Mails fehlen', 'Mails are missing'],
    [
      'Im Konto „{name}“ liegen {count} E-Mails auf dem Server, die noch nicht übernommen wurden.',
      'In the account "{name}" {count} mails on the server have not been taken in yet.',
    ],
    ['Der nächste Abruf holt sie nach.', 'The next fetch takes them in.'],
  ),
  mailDamaged: message(
    ['E-Mails beschädigt', 'Mails are damaged'],
    [
      'Von {count} übernommenen E-Mails des Kontos „{name}“ fehlt der gespeicherte Inhalt oder stimmt nicht mehr; auf dem Server werden sie nicht gelöscht.',
      'The stored content of {count} mails of the account "{name}" is gone or has changed; they are not deleted on the server.',
    ],
    [
      'Prüfen Sie den Datenträger und spielen Sie die Daten aus einer Sicherung zurück.',
      'Check the disk and restore the data from a backup.',
    ],
  ),
  archiveDisarmed: message(
    ['Archiv gesperrt', 'Archive disarmed'],
    [
      'Das Archiv versendet nichts und löscht nichts auf den Mailservern, bis ein Administrator es freigibt.',
      'The archive sends nothing and deletes nothing on the mail servers until an administrator confirms it.',
    ],
    confirmArming,
  ),
  archiveRestored: message(
    ['Aus Sicherung gestartet', 'Started from a backup'],
    [
      'Die Daten stammen aus einer Sicherung. Bis zur Freigabe wird nichts versendet und auf den Mailservern nichts gelöscht.',
      'The data comes from a backup. Until confirmed, nothing is sent and nothing is deleted on the mail servers.',
    ],
    confirmArming,
  ),
  archiveCopied: message(
    ['Kopie gestartet', 'Started as a copy'],
    [
      'Der Datenordner ist eine Kopie. Bis zur Freigabe wird nichts versendet und auf den Mailservern nichts gelöscht.',
      'The data folder is a copy. Until confirmed, nothing is sent and nothing is deleted on the mail servers.',
    ],
    confirmArming,
  ),
  storageFault: message(
    ['Speichern fehlgeschlagen', 'Storing failed'],
    [
      'Seit {since} kann das Archiv nicht speichern; E-Mails bleiben auf dem Server.',
      'Since {since} the archive cannot store; mails stay on the server.',
    ],
    checkStorage,
  ),
  storageFull: message(
    ['Datenträger voll', 'Disk full'],
    [
      'Seit {since} ist der Datenträger des Archivs voll; E-Mails bleiben auf dem Server.',
      "Since {since} the archive's disk is full; mails stay on the server.",
    ],
    [
      'Schaffen Sie Platz; es geht dann von selbst weiter.',
      'Free some space; it then goes on by itself.',
    ],
  ),
  storageLow: message(
    ['Datenträger fast voll', 'Disk nearly full'],
    [
      'Seit {since} ist auf dem Datenträger des Archivs kaum noch Platz: Es werden keine E-Mails abgeholt, sie bleiben auf dem Server. Gesendet wird weiter.',
      "Since {since} there is little room on the archive's disk: no mail is fetched, it stays on the server. Sending goes on.",
    ],
    [
      'Schaffen Sie Platz; es geht dann von selbst weiter.',
      'Free some space; it then goes on by itself.',
    ],
  ),
  storageNearlyUsed: message(
    ['Speicher fast verbraucht', 'Storage nearly used'],
    [
      'Von {quota} GB Speicher des Archivs sind {used} GB belegt.',
      "Of the archive's storage of {quota} GB, {used} GB are used.",
    ],
    extendStorage,
  ),
  storageUsed: message(
    ['Speicher verbraucht', 'Storage used up'],
    [
      'Das Archiv belegt {used} GB; vereinbart sind {quota} GB.',
      'The archive uses {used} GB; {quota} GB are agreed on.',
    ],
    extendStorage,
  ),
  storageReadOnly: message(
    ['Nicht beschreibbar', 'Read-only'],
    [
      'Seit {since} kann der Datenordner des Archivs nicht beschrieben werden; E-Mails bleiben auf dem Server.',
      "Since {since} the archive's data folder cannot be written to; mails stay on the server.",
    ],
    ['Prüfen Sie Rechte und Datenträger.', 'Check permissions and disk.'],
  ),
  storageDamaged: message(
    ['Datenbank beschädigt', 'Database damaged'],
    [
      'Seit {since} meldet die Datenbank des Archivs einen Schaden; E-Mails bleiben auf dem Server.',
      "Since {since} the archive's database reports damage; mails stay on the server.",
    ],
    ['Spielen Sie die Daten aus einer Sicherung zurück.', 'Restore the data from a backup.'],
  ),
  webhookDelivered: message(
    ['Ereignis zugestellt', 'Event delivered'],
    ['Der Empfänger hat das Testereignis angenommen.', 'The receiver took the test event.'],
  ),
  webhookRefused: message(
    ['Ereignis abgelehnt', 'Event refused'],
    [
      'Der Empfänger hat das Ereignis mit dem Status {status} abgelehnt.',
      'The receiver refused the event with status {status}.',
    ],
    [
      'Erwartet wird ein Status von 200 bis 299; Umleitungen werden nicht verfolgt.',
      'A status from 200 to 299 is expected; redirects are not followed.',
    ],
  ),
  mailQuarantined: message(
    ['E-Mails in Quarantäne', 'Mails in quarantine'],
    [
      'Im Konto „{name}“ konnten {count} E-Mails nicht übernommen werden; sie liegen weiter auf dem Server.',
      'In the account "{name}" {count} mails could not be taken in; they are still on the server.',
    ],
  ),
} as const satisfies Readonly<Record<string, Message>>;
