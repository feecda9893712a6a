/** OpenAPI 3.1 out of the route definitions: the same schemas that validate requests. */
import { z } from 'zod';
import { USER_HEADER } from '../users/index.js';
import { problemTypes } from './problems.js';
import { scopes, type AnyRoute } from './route.js';
import { NDJSON } from './streamed-body.js';

type Json = Record<string, unknown>;

/** JSON Schema 2020-12, which is what OpenAPI 3.1 uses. What JSON cannot say (a refinement) is left to the server. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const document = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(document).filter(([name]) => name !== '$schema'));
}

export function openApiDocument(routes: readonly AnyRoute[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'ERP mail bridge',
      version,
      description: `Access tokens carry scopes: ${scopes.join(', ')}.`,
    },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      responses: { Problem: problemResponse },
      schemas: { Problem: problemSchema },
    },
  };
}

function operation(route: AnyRoute): Json {
  const parameters = [
    ...inPath(route),
    ...(route.query === undefined ? [] : members(route.query, 'query')),
    ...(route.needsIfMatch === true ? [header('If-Match', true, 'ETag of the version read')] : []),
    ...(route.method === 'post' && route.scope !== null
      ? [
          header(
            'Idempotency-Key',
            false,
            'Repeats the stored answer instead of the work; 24 hours',
          ),
        ]
      : []),
    ...(route.scope === null
      ? []
      : [header(USER_HEADER, false, 'Id of the ERP user who acts; needs the scope act-as')]),
    header('Accept-Language', false, 'de or en: language of texts for people'),
  ];
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    ...(route.scope === null
      ? { security: [] }
      : { security: [{ bearer: [] }], 'x-scope': route.scope }),
    parameters,
    ...(route.body === undefined ? {} : { requestBody: requestBody(route) }),
    responses: { ...successes(route), default: { $ref: '#/components/responses/Problem' } },
  };
}

const header = (name: string, required: boolean, description: string): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
});

/** Every `{name}` of the path, with its schema where the route gives one. */
function inPath(route: AnyRoute): Json[] {
  const known = route.params === undefined ? [] : members(route.params, 'path');
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const found = known.find((member) => member['name'] === name);
    return found ?? { name, in: 'path', required: true, schema: { type: 'string' } };
  });
}

/** The members of an object schema as parameters. */
function members(schema: z.ZodType, place: 'query' | 'path'): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, member]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: member,
  }));
}

const bodyTypes = { lines: NDJSON, bytes: 'application/octet-stream' } as const;

/** Of a streamed body OpenAPI 3.1 can describe one line only. */
const requestBody = (route: AnyRoute): Json => ({
  required: route.bodyOptional !== true,
  ...(route.streamsBody === 'lines' ? { description: 'One JSON object a line (NDJSON)' } : {}),
  content: {
    [route.streamsBody === undefined ? 'application/json' : bodyTypes[route.streamsBody]]: {
      schema: route.body === undefined ? {} : jsonSchema(route.body, 'input'),
    },
  },
});

function successes(route: AnyRoute): Json {
  const entries = Object.entries(route.responses).map(([status, response]) => {
    const { description, schema, contentType = 'application/json' } = response;
    const content =
      schema === null
        ? contentType === 'application/json'
          ? {}
          : { content: { [contentType]: {} } }
        : { content: { [contentType]: { schema: jsonSchema(schema, 'output') } } };
    return [status, { description, ...content }];
  });
  return Object.fromEntries(entries) as Json;
}

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance', 'disposition', 'origin'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(problemTypes) },
    instance: { type: 'string', format: 'uri' },
    disposition: { enum: ['transient', 'permanent', 'actionRequired'] },
    origin: { enum: ['caller', 'mailServer', 'archive', 'erp', 'bridge'] },
    hint: { type: 'string' },
    field: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          field: { type: 'string' },
          code: { enum: ['invalidRequest', 'unknownField'] },
          message: { type: 'string' },
        },
      },
    },
    params: { type: 'object' },
  },
};

const problemResponse: Json = {
  description: 'Any failure',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
