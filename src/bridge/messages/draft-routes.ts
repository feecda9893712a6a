/** Writing on at a draft: its content, its attachments one by one, as streams. */
import { z } from 'zod';
import type { ArchiveAccess } from '../archive-access.js';
import { refuse } from '../failure.js';
import { route, type AnyRoute, type Reply } from '../http/route.js';
import { BodyBrokeOff, streamedBytes } from '../http/streamed-body.js';
import { addAttachment, changeDraft, removeAttachment } from './drafts.js';
import { attachmentView, detailOf, messageDetail } from './message-view.js';
import { attachmentName, draftChange, id, MESSAGE_LIMIT_BYTES } from './schemas.js';

const tag = 'messages';
const byId = z.strictObject({ id });

/** More than any mail server takes. */
const MAX_UPLOAD_BYTES = 150 * 1024 * 1024;

/** Nothing can be sent on a connection that is gone. */
const nobodyThere: Reply = { status: 400, streamed: true };

export const draftRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'changeDraft',
    method: 'put',
    path: '/api/v1/messages/{id}',
    summary: 'Go on writing a draft; what is left out stays',
    tag,
    scope: 'messages:send',
    params: byId,
    body: draftChange,
    bodyLimitBytes: MESSAGE_LIMIT_BYTES,
    responses: { 200: { description: 'The draft now', schema: messageDetail } },
    handler: async ({ params, body }) => {
      const client = await archive.client();
      await changeDraft(client, params.id, body);
      const now = await client.items.Get({ ID: params.id, MarkAsReading: false });
      return { status: 200, body: detailOf(now, { remoteImages: false }) };
    },
  }),
  route({
    operationId: 'addAttachment',
    method: 'post',
    path: '/api/v1/messages/{id}/attachments',
    summary: 'Attach a file to a draft: the body is its bytes, passed on as they come in',
    tag,
    scope: 'messages:send',
    params: byId,
    query: attachmentName,
    body: z.string(),
    streamsBody: 'bytes',
    responses: { 201: { description: 'Attached', schema: attachmentView } },
    handler: async ({ params, query, request }) => {
      const bytes = limited(streamedBytes(request), MAX_UPLOAD_BYTES);
      try {
        const client = await archive.client();
        const { ID, Name, ContentType, Size } = await addAttachment(
          client,
          params.id,
          query.name,
          bytes,
        );
        const body = { id: ID, name: Name, contentType: ContentType, sizeBytes: Size };
        return { status: 201, body: { ...body, contentId: null } };
      } catch (error) {
        if (error instanceof BodyBrokeOff) return nobodyThere;
        throw error;
      }
    },
  }),
  route({
    operationId: 'removeAttachment',
    method: 'delete',
    path: '/api/v1/messages/{id}/attachments/{attachmentId}',
    summary: 'Take a file off a draft',
    tag,
    scope: 'messages:send',
    params: z.strictObject({ id, attachmentId: id }),
    responses: { 204: { description: 'Taken off', schema: null } },
    handler: async ({ params }) => {
      await removeAttachment(await archive.client(), params.id, params.attachmentId);
      return { status: 204 };
    },
  }),
];

/** @throws BridgeFailure bodyTooLarge while it is read */
async function* limited(
  bytes: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const piece of bytes) {
    sizeBytes += piece.length;
    if (sizeBytes > limitBytes) throw refuse('bodyTooLarge', { params: { limitBytes } });
    yield piece;
  }
}
