/** Public documents about the API itself. */
import { z } from 'zod';
import { refuse } from '../failure.js';
import { openApiDocument } from './openapi.js';
import { problemTypes, type ProblemCode } from './problems.js';
import { route, type AnyRoute } from './route.js';

/** @param others every other route that is mounted */
export function documentRoutes(others: readonly AnyRoute[], version: string): readonly AnyRoute[] {
  const own: readonly AnyRoute[] = [
    route({
      operationId: 'getOpenApi',
      method: 'get',
      path: '/openapi.json',
      summary: 'This document',
      tag: 'documents',
      scope: null,
      responses: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({}) } },
      handler: () => ({ status: 200, body: document() }),
    }),
    route({
      operationId: 'getProblemType',
      method: 'get',
      path: '/problems/{code}',
      summary: 'What a problem type means',
      tag: 'documents',
      scope: null,
      params: z.object({ code: z.string() }),
      responses: { 200: { description: 'Status and texts', schema: z.looseObject({}) } },
      handler: ({ params: { code }, language }) => {
        if (!Object.hasOwn(problemTypes, code)) throw refuse('notFound');
        const { status, title, detail, hint } = problemTypes[code as ProblemCode];
        const texts = { title: title[language], detail: detail[language], hint: hint?.[language] };
        return { status: 200, body: { code, status, ...texts } };
      },
    }),
  ];
  let written: Record<string, unknown> | undefined;
  const document = () => (written ??= openApiDocument([...others, ...own], version));
  return own;
}
