/** Under an incoming account: is everything stored, what would a deletion policy remove, what is in quarantine. */
import { z } from 'zod';
import { route, type AnyRoute } from '../http/route.js';
import type { MailboxCompleteness } from './completeness.js';
import { completeness, deletionPreview, previewRequest, quarantinedMail } from './schemas.js';

const PATH = '/api/v1/incoming-accounts/{id}';
const positive = z.coerce.number().int().min(1);
const params = z.strictObject({ id: positive });
const read = { scope: 'accounts:read', tag: 'incoming accounts' } as const;

function completenessRoutes(service: MailboxCompleteness): AnyRoute[] {
  const responses = { 200: { description: 'The comparison', schema: completeness } };
  return [
    route({
      ...read,
      operationId: 'getCompleteness',
      method: 'get',
      path: `${PATH}/completeness`,
      summary: 'What the server listed, compared with what is stored, as of the last session',
      params,
      responses,
      handler: async ({ params: { id } }) => ({ status: 200, body: await service.last(id) }),
    }),
    route({
      ...read,
      operationId: 'checkCompleteness',
      method: 'post',
      path: `${PATH}/completeness/check`,
      summary: 'Ask the server now and read the stored bytes back; nothing is fetched or deleted',
      params,
      responses,
      handler: async ({ params: { id } }) => ({ status: 200, body: await service.check(id) }),
    }),
  ];
}

/** Subjects are message content: a token that may not read messages gets the preview without them. */
const previewRoute = (service: MailboxCompleteness): AnyRoute =>
  route({
    ...read,
    operationId: 'previewDeletion',
    method: 'post',
    path: `${PATH}/deletion-preview`,
    summary: 'Which stored mails a deletion policy would remove from the server at once',
    params,
    query: z.strictObject({ limit: z.coerce.number().int().min(0).max(1000).default(100) }),
    body: previewRequest.optional(),
    bodyOptional: true,
    responses: { 200: { description: 'The preview', schema: deletionPreview } },
    handler: async ({ params: { id }, query: { limit }, body, caller }) => {
      const withSubjects = caller.scopes.has('messages:read');
      const preview = await service.preview(id, body ?? {}, { limit, withSubjects });
      return { status: 200, body: preview };
    },
  });

function quarantineRoutes(service: MailboxCompleteness): AnyRoute[] {
  return [
    route({
      ...read,
      operationId: 'listQuarantine',
      method: 'get',
      path: `${PATH}/quarantine`,
      summary: 'Mails that could not be taken in; they are still on the server',
      params,
      responses: {
        200: { description: 'The mails', schema: z.object({ items: z.array(quarantinedMail) }) },
      },
      handler: async ({ params: { id } }) => ({
        status: 200,
        body: { items: await service.quarantine(id) },
      }),
    }),
    route({
      ...read,
      scope: 'accounts:write',
      operationId: 'retryQuarantined',
      method: 'post',
      path: `${PATH}/quarantine/{quarantineId}/retry`,
      summary: 'Have a mail in quarantine fetched again',
      params: z.strictObject({ id: positive, quarantineId: positive }),
      responses: { 204: { description: 'It will be fetched', schema: null } },
      handler: async ({ params: { id, quarantineId } }) => {
        await service.retry(id, quarantineId);
        return { status: 204 };
      },
    }),
  ];
}

export const mailboxCompletenessRoutes = (service: MailboxCompleteness): AnyRoute[] => [
  ...completenessRoutes(service),
  previewRoute(service),
  ...quarantineRoutes(service),
];
