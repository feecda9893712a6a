/** What happens on a click on a mail, and assignments by hand. */
import { z } from 'zod';
import { keptRunView, recordId, undoRequest } from '../../src/bridge/assignment/index.js';
import { route, type AnyRoute } from '../../src/bridge/index.js';
import type { Operations } from '../operations.js';
import { recordTypes } from './assignment-texts.js';
import { standingView, toStanding, typ } from './assignment-views.js';
import { assignmentWords } from './field-words.js';
import { assigned, openedView } from './opened-message.js';
import { translator } from './translation.js';

const byId = z.strictObject({ id: z.string() });
const byRecord = z.strictObject({ id: z.string(), typ, datensatz: recordId });

export const assignmentRoutes = (operations: Operations): AnyRoute[] => [
  openRoute(operations),
  ...byHandRoutes(operations),
  undoRoute(operations),
];

const openRoute = (operations: Operations): AnyRoute =>
  route({
    operationId: 'saleswareOpenMessage',
    method: 'post',
    path: '/adapters/salesware/nachrichten/{id}/oeffnen',
    summary: 'A user clicks a mail: ERP data is assigned to it, unless that was done before',
    tag: 'salesware',
    scope: operations.scopeOf('runAssignment'),
    params: byId,
    resumes: operations.resumes('runAssignment'),
    responses: {
      200: { description: 'What the mail is assigned to, and why', schema: openedView },
      202: { description: 'The ERP did not answer; it is tried again', schema: openedView },
    },
    handler: async (context) => {
      const messageId = context.params.id;
      const body = await assigned(operations, { context, messageId, trigger: 'open' });
      return { status: body.offen ? 202 : 200, body };
    },
  });

function byHandRoutes(operations: Operations): AnyRoute[] {
  const translate = translator(operations);
  const path = '/nachrichten/{id}/zuordnungen';
  const common = {
    words: assignmentWords,
    description: 'What stands now',
    schema: standingView,
    answer: toStanding,
  };
  const change = {
    ...common,
    path: `${path}/{typ}/{datensatz}`,
    params: byRecord,
    input: ({ params }: { readonly params: z.infer<typeof byRecord> }) => ({
      params: { id: params.id, type: recordTypes[params.typ], recordId: params.datensatz },
    }),
  };
  return [
    translate({
      ...common,
      operationId: 'saleswareGetAssignments',
      method: 'get',
      path,
      summary: 'What a mail is assigned to; assigns nothing',
      params: byId,
      operation: 'getAssignments',
      input: ({ params }) => ({ params }),
    }),
    translate({
      ...change,
      operationId: 'saleswareAddAssignment',
      method: 'put',
      summary: 'Assign a mail by hand',
      operation: 'addAssignment',
    }),
    translate({
      ...change,
      operationId: 'saleswareRemoveAssignment',
      method: 'delete',
      summary: 'Remove an assignment by hand; it is not made again automatically',
      operation: 'removeAssignment',
    }),
  ];
}

const undoneView = z.object({
  lauf: z.string(),
  nachricht: z.int(),
  zurueckgenommen: z.boolean(),
});

const undoForm = z.strictObject({
  /** Whether the rules may decide about the mail anew. */
  erneutZuordnen: undoRequest.shape.evaluateAgain,
});

const undoRoute = (operations: Operations): AnyRoute =>
  translator(operations)({
    operationId: 'saleswareUndoAssignmentRun',
    method: 'post',
    path: '/mailzuordnung/laeufe/{lauf}/zuruecknehmen',
    summary: 'Take back all that a run assigned and still stands as it was',
    params: z.strictObject({ lauf: z.string() }),
    body: undoForm.optional(),
    bodyOptional: true,
    operation: 'undoAssignmentRun',
    input: ({ params, body }) => ({
      params: { runId: params.lauf },
      body: body === undefined ? undefined : { evaluateAgain: body.erneutZuordnen },
    }),
    words: assignmentWords,
    description: 'The run now',
    schema: undoneView,
    answer: (body) => {
      const { runId, messageId, state } = keptRunView.parse(body);
      return { lauf: runId, nachricht: messageId, zurueckgenommen: state === 'undone' };
    },
  });
