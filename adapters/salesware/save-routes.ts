/** The disk symbol: what was added, changed and removed in the registers, saved as one. */
import { z } from 'zod';
import type { AnyRoute } from '../../src/bridge/index.js';
import type { FieldWords, Operations } from '../operations.js';
import { groupWords, pop3Words, smtpWords } from './field-words.js';
import {
  pop3FormCreate,
  pop3FormUpdate,
  smtpFormCreate,
  smtpFormUpdate,
  type SmtpFormCreate,
  type SmtpFormUpdate,
} from './forms.js';
import { reportSchema, toReport } from './save-report.js';
import { requireSmtpSignIn } from './smtp-sign-in.js';
import { translator } from './translation.js';
import { pop3ToCreate, pop3ToUpdate, smtpToCreate, smtpToUpdate } from './vocabulary.js';

const id = z.int().min(1);
const changed = <F extends z.ZodType>(form: F) => z.strictObject({ id, formular: form });
const list = <T extends z.ZodType>(of: T) => z.array(of).max(100).default([]);

const pop3Changes = z.strictObject({
  /** Of the register that the changes start from. */
  version: z.string().optional(),
  hinzugefuegt: list(pop3FormCreate),
  geaendert: list(changed(pop3FormUpdate)),
  entfernt: list(id),
});
const smtpChanges = z.strictObject({
  version: z.string().optional(),
  hinzugefuegt: list(smtpFormCreate),
  geaendert: list(changed(smtpFormUpdate)),
  entfernt: list(id),
});
const groupChanges = z.strictObject({
  version: z.string().optional(),
  geaendert: list(changed(z.strictObject({ emailAdresse: z.string() }))),
});

const saveRequest = z.strictObject({
  pop3Konten: pop3Changes.optional(),
  smtpKonten: smtpChanges.optional(),
  gruppen: groupChanges.optional(),
});
type SaveRequest = z.infer<typeof saveRequest>;

const smtpAt = <Form extends SmtpFormCreate | SmtpFormUpdate>(form: Form, at: string): Form =>
  requireSmtpSignIn(form, `smtpKonten.${at}.authentifizierung`);

function toChangeset({ pop3Konten, smtpKonten, gruppen }: SaveRequest) {
  return {
    baseVersion: {
      incomingAccounts: pop3Konten?.version,
      smtpAccounts: smtpKonten?.version,
      groups: gruppen?.version,
    },
    ...(pop3Konten && {
      incomingAccounts: {
        create: pop3Konten.hinzugefuegt.map(pop3ToCreate),
        update: pop3Konten.geaendert.map(({ id: account, formular }) => ({
          id: account,
          ...pop3ToUpdate(formular),
        })),
        delete: pop3Konten.entfernt,
      },
    }),
    ...(smtpKonten && {
      smtpAccounts: {
        create: smtpKonten.hinzugefuegt.map((form, index) =>
          smtpToCreate(smtpAt(form, `hinzugefuegt.${index}`)),
        ),
        update: smtpKonten.geaendert.map(({ id: account, formular }, index) => ({
          id: account,
          ...smtpToUpdate(smtpAt(formular, `geaendert.${index}.formular`)),
        })),
        delete: smtpKonten.entfernt,
      },
    }),
    ...(gruppen && {
      groups: {
        update: gruppen.geaendert.map(({ id: group, formular }) => ({
          id: group,
          email: formular.emailAdresse,
        })),
      },
    }),
  };
}

const lists: Readonly<Record<string, readonly [string, FieldWords]>> = {
  incomingAccounts: ['pop3Konten', pop3Words],
  smtpAccounts: ['smtpKonten', smtpWords],
  groups: ['gruppen', groupWords],
};
const actions: Readonly<Record<string, string>> = {
  create: 'hinzugefuegt',
  update: 'geaendert',
  delete: 'entfernt',
};

/** `incomingAccounts.create.0.deletion.days` is `pop3Konten.hinzugefuegt.0.zeitraum`. */
const saveWords: FieldWords = (field) => {
  const [first = '', ...rest] = field.split('.');
  if (first === 'baseVersion') return `${lists[rest[0] ?? '']?.[0] ?? rest.join('.')}.version`;
  const [word, words] = lists[first] ?? [];
  // A fault of a new account as a whole comes without its place.
  if (word === undefined || words === undefined) return pop3Words(field);
  const [action = '', index, ...member] = rest;
  const place = [word, actions[action] ?? action, ...(index === undefined ? [] : [index])];
  if (member.length === 0) return place.join('.');
  const inner = member.join('.');
  if (action !== 'update') return [...place, words(inner)].join('.');
  return [...place, ...(inner === 'id' ? ['id'] : ['formular', words(inner)])].join('.');
};

export const saveRoutes = (operations: Operations): AnyRoute[] => [
  translator(operations)({
    operationId: 'saleswareSave',
    method: 'post',
    path: '/speichern',
    summary: 'Save everything that was staged in the registers as one',
    query: z.strictObject({ probelauf: z.enum(['true', 'false']).optional() }),
    body: saveRequest,
    operation: 'saveChangeset',
    input: ({ query, body }) => ({
      query: query.probelauf === undefined ? {} : { dryRun: query.probelauf },
      body: toChangeset(body),
    }),
    words: saveWords,
    description: 'What was done',
    schema: reportSchema,
    answer: toReport,
  }),
];
