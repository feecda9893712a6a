/** `/api/v1/rules`: for admins only, in no manifest or register. */
import { z } from 'zod';
import { RuleState } from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { route, type AnyRoute } from '../http/route.js';

const rule = z.object({
  id: z.int(),
  name: z.string(),
  active: z.boolean(),
  /** Whether the archive can execute it; else `message` says why. */
  compiled: z.boolean(),
  message: z.string(),
});

export const ruleRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'listRules',
    method: 'get',
    path: '/api/v1/rules',
    summary: 'Inbound rules, for admins',
    tag: 'rules',
    scope: 'rules:read',
    responses: { 200: { description: 'All', schema: z.object({ rules: z.array(rule) }) } },
    handler: async () => {
      const client = await archive.client();
      const found = await client.rules.GetList({ TriggerOption: 0 });
      const rules = found.map(({ ID, Name, State, Compiled, Message }) => ({
        id: ID,
        name: Name,
        active: State === RuleState.rsActive,
        compiled: Compiled,
        message: Message,
      }));
      return { status: 200, body: { rules } };
    },
  }),
];
