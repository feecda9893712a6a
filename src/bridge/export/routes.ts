/**
 * `/api/v1/export`: every stored mail, or those of a filter, as one file. That works with every archive: nothing but the
 * documented contract is needed. Those of a person are found by RpcMailBridge.
 *
 * A transfer that ends early is seen by every HTTP client, as the last chunk is missing (RFC 9112 §8); a zip then has
 * no end record. An mbox has no end mark: the trailers say how many mails it must hold.
 */
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Logger } from '../../platform/log.js';
import { emailAddress } from '../accounts/fields.js';
import type { ArchiveAccess } from '../archive-access.js';
import { clientWithMailBridge } from '../client-with-mail-bridge.js';
import { route, type AnyRoute, type CallerIdentity } from '../http/route.js';
import { sendFile } from '../messages/index.js';
import { because } from '../texts/fields.js';
import { openExport, type ExportCount } from './exported-mails.js';
import { mboxOf } from './mbox.js';
import { zipOf } from './zip.js';

const formats = {
  mbox: { name: 'mails.mbox', contentType: 'application/mbox' },
  zip: { name: 'mails.zip', contentType: 'application/zip' },
} as const;

const EXPORTED = 'Mail-Bridge-Exported';
const MISSING = 'Mail-Bridge-Missing';

export const exportRoutes = (archive: ArchiveAccess, logger: Logger): readonly AnyRoute[] => [
  route({
    operationId: 'exportMessages',
    method: 'get',
    path: '/api/v1/export',
    summary:
      'All stored mails, those of a filter, or of a person, as mbox or as a zip of .eml files',
    tag: 'messages',
    scope: 'messages:export',
    query: z
      .strictObject({
        format: z.enum(['mbox', 'zip']),
        filterId: z.coerce.number().int().min(1).optional(),
        /** All that this address wrote or got. */
        address: emailAddress.optional(),
      })
      .refine(({ filterId, address }) => filterId === undefined || address === undefined, {
        ...because('oneOf'),
        path: ['address'],
      }),
    responses: {
      200: {
        description: `The mails. The trailers ${EXPORTED} and ${MISSING} tell how many there are`,
        schema: null,
        contentType: 'application/octet-stream',
      },
    },
    handler: async ({ query: { format, filterId, address }, caller, request, response }) => {
      const client = await (address === undefined
        ? archive.client()
        : clientWithMailBridge(archive));
      const { count, mails } = await openExport(client, { filterId, address });
      const isHead = request.method === 'HEAD';
      const bytes = () => (format === 'zip' ? zipOf(mails) : Readable.from(mboxOf(mails)));
      const stream = isHead ? Readable.from([]) : bytes();
      const note = noted(logger, {
        ...whoAsks(caller),
        format,
        filterId: filterId ?? null,
        ofPerson: address !== undefined,
      });
      if (!isHead) response.setHeader('Trailer', `${EXPORTED}, ${MISSING}`);
      let isWhole = false;
      stream.once('end', () => {
        isWhole = true;
        if (!isHead)
          response.addTrailers({
            [EXPORTED]: String(count.exported),
            [MISSING]: String(count.missing),
          });
      });
      if (!isHead) response.once('close', () => note(count, isWhole));
      return sendFile({ request, response }, { stream, sizeBytes: null }, formats[format]);
    },
  }),
];

const whoAsks = ({ tokenId, user }: CallerIdentity) => ({ tokenId, user: user?.id ?? null });

/** Who took mails away is written down, at the beginning and at the end; never what stands in them. */
function noted(logger: Logger, asked: Readonly<Record<string, unknown>>) {
  logger.info(asked, 'export of mails began');
  return ({ exported, missing }: ExportCount, isWhole: boolean): void => {
    const told = { ...asked, exported, missing };
    if (isWhole) logger.info(told, 'export of mails ended');
    else logger.warn(told, 'export of mails was cut off');
  };
}
