/** What trials of sending find out: one sender at a time, and a mail that is sent to itself. */
import { message, type Message } from './text.js';

export const sendingFindings = {
  senderAccepted: message(
    ['Absender angenommen', 'Sender accepted'],
    ['Der Server nimmt E-Mails von {sender} an.', 'The server accepts mail from {sender}.'],
  ),
  senderRefused: message(
    ['Absender abgelehnt', 'Sender refused'],
    [
      'Der Server lehnt {sender} als Absender ab: {words}',
      'The server refuses {sender} as sender: {words}',
    ],
    [
      'Geben Sie dem angemeldeten Konto beim Anbieter das Recht „Senden als“ für diese Adresse.',
      'Give the account that signs in the right "Send as" for this address at the provider.',
    ],
  ),
  senderDeferred: message(
    ['Absender vorerst abgelehnt', 'Sender refused for now'],
    [
      'Der Server lehnt eine E-Mail von {sender} vorübergehend ab: {words}',
      'The server refuses mail from {sender} for now: {words}',
    ],
    ['Versuchen Sie es später noch einmal.', 'Try again later.'],
  ),
  roundTripSent: message(
    ['Gesendet', 'Sent'],
    ['Die Probe-E-Mail wurde versendet.', 'The trial mail was sent.'],
  ),
  roundTripFound: message(
    ['Angekommen', 'Arrived'],
    ['Die Probe-E-Mail ist im Postfach angekommen.', 'The trial mail arrived in the mailbox.'],
  ),
  roundTripRemoved: message(
    ['Entfernt', 'Removed'],
    [
      'Die Probe-E-Mail wurde wieder aus dem Postfach entfernt.',
      'The trial mail was removed from the mailbox again.',
    ],
  ),
  roundTripNotSent: message(
    ['Nicht gesendet', 'Not sent'],
    [
      'Die Probe-E-Mail konnte nicht versendet werden: {words}',
      'The trial mail could not be sent: {words}',
    ],
    ['Prüfen Sie das SMTP-Konto.', 'Check the SMTP account.'],
  ),
  roundTripNotOpened: message(
    ['Postfach nicht lesbar', 'Mailbox cannot be read'],
    [
      'Das Postfach konnte nicht gelesen werden; es wurde nichts versendet. {words}',
      'The mailbox could not be read; nothing was sent. {words}',
    ],
    ['Prüfen Sie das POP3-Konto.', 'Check the incoming account.'],
  ),
  roundTripNotFound: message(
    ['Nicht angekommen', 'Not arrived'],
    [
      'Die Probe-E-Mail wurde versendet, ist aber nicht rechtzeitig im Postfach angekommen. {words}',
      'The trial mail was sent but did not arrive in the mailbox in time. {words}',
    ],
    [
      'Sehen Sie im Spamordner nach, und prüfen Sie, ob beide Konten zu demselben Postfach gehören.',
      'Look into the spam folder, and check whether both accounts belong to the same mailbox.',
    ],
  ),
  roundTripNotRemoved: message(
    ['Nicht entfernt', 'Not removed'],
    [
      'Die Probe-E-Mail ist angekommen, konnte aber nicht aus dem Postfach entfernt werden. {words}',
      'The trial mail arrived but could not be removed from the mailbox. {words}',
    ],
    ['Löschen Sie sie von Hand.', 'Delete it by hand.'],
  ),
} as const satisfies Readonly<Record<string, Message>>;
