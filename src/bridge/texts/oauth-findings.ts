/** What findings say about links and providers. */
import { message, type Localized, type Message } from './text.js';

const linkAgain = [
  'Wählen Sie „Verknüpfung aufheben“ und dann „Konto verknüpfen“.',
  'Choose "Unlink", then "Link account".',
] as const;

const newSecret = [
  'Legen Sie beim Anbieter ein neues Geheimnis an und tragen Sie es hier mit seinem Ablaufdatum ein; die Verknüpfungen bleiben.',
  'Make a new secret at the provider and enter it here with its end; the links stay.',
] as const;

const setPublicUrl = [
  'Setzen Sie MB_PUBLIC_URL auf die https-Adresse, unter der Browser die Mail-Bridge erreichen.',
  'Set MB_PUBLIC_URL to the https address at which browsers reach the mail bridge.',
] as const;

const links = {
  linkEnding: message(
    ['Verknüpfung endet bald', 'Link ends soon'],
    [
      'Die Verknüpfung des Kontos „{name}“ endet am {date} ({because}).',
      'The link of the account "{name}" ends on {date} ({because}).',
    ],
    linkAgain,
  ),
  linkEndingNow: message(
    ['Verknüpfung endet', 'Link is about to end'],
    [
      'Die Verknüpfung des Kontos „{name}“ endet innerhalb eines Tages, am {date} ({because}). Danach werden keine E-Mails mehr abgerufen oder versendet.',
      'The link of the account "{name}" ends within a day, on {date} ({because}). Mail is then neither fetched nor sent.',
    ],
    linkAgain,
  ),
  accountLinkEnded: message(
    ['Verknüpfung beendet', 'Link ended'],
    [
      'Die Verknüpfung des Kontos „{name}“ ist beendet ({because}). Es werden keine E-Mails mehr abgerufen oder versendet.',
      'The link of the account "{name}" has ended ({because}). Mail is neither fetched nor sent.',
    ],
    ['Wählen Sie „Konto verknüpfen“.', 'Choose "Link account".'],
  ),
  accountNotLinked: message(
    ['Konto nicht verknüpft', 'Account not linked'],
    [
      'Das Konto „{name}“ ist aktiv, aber mit keinem Postfach verknüpft. Es werden keine E-Mails abgerufen oder versendet.',
      'The account "{name}" is active but linked with no mailbox. Mail is neither fetched nor sent.',
    ],
    ['Wählen Sie „Konto verknüpfen“.', 'Choose "Link account".'],
  ),
  linkNotTried: message(
    ['Verknüpfung nicht geprüft', 'Link not tried'],
    [
      'Ob die Anmeldung mit der Verknüpfung gelingt, kann dieses Mailarchiv vor dem Abruf nicht prüfen.',
      'Whether signing in by the link works cannot be tried by this mail archive before it fetches.',
    ],
    [
      'Verknüpfen Sie das Konto, aktivieren Sie es, und sehen Sie nach dem ersten Abruf nach der letzten Fehlermeldung.',
      'Link the account, activate it, and look at its last error after the first fetch.',
    ],
  ),
  secretEnding: message(
    ['Client-Geheimnis läuft ab', 'Client secret expires'],
    [
      'Das Client-Geheimnis des Anbieters „{name}“ läuft am {date} ab.',
      'The client secret of the provider "{name}" expires on {date}.',
    ],
    newSecret,
  ),
  secretEndingNow: message(
    ['Client-Geheimnis läuft ab', 'Client secret expires'],
    [
      'Das Client-Geheimnis des Anbieters „{name}“ läuft innerhalb eines Tages ab, am {date}. Danach fallen alle Konten aus, die über ihn verknüpft sind.',
      'The client secret of the provider "{name}" expires within a day, on {date}. All accounts that are linked through it then fail.',
    ],
    newSecret,
  ),
  secretEnded: message(
    ['Client-Geheimnis abgelaufen', 'Client secret expired'],
    [
      'Das Client-Geheimnis des Anbieters „{name}“ ist am {date} abgelaufen.',
      'The client secret of the provider "{name}" expired on {date}.',
    ],
    newSecret,
  ),
};

const providers = {
  redirectUrlUsable: message(
    ['Rückkehradresse', 'Redirect address'],
    [
      'Beim Anbieter ist diese Adresse zu registrieren: {words}',
      'This address has to be registered at the provider: {words}',
    ],
  ),
  redirectUrlOnLoopback: message(
    ['Rückkehradresse nur lokal', 'Redirect address is local'],
    [
      'Die Rückkehradresse {words} gilt nur für Browser auf diesem Rechner.',
      'The redirect address {words} works for browsers on this machine only.',
    ],
    setPublicUrl,
  ),
  redirectUrlNotHttps: message(
    ['Rückkehradresse unbrauchbar', 'Redirect address cannot be used'],
    [
      'Anbieter nehmen nur https-Adressen an; die Rückkehradresse ist {words}.',
      'Providers accept https addresses only; the redirect address is {words}.',
    ],
    setPublicUrl,
  ),
  endpointsKnown: message(
    ['Anbieter erreichbar', 'Provider known'],
    ['Die Adressen des Anbieters sind bekannt.', 'The addresses of the provider are known.'],
  ),
  providerUnavailable: message(
    ['Anbieter nicht erreichbar', 'Provider unavailable'],
    [
      'Der Anbieter konnte nicht erreicht werden. {words}',
      'The provider could not be reached. {words}',
    ],
    [
      'Prüfen Sie die Adresse (issuer) und ob der Server den Anbieter erreichen darf (Firewall, MB_EGRESS_ALLOW).',
      'Check the address (issuer), and whether the server may reach the provider (firewall, MB_EGRESS_ALLOW).',
    ],
  ),
  clientAccepted: message(
    ['Anwendung bekannt', 'Application known'],
    [
      'Der Anbieter nimmt Client-ID und Client-Geheimnis an.',
      'The provider accepts client id and client secret.',
    ],
  ),
  clientRefused: message(
    ['Anwendung abgelehnt', 'Application refused'],
    [
      'Der Anbieter nimmt Client-ID oder Client-Geheimnis nicht an. {words}',
      'The provider does not accept client id or client secret. {words}',
    ],
    [
      'Prüfen Sie beides in der Registrierung der Anwendung beim Anbieter.',
      "Check both in the application's registration at the provider.",
    ],
  ),
  pkceSupported: message(
    ['PKCE', 'PKCE'],
    ['Der Anbieter unterstützt PKCE (S256).', 'The provider supports PKCE (S256).'],
  ),
  pkceNotAnnounced: message(
    ['PKCE nicht angekündigt', 'PKCE not announced'],
    [
      'Der Anbieter kündigt PKCE (S256) nicht an; es wird trotzdem verwendet.',
      'The provider does not announce PKCE (S256); it is used all the same.',
    ],
  ),
  clientSecretExpires: message(
    ['Ablauf des Geheimnisses', 'End of the secret'],
    ['Das Client-Geheimnis läuft am {date} ab.', 'The client secret expires on {date}.'],
  ),
  clientSecretExpired: message(
    ['Geheimnis abgelaufen', 'Secret expired'],
    ['Das Client-Geheimnis ist am {date} abgelaufen.', 'The client secret expired on {date}.'],
    newSecret,
  ),
  providerNoted: message(
    ['Hinweis zum Anbieter', 'Note on the provider'],
    ['Das Mailarchiv meldet: {words}', 'The mail archive says: {words}'],
  ),
};

export const oauthFindings = { ...links, ...providers } as const satisfies Readonly<
  Record<string, Message>
>;

/** What ends a link, and why one ended: codes of the archive. */
const endingReasons: Readonly<Record<string, Localized>> = {
  clientSecret: { de: 'Client-Geheimnis läuft ab', en: 'client secret expires' },
  inactivity: { de: 'lange nicht benutzt', en: 'not used for long' },
  testing: { de: 'Testmodus des Anbieters', en: 'test mode at the provider' },
  lifetime: { de: 'vom Anbieter befristet', en: 'limited by the provider' },
  revoked: { de: 'Zugriff widerrufen', en: 'access revoked' },
  inactive: { de: 'zu lange nicht benutzt', en: 'not used for too long' },
  passwordChanged: { de: 'Passwort geändert', en: 'password changed' },
  signInAgain: { de: 'neue Anmeldung verlangt', en: 'new sign-in required' },
  expired: { de: 'abgelaufen', en: 'expired' },
};

const unknownReason: Localized = { de: 'Grund unbekannt', en: 'reason unknown' };

export const endingReason = (code: string): Localized => endingReasons[code] ?? unknownReason;
