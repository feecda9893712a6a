/** What a save did, element by element (SAL-75), in Salesware's words. */
import { z } from 'zod';
import type { Language, Text } from './texts.js';

const elementNames: Readonly<Record<string, Text>> = {
  incomingAccount: { de: 'POP3-Konto', en: 'POP3 account' },
  smtpAccount: { de: 'SMTP-Konto', en: 'SMTP account' },
  group: { de: 'Gruppe', en: 'Group' },
  signature: { de: 'Signatur', en: 'Signature' },
  filter: { de: 'Filter', en: 'Filter' },
  inboundRule: { de: 'Regel', en: 'Rule' },
};

const outcomeNames: Readonly<Record<string, Text>> = {
  pending: { de: 'ausstehend', en: 'pending' },
  running: { de: 'läuft', en: 'running' },
  created: { de: 'angelegt', en: 'created' },
  reused: { de: 'übernommen', en: 'reused' },
  updated: { de: 'geändert', en: 'changed' },
  deleted: { de: 'entfernt', en: 'removed' },
  activated: { de: 'aktiviert', en: 'activated' },
  done: { de: 'erledigt', en: 'done' },
  skipped: { de: 'übersprungen', en: 'skipped' },
  failed: { de: 'fehlgeschlagen', en: 'failed' },
  compensated: { de: 'zurückgenommen', en: 'taken back' },
  unknown: { de: 'unbekannt', en: 'unknown' },
};

/** What a dry run says about an element. */
const planNames: Readonly<Record<string, Text>> = {
  create: { de: 'wird angelegt', en: 'will be created' },
  reuse: { de: 'wird übernommen', en: 'will be reused' },
  update: { de: 'wird geändert', en: 'will be changed' },
  delete: { de: 'wird entfernt', en: 'will be removed' },
};

const warningTexts: Readonly<Record<string, Text>> = {
  ruleRefused: {
    de: 'Der Greyhound-Server hat die Regel nicht übersetzt; sie wurde inaktiv angelegt.',
    en: 'The Greyhound server did not compile the rule; it was created inactive.',
  },
  ruleKeptAsChanged: {
    de: 'Die Regel war von Hand geändert und blieb, wie sie ist.',
    en: 'The rule had been changed by hand and stays as it is.',
  },
  signatureNotDefault: {
    de: 'Die Signatur konnte der Gruppe nicht als Standard zugeordnet werden.',
    en: 'The signature could not be made the default of the group.',
  },
  smtpPasswordMissing: {
    de: 'Dem SMTP-Konto fehlt noch das Passwort.',
    en: 'The SMTP account still lacks its password.',
  },
  smtpManagedExternally: {
    de: 'Das gleichnamige SMTP-Konto wird extern verwaltet und bleibt bestehen.',
    en: 'The SMTP account of the same name is managed externally and stays.',
  },
  removalNotConfirmed: {
    de: 'Beim Speichern würden sofort E-Mails vom POP3-Konto gelöscht, die schon gespeichert sind; das muss bestätigt werden. Anzahl: {count}.',
    en: 'Saving would at once delete mails from the POP3 account that are already stored; this has to be confirmed. Number: {count}.',
  },
  removalNotProven: {
    de: 'Welche gespeicherten E-Mails vom POP3-Konto gelöscht würden, ist nicht festzustellen: Der Mailserver kann nicht gefragt werden. So wird nicht gespeichert.',
    en: 'Which stored mails would be deleted from the POP3 account cannot be found out: the mail server cannot be asked. It is not saved like this.',
  },
  removalNotChecked: {
    de: 'Der Greyhound-Server kann nicht sagen, welche schon gespeicherten E-Mails durch die neue Einstellung vom POP3-Konto gelöscht werden.',
    en: 'The Greyhound server cannot tell which mails that are already stored the new setting deletes from the POP3 account.',
  },
};

/** The answer to a save, to a dry run, or (operationId only) to a save that goes on. */
const saveResult = z.object({
  operationId: z.string().optional(),
  elements: z
    .array(
      z.object({
        element: z.string(),
        name: z.string(),
        id: z.int().nullable(),
        outcome: z.string().optional(),
        action: z.string().optional(),
      }),
    )
    .default([]),
  warnings: z
    .array(
      z.object({
        code: z.string(),
        element: z.string(),
        name: z.string(),
        count: z.int().optional(),
      }),
    )
    .default([]),
});

export const reportSchema = z.object({
  /** For `GET /api/v1/operations/{id}`; missing in a dry run. */
  vorgang: z.string().optional(),
  elemente: z.array(
    z.object({
      element: z.string(),
      name: z.string(),
      id: z.int().nullable(),
      ergebnis: z.string(),
    }),
  ),
  warnungen: z.array(
    z.object({ code: z.string(), element: z.string(), name: z.string(), meldung: z.string() }),
  ),
});

const word = (names: Readonly<Record<string, Text>>, key: string, language: Language): string =>
  names[key]?.[language] ?? key;

export function toReport(body: unknown, language: Language): z.infer<typeof reportSchema> {
  const { operationId, elements, warnings } = saveResult.parse(body);
  return {
    ...(operationId === undefined ? {} : { vorgang: operationId }),
    elemente: elements.map((one) => ({
      element: word(elementNames, one.element, language),
      name: one.name,
      id: one.id,
      ergebnis:
        one.outcome === undefined
          ? word(planNames, one.action ?? '', language)
          : word(outcomeNames, one.outcome, language),
    })),
    warnungen: warnings.map(({ code, element, name, count }) => ({
      code,
      element: word(elementNames, element, language),
      name,
      meldung: word(warningTexts, code, language).replace('{count}', String(count ?? '')),
    })),
  };
}
