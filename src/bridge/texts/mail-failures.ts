/** What failures between us and a mail server are called; used for findings, last errors and problems. */
import type { MailFailureCode } from '../../mail/errors.js';
import { message, type Message } from './text.js';

const chooseSecurity = [
  'Wählen Sie eine andere Verschlüsselung oder den dazu passenden Port.',
  'Choose another kind of encryption, or the port that goes with it.',
] as const;

const checkHostAndPort = [
  'Prüfen Sie Server und Port; vielleicht sperrt eine Firewall die Verbindung.',
  'Check server and port; a firewall may block the connection.',
] as const;

const connection = {
  nameNotFound: message(
    ['Server nicht gefunden', 'Server not found'],
    ['Den Servernamen gibt es nicht.', 'The server name does not exist.'],
    ['Prüfen Sie die Schreibweise des Servers.', 'Check the spelling of the server.'],
  ),
  nameLookupFailed: message(
    ['Namensauflösung gestört', 'Name lookup failed'],
    [
      'Der Servername konnte gerade nicht aufgelöst werden.',
      'The server name cannot be looked up.',
    ],
    ['Versuchen Sie es später noch einmal.', 'Try again later.'],
  ),
  egressBlocked: message(
    ['Adresse gesperrt', 'Address blocked'],
    [
      'Der Server liegt im internen Netz; Verbindungen dorthin sind nicht freigegeben.',
      'The server lies inside the network; connections to it are not allowed.',
    ],
    [
      'Der Betreiber kann das Netz mit MB_EGRESS_ALLOW freigeben.',
      'The operator can allow the network with MB_EGRESS_ALLOW.',
    ],
  ),
  connectionRefused: message(
    ['Verbindung abgelehnt', 'Connection refused'],
    [
      'Auf diesem Port nimmt der Server keine Verbindung an.',
      'The server accepts no connection on this port.',
    ],
    checkHostAndPort,
  ),
  hostUnreachable: message(
    ['Server nicht erreichbar', 'Server unreachable'],
    ['Zum Server führt kein Weg.', 'There is no route to the server.'],
    checkHostAndPort,
  ),
  connectTimeout: message(
    ['Zeitüberschreitung', 'Timed out'],
    ['Der Server hat nicht rechtzeitig geantwortet.', 'The server did not answer in time.'],
    checkHostAndPort,
  ),
  responseTimeout: message(
    ['Keine Antwort', 'No answer'],
    [
      'Die Verbindung steht, aber der Server antwortet nicht.',
      'Connected, but the server does not answer.',
    ],
    [
      'Prüfen Sie Port und Verschlüsselung: Wo TLS gesprochen wird, schweigt eine unverschlüsselte Verbindung.',
      'Check port and encryption: where TLS is spoken, an unencrypted connection stays silent.',
    ],
  ),
  connectionLost: message(
    ['Verbindung abgebrochen', 'Connection lost'],
    ['Der Server hat die Verbindung beendet.', 'The server ended the connection.'],
    ['Prüfen Sie Port und Verschlüsselung.', 'Check port and encryption.'],
  ),
} as const satisfies Partial<Record<MailFailureCode, Message>>;

const encryption = {
  tlsFailed: message(
    ['Verschlüsselung fehlgeschlagen', 'Encryption failed'],
    ['Mit dem Server kam keine Verschlüsselung zustande.', 'No encryption could be agreed on.'],
    chooseSecurity,
  ),
  certificateUntrusted: message(
    ['Zertifikat nicht vertrauenswürdig', 'Certificate not trusted'],
    [
      'Das Zertifikat des Servers stammt von keiner bekannten Stelle.',
      "The server's certificate is not from a known authority.",
    ],
    [
      'Fragen Sie den Betreiber des Mailservers, oder hinterlegen Sie eine Ausnahme für genau dieses Zertifikat.',
      'Ask the operator of the mail server, or store an exception for exactly this certificate.',
    ],
  ),
  certificateExpired: message(
    ['Zertifikat abgelaufen', 'Certificate expired'],
    [
      'Das Zertifikat des Servers ist abgelaufen oder noch nicht gültig.',
      "The server's certificate has expired or is not valid yet.",
    ],
    [
      'Der Betreiber des Mailservers muss es erneuern.',
      'The operator of the server must renew it.',
    ],
  ),
  certificateNameMismatch: message(
    ['Zertifikat für anderen Namen', 'Certificate for another name'],
    [
      'Das Zertifikat des Servers gilt nicht für den angegebenen Servernamen.',
      "The server's certificate is not for the given server name.",
    ],
    [
      'Tragen Sie den Servernamen ein, den Ihr Anbieter nennt.',
      'Enter the server name that your provider tells.',
    ],
  ),
  tlsExpected: message(
    ['Server erwartet TLS', 'Server expects TLS'],
    ['Auf diesem Port wird von Anfang an TLS gesprochen.', 'This port speaks TLS from the start.'],
    ['Wählen Sie SSL/TLS.', 'Choose SSL/TLS.'],
  ),
  plainExpected: message(
    ['Server spricht kein TLS', 'Server does not speak TLS'],
    ['Auf diesem Port beginnt die Verbindung unverschlüsselt.', 'This port starts unencrypted.'],
    ['Wählen Sie STARTTLS oder den Port für SSL/TLS.', 'Choose STARTTLS, or the port for SSL/TLS.'],
  ),
  startTlsUnavailable: message(
    ['STARTTLS nicht angeboten', 'STARTTLS not offered'],
    ['Der Server bietet STARTTLS nicht an.', 'The server does not offer STARTTLS.'],
    chooseSecurity,
  ),
} as const satisfies Partial<Record<MailFailureCode, Message>>;

const signIn = {
  authenticationFailed: message(
    ['Anmeldung abgelehnt', 'Sign-in refused'],
    [
      'Der Server hat Benutzername oder Passwort abgelehnt.',
      'The server refused user name or password.',
    ],
    [
      'Prüfen Sie Benutzername und Passwort; manche Anbieter verlangen ein App-Passwort.',
      'Check user name and password; some providers ask for an app password.',
    ],
  ),
  authenticationUnavailable: message(
    ['Keine passende Anmeldung', 'No usable sign-in'],
    [
      'Der Server bietet die gewählte Art der Anmeldung nicht an.',
      'The server does not offer the chosen way to sign in.',
    ],
    ['Wählen Sie eine andere Art der Anmeldung.', 'Choose another way to sign in.'],
  ),
  clearTextRefused: message(
    ['Passwort wäre lesbar', 'Password would be readable'],
    [
      'Ohne Verschlüsselung würde das Passwort lesbar übertragen; das ist nicht erlaubt worden.',
      'Without encryption the password would be readable on its way; this has not been allowed.',
    ],
    [
      'Wählen Sie STARTTLS oder SSL/TLS, oder erlauben Sie die unverschlüsselte Anmeldung ausdrücklich.',
      'Choose STARTTLS or SSL/TLS, or allow sign-in without encryption explicitly.',
    ],
  ),
  notLinked: message(
    ['Konto nicht verknüpft', 'Account not linked'],
    [
      'Das Konto meldet sich mit OAuth2 an, ist aber mit keinem Postfach verknüpft.',
      'The account signs in by OAuth2 but is linked with no mailbox.',
    ],
    ['Wählen Sie „Konto verknüpfen“.', 'Choose "Link account".'],
  ),
  linkEnded: message(
    ['Verknüpfung beendet', 'Link ended'],
    [
      'Der Anbieter nimmt die Verknüpfung nicht mehr an; E-Mails werden nicht mehr abgerufen oder versendet.',
      'The provider does not accept the link any more; mail is neither fetched nor sent.',
    ],
    [
      'Wählen Sie „Verknüpfung aufheben“ und dann „Konto verknüpfen“.',
      'Choose "Unlink", then "Link account".',
    ],
  ),
  oauthClientRefused: message(
    ['Anwendung abgelehnt', 'Application refused'],
    [
      'Der Anbieter nimmt Client-ID oder Client-Geheimnis nicht an; vielleicht ist das Geheimnis abgelaufen.',
      'The provider does not accept client id or client secret; the secret may have expired.',
    ],
    [
      'Ein Administrator muss beim Anbieter ein neues Geheimnis anlegen und hier eintragen; die Verknüpfungen bleiben.',
      'An administrator has to make a new secret at the provider and enter it here; the links stay.',
    ],
  ),
  oauthUnavailable: message(
    ['Anbieter nicht erreichbar', 'Provider unavailable'],
    [
      'Der Anbieter konnte gerade nicht um eine Anmeldung gebeten werden; die Verknüpfung bleibt.',
      'The provider could not be asked for a sign-in just now; the link stays.',
    ],
    ['Es wird von selbst wieder versucht.', 'It is tried again by itself.'],
  ),
} as const satisfies Partial<Record<MailFailureCode, Message>>;

const conversation = {
  wrongProtocol: message(
    ['Anderer Dienst auf diesem Port', 'Another service on this port'],
    [
      'Auf diesem Port antwortet {found}, erwartet wurde {expected}.',
      '{found} answers on this port; {expected} was expected.',
    ],
    ['Prüfen Sie den Port.', 'Check the port.'],
  ),
  temporarilyUnavailable: message(
    ['Server vorübergehend nicht bereit', 'Server temporarily unavailable'],
    ['Der Server ist gerade nicht bereit: {serverText}', 'The server is not ready: {serverText}'],
    ['Versuchen Sie es später noch einmal.', 'Try again later.'],
  ),
  folderMissing: message(
    ['Ordner nicht gefunden', 'Folder not found'],
    ['Das Postfach hat keinen Ordner dieses Namens.', 'The mailbox has no folder of this name.'],
    [
      'Wählen Sie einen der Ordner, die der Server nennt, oder lassen Sie das Feld leer: dann ist es der Posteingang.',
      'Choose one of the folders that the server names, or leave the field empty: then it is the inbox.',
    ],
  ),
  serverRefused: message(
    ['Vom Server abgelehnt', 'Refused by the server'],
    ['Der Server meldet: {serverText}', 'The server says: {serverText}'],
  ),
  protocolViolation: message(
    ['Unverständliche Antwort', 'Unintelligible answer'],
    ['Der Server hält sich nicht an das Protokoll.', 'The server does not follow the protocol.'],
    ['Prüfen Sie Server und Port.', 'Check server and port.'],
  ),
  messageTooLarge: message(
    ['E-Mail zu groß', 'Message too large'],
    ['Die E-Mail ist größer als erlaubt.', 'The message is larger than allowed.'],
  ),
  invalidInput: message(
    ['Ungültige Eingabe', 'Invalid input'],
    ['Diese Angabe kann nicht verwendet werden.', 'This value cannot be used.'],
  ),
} as const satisfies Partial<Record<MailFailureCode, Message>>;

export const mailFailures: Readonly<Record<MailFailureCode, Message>> = {
  ...connection,
  ...encryption,
  ...signIn,
  ...conversation,
};
