/** What belongs to an account, and creating what is missing. */
import { z } from 'zod';
import { route, type AnyRoute } from '../http/route.js';
import { element, saveResult } from '../operations/schemas.js';
import type { Provisioning } from './repair.js';

const params = z.strictObject({ id: z.coerce.number().int().min(1) });

const status = z.object({
  elements: z.array(
    z.object({
      element,
      name: z.string(),
      id: z.int().nullable(),
      state: z.enum(['present', 'missing', 'changed']),
    }),
  ),
});

export const provisioningRoutes = (provisioning: Provisioning): AnyRoute[] => [
  route({
    operationId: 'getProvisioning',
    method: 'get',
    path: '/api/v1/incoming-accounts/{id}/provisioning',
    summary: 'The elements that belong to the account: present, missing, changed',
    tag: 'accounts',
    scope: 'accounts:read',
    params,
    responses: { 200: { description: 'The elements', schema: status } },
    handler: async ({ params: { id } }) => ({
      status: 200,
      body: { elements: await provisioning.status(id) },
    }),
  }),
  route({
    operationId: 'repairProvisioning',
    method: 'post',
    path: '/api/v1/incoming-accounts/{id}/provisioning/repair',
    summary: 'Create what is missing; what stands is left as it is',
    tag: 'accounts',
    scope: 'accounts:write',
    params,
    resumes: true,
    responses: { 200: { description: 'What was done', schema: saveResult } },
    handler: async ({ params: { id }, caller }) => {
      const result = await provisioning.repair(caller.installationId, id);
      const { operationId, elements, warnings } = result;
      return { status: 200, body: { operationId, elements, warnings } };
    },
  }),
];
