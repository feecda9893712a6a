/**
 * Where a sign-in ends in the browser: back to the form that it was begun in, or, without one, on a page that says what
 * happened. The page is public: it names no address, no account and no provider, and runs nothing.
 */
import type { Reply } from '../http/route.js';
import { fill, type Language, type Localized } from '../texts/index.js';
import type { LinkSession } from './link.js';
import { failureText, linkStateOf } from './views.js';

const HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
} as const;

const PAGE_HEADERS = {
  ...HEADERS,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

interface PageTexts {
  readonly title: Localized;
  readonly detail: Localized;
}

const linked: PageTexts = {
  title: { de: 'Konto verknüpft', en: 'Account linked' },
  detail: {
    de: 'Das Konto ist jetzt mit dem Postfach verknüpft.',
    en: 'The account is now linked with the mailbox.',
  },
};

/** For an account that is still to be saved. */
const signedIn: PageTexts = {
  title: { de: 'Sie sind angemeldet', en: 'You are signed in' },
  detail: {
    de: 'Die Anmeldung beim Anbieter ist abgeschlossen. Die Verknüpfung gilt, sobald das Konto gespeichert ist.',
    en: 'Signing in at the provider is completed. The link holds once the account is saved.',
  },
};

const pending: PageTexts = {
  title: { de: 'Anmeldung noch offen', en: 'Sign-in not finished' },
  detail: {
    de: 'Ob die Anmeldung gelungen ist, steht noch nicht fest. Es wird von selbst weiter nachgesehen.',
    en: 'It is not certain yet whether the sign-in succeeded. It is looked at again by itself.',
  },
};

const close: Localized = {
  de: 'Sie können dieses Fenster schließen und im ERP weiterarbeiten.',
  en: 'You can close this window and go on in your ERP.',
};

/** @param session null for a link that nobody knows (any more) */
export function returnReply(session: LinkSession | null, language: Language): Reply {
  if (session?.returnUrl == null) return page(session, language);
  const url = new URL(session.returnUrl);
  url.searchParams.set('oauthLink', session.id);
  url.searchParams.set('oauthState', linkStateOf(session));
  return { status: 303, headers: { ...HEADERS, Location: url.toString() } };
}

function page(session: LinkSession | null, language: Language): Reply {
  const { title, detail } = textsOf(session);
  const lines = [detail, close].map((text) => `<p>${escaped(fill(text, language))}</p>`);
  const body = `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(fill(title, language))}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:4rem auto;max-width:32rem;padding:0 1rem}</style>
<h1>${escaped(fill(title, language))}</h1>
${lines.join('\n')}
</html>
`;
  return { status: session === null ? 404 : 200, headers: PAGE_HEADERS, body };
}

/** Of a failure its title and what to do: its detail may name addresses. */
function textsOf(session: LinkSession | null): PageTexts {
  const { title, hint } = failureText(session?.failure ?? { code: 'codeExpired', params: {} });
  const failed = { title, detail: hint ?? title };
  if (session === null) return failed;
  const done = session.used ? linked : signedIn;
  return { linked: done, pending, failed, consentGranted: failed }[linkStateOf(session)];
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => escapes[character] ?? '');
