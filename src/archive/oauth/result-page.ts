/** What a browser shows when a sign-in has ended and there is nowhere to go on to. No script, nothing from elsewhere. */

type Words = readonly [de: string, en: string];

const texts: Readonly<Record<string, Words>> = {
  finished: [
    'Die Anmeldung ist abgeschlossen. Sie können dieses Fenster schließen.',
    'You are signed in. You can close this window.',
  ],
  consentGranted: [
    'Die Zustimmung des Administrators ist erteilt. Das Postfach ist noch nicht verknüpft: Wählen Sie noch einmal „Konto verknüpfen“.',
    'The administrator has consented. The mailbox is not linked yet: choose "Link account" again.',
  ],
  stateInvalid: [
    'Diese Anmeldung ist nicht mehr gültig oder wurde in einem anderen Browser begonnen. Wählen Sie noch einmal „Konto verknüpfen“.',
    'This sign-in is no longer valid or was begun in another browser. Choose "Link account" again.',
  ],
  wrongAccount: [
    'Angemeldet wurde ein anderes Konto als das, das verknüpft werden soll. Es wurde nichts verknüpft.',
    'Another account signed in than the one that is to be linked. Nothing was linked.',
  ],
  denied: [
    'Der Zugriff wurde nicht erlaubt. Es wurde nichts verknüpft.',
    'Access was not allowed. Nothing was linked.',
  ],
  adminConsentRequired: [
    'Ein Administrator Ihres Unternehmens muss der Anwendung zuerst zustimmen. Es wurde nichts verknüpft.',
    'An administrator of your company has to consent to the application first. Nothing was linked.',
  ],
  providerUnavailable: [
    'Der Anbieter ist gerade nicht erreichbar. Versuchen Sie es noch einmal.',
    'The provider cannot be reached just now. Try again.',
  ],
};

const otherwise: Words = [
  'Die Anmeldung ist fehlgeschlagen. Es wurde nichts verknüpft; den Grund zeigt das Konto.',
  'Signing in failed. Nothing was linked; the account shows why.',
];

export function resultPage(code: string, acceptLanguage: string): string {
  const isEnglish = /^\s*en\b/i.test(acceptLanguage);
  const [german, english] = texts[code] ?? otherwise;
  const [language, title, text] = isEnglish
    ? ['en', 'Link account', english]
    : ['de', 'Konto verknüpfen', german];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body>
<h1>${title}</h1>
<p>${text}</p>
</body>
</html>
`;
}
