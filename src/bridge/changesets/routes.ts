/** The register's *Save*: staged changes applied as one operation. */
import { z } from 'zod';
import { incomingAccount, smtpAccount } from '../accounts/schemas.js';
import { route, type AnyRoute } from '../http/route.js';
import { answerSave } from '../operations/respond-async.js';
import { accepted, dryRun, saveResult } from '../operations/schemas.js';
import type { Saving } from './save.js';
import { changesetRequest } from './schemas.js';

const query = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });

const result = z.object({
  ...saveResult.shape,
  /** Accounts that were created or changed, as they stand now. */
  incomingAccounts: z.array(incomingAccount),
  smtpAccounts: z.array(smtpAccount),
});

export const changesetRoutes = (saving: Saving): AnyRoute[] => [
  route({
    operationId: 'saveChangeset',
    method: 'post',
    path: '/api/v1/changesets',
    summary:
      'Apply staged creates, updates and deletes of accounts and group addresses as one save',
    tag: 'changesets',
    scope: 'accounts:write',
    query,
    body: changesetRequest,
    resumes: true,
    responses: {
      200: {
        description: 'What was done, or with dryRun=true would be',
        schema: z.union([result, dryRun]),
      },
      202: { description: 'The save goes on (Prefer: respond-async)', schema: accepted },
    },
    handler: async (context) => {
      const { baseVersion, ...changes } = context.body;
      const save = {
        installationId: context.caller.installationId,
        changes,
        guard: { baseVersion },
        run: context.run,
      };
      if (context.query.dryRun === 'true') {
        return { status: 200, body: await saving.dryRun(save) };
      }
      return answerSave(
        context,
        (onStarted) => saving.save(save, onStarted),
        (body) => ({ status: 200, body }),
      );
    },
  }),
];
