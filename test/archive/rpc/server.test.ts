import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { basicAuthorization, newClientId } from '../../../src/greyhound/index.js';
import { openArchiveUnderTest, type ArchiveUnderTest } from '../archive-under-test.js';

let archive: ArchiveUnderTest;
beforeAll(async () => {
  archive = await openArchiveUnderTest();
});
afterAll(() => archive.close());

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  const { url, username, password } = archive;
  const Authorization = basicAuthorization(newClientId(), username, password, 'utf-8');
  return fetch(`${url}/json`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', Authorization, ...headers },
  });
}

/** A call as it stands on the wire, and the answer as it comes. */
async function wire(call: object): Promise<Record<string, unknown>> {
  const response = await post(JSON.stringify(call));
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

describe('JSON-RPC 1.1 on the wire', () => {
  it('echoes the id only when one was sent', async () => {
    const call = { version: '1.1', method: 'RpcRules.CheckSourceCode', params: ['x'] };
    const answer = await wire({ ...call, id: { any: 'thing' } });
    expect(answer).toEqual({ version: '1.1', result: expect.any(String), id: { any: 'thing' } });
    expect(Object.keys(await wire(call))).toEqual(['version', 'result']);
  });

  it('answers exactly one of result and error, with HTTP 200', async () => {
    expect(await wire({ method: 'RpcGroups.Get', params: [99] })).toEqual({
      version: '1.1',
      error: { name: 'JSONRPCError', code: 9003, message: expect.stringContaining('99') },
    });
    expect(await wire({ method: 'RpcUsers.Logout' })).toEqual({ version: '1.1', result: null });
  });

  it('does not carry out a call whose caller has gone meanwhile', async () => {
    const { url, username, password } = archive;
    const { hostname, port } = new URL(url);
    const body = JSON.stringify({ method: 'RpcGroups.New', params: [{ Name: 'Zu spät' }] });
    const head = [
      'POST /json HTTP/1.1',
      `Host: ${hostname}`,
      'Content-Type: application/json',
      `Authorization: ${basicAuthorization(newClientId(), username, password, 'utf-8')}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.resume();
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    await once(socket, 'close');
    const { result } = await wire({ method: 'RpcGroups.GetCompleteList', params: [true] });
    expect(JSON.stringify(result)).not.toContain('Zu spät');
  });

  it('names a method that it does not know', async () => {
    for (const method of [
      'RpcGroups.Fly',
      'RpcNothing.Get',
      'constructor',
      'RpcGroups.toString',
      '',
    ]) {
      const { error } = await wire({ method, params: [] });
      expect(error).toMatchObject({ code: 9001, message: expect.stringContaining(method) });
    }
    expect(await wire({})).toMatchObject({ error: { code: 9001 } });
  });

  it('takes missing parameters for defaults and ignores surplus ones', async () => {
    for (const params of [undefined, null, [], [false], [true, 'surplus', {}]]) {
      expect(await wire({ method: 'RpcGroups.GetList', params })).toEqual({
        version: '1.1',
        result: [],
      });
    }
  });

  it.each([
    ['an object for the array', { Filter: 1 }],
    ['text for a number', ['abc']],
    ['a fraction for a number', [1.5]],
    ['a struct for a number', [{}]],
  ])('refuses %s as parameters', async (_what, params) => {
    expect(await wire({ method: 'RpcGroups.Get', params })).toMatchObject({
      error: { code: 9002 },
    });
  });

  it.each([
    ['broken JSON', '{"method":', 200],
    ['no object', '7', 200],
    ['a body beyond 16 MB', JSON.stringify({ method: 'x'.repeat(17 * 1024 * 1024) }), 413],
  ])('answers %s with an RPC error', async (_what, body, status) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: 9010 } });
  });

  it('wants POST and application/json', async () => {
    const wrongType = await post('{"method":"RpcUsers.Logout"}', { 'Content-Type': 'text/plain' });
    expect(wrongType.status).toBe(415);
    const Authorization = basicAuthorization(
      newClientId(),
      archive.username,
      archive.password,
      'utf-8',
    );
    const get = await fetch(`${archive.url}/json`, { headers: { Authorization } });
    expect(get.status).toBe(405);
    expect(get.headers.get('allow')).toBe('POST');
    const elsewhere = await fetch(`${archive.url}/other`, { headers: { Authorization } });
    expect(elsewhere.status).toBe(404);
  });

  it('logs method and error number, but neither parameters nor credentials', async () => {
    archive.logged.length = 0;
    await wire({ method: 'RpcGroups.New', params: [{ Name: 'topsecret name' }] });
    await wire({ method: 'RpcGroups.Get', params: [12345678] });
    await wire({ method: 'RpcGroups.New', params: [{ Name: ['topsecret list'] }] });
    const log = archive.logged.join('');
    expect(log).toContain('"method":"RpcGroups.New"');
    expect(log).toContain('"error":9003');
    expect(log).not.toMatch(/topsecret|12345678|archive secret|Basic/);
  });
});

describe('RpcInfo and RpcUsers', () => {
  it('tell a version from 5 on, the add-on, and the page size', async () => {
    const { info } = archive.client();
    const { Version, ServerTime } = await info.GetServerInfo({ AdvancedFields: false });
    expect(parseInt(Version, 10)).toBeGreaterThanOrEqual(5);
    expect(ServerTime).toEqual(archive.clock.now());
    expect(await info.GetAddOnList()).toEqual([
      { Name: 'MailBridge', Version: expect.stringMatching(/^1\.\d+$/) },
    ]);
    expect((await info.GetServerSettings()).ElementsPerPage).toBeGreaterThan(0);
    expect((await info.GetServerStatus()).CommServer).toBe(0);
    await info.SendAndReceiveNow();
    expect(archive.sendAndReceive).toEqual([archive.realmId]);
  });

  it('tell the caller who he is and who else is in the realm', async () => {
    const { users } = archive.client();
    const ID = archive.userId;
    expect(await users.GetUserInfo()).toMatchObject({ ID, Username: 'bridge' });
    expect(await users.GetList({ AdvancedFields: false })).toEqual([
      expect.objectContaining({ ID, Username: 'bridge', State: 1, OnlineState: 2 }),
    ]);
    const stranger = await archive.stranger();
    expect(await stranger.users.GetList({ AdvancedFields: false })).toEqual([
      expect.objectContaining({ Username: 'stranger' }),
    ]);
  });
});

describe('RpcMailBridge', () => {
  it('tells its units and passes the quarantine on', async () => {
    const { mailBridge } = archive.client();
    expect(await mailBridge.GetUnits()).toEqual({
      IntervalSeconds: 1,
      TimeoutSeconds: 1,
      DeleteAgeDays: 1,
    });
    const mail = {
      ID: 4,
      AccountRef: 1,
      Uidl: 'u',
      Size: 9,
      Attempts: 3,
      Reason: 'r',
      Since: archive.clock.now(),
    };
    archive.quarantined.push(mail);
    expect(await mailBridge.GetQuarantineList()).toEqual([mail]);
    await mailBridge.RetryQuarantined({ ID: 4 });
    expect(archive.quarantined).toEqual([]);
  });
});
