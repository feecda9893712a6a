/** What a support person would say about a failed sign-in. */
import type { AdviceCode } from '../../mail/advice/index.js';
import { message, type Message } from './text.js';

const passwords = {
  appPasswordNeeded: message(
    ['App-Passwort nötig', 'App password needed'],
    [
      '{provider} nimmt von Programmen nicht das Passwort des Kontos an, sondern nur ein App-Passwort.',
      '{provider} does not take the password of the account from programs, only an app password.',
    ],
    [
      'Schalten Sie beim Anbieter die Bestätigung in zwei Schritten ein, erstellen Sie ein App-Passwort und tragen Sie es hier als Passwort ein. War es schon eines, dann erstellen Sie ein neues: Wird das Passwort des Kontos geändert, gelten die alten nicht mehr.',
      'Switch two-step verification on at the provider, make an app password and enter it here as the password. If it was one already, make a new one: the old ones end when the password of the account is changed.',
    ],
  ),
  appPasswordMaybeNeeded: message(
    ['Vielleicht App-Passwort nötig', 'App password may be needed'],
    [
      'Der Server hat Benutzername oder Passwort abgelehnt. Ist bei {provider} die Anmeldung in zwei Schritten eingeschaltet, gilt für Programme nur ein App-Passwort.',
      'The server refused user name or password. If two-step sign-in is on at {provider}, only an app password is good for programs.',
    ],
    [
      'Prüfen Sie Benutzername und Passwort; bei Anmeldung in zwei Schritten tragen Sie ein App-Passwort ein.',
      'Check user name and password; with two-step sign-in enter an app password.',
    ],
  ),
  mailPasswordNeeded: message(
    ['Eigenes E-Mail-Passwort', 'A password of its own for mail'],
    [
      '{provider} hat für E-Mail-Programme ein eigenes Passwort („E-Mail-Passwort“); das der Website wird abgelehnt. Solange es nicht eingerichtet ist, sind POP3, IMAP und SMTP abgeschaltet.',
      '{provider} has a separate password for mail programs ("E-Mail-Passwort"); the one of the web site is refused. Until it has been set, POP3, IMAP and SMTP are off.',
    ],
    [
      'Richten Sie das E-Mail-Passwort beim Anbieter ein und tragen Sie es hier ein.',
      'Set the mail password at the provider and enter it here.',
    ],
  ),
  fullAddressNeeded: message(
    ['Vollständige Adresse nötig', 'Whole address needed'],
    [
      'Der Server hat die Anmeldung abgelehnt. Bei {provider} ist der Benutzername die vollständige E-Mail-Adresse.',
      'The server refused to sign in. At {provider} the user name is the whole e-mail address.',
    ],
    [
      'Tragen Sie als Benutzernamen die E-Mail-Adresse ein.',
      'Enter the e-mail address as user name.',
    ],
  ),
} as const satisfies Partial<Record<AdviceCode, Message>>;

const switches = {
  protocolSwitchedOff: message(
    ['Abruf abgeschaltet', 'Fetching is switched off'],
    [
      'Für dieses Postfach ist {protocol} bei {provider} abgeschaltet.',
      '{protocol} is switched off for this mailbox at {provider}.',
    ],
    [
      'Schalten Sie {protocol} in den Einstellungen des Postfachs ein und prüfen Sie noch einmal.',
      'Switch {protocol} on in the settings of the mailbox and check again.',
    ],
  ),
  protocolMaybeSwitchedOff: message(
    ['Zugriff wohl abgeschaltet', 'Access is probably switched off'],
    [
      'Der Server hat die Anmeldung abgelehnt und nennt keinen Grund. Bei {provider} ist der Zugriff über POP3, IMAP und SMTP abgeschaltet, bis man ihn einschaltet; wird er lange nicht genutzt, kann ihn der Anbieter wieder abschalten.',
      'The server refused to sign in and gives no reason. At {provider} access by POP3, IMAP and SMTP is off until it is switched on; if it has not been used for long, the provider may switch it off again.',
    ],
    [
      'Schalten Sie den Zugriff in den Einstellungen des Postfachs ein und prüfen Sie Benutzername und Passwort. Ist dort die Anmeldung in zwei Schritten eingeschaltet, brauchen Sie ein App-Passwort.',
      'Switch access on in the settings of the mailbox, and check user name and password. If two-step sign-in is on there, you need an app password.',
    ],
  ),
  protocolNotOffered: message(
    ['Nicht angeboten', 'Not offered'],
    ['{provider} bietet {protocol} nicht an.', '{provider} does not offer {protocol}.'],
    [
      'Leiten Sie die E-Mails in ein Postfach weiter, das {protocol} kann, und verbinden Sie dieses.',
      'Forward the mails to a mailbox that has {protocol}, and connect that one.',
    ],
  ),
  basicSignInSwitchedOff: message(
    ['Anmeldung mit Passwort abgeschaltet', 'Sign-in by password is switched off'],
    [
      '{provider} nimmt keine Anmeldung mit Passwort mehr an, auch nicht mit dem richtigen.',
      '{provider} does not take any sign-in by password any more, not even with the right one.',
    ],
    [
      'Wählen Sie als Authentifizierung OAuth2 und verknüpfen Sie das Konto.',
      'Choose OAuth2 as authentication and link the account.',
    ],
  ),
  smtpSignInSwitchedOff: message(
    ['SMTP-Anmeldung abgeschaltet', 'SMTP sign-in is switched off'],
    [
      'Bei {provider} ist die Anmeldung am SMTP-Server („Authentifiziertes SMTP“) für dieses Postfach oder die ganze Organisation abgeschaltet; das gilt auch für OAuth2.',
      'At {provider} signing in to the SMTP server ("Authenticated SMTP") is switched off for this mailbox or for the whole organisation; this holds for OAuth2 too.',
    ],
    [
      'Ein Administrator muss „Authentifiziertes SMTP“ für das Postfach einschalten.',
      'An administrator has to switch "Authenticated SMTP" on for the mailbox.',
    ],
  ),
  oauthNotAllowedForMailbox: message(
    ['Postfach nicht freigegeben', 'Mailbox not open to it'],
    [
      'Die Verknüpfung ist gültig, aber der Mailserver lässt sie für dieses Postfach nicht zu.',
      'The link is good, but the mail server does not let it into this mailbox.',
    ],
    [
      'Ist {protocol} für das Postfach eingeschaltet? Gehört das Postfach der Person, die sich angemeldet hat, oder hat sie Vollzugriff darauf?',
      'Is {protocol} switched on for the mailbox? Does it belong to the person who signed in, or has that person full access to it?',
    ],
  ),
} as const satisfies Partial<Record<AdviceCode, Message>>;

const states = {
  confirmInBrowser: message(
    ['Im Browser bestätigen', 'Confirm in the browser'],
    [
      '{provider} hält die Anmeldung für ungewöhnlich und hat sie gesperrt, bis sie jemand im Browser bestätigt.',
      '{provider} takes the sign-in for unusual and has blocked it until somebody confirms it in the browser.',
    ],
    [
      'Melden Sie sich im Browser mit diesem Konto an, bestätigen Sie, dass Sie es waren, und prüfen Sie sofort noch einmal.',
      'Sign in to this account in the browser, confirm that it was you, and check again at once.',
    ],
  ),
  tooManySignIns: message(
    ['Zu viele Anmeldungen', 'Too many sign-ins'],
    [
      'Der Server nimmt gerade keine weitere Anmeldung an, weil es zu viele waren oder die letzte zu kurz her ist.',
      'The server takes no further sign-in just now, because there were too many or the last one is too recent.',
    ],
    [
      'Warten Sie eine Viertelstunde; stellen Sie den Abruf seltener ein, und sehen Sie nach, ob andere Programme dasselbe Postfach abrufen.',
      'Wait a quarter of an hour; fetch less often, and see whether other programs fetch the same mailbox.',
    ],
  ),
  mailboxLocked: message(
    ['Postfach belegt', 'Mailbox in use'],
    [
      'Das Postfach wird gerade von einer anderen Sitzung abgerufen und ist so lange gesperrt.',
      'Another session is fetching the mailbox just now and keeps it locked.',
    ],
    [
      'Versuchen Sie es in einigen Minuten noch einmal, und sehen Sie nach, ob ein anderes Programm dasselbe Postfach abruft.',
      'Try again in a few minutes, and see whether another program fetches the same mailbox.',
    ],
  ),
  quotaExceeded: message(
    ['Postfach voll', 'Mailbox full'],
    ['Der Speicherplatz des Postfachs ist erschöpft.', 'The storage of the mailbox is used up.'],
    [
      'Löschen Sie E-Mails im Postfach oder erweitern Sie den Speicher beim Anbieter.',
      'Delete mails in the mailbox, or get more storage at the provider.',
    ],
  ),
  accountDisabled: message(
    ['Konto gesperrt', 'Account disabled'],
    [
      'Der Anbieter hat das Konto gesperrt oder abgeschaltet.',
      'The provider has blocked or switched off the account.',
    ],
    [
      'Melden Sie sich beim Anbieter an oder fragen Sie dort nach.',
      'Sign in at the provider, or ask there.',
    ],
  ),
  senderNotAllowed: message(
    ['Absender nicht erlaubt', 'Sender not allowed'],
    [
      'Der Benutzer dieses SMTP-Kontos darf nicht im Namen dieser Absenderadresse senden („Send as“).',
      'The user of this SMTP account may not send as this sender address ("Send as").',
    ],
    [
      'Lassen Sie dem Benutzer das Recht „Senden als“ geben; bei Exchange wird es an der Absenderadresse eingestellt.',
      'Have the user given the right "Send as"; at Exchange it is set at the sender address.',
    ],
  ),
} as const satisfies Partial<Record<AdviceCode, Message>>;

const ways = {
  knownServer: message(
    ['Anderer Server', 'Another server'],
    [
      'Der Server für {protocol} ist bei diesem Anbieter {server}, Port {port}, {security}.',
      "This provider's server for {protocol} is {server}, port {port}, {security}.",
    ],
    ['Übernehmen Sie diese Angaben.', 'Take these values.'],
  ),
  blockedByFirewall: message(
    ['Keine Antwort', 'No answer'],
    [
      'Von {server} kommt auf Port {port} keine Antwort; wahrscheinlich sperrt eine Firewall die Verbindung nach außen.',
      '{server} does not answer on port {port}; probably a firewall blocks the connection outward.',
    ],
    [
      'Lassen Sie in der Firewall ausgehende Verbindungen zu Port {port} frei, oder prüfen Sie den Servernamen.',
      'Have outgoing connections to port {port} opened in the firewall, or check the name of the server.',
    ],
  ),
  port25Blocked: message(
    ['Port 25 gesperrt', 'Port 25 blocked'],
    [
      'Auf Port 25 kommt keine Verbindung zustande: Die meisten Netze sperren ihn, er ist für Server untereinander.',
      'No connection can be made on port 25: most networks block it; it is for servers among themselves.',
    ],
    [
      'Wählen Sie Port 465 mit SSL/TLS oder Port 587 mit STARTTLS.',
      'Choose port 465 with SSL/TLS, or port 587 with STARTTLS.',
    ],
  ),
} as const satisfies Partial<Record<AdviceCode, Message>>;

export const adviceTexts: Readonly<Record<AdviceCode, Message>> = {
  ...passwords,
  ...switches,
  ...states,
  ...ways,
};
