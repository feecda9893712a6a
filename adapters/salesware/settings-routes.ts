/** Register „Grundeinstellungen“. */
import { z } from 'zod';
import type { AnyRoute, Language } from '../../src/bridge/index.js';
import type { Operations } from '../operations.js';
import { settingsWords } from './field-words.js';
import { checkAnswer, toCheckAnswer } from './findings.js';
import { register, registerSchema } from './register.js';
import { PASSWORD_PLACEHOLDER } from '../../src/bridge/accounts/index.js';
import { translator } from './translation.js';

/** What is left out stays as it is. An address without a scheme means https. */
const settingsForm = z.strictObject({
  aktivierung: z.boolean().optional(),
  greyhoundApi: z.string().nullish(),
  benutzername: z.string().nullish(),
  /** `******` keeps the stored password. */
  passwort: z.string().nullish(),
});
type SettingsForm = z.infer<typeof settingsForm>;

const settingsRead = z.object({
  enabled: z.boolean(),
  archive: z.string(),
  url: z.string().nullable(),
  username: z.string().nullable(),
  passwordSet: z.boolean(),
  serverName: z.string().nullable(),
  caCertificate: z.string().nullable(),
  managedByVendor: z.boolean(),
  managedByEnvironment: z.array(z.string()),
});
type SettingsRead = z.infer<typeof settingsRead>;

const answerSchema = z.object({
  formular: z.object({
    aktivierung: z.boolean(),
    greyhoundApi: z.string(),
    benutzername: z.string(),
    passwort: z.string(),
  }),
  /** Fields that cannot be changed here. */
  nurLesen: z.array(z.string()),
  /** Members of the settings that the form has no field for. */
  nichtDarstellbar: z.array(z.string()),
  register: registerSchema,
});

/** An empty field that nothing stands in stays as it is, so that the form can be sent back unchanged. */
const text = (value: string | null | undefined): string | undefined =>
  value === null || value === '' ? undefined : value;

const toSettings = (form: SettingsForm) => ({
  enabled: form.aktivierung,
  url: text(form.greyhoundApi),
  username: text(form.benutzername),
  password: text(form.passwort),
});

const shownUrl = (url: string | null): string => (url ?? '').replace(/^https:\/\//, '');

function readOnlyFields(settings: SettingsRead): string[] {
  if (settings.managedByVendor) return ['greyhoundApi', 'benutzername', 'passwort'];
  if (settings.archive === 'embedded') return ['benutzername', 'passwort'];
  return settings.managedByEnvironment.map(settingsWords);
}

function toAnswer(body: unknown, language: Language): z.infer<typeof answerSchema> {
  const settings = settingsRead.parse(body);
  return {
    formular: {
      aktivierung: settings.enabled,
      greyhoundApi: shownUrl(settings.url),
      benutzername: settings.username ?? '',
      passwort: settings.passwordSet ? PASSWORD_PLACEHOLDER : '',
    },
    nurLesen: readOnlyFields(settings),
    nichtDarstellbar: (['serverName', 'caCertificate'] as const).filter(
      (name) => settings[name] !== null,
    ),
    register: register('grundeinstellungen', language),
  };
}

export function settingsRoutes(operations: Operations): AnyRoute[] {
  const translate = translator(operations);
  const path = '/grundeinstellungen';
  return [
    translate({
      operationId: 'saleswareGetSettings',
      method: 'get',
      path,
      summary: 'Register „Grundeinstellungen“',
      operation: 'getSettings',
      input: () => ({}),
      description: 'The form',
      schema: answerSchema,
      answer: toAnswer,
    }),
    translate({
      operationId: 'saleswarePutSettings',
      method: 'put',
      path,
      summary: 'Save „Grundeinstellungen“',
      body: settingsForm,
      operation: 'putSettings',
      input: ({ body }) => ({ body: toSettings(body) }),
      words: settingsWords,
      description: 'The form as saved',
      schema: answerSchema,
      answer: toAnswer,
    }),
    translate({
      operationId: 'saleswareCheckSettings',
      method: 'post',
      path: `${path}/pruefen`,
      summary: '„Einstellungen prüfen“ of „Grundeinstellungen“, on the values of the form',
      body: settingsForm.optional(),
      bodyOptional: true,
      operation: 'checkSettings',
      input: ({ body }) => ({ body: body === undefined ? undefined : toSettings(body) }),
      words: settingsWords,
      description: 'What was found',
      schema: checkAnswer,
      answer: toCheckAnswer('grundeinstellungen', settingsWords),
    }),
  ];
}
