/**
 * Help with a provider's mailboxes, step by step, for a host to show beside the form. The manual's steps for Gmail
 * (SAL-84 to SAL-88) are from the time when Google let programs in by the account's password: the first of them is
 * kept as what it has become.
 */
import type { Localized } from './text.js';

export interface HelpStep {
  readonly id: string;
  readonly text: Localized;
  /** The page that the step speaks of; null when there is none. */
  readonly url: string | null;
}

export const gmailHelp: readonly HelpStep[] = [
  {
    id: 'gmailWenigerSichereApps',
    text: {
      de: 'Sonderfall Gmail: Die Einstellung „Zugriff durch weniger sichere Apps“ gibt es bei Google nicht mehr, seit 2022 für private Konten und seit 2025 für Google Workspace. Das Passwort des Google-Kontos wird von E-Mail-Programmen deshalb nicht mehr angenommen. Verknüpfen Sie das Konto mit OAuth2 oder verwenden Sie ein App-Passwort.',
      en: 'Gmail: Google no longer has the setting "Less secure app access", since 2022 for private accounts and since 2025 for Google Workspace. Mail programs can therefore not sign in by the password of the Google account any more. Link the account by OAuth2 or use an app password.',
    },
    url: null,
  },
  {
    id: 'gmailAppPasswort',
    text: {
      de: 'Für ein App-Passwort schalten Sie im Google-Konto die Bestätigung in zwei Schritten (Zwei-Faktor-Aktivierung, 2FA) ein, erstellen das App-Passwort und tragen es hier als Passwort ein. Google beschreibt das Vorgehen in seiner Hilfe.',
      en: 'For an app password, switch two-step verification (2FA) on in the Google account, make the app password and enter it here as the password. Google describes how in its help.',
    },
    url: 'https://support.google.com/accounts/answer/185833',
  },
  {
    id: 'gmailPruefen',
    text: {
      de: 'Prüfen Sie die Einstellungen.',
      en: 'Check the settings.',
    },
    url: null,
  },
  {
    id: 'gmailBestaetigen',
    text: {
      de: 'Lehnt Google die Anmeldung ab, bestätigen Sie nach dem Versuch im Browser, dass Sie ein Mensch sind.',
      en: 'If Google refuses the sign-in, confirm in the browser after the attempt that you are human.',
    },
    url: 'https://accounts.google.com/DisplayUnlockCaptcha',
  },
  {
    id: 'gmailNocheinmalPruefen',
    text: {
      de: 'Prüfen Sie danach sofort noch einmal.',
      en: 'Then check again at once.',
    },
    url: null,
  },
];
