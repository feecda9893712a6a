/** GET an operation, or follow it live as server-sent events (WHATWG HTML §9.2). */
import { once } from 'node:events';
import { z } from 'zod';
import { route, type AnyRoute } from '../http/route.js';
import type { Operations } from './operations.js';
import { operation } from './schemas.js';

const params = z.strictObject({ id: z.string().min(1).max(100) });

const common = { scope: 'accounts:read', tag: 'operations', params } as const;

export const operationRoutes = (operations: Operations): AnyRoute[] => [
  route({
    ...common,
    operationId: 'getOperation',
    method: 'get',
    path: '/api/v1/operations/{id}',
    summary: 'Progress and result of a save',
    responses: { 200: { description: 'The operation', schema: operation } },
    handler: async ({ params: { id }, caller }) => ({
      status: 200,
      body: await operations.get(caller.installationId, id),
    }),
  }),
  route({
    ...common,
    operationId: 'followOperation',
    method: 'get',
    path: '/api/v1/operations/{id}/events',
    summary: 'The operation after every step, as server-sent events, until it has ended',
    responses: {
      200: {
        description: 'Events named "operation", each with the whole operation',
        schema: operation,
        contentType: 'text/event-stream',
      },
    },
    handler: async ({ params: { id }, caller, response }) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const states = operations.subscribe(caller.installationId, id, gone.signal);
      // Read once before the head is sent: an unknown id is a plain 404.
      let next = await states.next();
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      });
      for (; next.done !== true; next = await states.next()) {
        const event = `event: operation\ndata: ${JSON.stringify(next.value)}\n\n`;
        if (!response.write(event) && !gone.signal.aborted) {
          await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
        }
      }
      response.end();
      return { status: 200, streamed: true };
    },
  }),
];
