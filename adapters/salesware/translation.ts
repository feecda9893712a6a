/** An endpoint of Salesware as a translation of one operation of the API. */
import type { z } from 'zod';
import {
  route,
  type AnyRoute,
  type Language,
  type Reply,
  type RequestContext,
  type RouteDefinition,
} from '../../src/bridge/index.js';
import type { FieldWords, OperationInput, Operations } from '../operations.js';

export interface Translation<P, Q, B> extends Pick<
  RouteDefinition<P, Q, B>,
  'operationId' | 'method' | 'path' | 'summary' | 'params' | 'query' | 'body' | 'bodyOptional'
> {
  /** The operation of the API that is called; its scope, its need of If-Match and what a repetition does hold here too. */
  readonly operation: string;
  readonly input: (context: RequestContext<P, Q, B>) => OperationInput;
  readonly words?: FieldWords;
  readonly status?: number;
  readonly description: string;
  readonly schema: z.ZodType | null;
  /** The answer in Salesware's words; without it none is sent. */
  readonly answer?: (body: unknown, language: Language) => unknown;
}

export const translator =
  (operations: Operations) =>
  <P = unknown, Q = unknown, B = unknown>(translation: Translation<P, Q, B>): AnyRoute => {
    const { operation, input, words, status, description, schema, answer, path, ...definition } =
      translation;
    return route<P, Q, B>({
      ...definition,
      path: `/adapters/salesware${path}`,
      tag: 'salesware',
      scope: operations.scopeOf(operation),
      needsIfMatch: operations.needsIfMatch(operation),
      resumes: operations.resumes(operation),
      responses: { [status ?? (schema === null ? 204 : 200)]: { description, schema } },
      handler: async (context): Promise<Reply> => {
        const reply = await operations.call(operation, context, input(context), words);
        if (answer === undefined) return reply;
        return { ...reply, body: answer(reply.body, context.language) };
      },
    });
  };
