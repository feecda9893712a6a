/** The tab „Kommunikation“ of orders, offers, contacts and articles: the mails that are assigned to one (SAL-126). */
import { z } from 'zod';
import type { AnyRoute, Language } from '../../src/bridge/index.js';
import { messageSummary } from '../../src/bridge/messages/index.js';
import type { Operations } from '../operations.js';
import { communicationTitle } from './assignment-texts.js';
import { communicationWords } from './field-words.js';
import { translator } from './translation.js';

/** Work areas of Salesware, with the collection of the API and its noun in operationIds. */
const areas = [
  ['bestellungen', 'orders', 'Order'],
  ['angebote', 'offers', 'Offer'],
  ['kontakte', 'contacts', 'Contact'],
  ['artikel', 'articles', 'Article'],
] as const;

const byId = z.strictObject({ id: z.string() });
const paging = z.strictObject({
  anzahl: z.string().optional(),
  weiter: z.string().optional(),
  geloeschte: z.enum(['true', 'false']).optional(),
});
type Paging = z.infer<typeof paging>;

const asPaging = ({ anzahl, weiter, geloeschte }: Paging) => ({
  ...(anzahl === undefined ? {} : { limit: anzahl }),
  ...(weiter === undefined ? {} : { cursor: weiter }),
  ...(geloeschte === undefined ? {} : { deleted: geloeschte }),
});

const view = z.object({
  titel: z.string(),
  nachrichten: z.array(
    z.object({
      id: z.int(),
      von: z.string(),
      an: z.string(),
      betreff: z.string(),
      /** Beginning of the text. */
      vorschau: z.string(),
      /** What the mail itself says, else when it was taken in. */
      datum: z.string().nullable(),
      gelesen: z.boolean(),
      mitAnhang: z.boolean(),
      geloescht: z.boolean(),
    }),
  ),
  /** For the query of the next page; null: nothing follows. */
  weiter: z.string().nullable(),
});

const page = z.object({ messages: z.array(messageSummary), nextCursor: z.string().nullable() });

function toView(body: unknown, language: Language): z.infer<typeof view> {
  const { messages, nextCursor } = page.parse(body);
  return {
    titel: communicationTitle[language],
    nachrichten: messages.map((message) => ({
      id: message.id,
      von: message.from,
      an: message.to,
      betreff: message.subject,
      vorschau: message.preview,
      datum: message.date ?? message.createdAt,
      gelesen: message.read,
      mitAnhang: message.hasAttachments,
      geloescht: message.deleted,
    })),
    weiter: nextCursor,
  };
}

export function communicationRoutes(operations: Operations): AnyRoute[] {
  const translate = translator(operations);
  return areas.map(([area, type, noun]) =>
    translate({
      operationId: `saleswareList${noun}Messages`,
      method: 'get',
      path: `/${area}/{id}/kommunikation`,
      summary: `Tab „Kommunikation“ of ${type}: assigned mails, newest first`,
      params: byId,
      query: paging,
      operation: 'listRecordMessages',
      input: ({ params, query }) => ({ params: { type, id: params.id }, query: asPaging(query) }),
      words: communicationWords,
      description: 'A page',
      schema: view,
      answer: toView,
    }),
  );
}
