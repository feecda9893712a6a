/** The folders of an incoming account with IMAP: to choose the one that is fetched, or the one for copies. */
import { z } from 'zod';
import type { MailFolder } from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { asked } from '../archive-faults.js';
import { clientWithMailBridge } from '../client-with-mail-bridge.js';
import { refuse } from '../failure.js';
import { route, type AnyRoute, type Language } from '../http/route.js';
import { id } from '../messages/schemas.js';
import { folderNames, folderRoles, type FolderRole } from '../texts/folders.js';

const folder = z.object({
  /** What `mailbox` or `sentFolder` of an account takes. */
  path: z.string(),
  /** As on the server. */
  name: z.string(),
  /** The name that goes with the role, in the caller's language; without a role the name on the server. */
  label: z.string(),
  role: z.enum(folderRoles).nullable(),
  /** False for a folder that only holds others. */
  selectable: z.boolean(),
});

export const folderRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'listFolders',
    method: 'get',
    path: '/api/v1/incoming-accounts/{id}/folders',
    summary: 'The folders of an account with IMAP, asked of its server now',
    tag: 'incoming accounts',
    scope: 'accounts:read',
    params: z.strictObject({ id }),
    responses: {
      200: { description: 'The folders', schema: z.object({ items: z.array(folder) }) },
    },
    handler: async ({ params: { id: ID }, language }) => {
      const { mailBridge, pop3Accounts } = await clientWithMailBridge(archive);
      const account = (await pop3Accounts.GetList()).find((one) => one.ID === ID);
      if (account === undefined) throw refuse('notFound');
      if (account.Protocol === 0) throw refuse('invalidRequest', { field: 'id' });
      const folders = await asked(mailBridge.GetFolders({ ID }));
      return { status: 200, body: { items: folders.map((one) => view(one, language)) } };
    },
  }),
];

function view(
  { Path, Name, Role, Selectable }: MailFolder,
  language: Language,
): z.infer<typeof folder> {
  const role: FolderRole | null = folderRoles.find((one) => one === Role) ?? null;
  const label = role === null ? Name : folderNames[role][language];
  return { path: Path, name: Name, label, role, selectable: Selectable };
}
