/** Where a person's browser leaves for the provider and comes back to. The embedded archive answers. */
import { z } from 'zod';
import { refuse } from '../failure.js';
import { route, type AnyRoute } from '../http/route.js';

/** What a browser sends while somebody signs in at a provider. */
export interface BrowserRequest {
  readonly step: 'start' | 'callback';
  readonly query: URLSearchParams;
  /** The header. */
  readonly cookie: string;
  /** The header. */
  readonly acceptLanguage: string;
}

export interface BrowserReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Null while the embedded archive is not the one in use. */
export type BrowserSignIn = (request: BrowserRequest) => Promise<BrowserReply | null>;

/** Providers add parameters of their own. */
const anyQuery = z.looseObject({});

const steps = [
  { step: 'start', operationId: 'startSignIn', summary: 'Sends a browser to the provider' },
  {
    step: 'callback',
    operationId: 'finishSignIn',
    summary: 'Takes a browser back from the provider',
  },
] as const;

export const browserRoutes = (signIn: BrowserSignIn): readonly AnyRoute[] =>
  steps.map(({ step, operationId, summary }) =>
    route({
      operationId,
      method: 'get',
      path: `/oauth/${step}`,
      summary,
      tag: 'OAuth',
      scope: null,
      query: anyQuery,
      responses: {
        200: { description: 'How it ended', schema: null, contentType: 'text/html' },
        303: { description: 'Where to go on', schema: null },
      },
      handler: async ({ request }) => {
        const [, query = ''] = request.originalUrl.split('?', 2);
        const reply = await signIn({
          step,
          query: new URLSearchParams(query),
          cookie: request.headers.cookie ?? '',
          acceptLanguage: request.headers['accept-language'] ?? '',
        });
        if (reply === null) throw refuse('notFound');
        return { status: reply.status, headers: reply.headers, body: reply.body };
      },
    }),
  );
