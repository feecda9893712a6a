/** `/api/v1/messages/{id}/assignments` and what belongs to them: runs, preview, moving, undoing. */
import { z } from 'zod';
import { refuse } from '../failure.js';
import { route, type AnyRoute, type RequestContext } from '../http/route.js';
import { MESSAGE_LIMIT_BYTES } from '../messages/schemas.js';
import type { DecisionsByHand } from './decisions-by-hand.js';
import { preview, type PreviewDependencies } from './preview.js';
import type { Runs } from './runs.js';
import {
  byMessage,
  byMessageAndRecord,
  byRun,
  decisionView,
  keptRunView,
  messageAssignments,
  moveRequest,
  previewRequest,
  runRequest,
  undoRequest,
  runView,
} from './schemas.js';
import type { Reader, Views } from './views.js';

const tag = 'assignment';

export interface AssignmentRouteDependencies {
  readonly runs: Runs;
  readonly byHand: DecisionsByHand;
  readonly views: Views;
  readonly preview: PreviewDependencies;
}

const readerOf = ({
  caller,
  language,
  recordWords,
}: Pick<
  RequestContext<unknown, unknown, unknown>,
  'caller' | 'language' | 'recordWords'
>): Reader => ({
  user: caller.user,
  language,
  recordWords,
});

export const assignmentRoutes = (dependencies: AssignmentRouteDependencies): AnyRoute[] => [
  ...standingRoutes(dependencies),
  ...runRoutes(dependencies),
  previewRoute(dependencies),
];

function standingRoutes({ runs, byHand, views }: AssignmentRouteDependencies): AnyRoute[] {
  const path = '/api/v1/messages/{id}/assignments';
  const responses = { 200: { description: 'What stands now', schema: messageAssignments } };
  const standing = async (messageId: number, reader: Reader) => ({
    status: 200,
    body: await views.assignments(await (await runs.stores()).assignments.of(messageId), reader),
  });
  return [
    route({
      operationId: 'getAssignments',
      method: 'get',
      path,
      summary: 'What a message is assigned to, and what was removed by hand; assigns nothing',
      tag,
      scope: 'assignments:read',
      params: byMessage,
      responses,
      handler: (context) => standing(context.params.id, readerOf(context)),
    }),
    route({
      operationId: 'addAssignment',
      method: 'put',
      path: `${path}/{type}/{recordId}`,
      summary: 'Assign a message to a record by hand',
      tag,
      scope: 'assignments:write',
      params: byMessageAndRecord,
      responses,
      handler: async (context) => {
        const { id, type, recordId } = context.params;
        await byHand.add(id, { type, id: recordId }, context.caller.user);
        return standing(id, readerOf(context));
      },
    }),
    route({
      operationId: 'removeAssignment',
      method: 'delete',
      path: `${path}/{type}/{recordId}`,
      summary: 'Remove an assignment by hand; the rules do not make it again',
      tag,
      scope: 'assignments:write',
      params: byMessageAndRecord,
      responses,
      handler: async (context) => {
        const { id, type, recordId } = context.params;
        await byHand.remove(id, { type, id: recordId }, context.caller.user);
        return standing(id, readerOf(context));
      },
    }),
    route({
      operationId: 'moveAssignment',
      method: 'post',
      path: `${path}/move`,
      summary: 'Move a message, or its whole conversation, from one record to another',
      tag,
      scope: 'assignments:write',
      params: byMessage,
      body: moveRequest,
      // once more finds nothing to move
      resumes: true,
      responses: {
        200: {
          description: 'The messages that were moved',
          schema: z.object({ messageIds: z.array(z.int()) }),
        },
      },
      handler: async ({ params, body, caller }) => {
        const messageIds = await byHand.move(params.id, body, caller.user);
        return { status: 200, body: { messageIds } };
      },
    }),
  ];
}

function runRoutes({ runs, byHand, views }: AssignmentRouteDependencies): AnyRoute[] {
  return [
    route({
      operationId: 'runAssignment',
      method: 'post',
      path: '/api/v1/messages/{id}/assignments/run',
      summary: 'Assign a message by the rules, because it is opened or was sent',
      tag,
      scope: 'assignments:write',
      params: byMessage,
      body: runRequest,
      // a second run leaves alone what the first one assigned
      resumes: true,
      responses: {
        200: { description: 'The decision and why', schema: runView },
        202: { description: 'The ERP did not answer; the run is repeated', schema: runView },
      },
      handler: async (context) => {
        const { params, body, caller } = context;
        const by = caller.user?.id ?? null;
        const result = await runs.run({ messageId: params.id, trigger: body.trigger, by });
        const status = result.state === 'open' ? 202 : 200;
        return { status, body: await views.result(result, readerOf(context)) };
      },
    }),
    route({
      operationId: 'listAssignmentRuns',
      method: 'get',
      path: '/api/v1/messages/{id}/assignments/runs',
      summary: 'The last runs over a message, newest first, with their reasons',
      tag,
      scope: 'assignments:read',
      params: byMessage,
      responses: {
        200: { description: 'The runs', schema: z.object({ runs: z.array(keptRunView) }) },
      },
      handler: async (context) => {
        const kept = await (await runs.stores()).runs.of(context.params.id);
        const shown = kept.map((run) => views.run(run, readerOf(context)));
        return { status: 200, body: { runs: await Promise.all(shown) } };
      },
    }),
    route({
      operationId: 'getAssignmentRun',
      method: 'get',
      path: '/api/v1/assignment/runs/{runId}',
      summary: 'One run with its decision',
      tag,
      scope: 'assignments:read',
      params: byRun,
      responses: { 200: { description: 'The run', schema: keptRunView } },
      handler: async (context) => {
        const run = await (await runs.stores()).runs.read(context.params.runId);
        if (run === null) throw refuse('notFound');
        return { status: 200, body: await views.run(run, readerOf(context)) };
      },
    }),
    route({
      operationId: 'undoAssignmentRun',
      method: 'post',
      path: '/api/v1/assignment/runs/{runId}/undo',
      summary: 'Take back what a run assigned and still stands as it was',
      tag,
      scope: 'assignments:write',
      params: byRun,
      body: undoRequest.optional(),
      bodyOptional: true,
      responses: { 200: { description: 'The run now', schema: keptRunView } },
      handler: async (context) => {
        const { runId } = context.params;
        await byHand.undo(runId, context.body?.evaluateAgain === true, context.caller.user);
        const run = await (await runs.stores()).runs.read(runId);
        if (run === null) throw refuse('notFound');
        return { status: 200, body: await views.run(run, readerOf(context)) };
      },
    }),
  ];
}

const previewRoute = ({ runs, views, ...rest }: AssignmentRouteDependencies): AnyRoute =>
  route({
    operationId: 'previewAssignment',
    method: 'post',
    path: '/api/v1/assignment/preview',
    summary: 'What the rules would decide about a mail; stores nothing',
    tag,
    scope: 'assignments:read',
    body: previewRequest,
    bodyLimitBytes: MESSAGE_LIMIT_BYTES,
    resumes: true,
    responses: { 200: { description: 'The decision and why', schema: decisionView } },
    handler: async (context) => {
      const decision = await preview(rest.preview, runs, context.body);
      return { status: 200, body: await views.decision(decision, readerOf(context)) };
    },
  });
