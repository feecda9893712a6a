/** „Konto verknüpfen“: how links stand, in Salesware's words, and what is to be done about it (SAL-94 to SAL-98). */
import { z } from 'zod';
import type { IncomingAccount } from '../../src/bridge/accounts/index.js';
import {
  accountLinkView,
  linkView,
  type AccountLinkView,
  type LinkView,
} from '../../src/bridge/oauth/index.js';
import type { Language, Text } from './texts.js';

interface StateWords {
  /** The code that goes over the wire. */
  readonly zustand: string;
  readonly anzeige: Text;
  readonly hinweis: Text;
}

const states = {
  unlinked: {
    zustand: 'nichtVerknuepft',
    anzeige: { de: 'nicht verknüpft', en: 'not linked' },
    hinweis: {
      de: 'Wählen Sie „Konto verknüpfen“. Bis dahin werden keine E-Mails abgeholt und gesendet.',
      en: 'Choose “Link account”. Until then no mails are fetched and sent.',
    },
  },
  pending: {
    zustand: 'anmeldungLaeuft',
    anzeige: { de: 'Anmeldung läuft', en: 'signing in' },
    hinweis: {
      de: 'Schließen Sie die Anmeldung auf der Seite des Anbieters ab, oder wählen Sie „Konto verknüpfen“ noch einmal.',
      en: "Finish signing in on the provider's page, or choose “Link account” once more.",
    },
  },
  consentGranted: {
    zustand: 'zustimmungErteilt',
    anzeige: {
      de: 'Zustimmung erteilt – noch einmal verknüpfen',
      en: 'consent granted – link once more',
    },
    hinweis: {
      de: 'Ein Administrator hat die Erlaubnis erteilt, das Postfach selbst ist noch nicht verknüpft. Wählen Sie „Konto verknüpfen“ noch einmal; die Bestätigung sollte unmittelbar erscheinen.',
      en: 'An administrator has consented; the mailbox itself is not linked yet. Choose “Link account” once more; the confirmation should appear at once.',
    },
  },
  linked: {
    zustand: 'verknuepft',
    anzeige: { de: 'verknüpft', en: 'linked' },
    hinweis: {
      de: 'Spätestens wenn keine E-Mails mehr empfangen oder gesendet werden, sollten Sie die Verknüpfung prüfen und ggf. erneuern: erst „Verknüpfung aufheben“, dann „Konto verknüpfen“.',
      en: 'At the latest when no mails are received or sent any more, check the link and renew it if need be: first “Unlink”, then “Link account”.',
    },
  },
  expiring: {
    zustand: 'laeuftAb',
    anzeige: { de: 'läuft ab am {datum}', en: 'ends on {datum}' },
    hinweis: {
      de: 'Erneuern Sie die Verknüpfung vorher: erst „Verknüpfung aufheben“, dann „Konto verknüpfen“.',
      en: 'Renew the link before: first “Unlink”, then “Link account”.',
    },
  },
  expired: {
    zustand: 'abgelaufen',
    anzeige: { de: 'abgelaufen', en: 'ended' },
    hinweis: {
      de: 'Es werden keine E-Mails mehr abgeholt und gesendet. Wählen Sie „Konto verknüpfen“.',
      en: 'No mails are fetched and sent any more. Choose “Link account”.',
    },
  },
  failed: {
    zustand: 'fehlgeschlagen',
    anzeige: { de: 'fehlgeschlagen', en: 'failed' },
    hinweis: {
      de: 'Es wurde nichts verknüpft. Wählen Sie „Konto verknüpfen“ noch einmal.',
      en: 'Nothing was linked. Choose “Link account” once more.',
    },
  },
} as const satisfies Record<AccountLinkView['state'], StateWords>;

type State = keyof typeof states;
const codes = Object.values(states).map(({ zustand }) => zustand);

const standing = {
  zustand: z.enum(codes),
  /** The same in words. */
  anzeige: z.string(),
  /** What to do. */
  hinweis: z.string(),
};

/** Beside an account's form; null for an account that does not sign in by OAuth2. */
export const shownLink = z.object({ ...standing, laeuftAbAm: z.string().nullable() }).nullable();

const failure = z
  .object({ code: z.string(), meldung: z.string(), hinweis: z.string().nullable() })
  .nullable();

/** A sign-in under way, or what became of it. */
export const linkAnswer = z.object({
  verknuepfungId: z.string(),
  ...standing,
  /** Page to open in the browser, in a window of its own and never in a frame. */
  adresse: z.string().nullable(),
  /** What to enter at `codeAdresse`, for the way by code. */
  code: z.string().nullable(),
  codeAdresse: z.string().nullable(),
  gueltigBis: z.string(),
  anbieter: z.string().nullable(),
  angemeldetAls: z.string().nullable(),
  fehler: failure,
});

/** How an account is linked. */
export const accountLinkAnswer = z.object({
  ...standing,
  anbieter: z.string().nullable(),
  angemeldetAls: z.string().nullable(),
  verknuepftSeit: z.string().nullable(),
  laeuftAbAm: z.string().nullable(),
  laeuftAbWegen: z.string().nullable(),
  /** POP3 account of the same name whose link it is; null: its own. */
  ueberPop3Konto: z.int().nullable(),
  fehler: failure,
  /** The latest try to link it. */
  versuch: linkAnswer.nullable(),
});

/** As the registers are read: in Germany. */
const date = (instant: string, language: Language): string =>
  new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'long',
    timeZone: 'Europe/Berlin',
  }).format(new Date(instant));

function inWords(state: State, language: Language, expiresAt: string | null) {
  // a date is always known where a link is told to be ending
  const { zustand, anzeige, hinweis } = states[state];
  const datum = expiresAt === null ? '' : date(expiresAt, language);
  return {
    zustand,
    anzeige: anzeige[language].replace('{datum}', datum),
    hinweis: hinweis[language],
  };
}

export const shownLinkOf = (
  oauth: IncomingAccount['oauth'],
  language: Language,
): z.infer<typeof shownLink> =>
  oauth === null
    ? null
    : { ...inWords(oauth.state, language, oauth.expiresAt), laeuftAbAm: oauth.expiresAt };

const failureOf = (told: LinkView['failure']): z.infer<typeof failure> =>
  told === null ? null : { code: told.code, meldung: told.message, hinweis: told.hint };

export function toLinkAnswer(body: unknown, language: Language): z.infer<typeof linkAnswer> {
  const link = linkView.parse(body);
  return {
    verknuepfungId: link.linkId,
    ...inWords(link.state, language, null),
    adresse: link.url,
    code: link.userCode,
    codeAdresse: link.verificationUrl,
    gueltigBis: link.expiresAt,
    anbieter: link.provider,
    angemeldetAls: link.signedInAs,
    fehler: failureOf(link.failure),
  };
}

export function toAccountLinkAnswer(
  body: unknown,
  language: Language,
): z.infer<typeof accountLinkAnswer> {
  const account = accountLinkView.parse(body);
  return {
    ...inWords(account.state, language, account.expiresAt),
    anbieter: account.provider,
    angemeldetAls: account.signedInAs,
    verknuepftSeit: account.linkedAt,
    laeuftAbAm: account.expiresAt,
    laeuftAbWegen: account.expiresBecause,
    ueberPop3Konto: account.viaIncomingAccount,
    fehler: failureOf(account.failure),
    versuch: account.link === null ? null : toLinkAnswer(account.link, language),
  };
}
