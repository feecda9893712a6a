/** What the check of look-ups at the ERP finds out. */
import { message, type Message } from './text.js';

const readTheRules = [
  'Wie eine Antwort aussehen muss, steht in docs/directory.md.',
  'What an answer has to look like stands in docs/directory.md.',
] as const;

export const lookUpFindings = {
  lookUpAnswered: message(
    ['Das ERP antwortet', 'The ERP answers'],
    [
      '{host} hat nach {durationMs} Millisekunden richtig geantwortet.',
      '{host} answered correctly after {durationMs} milliseconds.',
    ],
  ),
  lookUpTokenRefused: message(
    ['Token abgelehnt', 'Token refused'],
    [
      '{host} nimmt das Token nicht an (Status {status}).',
      '{host} does not accept the token (status {status}).',
    ],
    [
      'Tragen Sie das Token ein, das im ERP für die Mail-Bridge angelegt wurde.',
      'Enter the token that was made for the mail bridge in the ERP.',
    ],
  ),
  lookUpStatusRefused: message(
    ['Abfrage abgelehnt', 'Look-up refused'],
    [
      '{host} hat die Abfrage mit dem Status {status} abgelehnt.',
      '{host} refused the look-up with status {status}.',
    ],
    [
      'Prüfen Sie die Adresse; bei einem Status ab 500 hilft das Protokoll des ERPs.',
      "Check the address; with a status from 500 on, look at the ERP's log.",
    ],
  ),
  lookUpRedirected: message(
    ['Abfrage umgeleitet', 'Look-up redirected'],
    [
      '{host} leitet die Abfrage um (Status {status}). Umleitungen werden nicht verfolgt.',
      '{host} redirects the look-up (status {status}). Redirects are not followed.',
    ],
    ['Tragen Sie die Adresse ein, zu der umgeleitet wird.', 'Enter the address it redirects to.'],
  ),
  lookUpTooSlow: message(
    ['Antwort zu langsam', 'Answer too slow'],
    [
      '{host} hat in {timeoutMs} Millisekunden nicht geantwortet.',
      '{host} did not answer within {timeoutMs} milliseconds.',
    ],
    [
      'Prüfen Sie, ob das ERP läuft; so lange wartet sonst jeder, der eine E-Mail öffnet.',
      'Check whether the ERP is running; otherwise everybody who opens a mail waits that long.',
    ],
  ),
  lookUpNotTrusted: message(
    ['Verbindung nicht sicher', 'Connection not secure'],
    [
      'Mit {host} kam keine verschlüsselte Verbindung zustande, der zu trauen ist ({reason}).',
      'No encrypted connection to {host} came about that can be trusted ({reason}).',
    ],
    [
      'Das Zertifikat des ERPs muss gültig, für diesen Namen ausgestellt und von einer bekannten Stelle sein.',
      "The ERP's certificate has to be valid, made out to this name, and from a known authority.",
    ],
  ),
  lookUpAnswerTooLarge: message(
    ['Antwort zu groß', 'Answer too large'],
    [
      '{host} hat auf eine Frage nach einer Adresse, die niemand hat, mit mehr als 10 MB geantwortet.',
      '{host} answered a question about an address that nobody has with more than 10 MB.',
    ],
    readTheRules,
  ),
  lookUpAnswerNotJson: message(
    ['Antwort ist kein JSON', 'Answer is not JSON'],
    ['{host} antwortet nicht mit JSON.', '{host} does not answer with JSON.'],
    [
      'Prüfen Sie die Adresse; vielleicht antwortet dort eine Anmeldeseite.',
      'Check the address; perhaps a sign-in page answers there.',
    ],
  ),
  lookUpAnswerInvalid: message(
    ['Antwort ungültig', 'Answer invalid'],
    [
      'Die Antwort von {host} hat nicht die vereinbarte Form; die erste falsche Stelle ist {member}.',
      'The answer of {host} does not have the form agreed on; the first wrong place is {member}.',
    ],
    readTheRules,
  ),
} as const satisfies Readonly<Record<string, Message>>;
