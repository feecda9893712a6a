/** What the bridge's own failures are called. German in the words of the ERPs' documentation. */
import type { BridgeCode } from '../failure.js';
import { assignmentFailures } from './assignment-failures.js';
import { oauthRefusals } from './oauth-failures.js';
import type { Message } from './text.js';

const request = {
  invalidRequest: {
    title: { de: 'Ungültige Eingabe', en: 'Invalid input' },
    detail: {
      de: 'Die Anfrage enthält ungültige Angaben.',
      en: 'The request contains values that cannot be used.',
    },
  },
  unknownField: {
    title: { de: 'Unbekanntes Feld', en: 'Unknown field' },
    detail: {
      de: 'Die Anfrage enthält ein Feld, das es hier nicht gibt.',
      en: 'The request contains a field that does not exist here.',
    },
  },
  invalidJson: {
    title: { de: 'Kein gültiges JSON', en: 'Invalid JSON' },
    detail: {
      de: 'Der Inhalt der Anfrage ist kein gültiges JSON.',
      en: 'The body of the request is not valid JSON.',
    },
  },
  unsupportedMediaType: {
    title: { de: 'Inhaltstyp nicht unterstützt', en: 'Unsupported media type' },
    detail: {
      de: 'Der Inhalt der Anfrage muss application/json in UTF-8 sein, bei Stammdaten application/x-ndjson.',
      en: 'The body of the request must be application/json in UTF-8, for ERP records application/x-ndjson.',
    },
  },
  bodyTooLarge: {
    title: { de: 'Anfrage zu groß', en: 'Request too large' },
    detail: {
      de: 'Der Inhalt der Anfrage ist größer als {limitBytes} Bytes.',
      en: 'The body of the request is larger than {limitBytes} bytes.',
    },
  },
  unauthenticated: {
    title: { de: 'Nicht angemeldet', en: 'Not authenticated' },
    detail: {
      de: 'Es wurde kein gültiges Zugriffstoken mitgesendet.',
      en: 'No valid access token was sent.',
    },
    hint: {
      de: 'Senden Sie „Authorization: Bearer <Token>“.',
      en: 'Send "Authorization: Bearer <token>".',
    },
  },
  forbidden: {
    title: { de: 'Keine Berechtigung', en: 'Forbidden' },
    detail: {
      de: 'Dem Zugriffstoken fehlt die Berechtigung „{scope}“.',
      en: 'The access token lacks the scope "{scope}".',
    },
  },
  notFound: {
    title: { de: 'Nicht gefunden', en: 'Not found' },
    detail: {
      de: 'Das Gesuchte gibt es nicht oder nicht mehr.',
      en: 'What was asked for does not exist, or no longer.',
    },
  },
  methodNotAllowed: {
    title: { de: 'Methode nicht erlaubt', en: 'Method not allowed' },
    detail: {
      de: 'Diese Adresse erlaubt nur: {allow}.',
      en: 'This address allows only: {allow}.',
    },
  },
  tooManyRequests: {
    title: { de: 'Zu viele Anmeldeversuche', en: 'Too many sign-in attempts' },
    detail: {
      de: 'Von dieser Adresse kamen zu viele Anmeldungen mit ungültigem Zugriffstoken.',
      en: 'Too many requests with an invalid access token came from this address.',
    },
    hint: { de: 'Warten Sie eine Minute.', en: 'Wait a minute.' },
  },
  preconditionRequired: {
    title: { de: 'If-Match fehlt', en: 'If-Match is missing' },
    detail: {
      de: 'Diese Änderung braucht die Kopfzeile If-Match mit dem ETag der gelesenen Fassung.',
      en: 'This change needs the header If-Match with the ETag of the version that was read.',
    },
  },
  preconditionFailed: {
    title: { de: 'Inzwischen geändert', en: 'Changed in the meantime' },
    detail: {
      de: 'Die Daten wurden seit dem Lesen von jemand anderem geändert.',
      en: 'Somebody else has changed the data since they were read.',
    },
    hint: {
      de: 'Lesen Sie die Daten neu und speichern Sie dann noch einmal.',
      en: 'Read the data again, then save once more.',
    },
  },
  idempotencyKeyReused: {
    title: { de: 'Idempotency-Key schon verwendet', en: 'Idempotency-Key already used' },
    detail: {
      de: 'Dieser Idempotency-Key gehört zu einer anderen Anfrage.',
      en: 'This Idempotency-Key belongs to a different request.',
    },
  },
  idempotencyInProgress: {
    title: { de: 'Ausgang unbekannt', en: 'Outcome unknown' },
    detail: {
      de: 'Die erste Anfrage mit diesem Idempotency-Key wurde unterbrochen; ob sie wirkte, ist unbekannt.',
      en: 'The first request with this Idempotency-Key was interrupted; whether it took effect is unknown.',
    },
    hint: {
      de: 'Prüfen Sie, ob die Änderung da ist, und verwenden Sie sonst einen neuen Schlüssel.',
      en: 'Look whether the change is there; if not, use a new key.',
    },
  },
} as const satisfies Partial<Record<BridgeCode, Message>>;

const settings = {
  notConfigured: {
    title: { de: 'Mailintegration nicht konfiguriert', en: 'Mail integration not configured' },
    detail: {
      de: 'Der Zugang zum Greyhound-Account ist noch nicht hinterlegt.',
      en: 'The access to the GREYHOUND account has not been stored yet.',
    },
    hint: {
      de: 'Hinterlegen Sie ihn im Register „Grundeinstellungen“.',
      en: 'Store it in the register "Grundeinstellungen" (basic settings).',
    },
  },
  interfaceDisabled: {
    title: { de: 'Schnittstelle nicht aktiviert', en: 'Interface not activated' },
    detail: {
      de: 'Die Schnittstelle zur Greyhound API ist ausgeschaltet; es wird keine Anfrage gesendet.',
      en: 'The interface to the GREYHOUND API is switched off; no request is sent.',
    },
    hint: {
      de: 'Schalten Sie im Register „Grundeinstellungen“ die Aktivierung ein.',
      en: 'Switch on the activation in the register "Grundeinstellungen" (basic settings).',
    },
  },
  managedByVendor: {
    title: { de: 'Vom Anbieter verwaltet', en: 'Managed by the vendor' },
    detail: {
      de: 'Der Greyhound-Account wird vom Anbieter verwaltet. Benutzername und Passwort dürfen auf keinen Fall geändert werden.',
      en: 'The GREYHOUND account is managed by the vendor. User name and password must on no account be changed.',
    },
    hint: {
      de: 'Wenden Sie sich an Ihren Ansprechpartner, wenn Sie die Verwaltung übernehmen möchten.',
      en: 'Ask your contact person if you want to take over the administration.',
    },
  },
  managedByEnvironment: {
    title: { de: 'Durch die Umgebung festgelegt', en: 'Set by the environment' },
    detail: {
      de: 'Dieser Wert ist durch {variable} festgelegt und kann hier nicht geändert werden.',
      en: 'This value is set by {variable} and cannot be changed here.',
    },
  },
  archiveUrlNotHttps: {
    title: { de: 'Unverschlüsselter Zugang', en: 'Unencrypted access' },
    detail: {
      de: 'Die Greyhound API muss über HTTPS erreichbar sein: In den Greyhound-Server-Einstellungen müssen sowohl das HTTP-Protokoll (Port 443) als auch SSL aktiviert sein.',
      en: 'The GREYHOUND API must be reached over HTTPS: in the GREYHOUND server settings both the HTTP protocol (port 443) and SSL must be active.',
    },
  },
  archiveVersionTooOld: {
    title: { de: 'Greyhound-Version zu alt', en: 'GREYHOUND version too old' },
    detail: {
      de: 'Gefunden wurde Greyhound in der Version {found}; benötigt wird mindestens Version {required}.',
      en: 'Found GREYHOUND version {found}; at least version {required} is needed.',
    },
  },
  notSupportedByArchive: {
    title: { de: 'Vom Archiv nicht unterstützt', en: 'Not supported by the archive' },
    detail: {
      de: 'Das verbundene Mailarchiv bietet diese Funktion nicht.',
      en: 'The connected mail archive does not offer this function.',
    },
  },
  lockedInArchive: {
    title: { de: 'Im Mailarchiv gesperrt', en: 'Locked in the archive' },
    detail: {
      de: 'Jemand anderes bearbeitet dieses Element gerade.',
      en: 'Somebody else is editing this element right now.',
    },
    hint: { de: 'Versuchen Sie es gleich noch einmal.', en: 'Try again in a moment.' },
  },
} as const satisfies Partial<Record<BridgeCode, Message>>;

const accounts = {
  accountLimitReached: {
    title: { de: 'Höchstzahl an Konten erreicht', en: 'Account limit reached' },
    detail: {
      de: 'Es können maximal {limit} Konten je Art eingebunden und verwaltet werden.',
      en: 'At most {limit} accounts of each kind can be integrated and managed.',
    },
    hint: {
      de: 'Wenn Sie weitere Konten verwalten möchten, müssen Sie das über den Greyhound-Client und eine entsprechende Lizenz machen.',
      en: 'More accounts need the GREYHOUND client and a corresponding licence.',
    },
  },
  accountNameTaken: {
    title: { de: 'Name schon vergeben', en: 'Name already taken' },
    detail: {
      de: 'Es gibt schon ein Konto mit diesem Namen.',
      en: 'An account with this name already exists.',
    },
  },
  mailboxAlreadyConnected: {
    title: { de: 'Postfach schon eingebunden', en: 'Mailbox already connected' },
    detail: {
      de: 'Dieses Postfach wird schon vom Konto „{name}“ abgerufen.',
      en: 'This mailbox is already fetched by the account "{name}".',
    },
    hint: {
      de: 'Zwei Konten auf demselben Postfach würden sich die E-Mails gegenseitig wegnehmen.',
      en: 'Two accounts on one mailbox would take mails from each other.',
    },
  },
  elementExists: {
    title: { de: 'Element schon vorhanden', en: 'Element already exists' },
    detail: {
      de: 'Im Archiv gibt es schon: {element} „{name}“, das nicht zu diesem Konto passt.',
      en: 'The archive already has: {element} "{name}", which does not fit this account.',
    },
    hint: {
      de: 'Wählen Sie einen anderen Namen oder bestätigen Sie, dass das Vorhandene verwendet werden soll.',
      en: 'Choose another name, or confirm that the existing one is to be used.',
    },
  },
  managedExternally: {
    title: { de: 'Außerhalb verwaltet', en: 'Managed elsewhere' },
    detail: {
      de: 'Dieses Konto wurde über die Höchstzahl hinaus im Greyhound-Client angelegt und wird hier nur angezeigt.',
      en: 'This account was made in the GREYHOUND client beyond the limit and is only shown here.',
    },
    hint: {
      de: 'Ändern Sie es im Greyhound-Client.',
      en: 'Change it in the GREYHOUND client.',
    },
  },
  groupAddressRequired: {
    title: { de: 'E-Mail-Adresse fehlt', en: 'E-mail address missing' },
    detail: {
      de: 'Der Benutzername ist keine E-Mail-Adresse. Geben Sie vor dem Speichern die E-Mail-Adresse für die Gruppe an.',
      en: "The user name is not an e-mail address. Enter the group's e-mail address before saving.",
    },
  },
  groupsAreAutomatic: {
    title: { de: 'Gruppen entstehen automatisch', en: 'Groups are automatic' },
    detail: {
      de: 'Gruppen werden mit ihrem Konto angelegt und entfernt; hier kann nur ihre E-Mail-Adresse geändert werden.',
      en: 'Groups are created and removed with their account; only their e-mail address can be changed here.',
    },
  },
  apopNotForSmtp: {
    title: { de: 'APOP gilt nicht für SMTP', en: 'APOP is not for SMTP' },
    detail: {
      de: 'APOP ist eine Anmeldung für POP3 und kann für SMTP nicht verwendet werden.',
      en: 'APOP is a way to sign in to POP3 and cannot be used for SMTP.',
    },
  },
  notRepresentable: {
    title: { de: 'Im Archiv nicht darstellbar', en: 'Not representable in the archive' },
    detail: {
      de: 'Das verbundene Mailarchiv kann diese Einstellung nicht speichern.',
      en: 'The connected mail archive cannot store this setting.',
    },
  },
  provisioningFailed: {
    title: { de: 'Konto nicht angelegt', en: 'Account not created' },
    detail: {
      de: 'Das Konto konnte nicht vollständig angelegt werden; was dieser Vorgang angelegt hatte, wurde wieder entfernt.',
      en: 'The account could not be created completely; what this save had created was removed again.',
    },
  },
  activationFailed: {
    title: { de: 'Konto nicht aktiviert', en: 'Account not activated' },
    detail: {
      de: 'Das Konto ist vollständig angelegt, konnte aber noch nicht aktiviert werden.',
      en: 'The account was created completely but could not be activated yet.',
    },
    hint: {
      de: 'Aktivieren Sie das Konto noch einmal, sobald das Archiv erreichbar ist.',
      en: 'Activate the account again as soon as the archive can be reached.',
    },
  },
  operationUnfinished: {
    title: { de: 'Vorgang noch offen', en: 'Operation not finished' },
    detail: {
      de: 'Ein früherer Vorgang ist noch nicht abgeschlossen. Er wird beendet, sobald das Archiv erreichbar ist.',
      en: 'An earlier operation is not finished. It will be as soon as the archive can be reached.',
    },
  },
  partlySaved: {
    title: { de: 'Nur teilweise gespeichert', en: 'Saved in part only' },
    detail: {
      de: 'Das Mailarchiv hat eine der Änderungen abgelehnt, nachdem andere schon gespeichert waren. Der Vorgang nennt jedes Element; neue Konten wurden wieder entfernt.',
      en: 'The mail archive refused one of the changes after others had been saved. The operation names every element; new accounts were removed again.',
    },
    hint: {
      de: 'Laden Sie die Konten neu und speichern Sie, was noch fehlt.',
      en: 'Load the accounts again and save what is missing.',
    },
  },
  saveInterrupted: {
    title: { de: 'Vorgang unterbrochen', en: 'Save interrupted' },
    detail: {
      de: 'Der Vorgang wurde unterbrochen und zurückgenommen: Im Mailarchiv steht alles wie zuvor.',
      en: 'The save was interrupted and taken back: everything in the mail archive is as it was before.',
    },
    hint: { de: 'Speichern Sie noch einmal.', en: 'Save again.' },
  },
  abandonedAfterRestore: {
    title: { de: 'Vorgang nach Wiederherstellung aufgegeben', en: 'Given up after a restore' },
    detail: {
      de: 'Der Vorgang stand offen, als der Datenordner gesichert oder kopiert wurde. Er wurde nicht fortgesetzt und nicht zurückgenommen, weil ihn das Original inzwischen beendet haben kann.',
      en: 'The operation stood open when the data folder was backed up or copied. It was neither continued nor taken back, because the original may have ended it since.',
    },
    hint: {
      de: 'Sehen Sie nach, welche Elemente des Kontos im Mailarchiv stehen, und ergänzen Sie fehlende mit „Reparieren“.',
      en: 'See which elements of the account stand in the mail archive, and add missing ones with "repair".',
    },
  },
  clearTextLoginNotAllowed: {
    title: { de: 'Passwort wäre lesbar', en: 'Password would be readable' },
    detail: {
      de: 'Ohne Verschlüsselung würde das Passwort lesbar übertragen.',
      en: 'Without encryption the password would be readable on its way.',
    },
    hint: {
      de: 'Wählen Sie STARTTLS oder SSL/TLS, oder erlauben Sie die unverschlüsselte Anmeldung ausdrücklich (allowClearTextLogin).',
      en: 'Choose STARTTLS or SSL/TLS, or allow sign-in without encryption explicitly (allowClearTextLogin).',
    },
  },
  removalNotConfirmed: {
    title: { de: 'Löschung bestätigen', en: 'Confirm the removal' },
    detail: {
      de: 'Mit diesen Einstellungen des Kontos „{name}“ würden sofort E-Mails vom Mailserver gelöscht, die schon gespeichert sind. Anzahl: {count}.',
      en: 'With these settings of the account "{name}" mails that are already stored would be deleted from the mail server at once. Number: {count}.',
    },
    hint: {
      de: 'Die Vorschau zeigt, welche es sind. Bestätigen Sie genau diese Anzahl ({count}), wenn sie gelöscht werden sollen.',
      en: 'The preview shows which ones. Confirm exactly this number ({count}) if they are to be deleted.',
    },
  },
  removalNotProven: {
    title: { de: 'Löschung nicht überprüfbar', en: 'Removal cannot be verified' },
    detail: {
      de: 'Welche gespeicherten E-Mails die neuen Einstellungen des Kontos „{name}“ vom Mailserver löschen würden, ist nicht festzustellen: Der Mailserver kann nicht gefragt werden ({serverText}).',
      en: 'Which stored mails the new settings of the account "{name}" would delete from the mail server cannot be found out: the mail server cannot be asked ({serverText}).',
    },
    hint: {
      de: 'Prüfen Sie die Einstellungen des Kontos und versuchen Sie es noch einmal, oder speichern Sie die übrigen Änderungen ohne die Löschung.',
      en: 'Check the settings of the account and try again, or save the other changes without the deletion.',
    },
  },
  passwordRequired: {
    title: { de: 'Passwort nötig', en: 'Password needed' },
    detail: {
      de: 'Geben Sie das Passwort ein: Das gespeicherte wird nicht an eine andere Adresse gesendet.',
      en: 'Enter the password: the stored one is not sent to a different address.',
    },
  },
} as const satisfies Partial<Record<BridgeCode, Message>>;

const messages = {
  senderNotServed: {
    title: { de: 'Kein SMTP-Konto für den Absender', en: 'No SMTP account for the sender' },
    detail: {
      de: 'Kein aktives SMTP-Konto versendet für den Absender {sender}.',
      en: 'No active SMTP account sends for {sender}.',
    },
    hint: {
      de: 'Tragen Sie die Adresse bei einem aktiven SMTP-Konto als Absender ein.',
      en: 'Add the address to the senders of an active SMTP account.',
    },
  },
  notArmed: {
    title: { de: 'Versand ist angehalten', en: 'Sending is held' },
    detail: {
      de: 'Diese Installation wurde aus einer Sicherung wiederhergestellt oder kopiert. Bis das bestätigt ist, versendet sie nichts und löscht nichts auf Mailservern. Die E-Mail wurde nicht angenommen.',
      en: 'This installation was restored from a backup or copied. Until that is confirmed it sends nothing and deletes nothing on mail servers. The message was not accepted.',
    },
    hint: {
      de: 'Speichern Sie die E-Mail als Entwurf, oder lassen Sie einen Administrator bestätigen, dass nur noch diese Installation arbeitet (POST /api/v1/arming/confirm).',
      en: 'Keep the message as a draft, or have an administrator confirm that only this installation works (POST /api/v1/arming/confirm).',
    },
  },
  messageNotSendable: {
    title: { de: 'E-Mail kann nicht gesendet werden', en: 'Message cannot be sent' },
    detail: {
      de: 'Die E-Mail konnte nicht vollständig an das Archiv übergeben werden und wurde nicht gesendet.',
      en: 'The message could not be handed to the archive completely and was not sent.',
    },
  },
  messageNotInDoubt: {
    title: { de: 'Versand steht fest', en: 'Delivery is settled' },
    detail: {
      de: 'Der Ausgang des Versands dieser E-Mail steht fest; nur eine fehlgeschlagene kann erneut gesendet werden.',
      en: 'What became of this message is known; only a failed one can be sent again.',
    },
  },
  messageNotQueued: {
    title: { de: 'E-Mail wartet nicht auf den Versand', en: 'Message is not waiting to be sent' },
    detail: {
      de: 'Diese E-Mail liegt nicht im Postausgang: Sie ist gesendet, ein Entwurf, oder ihr Versand ist fehlgeschlagen.',
      en: 'This message is not in the outbox: it was sent, is a draft, or sending it has failed.',
    },
  },
  messageHeld: {
    title: { de: 'E-Mail ist gesperrt', en: 'Message is held' },
    detail: {
      de: 'Diese E-Mail muss aufbewahrt werden und kann nicht gelöscht werden. Heben Sie die Sperre auf, wenn sie nicht mehr gilt.',
      en: 'This message has to be kept and cannot be deleted. Release it when that holds no longer.',
    },
  },
  personMessagesChanged: {
    title: { de: 'Andere E-Mails als bestätigt', en: 'Other messages than confirmed' },
    detail: {
      de: 'Zu dieser Adresse gehören inzwischen andere E-Mails. Es wurde nichts gelöscht. Suchen Sie erneut und bestätigen Sie, was gefunden wird.',
      en: 'Other messages belong to this address by now. Nothing was deleted. Find them again and confirm what is found.',
    },
  },
  expiryNotConfirmed: {
    title: { de: 'Löschung nicht bestätigt', en: 'Deletion not confirmed' },
    detail: {
      de: 'Diese Frist löscht {count} E-Mails für immer aus dem Archiv. Bestätigen Sie genau diese Zahl (confirmDeletion), oder wählen Sie eine längere Frist.',
      en: 'This period deletes {count} messages from the archive for good. Confirm exactly this number (confirmDeletion), or choose a longer period.',
    },
  },
  notADraft: {
    title: { de: 'Kein Entwurf', en: 'Not a draft' },
    detail: {
      de: 'Nur ein Entwurf kann geändert werden.',
      en: 'Only a draft can be changed.',
    },
    hint: {
      de: 'Holen Sie eine E-Mail, die auf den Versand wartet, zuerst zurück (DELETE /api/v1/outbox/{id}).',
      en: 'Take a message that waits to be sent back first (DELETE /api/v1/outbox/{id}).',
    },
  },
  storageUnavailable: {
    title: { de: 'Datenträger nicht beschreibbar', en: 'Storage cannot be written' },
    detail: {
      de: 'Der Datenordner lässt sich nicht beschreiben. Die Anfrage wurde nicht angenommen.',
      en: 'The data folder cannot be written. The request was not accepted.',
    },
    hint: {
      de: 'Schaffen Sie Speicherplatz oder Schreibrechte auf dem Server der Mail-Bridge und wiederholen Sie die Anfrage. Ein Neustart ist nicht nötig.',
      en: 'Free space, or give write permission, on the server of the mail bridge and repeat the request. No restart is needed.',
    },
  },
  internalError: {
    title: { de: 'Interner Fehler', en: 'Internal error' },
    detail: {
      de: 'Unerwarteter Fehler. Nennen Sie dem Betreiber die Kennung dieser Anfrage.',
      en: 'Unexpected error. Tell the operator the id of this request.',
    },
  },
} as const satisfies Partial<Record<BridgeCode, Message>>;

export const bridgeFailures: Readonly<Record<BridgeCode, Message>> = {
  ...request,
  ...settings,
  ...accounts,
  ...oauthRefusals,
  ...messages,
  ...assignmentFailures,
};
