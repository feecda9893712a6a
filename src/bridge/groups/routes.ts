/** Groups: read, and change the address. Creating and deleting is refused with the reason (SAL-121). */
import { z } from 'zod';
import { groupUpdate } from '../changesets/schemas.js';
import { refuse } from '../failure.js';
import { route, type AnyRoute } from '../http/route.js';
import { saveResult } from '../operations/schemas.js';
import type { Groups } from './groups.js';

const params = z.strictObject({ id: z.coerce.number().int().min(1) });

const group = z.object({
  id: z.int(),
  name: z.string(),
  email: z.string(),
  parentId: z.int().nullable(),
});

const tag = 'groups';
const automatic = () => {
  throw refuse('groupsAreAutomatic');
};
const refused = { 405: { description: 'Groups are created with their account', schema: null } };

export const groupRoutes = (groups: Groups): AnyRoute[] => [
  route({
    operationId: 'listGroups',
    method: 'get',
    path: '/api/v1/groups',
    summary: 'Groups of the archive',
    tag,
    scope: 'accounts:read',
    responses: {
      200: {
        description: 'All groups',
        schema: z.object({ items: z.array(group), version: z.string() }),
      },
    },
    handler: async () => ({ status: 200, body: await groups.list() }),
  }),
  route({
    operationId: 'getGroup',
    method: 'get',
    path: '/api/v1/groups/{id}',
    summary: 'One group',
    tag,
    scope: 'accounts:read',
    params,
    responses: { 200: { description: 'The group', schema: group } },
    handler: async ({ params: { id } }) => {
      const found = await groups.get(id);
      return { status: 200, body: found.group, etag: found.tag };
    },
  }),
  route({
    operationId: 'updateGroup',
    method: 'patch',
    path: '/api/v1/groups/{id}',
    summary: "Change a group's e-mail address",
    tag,
    scope: 'accounts:write',
    params,
    body: groupUpdate,
    needsIfMatch: true,
    responses: {
      200: { description: 'Saved', schema: z.object({ group, ...saveResult.shape }) },
    },
    handler: async ({ params: { id }, body, caller, ifMatch = '' }) => {
      const result = await groups.update(caller.installationId, id, body, ifMatch);
      const { operationId, elements, warnings } = result;
      const found = await groups.get(id);
      return {
        status: 200,
        body: { group: found.group, operationId, elements, warnings },
        etag: found.tag,
      };
    },
  }),
  route({
    operationId: 'createGroup',
    method: 'post',
    path: '/api/v1/groups',
    summary: 'Refused: groups are created with their account',
    tag,
    scope: 'accounts:write',
    body: z.unknown(),
    bodyOptional: true,
    responses: refused,
    handler: automatic,
  }),
  route({
    operationId: 'deleteGroup',
    method: 'delete',
    path: '/api/v1/groups/{id}',
    summary: 'Refused: groups cannot be deleted here',
    tag,
    scope: 'accounts:write',
    responses: refused,
    handler: automatic,
  }),
];
