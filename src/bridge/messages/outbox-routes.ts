/** `/api/v1/outbox`: what waits to be sent, and taking it back. */
import { z } from 'zod';
import type { ArchiveAccess } from '../archive-access.js';
import { route, type AnyRoute } from '../http/route.js';
import { listOutbox, takeBack, type OutgoingMail } from './outbox.js';
import { id } from './schemas.js';

const outgoing = z.object({
  id: z.int(),
  from: z.string(),
  to: z.string(),
  subject: z.string(),
  /** When it was written. */
  createdAt: z.iso.datetime().nullable(),
  /** When somebody wants it to leave; null: at once. */
  sendAt: z.iso.datetime().nullable(),
  /** Handed over to a server at this moment: it cannot be taken back. */
  sending: z.boolean(),
  /** null where the archive does not tell, as for the rest. */
  attempts: z.int().nullable(),
  nextTryAt: z.iso.datetime().nullable(),
  lastError: z.string().nullable(),
  smtpAccountId: z.int().nullable(),
});

const date = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;

const view = ({ item, progress }: OutgoingMail): z.infer<typeof outgoing> => ({
  id: item.ID,
  from: item.From,
  to: item.Recipients,
  subject: item.Subject,
  createdAt: date(item.Created),
  sendAt: date(progress?.SendAt),
  sending: progress?.Sending ?? false,
  attempts: progress?.Attempts ?? null,
  nextTryAt: date(progress?.NextTry),
  lastError: progress?.LastError || null,
  smtpAccountId: progress?.AccountRef || null,
});

export const outboxRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'listOutbox',
    method: 'get',
    path: '/api/v1/outbox',
    summary: 'Messages that wait to be sent, at most 500',
    tag: 'messages',
    scope: 'messages:read',
    responses: {
      200: { description: 'The messages', schema: z.object({ items: z.array(outgoing) }) },
    },
    handler: async () => ({
      status: 200,
      body: { items: (await listOutbox(archive)).map(view) },
    }),
  }),
  route({
    operationId: 'takeBackMessage',
    method: 'delete',
    path: '/api/v1/outbox/{id}',
    summary: 'Take a message back before it is sent: it is a draft again',
    tag: 'messages',
    scope: 'messages:send',
    params: z.strictObject({ id }),
    responses: { 204: { description: 'A draft again', schema: null } },
    handler: async ({ params }) => {
      await takeBack(await archive.client(), params.id);
      return { status: 204 };
    },
  }),
];
