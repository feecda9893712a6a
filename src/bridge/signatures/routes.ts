/** `/api/v1/signatures`: read only; a signature is made with its account. */
import { z } from 'zod';
import { includes, SignatureKind, type Signature } from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { route, type AnyRoute } from '../http/route.js';
import { safeHtml } from '../messages/safe-html.js';
import { id } from '../messages/schemas.js';

const signature = z.object({
  id: z.int(),
  name: z.string(),
  text: z.string(),
  /** Safe to show. */
  html: z.string(),
  /** Groups that may use it, and whether it is their default for e-mail. */
  groups: z.array(z.object({ groupId: z.int(), isDefault: z.boolean() })),
});

const viewOf = (found: Signature): z.infer<typeof signature> => ({
  id: found.ID,
  name: found.Name,
  text: found.TextData,
  html: safeHtml(found.HtmlData, { remoteImages: true }).html,
  groups: found.Groups.map(({ GroupRef, DefaultKinds }) => ({
    groupId: GroupRef,
    isDefault: includes(DefaultKinds, SignatureKind.skEmail),
  })),
});

const common = { method: 'get', tag: 'signatures', scope: 'messages:read' } as const;

export const signatureRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    ...common,
    operationId: 'listSignatures',
    path: '/api/v1/signatures',
    summary: 'Signatures',
    responses: {
      200: { description: 'All', schema: z.object({ signatures: z.array(signature) }) },
    },
    handler: async () => {
      const client = await archive.client();
      const found = await client.signatures.GetList({ AdvancedFields: true });
      return { status: 200, body: { signatures: found.map(viewOf) } };
    },
  }),
  route({
    ...common,
    operationId: 'getSignature',
    path: '/api/v1/signatures/{id}',
    summary: 'One signature',
    params: z.object({ id: id }),
    responses: { 200: { description: 'The signature', schema: signature } },
    handler: async ({ params }) => {
      const client = await archive.client();
      return { status: 200, body: viewOf(await client.signatures.Get({ ID: params.id })) };
    },
  }),
];
