/** The account routes over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isReading } from '../../../fixtures/scripted-archive.js';
import { accountRoutes } from '../../../src/bridge/accounts/index.js';
import { changesetRoutes } from '../../../src/bridge/changesets/index.js';
import { groupRoutes } from '../../../src/bridge/groups/index.js';
import { operationRoutes } from '../../../src/bridge/operations/index.js';
import { provisioningRoutes } from '../../../src/bridge/provisioning/index.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { openStand, type Stand } from '../provisioning/stand.js';

let stand: Stand;
let bridge: BridgeHarness;
beforeEach(async () => {
  stand = await openStand();
  const { management } = stand;
  bridge = await startBridge({
    routes: [
      ...accountRoutes(management),
      ...changesetRoutes(management.saving),
      ...groupRoutes(management.groups),
      ...operationRoutes(management.operations),
      ...provisioningRoutes(management.provisioning),
    ],
  });
});
afterEach(async () => {
  await bridge.close();
  await stand.close();
});

const account = {
  name: 'Verkauf',
  host: 'pop3.example.com',
  username: 'verkauf@example.com',
  password: 'geheim',
};

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  bridge.request(path, { method: 'POST', body, headers });

const create = (more: Record<string, unknown> = {}, query = '') =>
  post(`/api/v1/incoming-accounts${query}`, { ...account, ...more });

async function expectRefused(bad: Record<string, unknown>, field: string): Promise<void> {
  const answer = await create(bad);
  expect({ status: answer.status, field: answer.body['field'] }).toEqual({ status: 400, field });
  expect(stand.archive.calls.filter(({ method }) => !isReading(method))).toEqual([]);
}

describe('incoming accounts', () => {
  it('BRG-11 a request repeated after the process died gets the answer that was lost', async () => {
    const headers = { 'Idempotency-Key': 'save-1' };
    const save = () => post('/api/v1/incoming-accounts', account, headers);
    const first = await save();
    expect(first.status).toBe(201);
    // what a process leaves that died before it could answer: the mark, without the answer
    const row = await bridge.database
      .selectFrom('idempotency')
      .selectAll()
      .executeTakeFirstOrThrow();
    const { value } = JSON.parse(row.value) as { value: Record<string, unknown> };
    await bridge.database
      .updateTable('idempotency')
      .set({ value: JSON.stringify({ value: { ...value, answer: undefined } }) })
      .execute();
    const again = await save();
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(stand.archive.objectCount).toBe(16);
  });

  it('SAL-75 SAL-39 SAL-40 saving answers account, tag and 16 elements; never the password', async () => {
    const answer = await create();
    expect(answer.status).toBe(201);
    expect(answer.body['account']).toMatchObject({
      id: 1,
      name: 'Verkauf',
      protocol: 'pop3',
      port: 995,
      security: 'tls',
      authentication: 'password',
      passwordSet: true,
      active: false,
      timeoutSeconds: 60,
      deletion: { policy: 'never', days: null },
      lastError: null,
    });
    expect(answer.body['elements']).toHaveLength(16);
    const read = await bridge.request('/api/v1/incoming-accounts/1');
    expect(read.body).toEqual(answer.body['account']);
    expect(read.headers.get('etag')).toBe(answer.headers.get('etag'));
    const list = await bridge.request('/api/v1/incoming-accounts');
    expect(list.body['items']).toEqual([read.body]);
    expect(answer.text + read.text + list.text + bridge.log()).not.toContain('geheim');
  });

  it.each([
    [{ host: 'a\r\nb' }, 'host'],
    [{ username: 'a\nRCPT TO:<b>' }, 'username'],
    [{ name: 'a\u0000' }, 'name'],
    [{ password: 'a\r\n' }, 'password'],
    [{ port: 0 }, 'port'],
    [{ port: '995' }, 'port'],
    [{ port: 65536 }, 'port'],
    [{ deletion: { policy: 'sometimes' } }, 'deletion.policy'],
    [{ authentication: 'kerberos' }, 'authentication'],
    [{ authentication: 'oauth2' }, 'password'],
    [{ linkId: 'a b' }, 'linkId'],
    [{ unlink: true }, 'unlink'],
    [{ tlsException: { fingerprint: 'ab', reason: 'x' } }, 'tlsException.fingerprint'],
    [{ smtp: { senders: ['no address'] } }, 'smtp.senders.0'],
    [{ passwort: 'x' }, 'passwort'],
    [{ oauth: {} }, 'oauth'],
    [{ active: true, password: '' }, 'password'],
  ])('%j is refused, naming the field, and nothing is changed', async (bad, field) => {
    await expectRefused(bad, field);
  });

  it.each([
    [{ deletion: { policy: 'afterDays' } }, 'deletion.days'],
    [{ deletion: { policy: 'afterDays', days: 0 } }, 'deletion.days'],
    [{ deletion: { policy: 'afterDays', days: 1.5 } }, 'deletion.days'],
  ])('SAL-48 %j is refused: the days are mandatory, a whole number from 1', async (bad, field) => {
    await expectRefused(bad, field);
  });

  it('SAL-48 SAL-50 SAL-51 the deletion policies; days do not matter unless they are used', async () => {
    const delayed = await create({ deletion: { policy: 'afterDays', days: 14 } });
    expect(delayed.body['account']).toMatchObject({ deletion: { policy: 'afterDays', days: 14 } });
    expect(stand.archive.entries('RpcPop3Accounts')[0]).toMatchObject({ Delete: 2, DeleteAge: 14 });
    const headers = { 'If-Match': delayed.headers.get('etag') ?? '' };
    const at = '/api/v1/incoming-accounts/1';
    const body = { deletion: { policy: 'immediately', days: 'egal' } };
    const atOnce = await bridge.request(at, { method: 'PUT', body, headers });
    expect(atOnce.status).toBe(200);
    expect(stand.archive.entries('RpcPop3Accounts')[0]).toMatchObject({ Delete: 0 });
    const never = await bridge.request(at, {
      method: 'PUT',
      body: { deletion: { policy: 'never' }, deleteOnServerWhenDeleted: true },
      headers: { 'If-Match': atOnce.headers.get('etag') ?? '' },
    });
    expect(never.body['account']).toMatchObject({ deleteOnServerWhenDeleted: true });
    expect(stand.archive.entries('RpcPop3Accounts')[0]).toMatchObject({ Delete: 1, DeleteSync: 1 });
  });

  it('needs If-Match for changes: 428 without, 412 when it is stale', async () => {
    await create();
    const path = '/api/v1/incoming-accounts/1';
    const bare = await bridge.request(path, { method: 'PUT', body: { port: 1110 } });
    expect(bare.status).toBe(428);
    const headers = { 'If-Match': '"stale"' };
    const stale = await bridge.request(path, { method: 'PUT', body: { port: 1110 }, headers });
    expect(stale.status).toBe(412);
    expect((await bridge.request(path, { method: 'DELETE', headers })).status).toBe(412);
  });

  it('SAL-31 a dry run of a deletion shows what goes along', async () => {
    const headers = { 'If-Match': (await create()).headers.get('etag') ?? '' };
    const path = '/api/v1/incoming-accounts/1';
    const plan = await bridge.request(`${path}?dryRun=true`, { method: 'DELETE', headers });
    expect(plan.body['elements']).toMatchObject([
      { element: 'incomingAccount', action: 'delete' },
      { element: 'smtpAccount', action: 'delete' },
    ]);
    expect((await bridge.request(path, { method: 'DELETE', headers })).status).toBe(200);
    expect((await bridge.request(path)).status).toBe(404);
  });

  it('SAL-22 the refusal names client and licence', async () => {
    for (let index = 0; index < 10; index += 1) {
      stand.archive.insert('RpcPop3Accounts', { Name: `K${String(index)}`, Kind: 0 });
    }
    const answer = await post('/api/v1/incoming-accounts', account, { 'Accept-Language': 'de' });
    expect(answer.status).toBe(409);
    expect(answer.body['code']).toBe('accountLimitReached');
    expect(answer.text).toContain('Greyhound-Client und eine entsprechende Lizenz');
  });

  it('goes on in the background when asked to, and tells its progress', async () => {
    const answer = await post('/api/v1/incoming-accounts', account, { Prefer: 'respond-async' });
    expect(answer.status).toBe(202);
    const events = await bridge.request(`${answer.headers.get('location') ?? ''}/events`);
    const states = events.text
      .split('\n\n')
      .filter((event) => event !== '')
      .map((event) => JSON.parse(event.replace(/^event: operation\ndata: /, '')) as object);
    expect(states.length).toBeGreaterThan(1);
    expect(states.at(-1)).toMatchObject({ state: 'succeeded' });
    expect(stand.archive.objectCount).toBe(16);
  });
});

describe('the other routes', () => {
  it('SAL-121 groups are neither created nor deleted here', async () => {
    await create();
    expect((await post('/api/v1/groups', { name: 'x' })).body['code']).toBe('groupsAreAutomatic');
    const deletion = await bridge.request('/api/v1/groups/1', { method: 'DELETE' });
    expect(deletion.status).toBe(405);
  });

  it('SAL-122 of a group only the address can be changed', async () => {
    await create();
    const headers = {
      'If-Match': (await bridge.request('/api/v1/groups/1')).headers.get('etag') ?? '',
    };
    const patch = (body: unknown) =>
      bridge.request('/api/v1/groups/1', { method: 'PATCH', body, headers });
    expect((await patch({ email: 'a@example.com', name: 'x' })).body['code']).toBe('unknownField');
    const answer = await patch({ email: 'neu@example.com' });
    expect(answer.body['group']).toMatchObject({ name: 'Verkauf', email: 'neu@example.com' });
  });

  it('SAL-109 SAL-114 an SMTP account needs its senders', async () => {
    const smtp = { name: 'Zentral', host: 'smtp.example.com', username: 'u', password: 'p' };
    expect((await post('/api/v1/smtp-accounts', smtp)).body['field']).toBe('senders');
    const answer = await post('/api/v1/smtp-accounts', { ...smtp, senders: ['*'] });
    expect(answer.body['account']).toMatchObject({
      port: 587,
      security: 'starttls',
      senders: ['*'],
    });
  });

  it('tells provisioning and repairs it', async () => {
    await create();
    const path = '/api/v1/incoming-accounts/1/provisioning';
    expect((await bridge.request(path)).body['elements']).toHaveLength(16);
    expect((await post(`${path}/repair`, undefined)).status).toBe(200);
  });

  it('a changeset is one save', async () => {
    const answer = await post('/api/v1/changesets', { incomingAccounts: { create: [account] } });
    expect(answer.status).toBe(200);
    expect(answer.body['incomingAccounts']).toHaveLength(1);
    const operation = `/api/v1/operations/${String(answer.body['operationId'])}`;
    expect((await bridge.request(operation)).body).toMatchObject({ state: 'succeeded' });
  });
});
