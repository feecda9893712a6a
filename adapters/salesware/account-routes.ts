/** Registers „POP3-Konten“ and „SMTP-Konten“: the same endpoints for both kinds. */
import { z } from 'zod';
import { lastError } from '../../src/bridge/accounts/index.js';
import { type AnyRoute, type Language } from '../../src/bridge/index.js';
import type { FieldWords, Operations } from '../operations.js';
import {
  lastErrorOf,
  lastErrorView,
  pop3View,
  smtpView,
  toPop3View,
  toSmtpView,
} from './account-views.js';
import { pop3Words, smtpWords } from './field-words.js';
import { checkAnswer, toCheckAnswer } from './findings.js';
import { pop3FormCreate, pop3FormUpdate, smtpFormCreate, smtpFormUpdate } from './forms.js';
import { register, registerSchema } from './register.js';
import { reportSchema, toReport } from './save-report.js';
import { requireSmtpSignIn } from './smtp-sign-in.js';
import { noErrorSoFar } from './texts.js';
import { translator } from './translation.js';
import { pop3ToCreate, pop3ToUpdate, smtpToCreate, smtpToUpdate } from './vocabulary.js';
import type { SmtpFormCreate, SmtpFormUpdate } from './forms.js';

const byId = z.strictObject({ id: z.string() });
const dryRun = z.strictObject({ probelauf: z.enum(['true', 'false']).optional() });
const asDryRun = (query: z.infer<typeof dryRun>) =>
  query.probelauf === undefined ? {} : { dryRun: query.probelauf };

interface Kind<Create, Update> {
  /** In operationIds: `list…s`, `create…`. */
  readonly noun: 'IncomingAccount' | 'SmtpAccount';
  readonly path: string;
  readonly name: 'pop3Konten' | 'smtpKonten';
  /** Singular and plural. */
  readonly title: readonly [string, string];
  readonly create: z.ZodType<Create>;
  readonly update: z.ZodType<Update>;
  readonly toCreate: (form: Create) => object;
  readonly toUpdate: (form: Update) => object;
  readonly viewSchema: z.ZodType;
  readonly toView: (body: unknown, language: Language) => unknown;
  readonly words: FieldWords;
}

const pop3Kind: Kind<z.infer<typeof pop3FormCreate>, z.infer<typeof pop3FormUpdate>> = {
  noun: 'IncomingAccount',
  path: '/pop3-konten',
  name: 'pop3Konten',
  title: ['POP3-Konto', 'POP3-Konten'],
  create: pop3FormCreate,
  update: pop3FormUpdate,
  toCreate: pop3ToCreate,
  toUpdate: pop3ToUpdate,
  viewSchema: pop3View,
  toView: toPop3View,
  words: pop3Words,
};

const smtpKind: Kind<SmtpFormCreate, SmtpFormUpdate> = {
  noun: 'SmtpAccount',
  path: '/smtp-konten',
  name: 'smtpKonten',
  title: ['SMTP-Konto', 'SMTP-Konten'],
  create: smtpFormCreate,
  update: smtpFormUpdate,
  toCreate: (form) => smtpToCreate(requireSmtpSignIn(form)),
  toUpdate: (form) => smtpToUpdate(requireSmtpSignIn(form)),
  viewSchema: smtpView,
  toView: toSmtpView,
  words: smtpWords,
};

const saved = z.object({ account: z.unknown() });
const listSchema = z.object({ items: z.array(z.unknown()), version: z.string() });

export const accountRoutes = (operations: Operations): AnyRoute[] => [
  ...routesOf(operations, pop3Kind),
  ...routesOf(operations, smtpKind),
];

function routesOf<Create, Update>(operations: Operations, kind: Kind<Create, Update>): AnyRoute[] {
  return [
    ...readRoutes(operations, kind),
    ...writeRoutes(operations, kind),
    ...checkRoutes(operations, kind),
  ];
}

function readRoutes<C, U>(operations: Operations, kind: Kind<C, U>): AnyRoute[] {
  const translate = translator(operations);
  const { noun, path, name, viewSchema, toView } = kind;
  return [
    translate({
      operationId: `saleswareList${noun}s`,
      method: 'get',
      path,
      summary: `Register „${kind.title[1]}“`,
      operation: `list${noun}s`,
      input: () => ({}),
      description: 'The register; version goes into a save that starts from it',
      schema: z.object({
        konten: z.array(viewSchema),
        version: z.string(),
        register: registerSchema,
      }),
      answer: (body, language) => {
        const { items, version } = listSchema.parse(body);
        return {
          konten: items.map((one) => toView(one, language)),
          version,
          register: register(name, language),
        };
      },
    }),
    translate({
      operationId: `saleswareGet${noun}`,
      method: 'get',
      path: `${path}/{id}`,
      summary: `One ${kind.title[0]}`,
      params: byId,
      operation: `get${noun}`,
      input: ({ params }) => ({ params }),
      description: 'The form; ETag guards changes',
      schema: viewSchema,
      answer: toView,
    }),
    translate({
      operationId: `saleswareGet${noun}LastError`,
      method: 'get',
      path: `${path}/{id}/letzte-fehlermeldung`,
      summary: `„Letzte Fehlermeldung“ of a ${kind.title[0]}`,
      params: byId,
      operation: `get${noun}LastError`,
      input: ({ params }) => ({ params }),
      description: 'As the archive reports it',
      schema: z.object({ letzteFehlermeldung: lastErrorView, text: z.string() }),
      answer: toLastError,
    }),
  ];
}

function toLastError(body: unknown, language: Language) {
  const { lastError: reported } = z.object({ lastError: lastError.nullable() }).parse(body);
  const text = reported?.message ?? noErrorSoFar[language];
  return { letzteFehlermeldung: lastErrorOf(reported), text };
}

function writeRoutes<C, U>(operations: Operations, kind: Kind<C, U>): AnyRoute[] {
  const translate = translator(operations);
  const { noun, path, words } = kind;
  const [title] = kind.title;
  const report = { description: 'What was done', schema: reportSchema, answer: toReport };
  return [
    translate({
      operationId: `saleswareCreate${noun}`,
      method: 'post',
      path,
      summary: `Save a new ${title}`,
      query: dryRun,
      body: kind.create,
      operation: `create${noun}`,
      input: ({ query, body }) => ({ query: asDryRun(query), body: kind.toCreate(body) }),
      words,
      status: 201,
      ...report,
    }),
    translate({
      operationId: `saleswareUpdate${noun}`,
      method: 'put',
      path: `${path}/{id}`,
      summary: `Save a changed ${title}`,
      params: byId,
      body: kind.update,
      operation: `update${noun}`,
      input: ({ params, body }) => ({ params, body: kind.toUpdate(body) }),
      words,
      description: 'The form as saved',
      schema: kind.viewSchema,
      answer: (body, language) => kind.toView(saved.parse(body).account, language),
    }),
    ...(['activate', 'deactivate'] as const).map((change) =>
      translate({
        operationId: `salesware${change === 'activate' ? 'Activate' : 'Deactivate'}${noun}`,
        method: 'post',
        path: `${path}/{id}/${change === 'activate' ? 'aktivieren' : 'deaktivieren'}`,
        summary: `Switch a ${title} ${change === 'activate' ? 'on' : 'off'}; nothing else is switched`,
        params: byId,
        operation: `${change}${noun}`,
        input: ({ params }) => ({ params }),
        description: 'The form as saved',
        schema: kind.viewSchema,
        answer: (body, language) => kind.toView(saved.parse(body).account, language),
      }),
    ),
    translate({
      operationId: `saleswareDelete${noun}`,
      method: 'delete',
      path: `${path}/{id}`,
      summary: `Remove a ${title} finally`,
      params: byId,
      query: dryRun,
      operation: `delete${noun}`,
      input: ({ params, query }) => ({ params, query: asDryRun(query) }),
      ...report,
    }),
  ];
}

function checkRoutes<C, U>(operations: Operations, kind: Kind<C, U>): AnyRoute[] {
  const translate = translator(operations);
  const { noun, path, name, words } = kind;
  const [title] = kind.title;
  const found = {
    words,
    description: 'What was found',
    schema: checkAnswer,
    answer: toCheckAnswer(name, words),
  };
  return [
    translate({
      operationId: `saleswareCheckNew${noun}`,
      method: 'post',
      path: `${path}/pruefen`,
      summary: `„Einstellungen prüfen“ of a ${title} that is not saved yet`,
      body: kind.create,
      operation: `checkNew${noun}`,
      input: ({ body }) => ({ body: kind.toCreate(body) }),
      ...found,
    }),
    translate({
      operationId: `saleswareCheck${noun}`,
      method: 'post',
      path: `${path}/{id}/pruefen`,
      summary: `„Einstellungen prüfen“ of a saved ${title}, with the values of the form`,
      params: byId,
      body: kind.update.optional(),
      bodyOptional: true,
      operation: `check${noun}`,
      input: ({ params, body }) => ({
        params,
        body: body === undefined ? undefined : kind.toUpdate(body),
      }),
      ...found,
    }),
  ];
}
