/** `/api/v1/assignment/reruns`: the rules over many messages again, previewed first. */
import { z } from 'zod';
import type { ArchiveAccess } from '../archive-access.js';
import { decodeCursor, encodeCursor, readPage } from '../filters/message-page.js';
import { route, type AnyRoute } from '../http/route.js';
import { storedQuery } from '../messages/list-messages.js';
import { paging } from '../messages/schemas.js';
import { because } from '../texts/fields.js';
import type { Rerun, Reruns } from './reruns.js';
import { byRerun, decisionView, labelledRecord } from './schemas.js';
import { VisibleRecords } from './visible-records.js';
import type { Reader, Views } from './views.js';
import type { Directory } from '../directory/directory.js';

const tag = 'assignment';
const MAX_MESSAGES = 200;

const rerunRequest = z
  .strictObject({
    messageIds: z.array(z.int().min(1)).min(1).max(MAX_MESSAGES).optional(),
    filterId: z.int().min(1).optional(),
    cursor: paging.cursor,
    limit: z.int().min(1).max(MAX_MESSAGES).default(100),
  })
  .refine(({ messageIds, filterId }) => (messageIds === undefined) !== (filterId === undefined), {
    ...because('oneOf'),
    path: ['filterId'],
  });
type RerunRequest = z.infer<typeof rerunRequest>;

const rerunView = z.object({
  /** For applying it, within a day. */
  id: z.string(),
  changes: z.array(
    z.object({
      messageId: z.int(),
      before: z.array(labelledRecord),
      decision: decisionView,
    }),
  ),
  unchanged: z.int(),
  leftAlone: z.int(),
  /** Of a filter: where the next preview goes on; null: nothing follows. */
  nextCursor: z.string().nullable(),
});

export interface RerunRouteDependencies {
  readonly archive: ArchiveAccess;
  readonly directory: Pick<Directory, 'existing'>;
  readonly reruns: Reruns;
  readonly views: Views;
}

export const rerunRoutes = (dependencies: RerunRouteDependencies): AnyRoute[] => [
  route({
    operationId: 'previewRerun',
    method: 'post',
    path: '/api/v1/assignment/reruns',
    summary: 'What the rules would change at the messages of a filter; changes nothing',
    tag,
    scope: 'assignments:write',
    body: rerunRequest,
    resumes: true,
    responses: { 200: { description: 'The preview, to be applied', schema: rerunView } },
    handler: async ({ body, caller, language }) => {
      const { messageIds, nextCursor } = await messagesFor(dependencies.archive, body);
      const rerun = await dependencies.reruns.plan(messageIds);
      const shown = await view(dependencies, rerun, { user: caller.user, language });
      return { status: 200, body: { ...shown, nextCursor } };
    },
  }),
  route({
    operationId: 'applyRerun',
    method: 'post',
    path: '/api/v1/assignment/reruns/{rerunId}/apply',
    summary: 'Change what the preview showed, and nothing else',
    tag,
    scope: 'assignments:write',
    params: byRerun,
    responses: {
      200: {
        description: 'Messages that were changed, and those at which something else was done since',
        schema: z.object({ applied: z.array(z.int()), skipped: z.array(z.int()) }),
      },
    },
    handler: async ({ params, caller }) => ({
      status: 200,
      body: await dependencies.reruns.apply(params.rerunId, caller.user?.id ?? null),
    }),
  }),
];

async function messagesFor(
  archive: ArchiveAccess,
  { messageIds, filterId, cursor, limit }: RerunRequest,
): Promise<{ messageIds: readonly number[]; nextCursor: string | null }> {
  if (messageIds !== undefined) return { messageIds: [...new Set(messageIds)], nextCursor: null };
  const client = await archive.client();
  const { filter, accept } = await storedQuery(client, filterId ?? 0);
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const page = await readPage(client, filter, { after, limit, accept });
  return {
    messageIds: page.items.map(({ ID }) => ID),
    nextCursor: page.next === null ? null : encodeCursor(page.next),
  };
}

async function view(
  { directory, views }: RerunRouteDependencies,
  { changes, ...rest }: Rerun,
  reader: Reader,
) {
  const visible = await VisibleRecords.of(
    directory,
    reader.user,
    changes.flatMap(({ before }) => before),
  );
  const shown = changes.map(async ({ messageId, before, decision }) => ({
    messageId,
    before: visible.named(before),
    decision: await views.decision(decision, reader),
  }));
  return { ...rest, changes: await Promise.all(shown) };
}
