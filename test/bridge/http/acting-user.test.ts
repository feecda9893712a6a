/** The acting user of a request: at every route of the product, and what a host can get wrong about the header. */
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { route, type AnyRoute, type Scope } from '../../../src/bridge/http/index.js';
import { start } from '../../../src/main.js';
import { readConfig } from '../../../src/platform/config.js';
import { makeTemporaryDirectory } from '../../support/temporary-directory.js';
import { userRecord } from '../users/user-record.js';
import { startBridge, type Answer, type BridgeHarness } from './bridge-harness.js';

interface Operation {
  readonly operationId: string;
  readonly 'x-scope'?: Scope;
  readonly parameters: readonly { readonly name: string; readonly required: boolean }[];
}
type Paths = Record<string, Record<string, Operation>>;

/** What the running product says of its routes. */
async function pathsOfProduct(): Promise<Paths> {
  const directory = await makeTemporaryDirectory();
  const environment = { MB_PORT: '0', MB_ARCHIVE_PORT: '0', MB_LOG_LEVEL: 'silent' };
  const config = readConfig({ MB_DATA_DIR: join(directory.path, 'data'), ...environment });
  const product = await start(config);
  const { paths } = (await (await fetch(`${product.url}/openapi.json`)).json()) as { paths: Paths };
  await product.close();
  await directory.remove();
  return paths;
}

const users = [
  userRecord({ id: 'anna' }),
  userRecord({ id: 'müller' }),
  userRecord({ id: 'bert', mayUseMail: false }),
];

let paths: Paths;
let probes: readonly AnyRoute[];
let bridge: BridgeHarness;

/** The same route with nothing behind it but the name of who acts. */
const probe = (method: string, path: string, scope: Scope | null, operationId: string): AnyRoute =>
  route({
    operationId,
    method: method as AnyRoute['method'],
    path: `/probe${path}`,
    summary: 'A route of this test',
    tag: 'test',
    scope,
    responses: { 200: { description: 'Who acts', schema: null } },
    handler: ({ caller }) => ({ status: 200, body: { user: caller.user?.id ?? null } }),
  });

beforeAll(async () => {
  paths = await pathsOfProduct();
  const mounted = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      probe(method, path, operation['x-scope'] ?? null, operation.operationId),
    ),
  );
  const ofAssignment = probe('post', '/assignment', 'assignments:write', 'probeAssignment');
  probes = [...mounted, ofAssignment, probe('post', '/fixed', 'settings:write', 'probeFixed')];
  const user = (id: string) => Promise.resolve(users.find((one) => one.id === id) ?? null);
  bridge = await startBridge({ routes: probes, users: { user } });
});
afterAll(() => bridge.close());

const ask = ({ method, path }: AnyRoute, user?: string): Promise<Answer> =>
  bridge.request(path.replace(/\{\w+\}/g, '1'), {
    method: method.toUpperCase(),
    headers: user === undefined ? {} : { 'Mail-Bridge-User': user },
  });
/** Every route with what it answers for the user. */
const walk = async (routes: readonly AnyRoute[], user?: string): Promise<unknown[]> => {
  const answers: unknown[] = [];
  for (const one of routes) {
    const { status, body } = await ask(one, user);
    answers.push(status === 200 ? body['user'] : [status, body['code'], body['params']]);
  }
  return answers;
};
const ofMail = () => probes.filter(({ scope }) => /^(messages|assignments):/.test(scope ?? ''));
const others = () => probes.filter(({ scope }) => !/^(messages|assignments):/.test(scope ?? '-:'));

describe('BRG-13 every route', () => {
  it('of mails and assignments refuses users without a mail function', async () => {
    expect(ofMail().length).toBeGreaterThan(10);
    const refused = (code: string, user: string) => ofMail().map(() => [403, code, { user }]);
    expect(await walk(ofMail(), 'nobody')).toEqual(refused('userUnknown', 'nobody'));
    expect(await walk(ofMail(), 'bert')).toEqual(refused('userMayNotUseMail', 'bert'));
    expect(await walk(ofMail(), 'anna')).toEqual(ofMail().map(() => 'anna'));
  });

  it('that serves no mail takes everybody, by name', async () => {
    const guarded = others().filter(({ scope }) => scope !== null);
    expect(guarded.length).toBeGreaterThan(50);
    for (const user of ['nobody', 'bert', 'anna'])
      expect(await walk(guarded, user)).toEqual(guarded.map(() => user));
  });

  it('without the header is for the token itself', async () => {
    expect(await walk(probes)).toEqual(probes.map(() => null));
  });

  it('that is public does not look at the header', async () => {
    const open = probes.filter(({ scope }) => scope === null);
    expect(await walk(open, 'x'.repeat(300))).toEqual(open.map(() => null));
  });

  it('describes the header in OpenAPI unless it is public', () => {
    for (const operations of Object.values(paths))
      for (const { operationId, parameters, 'x-scope': scope } of Object.values(operations)) {
        const header = parameters.find(({ name }) => name === 'Mail-Bridge-User');
        expect([operationId, header?.required]).toEqual([
          operationId,
          scope === undefined ? undefined : false,
        ]);
      }
  });
});

/** fetch would put two headers into one line. */
const withHeaders = (fields: readonly string[], token = bridge.token) =>
  new Promise<Record<string, unknown>>((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}`, 'Mail-Bridge-User': [...fields] };
    const request = httpRequest(`${bridge.url}/probe/fixed`, { method: 'POST', headers });
    request.on('error', reject).on('response', (response) => {
      let text = '';
      response.on('data', (piece) => (text += String(piece)));
      response.on('end', () => resolve(JSON.parse(text) as Record<string, unknown>));
    });
    request.end();
  });

describe('the header Mail-Bridge-User', () => {
  it.each([
    ['empty', ['']],
    ['too long', ['x'.repeat(201)]],
    ['with a control character', ['a\tb']],
    ['given twice', ['anna', 'müller']],
  ])('%s is refused, named', async (_what, fields) => {
    expect(await withHeaders(fields)).toMatchObject({
      status: 400,
      code: 'invalidRequest',
      field: 'Mail-Bridge-User',
    });
  });

  it('names users beyond ASCII', async () => {
    const inUtf8 = Buffer.from('müller', 'utf8').toString('latin1');
    expect(await withHeaders([inUtf8])).toEqual({ user: 'müller' });
  });

  it('needs the scope act-as', async () => {
    const token = await bridge.tokenWith('settings:write');
    const answer = await bridge.request('/probe/fixed', {
      method: 'POST',
      token,
      headers: { 'Mail-Bridge-User': 'anna' },
    });
    expect(answer.body).toMatchObject({
      status: 403,
      code: 'forbidden',
      params: { scope: 'act-as' },
    });
    expect(answer.headers.get('www-authenticate')).toContain('scope="act-as"');
    expect((await bridge.request('/probe/fixed', { method: 'POST', token })).status).toBe(200);
  });

  it("never gets one user's stored answer to another", async () => {
    const repeat = (user: string) =>
      bridge.request('/probe/fixed', {
        method: 'POST',
        headers: { 'Idempotency-Key': 'one-key', 'Mail-Bridge-User': user },
      });
    expect((await repeat('anna')).body).toEqual({ user: 'anna' });
    const again = await repeat('anna');
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([
      { user: 'anna' },
      'true',
    ]);
    expect((await repeat('bert')).body).toMatchObject({ code: 'idempotencyKeyReused' });
  });
});
