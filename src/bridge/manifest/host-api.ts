/**
 * What the bridge may call at the host (`contributes.hostApi`). Each operation is offered by the host if it likes: an
 * administrator enters its address and a token into the configuration that the operation names, and nothing is called
 * before. Request and answer are described by JSON Schema 2020-12, so that a host developer can build and check the
 * operation without another document; docs/directory.md tells the rest.
 */
import { z } from 'zod';
import { pushedRecord } from '../directory/schemas.js';
import type { ManifestHostOperation } from './schema.js';

const keys = z.array(z.string());

/** As `directory/live/` sends it; later versions may ask for more. */
const lookUpQuestion = z.looseObject({
  type: z.enum(['orders', 'offers', 'contacts']),
  addresses: keys.describe('E-mail addresses in lower case, domains in punycode'),
  references: keys.describe('Numbers in lower case, hyphens as -'),
  ids: keys.describe("The host's own ids"),
});

/** Members that are not named here are passed over. */
const order = z.looseObject(pushedRecord.order.shape);
const offer = z.looseObject(pushedRecord.offer.shape);
const contact = z.looseObject(pushedRecord.contact.shape);

const lookUpAnswer = z.looseObject({
  records: z
    .array(z.union([contact, order, offer]))
    .describe('Whole records of the type that was asked for'),
  more: z
    .looseObject({ addresses: keys.optional(), references: keys.optional() })
    .optional()
    .describe('Keys, as they were asked, with more records than are told'),
});

export const hostOperations = (): readonly ManifestHostOperation[] => [
  {
    id: 'lookUpRecords',
    purpose: '%hostApi.lookUpRecords%',
    method: 'POST',
    permission: 'records:read',
    configuration: 'directorySource',
    address: 'url',
    token: 'token',
    request: jsonSchema(lookUpQuestion),
    response: jsonSchema(lookUpAnswer),
  },
];

const jsonSchema = (schema: z.ZodType): Record<string, unknown> =>
  z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
