/** `/api/v1/filters`: the tree of the mailbox view. Its messages are served in messages/. */
import { z } from 'zod';
import type { ArchiveAccess } from '../archive-access.js';
import { route, type AnyRoute } from '../http/route.js';
import { filterTree, type FilterNode } from './filter-tree.js';

const node: z.ZodType<FilterNode> = z.object({
  id: z.int(),
  name: z.string(),
  get children() {
    return z.array(node);
  },
});

export const filterRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'listFilters',
    method: 'get',
    path: '/api/v1/filters',
    summary: 'The tree of filters',
    tag: 'filters',
    scope: 'messages:read',
    responses: { 200: { description: 'The tree', schema: z.object({ filters: z.array(node) }) } },
    handler: async () => {
      const client = await archive.client();
      const filters = filterTree(await client.filters.GetList({ AdvancedFields: true }));
      return { status: 200, body: { filters } };
    },
  }),
];
