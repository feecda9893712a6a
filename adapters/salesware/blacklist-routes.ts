/**
 * Register „Mailzuordnung“ with its table „Blacklist“. The table is saved as a whole; If-Match with the ETag that it was
 * read with keeps two people from undoing each other's rows.
 */
import { z } from 'zod';
import { blocklistView } from '../../src/bridge/assignment/index.js';
import type { AnyRoute, Language } from '../../src/bridge/index.js';
import type { Operations } from '../operations.js';
import { entryKinds } from './assignment-texts.js';
import { blacklistWords } from './field-words.js';
import { register, registerSchema } from './register.js';
import { translator } from './translation.js';

const MAX_ROWS = 10_000;

/** What else is read of a row is the bridge's to say. */
const blacklistForm = z.strictObject({
  blacklist: z.array(z.strictObject({ eintrag: z.string() })).max(MAX_ROWS),
});

const view = z.object({
  blacklist: z.array(
    z.object({
      eintrag: z.string(),
      art: z.enum(['emailAdresse', 'domain', 'subdomains']),
      artText: z.string(),
      /** Salesware user; null: the ERP itself. */
      von: z.string().nullable(),
      am: z.string(),
    }),
  ),
  register: registerSchema,
});

function toView(body: unknown, language: Language): z.infer<typeof view> {
  const { entries } = blocklistView.parse(body);
  return {
    blacklist: entries.map(({ value, kind, by, at }) => ({
      eintrag: value,
      art: entryKinds[kind].word,
      artText: entryKinds[kind].text[language],
      von: by,
      am: at,
    })),
    register: register('mailzuordnung', language),
  };
}

export function blacklistRoutes(operations: Operations): AnyRoute[] {
  const translate = translator(operations);
  const path = '/mailzuordnung';
  const answer = { schema: view, answer: toView };
  return [
    translate({
      operationId: 'saleswareGetBlacklist',
      method: 'get',
      path,
      summary: 'Register „Mailzuordnung“ with the table „Blacklist“',
      operation: 'getBlocklist',
      input: () => ({}),
      description: 'The register; ETag guards the table',
      ...answer,
    }),
    translate({
      operationId: 'saleswarePutBlacklist',
      method: 'put',
      path,
      summary: 'Save the table „Blacklist“; existing assignments stay',
      body: blacklistForm,
      operation: 'putBlocklist',
      input: ({ body }) => ({ body: { entries: body.blacklist.map(({ eintrag }) => eintrag) } }),
      words: blacklistWords,
      description: 'The register as saved',
      ...answer,
    }),
  ];
}
