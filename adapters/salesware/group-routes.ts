/** Register „Gruppen“: to see, and to change the e-mail address of. */
import { z } from 'zod';
import { refuse, route, type AnyRoute } from '../../src/bridge/index.js';
import type { Operations } from '../operations.js';
import { groupWords } from './field-words.js';
import { register, registerSchema } from './register.js';
import { translator } from './translation.js';

const byId = z.strictObject({ id: z.string() });
const groupForm = z.strictObject({ emailAdresse: z.string() });
const group = z.object({ id: z.int(), name: z.string(), email: z.string() });
const list = z.object({ items: z.array(group), version: z.string() });
const saved = z.object({ group });
const view = z.object({ id: z.int(), name: z.string(), emailAdresse: z.string() });

function toView(body: unknown): z.infer<typeof view> {
  const { id, name, email } = group.parse(body);
  return { id, name, emailAdresse: email };
}

export function groupRoutes(operations: Operations): AnyRoute[] {
  const translate = translator(operations);
  const path = '/gruppen';
  return [
    translate({
      operationId: 'saleswareListGroups',
      method: 'get',
      path,
      summary: 'Register „Gruppen“',
      operation: 'listGroups',
      input: () => ({}),
      description: 'The register; version goes into a save that starts from it',
      schema: z.object({
        gruppen: z.array(view),
        version: z.string(),
        register: registerSchema,
      }),
      answer: (body, language) => {
        const { items, version } = list.parse(body);
        return { gruppen: items.map(toView), version, register: register('gruppen', language) };
      },
    }),
    translate({
      operationId: 'saleswareGetGroup',
      method: 'get',
      path: `${path}/{id}`,
      summary: 'One group',
      params: byId,
      operation: 'getGroup',
      input: ({ params }) => ({ params }),
      description: 'The group; ETag guards changes',
      schema: view,
      answer: toView,
    }),
    translate({
      operationId: 'saleswareUpdateGroup',
      method: 'patch',
      path: `${path}/{id}`,
      summary: 'Change the e-mail address of a group',
      params: byId,
      body: groupForm,
      operation: 'updateGroup',
      input: ({ params, body }) => ({ params, body: { email: body.emailAdresse } }),
      words: groupWords,
      description: 'The group as saved',
      schema: view,
      answer: (body) => toView(saved.parse(body).group),
    }),
    automatic(operations, { operationId: 'saleswareCreateGroup', method: 'post', path }),
    automatic(operations, {
      operationId: 'saleswareDeleteGroup',
      method: 'delete',
      path: `${path}/{id}`,
    }),
  ];
}

/** Groups come with their account only; asking for it is answered with the reason. */
const automatic = (
  operations: Operations,
  { path, ...definition }: Pick<AnyRoute, 'operationId' | 'method' | 'path'>,
): AnyRoute =>
  route({
    ...definition,
    path: `/adapters/salesware${path}`,
    summary: 'Refused: groups are created automatically (405)',
    tag: 'salesware',
    scope: operations.scopeOf('updateGroup'),
    ...(definition.method === 'delete'
      ? { params: byId }
      : { body: z.unknown(), bodyOptional: true }),
    responses: {},
    handler: () => {
      throw refuse('groupsAreAutomatic');
    },
  });
