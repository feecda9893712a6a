/** What is wrong with one field of a request: zod's own words in both languages, and ours for our own rules. */
import { z } from 'zod';
import { fill, type Language, type Localized } from './text.js';

/** Rules of ours that a schema cannot say by itself. */
export const fieldTexts = {
  required: { de: 'Diese Angabe fehlt.', en: 'This value is missing.' },
  unknownField: { de: 'Dieses Feld gibt es hier nicht.', en: 'There is no such field here.' },
  lineBreak: {
    de: 'Zeilenumbrüche und Steuerzeichen sind hier nicht erlaubt.',
    en: 'Line breaks and control characters are not allowed here.',
  },
  emailAddress: { de: 'Keine gültige E-Mail-Adresse.', en: 'Not a valid e-mail address.' },
  hostName: { de: 'Kein gültiger Servername.', en: 'Not a valid server name.' },
  certificate: {
    de: 'Kein Zertifikat im PEM-Format.',
    en: 'Not a certificate in PEM format.',
  },
  archiveUrl: {
    de: 'Keine gültige Adresse; erwartet wird https://Server oder https://Server:Port.',
    en: 'Not a valid address; https://server or https://server:port is expected.',
  },
  cursor: {
    de: 'Diese Fortsetzung stammt nicht aus einer Antwort dieser Liste.',
    en: 'This cursor does not come from an answer of this list.',
  },
  future: {
    de: 'Ein Zeitpunkt in der Zukunft, höchstens ein Jahr entfernt, ist nötig.',
    en: 'A moment to come is needed, at most a year away.',
  },
  search: {
    de: 'Ein Suchbegriff braucht mindestens einen Buchstaben oder eine Ziffer.',
    en: 'A search needs at least one letter or digit.',
  },
  header: { de: 'Diese Kopfzeile hat keine gültige Form.', en: 'This header is malformed.' },
  base64: { de: 'Kein gültiges Base64.', en: 'Not valid base64.' },
  sender: {
    de: 'Geben Sie entweder die Gruppe (groupId) oder die Absenderadresse (from) an.',
    en: 'Give either the group (groupId) or the sender address (from).',
  },
  recipient: { de: 'Mindestens ein Empfänger ist nötig.', en: 'At least one recipient is needed.' },
  returnUrl: {
    de: 'Keine gültige Rückkehradresse; erwartet wird https://… ohne Zugangsdaten.',
    en: 'Not a valid address to return to; https://… without credentials is expected.',
  },
  issuer: {
    de: 'Keine gültige Adresse; erwartet wird https://… ohne Parameter.',
    en: 'Not a valid address; https://… without parameters is expected.',
  },
  issuerNeeded: {
    de: 'Ein OpenID-Anbieter braucht seine Adresse (issuer).',
    en: 'An OpenID provider needs its address (issuer).',
  },
  tenantOfMicrosoft: {
    de: 'Nur Microsoft kennt Mandanten.',
    en: 'Only Microsoft knows tenants.',
  },
  webhookUrl: {
    de: 'Keine gültige Adresse; erwartet wird https://… ohne Zugangsdaten.',
    en: 'Not a valid address; https://… without credentials is expected.',
  },
  webhookSecret: {
    de: 'Kein gültiges Geheimnis; erwartet wird whsec_ und 24 bis 64 Bytes in Base64.',
    en: 'Not a valid secret; whsec_ and 24 to 64 bytes in base64 are expected.',
  },
  blocklistEntry: {
    de: 'Erwartet wird eine E-Mail-Adresse, eine Domain (beispiel.de) oder *.beispiel.de für ihre Subdomains.',
    en: 'An e-mail address, a domain (example.com), or *.example.com for its sub-domains is expected.',
  },
  oneOf: { de: 'Nur eine der Angaben ist möglich.', en: 'Only one of these can be given.' },
} as const satisfies Readonly<Record<string, Localized>>;
export type FieldText = keyof typeof fieldTexts;

/** For `refine`: names the text that says what is wrong. */
export const because = (text: FieldText) => ({ params: { text } });

const locales = { de: z.locales.de().localeError, en: z.locales.en().localeError };

/** Says what a zod issue means, in the caller's language. */
export const describeIssue =
  (language: Language): z.core.$ZodErrorMap =>
  (issue) => {
    if (issue.code === 'invalid_type' && issue.input === undefined)
      return fill(fieldTexts.required, language);
    const own = issue.code === 'custom' ? (issue.params?.['text'] as unknown) : undefined;
    if (typeof own === 'string' && own in fieldTexts)
      return fill(fieldTexts[own as FieldText], language);
    return locales[language](issue);
  };
