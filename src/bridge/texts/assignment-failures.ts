/** What the directory and the assignment of mails refuse or report. */
import type { BridgeCode } from '../failure.js';
import { message, type Message } from './text.js';

export const assignmentFailures = {
  directoryUnavailable: message(
    ['ERP nicht erreichbar', 'ERP not reachable'],
    [
      'Das ERP hat die Frage nach seinen Stammdaten nicht beantwortet. Es wurde nichts zugeordnet.',
      'The ERP did not answer the question for its records. Nothing was assigned.',
    ],
    [
      'Der Lauf wird von selbst wiederholt. Bleibt es dabei, prüfen Sie die Adresse und das Token der Stammdatenabfrage.',
      'The run is repeated by itself. If this goes on, check address and token of the record look-up.',
    ],
  ),
  directoryLineInvalid: message(
    ['Zeile {line} ist ungültig', 'Line {line} is invalid'],
    [
      'Zeile {line} der Stammdaten kann nicht übernommen werden; {stored} Zeilen davor sind gespeichert.',
      'Line {line} of the records cannot be taken; {stored} lines before it are stored.',
    ],
    [
      'Berichtigen Sie die Zeile und senden Sie ab ihr weiter.',
      'Correct the line and go on sending from it.',
    ],
  ),
  uploadOutOfStep: message(
    ['Lücke in der Übertragung', 'Gap in the upload'],
    [
      'Diese Übertragung geht mit Zeile {expected} weiter.',
      'This upload goes on with line {expected}.',
    ],
  ),
  uploadBusy: message(
    ['Übertragung läuft schon', 'Upload under way'],
    [
      'Eine andere Anfrage überträgt gerade Zeilen derselben Übertragung.',
      'Another request is sending lines of the same upload.',
    ],
  ),
  userUnknown: message(
    ['Benutzer unbekannt', 'User unknown'],
    [
      'Das ERP hat keinen Benutzer „{user}“ gemeldet; wer nicht bekannt ist, kann keine E-Mails verwenden.',
      'The ERP has told of no user "{user}"; who is not known cannot use mail.',
    ],
    [
      'Übertragen Sie die Benutzer des ERPs an die Mail-Bridge.',
      "Push the ERP's users to the mail bridge.",
    ],
  ),
  userMayNotUseMail: message(
    ['Keine E-Mail-Funktion', 'No mail function'],
    [
      'Das Benutzerprofil von „{user}“ erlaubt keine E-Mails.',
      'The user profile of "{user}" does not allow mail.',
    ],
    [
      'Ein Administrator kann es im Benutzerprofil des ERPs erlauben.',
      "An administrator can allow it in the ERP's user profile.",
    ],
  ),
  recordUnknown: message(
    ['Datensatz unbekannt', 'Record unknown'],
    [
      'Im ERP gibt es diesen Datensatz nicht, oder Sie dürfen ihn nicht sehen.',
      'The ERP has no such record, or you may not see it.',
    ],
  ),
  runNotStanding: message(
    ['Nichts zurückzunehmen', 'Nothing to undo'],
    [
      'Dieser Lauf hat nichts zugeordnet, was noch so besteht.',
      'This run assigned nothing that still stands as it was.',
    ],
  ),
  rerunOutdated: message(
    ['Vorschau veraltet', 'Preview out of date'],
    [
      'Diese Vorschau wurde schon angewendet oder ist abgelaufen.',
      'This preview was applied already or has expired.',
    ],
    ['Erstellen Sie eine neue Vorschau.', 'Make a new preview.'],
  ),
} as const satisfies Partial<Record<BridgeCode, Message>>;
