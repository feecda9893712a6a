/** `/api/v1/directory/{type}/{id}/messages`: the mails of a record. */
import { z } from 'zod';
import type { ArchiveAccess } from '../archive-access.js';
import type { Directory } from '../directory/directory.js';
import type { RecordRef, RecordType, UserRecord } from '../directory/record.js';
import { refuse } from '../failure.js';
import { route, type AnyRoute } from '../http/route.js';
import { messageSummary, summaryOf } from '../messages/message-view.js';
import { flag, paging } from '../messages/schemas.js';
import { because } from '../texts/fields.js';
import { maySee } from '../users/index.js';
import { messagesOfRecord } from './record-messages.js';
import type { Runs } from './runs.js';
import { recordId } from './schemas.js';

const typeOfCollection = {
  orders: 'order',
  offers: 'offer',
  contacts: 'contact',
  articles: 'article',
} as const satisfies Record<string, RecordType>;
type Collection = keyof typeof typeOfCollection;

const collections = Object.keys(typeOfCollection) as [Collection, ...Collection[]];

export interface RecordRouteDependencies {
  readonly archive: ArchiveAccess;
  readonly directory: Pick<Directory, 'existing'>;
  readonly runs: Pick<Runs, 'stores'>;
}

const encode = (messageId: number): string => Buffer.from(String(messageId)).toString('base64url');

function decode(cursor: string): number | null {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  return /^\d{1,10}$/.test(text) ? Number(text) : null;
}

export const recordRoutes = (dependencies: RecordRouteDependencies): AnyRoute[] => [
  route({
    operationId: 'listRecordMessages',
    method: 'get',
    path: '/api/v1/directory/{type}/{id}/messages',
    summary: 'The messages that are assigned to a record, newest first',
    tag: 'assignment',
    scope: 'assignments:read',
    params: z.object({ type: z.enum(collections), id: recordId }),
    query: z.strictObject({
      limit: paging.limit,
      cursor: z
        .string()
        .max(100)
        .refine((text) => decode(text) !== null, because('cursor'))
        .optional(),
      deleted: flag.default(false),
    }),
    responses: {
      200: {
        description: 'A page',
        schema: z.object({
          messages: z.array(messageSummary),
          /** null: nothing follows. */
          nextCursor: z.string().nullable(),
        }),
      },
    },
    handler: async ({ params, query, caller }) => {
      const { archive, runs } = dependencies;
      const record = { type: typeOfCollection[params.type], id: params.id };
      await requireVisible(dependencies, record, caller.user);
      const before = query.cursor === undefined ? null : decode(query.cursor);
      const { limit, deleted } = query;
      const { assignments } = await runs.stores();
      const client = await archive.client();
      const page = await messagesOfRecord(client, assignments, record, { before, limit, deleted });
      const messages = page.items.map(summaryOf);
      const nextCursor = page.next === null ? null : encode(page.next);
      return { status: 200, body: { messages, nextCursor } };
    },
  }),
];

/** Without a user all is seen, also the mails of a record that the ERP no longer has. */
async function requireVisible(
  { directory }: RecordRouteDependencies,
  record: RecordRef,
  user: UserRecord | null,
): Promise<void> {
  if (user === null) return;
  const [known] = await directory.existing([record]);
  if (known === undefined || !maySee(user, known)) throw refuse('recordUnknown');
}
