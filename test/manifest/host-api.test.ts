/** What the manifest says about look-ups at the host, compared with a look-up that the bridge makes. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { recordLookUp } from '../../fixtures/erp-host/record-lookup.js';
import {
  LookUpClient,
  type LookUpRequest,
} from '../../src/bridge/directory/live/look-up-client.js';
import { contacts, offers, orders } from '../../src/bridge/directory/live/look-up-kinds.js';
import { toldRecords } from '../../src/bridge/directory/live/told-records.js';
import { hostOperations, readManifest } from '../../src/bridge/manifest/index.js';
import { EgressPolicy } from '../../src/platform/egress.js';

const token = 'token-of-the-erp';
const [operation] = readManifest().contributes.hostApi ?? [];
const schema = (document: unknown) => z.fromJSONSchema(document as z.core.JSONSchema.JSONSchema);

let server: Server;
let client: LookUpClient;
const asked: unknown[] = [];

beforeAll(async () => {
  const answer = recordLookUp({ token });
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => asked.push(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/records`;
  const egress = EgressPolicy.parse('127.0.0.0/8');
  client = new LookUpClient({ url, token, timeoutMs: 5_000 }, { egress, trust: {} });
});
afterAll(() => void server.close());

const question = (type: LookUpRequest['type']): LookUpRequest => ({
  type,
  addresses: ['info@huber.example', 'doppel@web.example'],
  references: ['ab-5001'],
  ids: ['O02'],
});

const key = 'addresses info@huber.example';
/** What the bridge reads of the customer's records in an answer. */
const told = {
  orders: (answer: unknown) =>
    toldRecords(orders, question('orders'), answer, client.host).get(key)?.records,
  offers: (answer: unknown) =>
    toldRecords(offers, question('offers'), answer, client.host).get(key)?.records,
  contacts: (answer: unknown) =>
    toldRecords(contacts, question('contacts'), answer, client.host).get(key)?.records,
} as const;

describe('a look-up at the host', () => {
  it.each(['orders', 'offers', 'contacts'] as const)(
    'BRG-06 for %s is asked and answered as the manifest describes it',
    async (type) => {
      const answer = await client.ask(question(type));
      expect(schema(operation?.request).safeParse(asked.at(-1)).error).toBeUndefined();
      expect(schema(operation?.response).safeParse(answer).error).toBeUndefined();
      expect(told[type](answer)).toHaveLength(1);
    },
  );

  const order = { id: 'O1', number: null, emails: ['info@huber.example'] };
  it.each([
    [true, { records: [] }],
    [true, { records: [order] }],
    [true, { records: [{ ...order, colour: 'red' }], page: 1 }],
    [true, { records: [], more: { references: ['ab-5001'] } }],
    [false, {}],
    [false, []],
    [false, { records: [{ ...order, id: 1 }] }],
    [false, { records: [{ ...order, emails: 'info@huber.example' }] }],
    [false, { records: [], more: { addresses: 'info@huber.example' } }],
  ])('the description and the bridge agree (%s) about the answer %j', (isGood, answer) => {
    const read = () => told.orders(answer);
    expect(schema(operation?.response).safeParse(answer).success).toBe(isGood);
    if (isGood) expect(read).not.toThrow();
    else expect(read).toThrow();
  });

  it('is configured where the manifest says', () => {
    const { configuration } = readManifest().contributes;
    for (const { configuration: id, address, token: secret } of hostOperations()) {
      const section = configuration.find((one) => one.id === id);
      expect(section?.properties[address]).toMatchObject({ type: 'string', format: 'uri' });
      expect(section?.properties[secret]).toMatchObject({ secret: true });
    }
  });
});
