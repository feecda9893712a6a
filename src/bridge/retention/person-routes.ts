/**
 * All mails of a person, by e-mail address: found, taken away (`GET /api/v1/export?address=`), and deleted in the
 * archive, which takes two steps. Addresses are asked for in bodies, so that they stand in no log of requests.
 */
import { z } from 'zod';
import { emailAddress } from '../accounts/fields.js';
import type { ArchiveAccess } from '../archive-access.js';
import { clientWithMailBridge } from '../client-with-mail-bridge.js';
import { route, type AnyRoute } from '../http/route.js';

const person = z.strictObject({ address: emailAddress });

const found = z.object({
  /** Messages that the address wrote or got, drafts and deleted ones among them. */
  count: z.int(),
  /** Of them, those that stay: held, or waiting to be sent. */
  heldCount: z.int(),
  waitingCount: z.int(),
  /** Names the others; to be given when they are deleted. */
  confirmation: z.string(),
});

const deletion = z.strictObject({
  address: emailAddress,
  confirmation: z.string().min(1).max(200),
  /** Why; it stands in the log, as the address does not. */
  reason: z.string().trim().min(1).max(500),
});

export const personRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'findPersonMessages',
    method: 'post',
    path: '/api/v1/person-messages/find',
    summary: 'How many messages an e-mail address wrote or got',
    tag: 'retention',
    scope: 'messages:export',
    body: person,
    responses: { 200: { description: 'What was found', schema: found } },
    handler: async ({ body }) => {
      const { mailBridge } = await clientWithMailBridge(archive);
      const { IDs, Held, Waiting, Digest } = await mailBridge.GetPersonItems({
        Address: body.address,
      });
      return {
        status: 200,
        body: {
          count: IDs.length,
          heldCount: Held,
          waitingCount: Waiting,
          confirmation: Digest,
        },
      };
    },
  }),
  route({
    operationId: 'deletePersonMessages',
    method: 'post',
    path: '/api/v1/person-messages/delete',
    summary:
      'Delete the messages of an e-mail address in the archive, for good; servers keep theirs',
    tag: 'retention',
    scope: 'settings:write',
    body: deletion,
    responses: {
      200: { description: 'Deleted', schema: z.object({ deletedCount: z.int() }) },
    },
    handler: async ({ body }) => {
      const { mailBridge } = await clientWithMailBridge(archive);
      const deletedCount = await mailBridge.DeletePersonItems({
        Address: body.address,
        Digest: body.confirmation,
        Reason: body.reason,
      });
      return { status: 200, body: { deletedCount } };
    },
  }),
];
