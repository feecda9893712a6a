/** `/api/v1/events`: what happened, as pages or live as server-sent events (WHATWG HTML §9.2). */
import { once } from 'node:events';
import { z } from 'zod';
import { route, type AnyRoute } from '../http/route.js';
import type { EventLog } from './event-log.js';
import { cursor, decodeCursor, encodeCursor, eventPage, eventView, viewOf } from './schemas.js';

/** A stream that says nothing for longer is taken for dead by many proxies. */
const IDLE_MS = 20_000;

const query = z.strictObject({
  /** `cursor` of the page before; left out: from the oldest kept. */
  after: cursor.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const streamQuery = z.strictObject({ after: cursor.optional() });

/** A number that was never given belongs to data that was restored since: nothing may be left out, so from the start. */
async function placeOf(events: EventLog, text: string | undefined): Promise<number> {
  const seq = text === undefined ? 0 : (decodeCursor(text) ?? 0);
  return seq > (await events.lastSeq()) ? 0 : seq;
}

/** @param closing aborted when the bridge ends, and every stream with it */
export const eventRoutes = (events: EventLog, closing: AbortSignal): readonly AnyRoute[] => [
  route({
    operationId: 'listEvents',
    method: 'get',
    path: '/api/v1/events',
    summary: 'What changed in the flow of mail, the oldest first',
    tag: 'events',
    scope: 'health:read',
    query,
    responses: { 200: { description: 'A page of events', schema: eventPage } },
    handler: async ({ query: { after, limit } }) => {
      const place = await placeOf(events, after);
      const page = await events.after(place, limit);
      const last = page.at(-1)?.seq ?? place;
      return { status: 200, body: { events: page.map(viewOf), cursor: encodeCursor(last) } };
    },
  }),
  route({
    operationId: 'followEvents',
    method: 'get',
    path: '/api/v1/events/stream',
    summary: 'What changes in the flow of mail, live; goes on after Last-Event-ID',
    tag: 'events',
    scope: 'health:read',
    query: streamQuery,
    responses: {
      200: {
        description: 'Events named by their type, each with the whole event',
        schema: eventView,
        contentType: 'text/event-stream',
      },
    },
    handler: async ({ query: { after }, request, response }) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, closing]);
      const place = await placeOf(events, request.get('Last-Event-ID') ?? after);
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      });
      response.flushHeaders();
      for await (const event of events.follow(place, IDLE_MS, signal)) {
        const text =
          event === null
            ? ': still here\n\n'
            : `id: ${encodeCursor(event.seq)}\nevent: ${event.type}\ndata: ${JSON.stringify(viewOf(event))}\n\n`;
        if (!response.write(text) && !signal.aborted)
          await once(response, 'drain', { signal }).catch(() => undefined);
      }
      response.end();
      return { status: 200, streamed: true };
    },
  }),
];
