/** `/api/v1/mail-options`: settings of all accounts (TEC-14). */
import { z } from 'zod';
import { RpcMailOptions, type MailOptions } from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { clientWithMailBridge } from '../client-with-mail-bridge.js';
import { route, type AnyRoute } from '../http/route.js';

const mailOptions = z.strictObject({
  /** Failed connections or sign-ins in a row after which an account is switched off; 0: never. */
  switchOffAfter: z.int().min(0).max(1000),
});

const view = ({ SwitchOffAfter }: MailOptions): z.infer<typeof mailOptions> => ({
  switchOffAfter: SwitchOffAfter,
});

export const mailOptionsRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'getMailOptions',
    method: 'get',
    path: '/api/v1/mail-options',
    summary: 'After how many failed tries an account is switched off',
    tag: 'settings',
    scope: 'settings:read',
    responses: { 200: { description: 'The options in force', schema: mailOptions } },
    handler: async () => {
      const { mailBridge } = await clientWithMailBridge(archive);
      return { status: 200, body: view(await mailBridge.GetMailOptions()) };
    },
  }),
  route({
    operationId: 'putMailOptions',
    method: 'put',
    path: '/api/v1/mail-options',
    summary: 'Change after how many failed tries an account is switched off; 0 = never',
    tag: 'settings',
    scope: 'settings:write',
    body: mailOptions,
    responses: { 200: { description: 'The options now in force', schema: mailOptions } },
    handler: async ({ body }) => {
      const { mailBridge } = await clientWithMailBridge(archive);
      const Options = RpcMailOptions.make({ SwitchOffAfter: body.switchOffAfter });
      await mailBridge.PutMailOptions({ Options });
      return { status: 200, body: view(await mailBridge.GetMailOptions()) };
    },
  }),
];
