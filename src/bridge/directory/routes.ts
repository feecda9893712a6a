/** `/api/v1/directory`: the ERP pushes the records that mails are assigned to. */
import { refuse } from '../failure.js';
import { route, type AnyRoute, type Reply } from '../http/route.js';
import { BodyBrokeOff, streamedBody } from '../http/streamed-body.js';
import {
  directorySummary,
  pushedLine,
  pushedTypes,
  pushQuery,
  pushResult,
  recordAsPushed,
  recordInPath,
  typeInPath,
  uploadInPath,
  uploadView,
} from './schemas.js';
import type { DirectoryStore } from './store/directory-store.js';
import type { UploadStep } from './store/upload-log.js';

export type RecordRouteDependencies = Pick<DirectoryStore, 'records' | 'push' | 'remove'>;

const tag = 'directory';

export const recordRoutes = (store: RecordRouteDependencies): readonly AnyRoute[] => [
  ...pushRoutes(store),
  ...readRoutes(store),
  ...singleRecordRoutes(store),
];

const pushRoutes = (store: RecordRouteDependencies): readonly AnyRoute[] => [
  route({
    operationId: 'pushDirectoryRecords',
    method: 'put',
    path: '/api/v1/directory/{type}',
    summary:
      'Store records, one JSON object a line, and remove those marked as deleted; with mode=replace these lines instead of all others',
    tag,
    scope: 'directory:write',
    params: typeInPath,
    query: pushQuery,
    body: pushedLine,
    streamsBody: 'lines',
    responses: { 200: { description: 'What was stored', schema: pushResult } },
    handler: async ({ params, query, request }) => {
      const { upload: name, fromLine = null, mode = null, more } = query;
      const upload: UploadStep | null =
        name === undefined ? null : { name, fromLine, mode, hasMore: more === 'true' };
      try {
        const body = streamedBody(request);
        return {
          status: 200,
          body: await store.push({ type: pushedTypes[params.type], upload }, body),
        };
      } catch (error) {
        if (error instanceof BodyBrokeOff) return nobodyThere;
        throw error;
      }
    },
  }),
];

/** Nothing can be sent on a connection that is gone. */
const nobodyThere: Reply = { status: 400, streamed: true };

const readRoutes = ({ records }: RecordRouteDependencies): readonly AnyRoute[] => [
  route({
    operationId: 'getDirectoryUpload',
    method: 'get',
    path: '/api/v1/directory/{type}/uploads/{name}',
    summary: 'How many lines of an upload are stored: it goes on with the next one',
    tag,
    scope: 'directory:read',
    params: uploadInPath,
    responses: { 200: { description: 'The upload', schema: uploadView } },
    handler: async ({ params: { type, name } }) => {
      const upload = await records.upload(pushedTypes[type], name);
      if (upload === null) throw refuse('notFound');
      const { mode, state, lines } = upload;
      return { status: 200, body: { name, mode, state, lines } };
    },
  }),
  route({
    operationId: 'getDirectorySummary',
    method: 'get',
    path: '/api/v1/directory',
    summary: 'How many records of each type are stored, and when they were last pushed',
    tag,
    scope: 'directory:read',
    responses: { 200: { description: 'By type', schema: directorySummary } },
    handler: async () => {
      const entries = Object.entries(pushedTypes).map(async ([name, type]) => {
        const { count, lastPushedAt } = await records.summary(type);
        return [name, { count, lastPushedAt: lastPushedAt?.toISOString() ?? null }] as const;
      });
      return { status: 200, body: Object.fromEntries(await Promise.all(entries)) };
    },
  }),
];

const singleRecordRoutes = ({ records, remove }: RecordRouteDependencies): readonly AnyRoute[] => [
  route({
    operationId: 'getDirectoryRecord',
    method: 'get',
    path: '/api/v1/directory/{type}/{id}',
    summary: 'A record as it was pushed',
    tag,
    scope: 'directory:read',
    params: recordInPath,
    responses: { 200: { description: 'The record', schema: recordAsPushed } },
    handler: async ({ params: { type, id } }) => {
      const record = await records.record(pushedTypes[type], id);
      if (record === null) throw refuse('notFound');
      return { status: 200, body: record };
    },
  }),
  route({
    operationId: 'deleteDirectoryRecord',
    method: 'delete',
    path: '/api/v1/directory/{type}/{id}',
    summary: 'Remove a record; also when there is none',
    tag,
    scope: 'directory:write',
    params: recordInPath,
    responses: { 204: { description: 'There is no such record any more', schema: null } },
    handler: async ({ params: { type, id } }) => {
      await remove(pushedTypes[type], id);
      return { status: 204 };
    },
  }),
];
