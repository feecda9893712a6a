/** What links with a provider are refused with, and why one is not there. */
import type { BridgeCode } from '../failure.js';
import { message, type Message } from './text.js';

const linkAnew = [
  'Wählen Sie „Konto verknüpfen“ noch einmal.',
  'Choose "Link account" once more.',
] as const;

const askAdministrator = [
  'Ein Administrator muss die Angaben zum Anbieter prüfen.',
  'An administrator has to check the settings of the provider.',
] as const;

const chooseMailbox = [
  'Verknüpfen Sie noch einmal und wählen Sie auf der Seite des Anbieters das richtige Konto.',
  "Link once more and choose the right account on the provider's page.",
] as const;

/** Refusals of requests. */
export const oauthRefusals = {
  alreadyLinked: message(
    ['Konto ist verknüpft', 'Account is linked'],
    [
      'Das Konto ist schon verknüpft. Eine Verknüpfung wird erneuert, indem sie erst aufgehoben und dann neu hergestellt wird.',
      'The account is linked already. A link is renewed by ending it first and then linking again.',
    ],
    [
      'Wählen Sie „Verknüpfung aufheben“ und dann „Konto verknüpfen“.',
      'Choose "Unlink", then "Link account".',
    ],
  ),
  stillLinked: message(
    ['Konto ist noch verknüpft', 'Account is still linked'],
    [
      'Die Anmeldung kann nicht umgestellt werden, solange das Konto verknüpft ist.',
      'The way to sign in cannot be changed while the account is linked.',
    ],
    [
      'Heben Sie die Verknüpfung auf, vorher oder mit demselben Speichern (unlink).',
      'End the link, before or in the same save (unlink).',
    ],
  ),
  linkRequired: message(
    ['Verknüpfung fehlt', 'Link missing'],
    [
      'Ein Konto mit OAuth2 kann erst aktiviert werden, wenn es verknüpft ist.',
      'An account with OAuth2 can be activated only once it is linked.',
    ],
    [
      'Verknüpfen Sie das Konto vor dem Speichern, oder speichern Sie es deaktiviert.',
      'Link the account before saving, or save it inactive.',
    ],
  ),
  linkNotFinished: message(
    ['Verknüpfung nicht abgeschlossen', 'Link not finished'],
    [
      'Die Anmeldung beim Anbieter ist noch nicht abgeschlossen oder fehlgeschlagen.',
      'Signing in at the provider is not finished yet, or has failed.',
    ],
    ['Schließen Sie die Anmeldung ab und speichern Sie dann.', 'Finish signing in, then save.'],
  ),
  linkUsed: message(
    ['Verknüpfung schon verwendet', 'Link already used'],
    [
      'Diese Verknüpfung gehört schon zu einem gespeicherten Konto; sie gilt für genau eines.',
      'This link belongs to a saved account already; it is good for exactly one.',
    ],
    linkAnew,
  ),
  linkExpired: message(
    ['Verknüpfung abgelaufen', 'Link expired'],
    ['Diese Verknüpfung gibt es nicht oder nicht mehr.', 'This link does not exist, or no longer.'],
    linkAnew,
  ),
  linkForOtherAccount: message(
    ['Verknüpfung eines anderen Kontos', 'Link of another account'],
    [
      'Diese Verknüpfung wurde für ein anderes Postfach oder einen anderen Server hergestellt.',
      'This link was made for another mailbox or another server.',
    ],
    linkAnew,
  ),
  wrongAccount: message(
    ['Verknüpfung passt nicht', 'Link does not fit'],
    [
      'Die Verknüpfung gehört zu einem anderen Postfach als dem des Kontos „{name}“.',
      'The link belongs to another mailbox than that of the account "{name}".',
    ],
    [
      'Prüfen Sie den Benutzernamen, oder heben Sie die Verknüpfung auf und verknüpfen Sie neu.',
      'Check the user name, or end the link and link again.',
    ],
  ),
  linkHostNotServed: message(
    ['Server gehört nicht zum Anbieter', "Server is not the provider's"],
    [
      'Mit der Verknüpfung des Kontos „{name}“ kann man sich an diesem Mailserver nicht anmelden.',
      'The link of the account "{name}" cannot be used to sign in to this mail server.',
    ],
    [
      'Prüfen Sie den Server, oder lassen Sie ihn beim Anbieter eintragen.',
      'Check the server, or have it added to the provider.',
    ],
  ),
  oauthProviderMissing: message(
    ['Kein Anbieter eingerichtet', 'No provider set up'],
    [
      'Für diesen Mailserver ist kein Anbieter zur Anmeldung mit OAuth2 eingerichtet.',
      'No provider for signing in by OAuth2 is set up for this mail server.',
    ],
    [
      'Ein Administrator muss die Anwendung beim Anbieter registrieren und sie hier eintragen.',
      'An administrator has to register the application at the provider and enter it here.',
    ],
  ),
  oauthFlowNotOffered: message(
    ['Anmeldeweg nicht möglich', 'Way to sign in not offered'],
    [
      'Der Anbieter oder das Mailarchiv bietet diesen Weg der Anmeldung nicht.',
      'The provider or the mail archive does not offer this way to sign in.',
    ],
  ),
  oauthProviderInUse: message(
    ['Anbieter wird verwendet', 'Provider is in use'],
    [
      'Der Anbieter „{provider}“ kann nicht entfernt werden: Konten sind über ihn verknüpft.',
      'The provider "{provider}" cannot be removed: accounts are linked through it.',
    ],
    ['Heben Sie diese Verknüpfungen erst auf.', 'End these links first.'],
  ),
  oauthProviderInvalid: message(
    ['Angaben zum Anbieter ungültig', 'Settings of the provider not valid'],
    [
      'Das Mailarchiv nimmt die Angaben zum Anbieter „{provider}“ nicht an: {serverText}',
      'The mail archive does not accept the settings of the provider "{provider}": {serverText}',
    ],
  ),
} as const satisfies Partial<Record<BridgeCode, Message>>;

/** Why a link is not there. The archive's codes, and those of the bridge. */
export const linkFailures = {
  wrongAccount: message(
    ['Anderes Konto angemeldet', 'Another account signed in'],
    [
      'Angemeldet hat sich {signedInAs}; verknüpft werden soll {expected}. Es wurde nichts verknüpft.',
      '{signedInAs} signed in; {expected} is to be linked. Nothing was linked.',
    ],
    chooseMailbox,
  ),
  consentGranted: message(
    ['Erlaubnis erteilt', 'Consent granted'],
    [
      'Ein Administrator hat die Erlaubnis erteilt. Das Postfach selbst ist noch nicht verknüpft.',
      'An administrator has consented. The mailbox itself is not linked yet.',
    ],
    [
      'Wählen Sie „Konto verknüpfen“ noch einmal; die Bestätigung erscheint dann sofort.',
      'Choose "Link account" once more; the confirmation then appears at once.',
    ],
  ),
  denied: message(
    ['Anmeldung abgelehnt', 'Sign-in denied'],
    [
      'Die Anmeldung oder die Erlaubnis für den Zugriff wurde abgelehnt.',
      'The sign-in, or the permission to access, was denied.',
    ],
    linkAnew,
  ),
  notConfirmedYet: message(
    ['Noch nicht bestätigt', 'Not confirmed yet'],
    [
      'Der Code wurde auf der Seite des Anbieters noch nicht bestätigt.',
      "The code has not been confirmed on the provider's page yet.",
    ],
    [
      'Geben Sie den Code dort ein, melden Sie sich an, und holen Sie das Token dann noch einmal ab.',
      'Enter the code there, sign in, and then fetch the token again.',
    ],
  ),
  deviceCodeExpired: message(
    ['Code abgelaufen', 'Code expired'],
    ['Der Code ist abgelaufen.', 'The code has expired.'],
    ['Wählen Sie „Verbinden“ für einen neuen Code.', 'Choose "Connect" for a new code.'],
  ),
  codeExpired: message(
    ['Anmeldung abgelaufen', 'Sign-in expired'],
    [
      'Die Anmeldung wurde nicht rechtzeitig abgeschlossen, oder sie ist nicht mehr gültig.',
      'The sign-in was not finished in time, or is not valid any more.',
    ],
    linkAnew,
  ),
  stateInvalid: message(
    ['Rückkehr ungültig', 'Return not valid'],
    [
      'Die Rückkehr vom Anbieter gehört zu keiner laufenden Anmeldung dieses Browsers. Es wurde nichts verknüpft.',
      'The return from the provider belongs to no sign-in of this browser. Nothing was linked.',
    ],
    linkAnew,
  ),
  adminConsentRequired: message(
    ['Administrator muss zustimmen', 'Administrator has to consent'],
    [
      'In dieser Organisation muss ein Administrator dem Zugriff zustimmen.',
      'In this organisation an administrator has to consent to the access.',
    ],
    [
      'Verknüpfen Sie mit einem Administratorkonto, und danach noch einmal mit dem Postfach.',
      'Link with an administrator account, and afterwards once more with the mailbox.',
    ],
  ),
  clientRefused: message(
    ['Anwendung abgelehnt', 'Application refused'],
    [
      'Der Anbieter nimmt Client-ID oder Client-Geheimnis nicht an.',
      'The provider does not accept client id or client secret.',
    ],
    askAdministrator,
  ),
  providerUnavailable: message(
    ['Anbieter nicht erreichbar', 'Provider unavailable'],
    ['Der Anbieter konnte nicht erreicht werden.', 'The provider could not be reached.'],
    ['Versuchen Sie es später noch einmal.', 'Try again later.'],
  ),
  providerRefused: message(
    ['Vom Anbieter abgelehnt', 'Refused by the provider'],
    ['Der Anbieter meldet: {words}', 'The provider says: {words}'],
    askAdministrator,
  ),
  noRefreshToken: message(
    ['Kein dauerhafter Zugriff', 'No lasting access'],
    [
      'Der Anbieter hat keinen dauerhaften Zugriff gegeben; die Verknüpfung wäre nach kurzer Zeit beendet.',
      'The provider gave no lasting access; the link would end after a short time.',
    ],
    askAdministrator,
  ),
  identityUnknown: message(
    ['Konto nicht erkennbar', 'Account not recognizable'],
    [
      'Der Anbieter hat nicht gesagt, wer sich angemeldet hat. Es wurde nichts verknüpft.',
      'The provider did not say who signed in. Nothing was linked.',
    ],
    askAdministrator,
  ),
  notConfigured: oauthRefusals.oauthProviderMissing,
  hostNotServed: oauthRefusals.oauthProviderMissing,
  flowNotOffered: oauthRefusals.oauthFlowNotOffered,
  signInFailed: message(
    ['Anmeldung fehlgeschlagen', 'Sign-in failed'],
    [
      'Die Anmeldung wurde abgelehnt oder ist fehlgeschlagen.',
      'The sign-in was denied or has failed.',
    ],
    linkAnew,
  ),
} as const satisfies Readonly<Record<string, Message>>;
