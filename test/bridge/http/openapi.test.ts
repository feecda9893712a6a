import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBridge, type BridgeHarness } from './bridge-harness.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { content: { 'application/json': { schema: Record<string, unknown> } } };
  readonly responses: Record<string, unknown>;
}

let bridge: BridgeHarness;
let paths: Record<string, Record<string, Operation>>;
beforeAll(async () => {
  bridge = await startBridge();
  const { body } = await bridge.request('/openapi.json', { token: null });
  expect(body['openapi']).toBe('3.1.0');
  paths = body['paths'] as typeof paths;
});
afterAll(() => bridge.close());

const documented = () =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );

describe('BRG-06 the OpenAPI document and the router', () => {
  it('hold the same operations', () => {
    const inDocument = documented().map(({ path, method }) => `${method} ${path}`);
    const inRouter = bridge.routes.map(({ path, method }) => `${method} ${path}`);
    expect(inDocument.sort()).toEqual([...inRouter].sort());
  });

  it('every documented operation is answered, and every other method is refused', async () => {
    for (const { path, method } of documented()) {
      const address = path.replace('{code}', 'notFound').replace(/\{\w+\}/g, '1');
      const answer = await bridge.request(address, { method: method.toUpperCase() });
      expect([path, method, answer.status]).not.toEqual([path, method, 405]);
      if (answer.status === 404) expect(answer.body['origin']).not.toBe('caller');
    }
    for (const [path, operations] of Object.entries(paths)) {
      const other = ['get', 'post', 'put', 'patch', 'delete'].find(
        (method) => !(method in operations),
      );
      const address = path.replace(/\{\w+\}/g, '1');
      expect((await bridge.request(address, { method: other!.toUpperCase() })).status).toBe(405);
    }
  });

  it('describe parameters, bodies and failures', () => {
    for (const { path, operation } of documented()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const named = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      expect(named).toEqual(inPath);
      expect(operation.responses).toHaveProperty('default');
    }
    const send = paths['/api/v1/messages']!['post']!;
    expect(send.parameters.map(({ name }) => name)).toContain('Idempotency-Key');
    const schema = send.requestBody!.content['application/json'].schema;
    expect(schema['additionalProperties']).toBe(false);
    expect(Object.keys(schema['properties'] as object)).toContain('replyToId');
  });
});
