/** `/api/v1/messages`, the mails of a filter, and "send and receive now". */
import { z } from 'zod';
import type { DetailedItem, GreyhoundClient } from '../../greyhound/index.js';
import type { Arming } from '../../platform/arming.js';
import type { ArchiveAccess } from '../archive-access.js';
import { requireArmed } from '../arming/index.js';
import { refuse } from '../failure.js';
import { route, type AnyRoute } from '../http/route.js';
import { changeMessage } from './change-message.js';
import { decideDelivery, deliveryDecision } from './decide-delivery.js';
import { sendFile } from './download.js';
import { listMessages, ownQuery, storedQuery } from './list-messages.js';
import { detailOf, messageDetail, messageSummary } from './message-view.js';
import { draftRoutes } from './draft-routes.js';
import { outboxRoutes } from './outbox-routes.js';
import {
  draftRelease,
  flag,
  id,
  MESSAGE_LIMIT_BYTES,
  messageChange,
  messageQuery,
  newMessage,
  paging,
} from './schemas.js';
import { sendDraft, sendMessage, type Accepted } from './send-message.js';
import { noMarks, type OutgoingMarks } from './tracking-marks.js';

const tag = 'messages';
const byId = z.object({ id });
const page = z.object({
  messages: z.array(messageSummary),
  /** null: nothing follows. */
  nextCursor: z.string().nullable(),
});
const accepted = z.object({
  id: z.int(),
  state: z.enum(['draft', 'queued']),
  links: z.object({ self: z.string() }),
});

const acceptedReply = ({ id: messageId, state }: Accepted) => {
  const self = `/api/v1/messages/${String(messageId)}`;
  return {
    status: 202,
    headers: { Location: self },
    body: { id: messageId, state, links: { self } },
  };
};

const read = (client: GreyhoundClient, messageId: number): Promise<DetailedItem> =>
  client.items.Get({ ID: messageId, MarkAsReading: false });

/** @param marks which outgoing messages carry; none unless told */
export const messageRoutes = (
  archive: ArchiveAccess,
  arming: Arming,
  marks: OutgoingMarks = noMarks,
): readonly AnyRoute[] => [
  ...listRoutes(archive),
  ...readRoutes(archive),
  ...changeRoutes(archive),
  ...sendRoutes(archive, arming, marks),
  ...draftRoutes(archive),
  ...outboxRoutes(archive),
];

const listRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'listMessages',
    method: 'get',
    path: '/api/v1/messages',
    summary: 'Messages, newest first, by stored filter or by criteria',
    tag,
    scope: 'messages:read',
    query: messageQuery,
    responses: { 200: { description: 'A page', schema: page } },
    handler: async ({ query }) => {
      const client = await archive.client();
      const { filterId } = query;
      const wanted = filterId === undefined ? ownQuery(query) : await storedQuery(client, filterId);
      return { status: 200, body: await listMessages(client, wanted, query) };
    },
  }),
  route({
    operationId: 'listFilterMessages',
    method: 'get',
    path: '/api/v1/filters/{id}/messages',
    summary: 'Messages of a stored filter, newest first',
    tag: 'filters',
    scope: 'messages:read',
    params: byId,
    query: z.strictObject(paging),
    responses: { 200: { description: 'A page', schema: page } },
    handler: async ({ params, query }) => {
      const client = await archive.client();
      const wanted = await storedQuery(client, params.id);
      return { status: 200, body: await listMessages(client, wanted, query) };
    },
  }),
];

const readRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'getMessage',
    method: 'get',
    path: '/api/v1/messages/{id}',
    summary: 'One message; HTML made safe, images on other servers blocked unless asked for',
    tag,
    scope: 'messages:read',
    params: byId,
    query: z.strictObject({ remoteImages: flag.default(false) }),
    responses: { 200: { description: 'The message', schema: messageDetail } },
    handler: async ({ params, query }) => {
      const item = await read(await archive.client(), params.id);
      return { status: 200, body: detailOf(item, query) };
    },
  }),
  route({
    operationId: 'getRawMessage',
    method: 'get',
    path: '/api/v1/messages/{id}/raw',
    summary: 'The bytes of the message as they came',
    tag,
    scope: 'messages:read',
    params: byId,
    responses: {
      200: { description: 'RFC 5322 message', schema: null, contentType: 'message/rfc822' },
    },
    handler: async ({ params, request, response }) => {
      const client = await archive.client();
      const download = await client.download('ItemsOrginalEml', params.id);
      const name = `message-${String(params.id)}.eml`;
      return sendFile({ request, response }, download, { name, contentType: 'message/rfc822' });
    },
  }),
  route({
    operationId: 'getAttachment',
    method: 'get',
    path: '/api/v1/messages/{id}/attachments/{attachmentId}',
    summary: 'One attachment',
    tag,
    scope: 'messages:read',
    params: z.object({ id, attachmentId: id }),
    responses: {
      200: { description: 'The content', schema: null, contentType: 'application/octet-stream' },
    },
    handler: async ({ params, request, response }) => {
      const client = await archive.client();
      const { Attachments } = await read(client, params.id);
      const attachment = Attachments.find(({ ID }) => ID === params.attachmentId);
      if (attachment === undefined) throw refuse('notFound', { field: 'attachmentId' });
      const download = await client.download('ItemsAttachment', attachment.ID);
      const { Name: name, ContentType: contentType } = attachment;
      return sendFile({ request, response }, download, { name, contentType });
    },
  }),
];

const changeRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'changeMessage',
    method: 'patch',
    path: '/api/v1/messages/{id}',
    summary: 'File a message: read, done, spam, deleted, group, user',
    tag,
    scope: 'messages:write',
    params: byId,
    body: messageChange,
    responses: { 200: { description: 'The message now', schema: messageDetail } },
    handler: async ({ params, body }) => {
      const client = await archive.client();
      await changeMessage(client, params.id, body);
      return {
        status: 200,
        body: detailOf(await read(client, params.id), { remoteImages: false }),
      };
    },
  }),
  route({
    operationId: 'deleteMessage',
    method: 'delete',
    path: '/api/v1/messages/{id}',
    summary: 'Mark a message as deleted; it stays in the archive',
    tag,
    scope: 'messages:write',
    params: byId,
    responses: { 204: { description: 'Marked', schema: null } },
    handler: async ({ params }) => {
      await changeMessage(await archive.client(), params.id, { deleted: true, remark: '' });
      return { status: 204 };
    },
  }),
];

/** Any other archive would send at once. @throws BridgeFailure notSupportedByArchive */
async function requireSendLater(archive: ArchiveAccess): Promise<void> {
  if (!(await archive.hasMailBridge())) throw refuse('notSupportedByArchive', { field: 'sendAt' });
}

const sendRoutes = (
  archive: ArchiveAccess,
  arming: Arming,
  marks: OutgoingMarks,
): readonly AnyRoute[] => [
  route({
    operationId: 'sendMessage',
    method: 'post',
    path: '/api/v1/messages',
    summary: 'Send a message or keep it as a draft; follow it under links.self',
    tag,
    scope: 'messages:send',
    body: newMessage,
    bodyLimitBytes: MESSAGE_LIMIT_BYTES,
    resumes: true,
    responses: { 202: { description: 'In the outbox, or kept as a draft', schema: accepted } },
    handler: async ({ body, run, caller }) => {
      if (!body.draft) requireArmed(arming);
      if (body.sendAt !== undefined) await requireSendLater(archive);
      const attachments = body.attachments.map(({ contentBase64, ...file }) => ({
        ...file,
        content: Buffer.from(contentBase64, 'base64'),
      }));
      const request = { ...body, attachments, user: caller.user };
      return acceptedReply(await sendMessage(await archive.client(), request, run, marks));
    },
  }),
  route({
    operationId: 'sendDraft',
    method: 'post',
    path: '/api/v1/messages/{id}/send',
    summary: 'Send a draft, at once or later',
    tag,
    scope: 'messages:send',
    params: byId,
    body: draftRelease,
    bodyOptional: true,
    resumes: true,
    responses: { 202: { description: 'In the outbox', schema: accepted } },
    handler: async ({ params, body, run }) => {
      requireArmed(arming);
      const sendAt = (body as z.infer<typeof draftRelease> | undefined)?.sendAt;
      if (sendAt !== undefined) await requireSendLater(archive);
      const client = await archive.client();
      const draft = await read(client, params.id);
      return acceptedReply(await sendDraft(client, draft, { run, sendAt }));
    },
  }),
  route({
    operationId: 'decideDelivery',
    method: 'post',
    path: '/api/v1/messages/{id}/delivery',
    summary:
      'Decide about a message in doubt: it was sent, it failed, send it again; also sends again what failed',
    tag,
    scope: 'messages:send',
    params: byId,
    body: deliveryDecision,
    responses: { 200: { description: 'The message now', schema: messageDetail } },
    handler: async ({ params, body }) => {
      if (body.outcome === 'sendAgain') requireArmed(arming);
      const client = await archive.client();
      await decideDelivery(archive, await read(client, params.id), body.outcome);
      const now = await read(client, params.id);
      return { status: 200, body: detailOf(now, { remoteImages: false }) };
    },
  }),
  route({
    operationId: 'sendAndReceiveNow',
    method: 'post',
    path: '/api/v1/receive',
    summary: 'Fetch and send now instead of at the next time',
    tag,
    scope: 'messages:send',
    // once more does no harm
    resumes: true,
    responses: { 202: { description: 'Begun', schema: null } },
    handler: async () => {
      await (await archive.client()).info.SendAndReceiveNow();
      return { status: 202 };
    },
  }),
];
