/** The client against every answer that the contract leaves open, and against archives that misbehave. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ArchiveFailure,
  encodeWindows1252,
  GreyhoundClient,
  newClientId,
  RpcPop3Account,
  type ArchiveConnectionOptions,
} from '../../src/greyhound/index.js';
import { openScriptedArchive, type Answer, type ScriptedArchive } from './scripted-archive.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function connect(
  answer: Answer,
  given: Partial<ArchiveConnectionOptions> = {},
): Promise<{ archive: ScriptedArchive; client: GreyhoundClient }> {
  const archive = await openScriptedArchive(answer);
  const client = new GreyhoundClient({
    url: archive.url,
    username: 'bridge',
    password: 'secret',
    clientId: newClientId(),
    ...given,
  });
  closing.push(
    () => client.close(),
    () => archive.close(),
  );
  return { archive, client };
}

async function failureOf(call: Promise<unknown>): Promise<ArchiveFailure> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ArchiveFailure) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}

describe('faults, whatever their layout', () => {
  const layouts: [
    what: string,
    status: number,
    body: object | string,
    code: number,
    words: string,
  ][] = [
    ['JSON-RPC 1.1', 200, { error: { name: 'JSONRPCError', code: 705, message: 'no' } }, 705, 'no'],
    ['at HTTP 500', 500, { error: { code: 705, message: 'no' } }, 705, 'no'],
    ['at HTTP 400', 400, { error: { code: 705, message: 'no' } }, 705, 'no'],
    [
      'result and error together',
      200,
      { result: [], error: { code: 705, message: 'no' } },
      705,
      'no',
    ],
    ['the code as text', 200, { error: { code: '705', message: 'no' } }, 705, 'no'],
    ['words in "string"', 200, { error: { code: 705, string: 'no' } }, 705, 'no'],
    ['words in "name"', 200, { error: { code: 705, name: 'no' } }, 705, 'no'],
    ['text alone', 200, { error: 'no' }, 0, 'no'],
    ['fault', 200, { fault: { faultCode: 705, faultString: 'no' } }, 705, 'no'],
    ['faultCode at the top', 200, { faultCode: 705, faultString: 'no' }, 705, 'no'],
    ['nothing said', 200, { error: {} }, 0, 'unknown error'],
  ];
  it.each(layouts)('%s', async (_what, status, body, rawCode, serverText) => {
    const { client, archive } = await connect(() => ({ status, body }));
    const failure = await failureOf(client.groups.GetList({ AdvancedFields: false }));
    const number = rawCode > 700 ? rawCode - 700 : 0;
    expect(failure).toMatchObject({ code: 'archiveFault', maybeExecuted: false });
    expect(failure.params).toMatchObject({ rawCode, number, serverText });
    expect(archive.calls).toHaveLength(1);
  });

  it('a null error is none', async () => {
    const { client } = await connect(() => ({ body: { result: [{ ID: 5 }], error: null } }));
    expect(await client.groups.GetList({ AdvancedFields: false })).toMatchObject([{ ID: 5 }]);
  });
});

describe('results', () => {
  it.each([
    ['missing', {}],
    ['null', { result: null }],
    ['empty text', { result: '' }],
    ['true', { result: true }],
    ['an object', { result: {} }],
    ['an empty body', ''],
    ['without id', '{"result":null}'],
  ])('of a procedure may be %s', async (_what, body) => {
    const { client } = await connect(() => ({ body }));
    await expect(client.groups.Lock({ ID: 1 })).resolves.toBeUndefined();
  });

  it('that is missing stands for the default', async () => {
    const { client } = await connect(() => ({ body: {} }));
    expect(await client.groups.GetList({ AdvancedFields: false })).toEqual([]);
  });

  it.each([
    ['an empty body where a result is expected', ''],
    ['no JSON', '<html>hello</html>'],
    ['an array', '[]'],
    ['the answer to another call', '{"id":"999","result":[]}'],
    ['a result of another type', '{"result":[{"ID":"x"}]}'],
  ])('%s is a protocol failure', async (_what, body) => {
    const { client } = await connect(() => ({ body }));
    const failure = await failureOf(client.groups.GetList({ AdvancedFields: false }));
    expect(failure).toMatchObject({ code: 'archiveProtocol', maybeExecuted: true });
  });

  it('may echo the id as a number', async () => {
    const { client } = await connect(({ id }) => ({ body: { id: Number(id), result: [] } }));
    expect(await client.groups.GetList({ AdvancedFields: false })).toEqual([]);
  });

  it.each([
    [404, 'archiveNotFound', 'permanent'],
    [418, 'archiveHttp', 'permanent'],
    [429, 'archiveHttp', 'transient'],
    [503, 'archiveHttp', 'transient'],
  ])('HTTP %i without a fault is %s, %s', async (status, code, disposition) => {
    const { client } = await connect(() => ({ status, body: '<html>error</html>' }));
    const failure = await failureOf(client.groups.GetList({ AdvancedFields: false }));
    expect(failure).toMatchObject({ code, disposition });
    expect(failure.params['status']).toBe(status);
  });
});

describe('sign-in', () => {
  const special = { username: 'müller', password: '5 €' };
  const passwordOf = (credentials: Buffer) => credentials.subarray(33);
  const utf8 = Buffer.from('müller:5 €', 'utf8');
  const takesOnly =
    (bytes: Buffer): Answer =>
    ({ credentials }) =>
      passwordOf(credentials).equals(bytes) ? { body: { result: 0 } } : { status: 401, body: '' };

  it('tries windows-1252 first', async () => {
    const bytes = encodeWindows1252('müller:5 €') ?? Buffer.alloc(0);
    const { client, archive } = await connect(takesOnly(bytes), special);
    await client.users.Logout();
    expect(archive.calls).toHaveLength(1);
  });

  it('tries UTF-8 once after a 401, and stays with what works', async () => {
    const { client, archive } = await connect(takesOnly(utf8), special);
    await client.users.Logout();
    await client.users.Logout();
    expect(archive.calls).toHaveLength(3);
  });

  it('finds the charset also when the first calls are made at the same time', async () => {
    const { client } = await connect(takesOnly(utf8), special);
    await Promise.all(Array.from({ length: 8 }, () => client.users.Logout()));
  });

  it.each([401, 403])('HTTP %i is a failed sign-in, asked for once', async (status) => {
    const { client, archive } = await connect(() => ({ status, body: '' }));
    const failure = await failureOf(client.users.Logout());
    expect(failure).toMatchObject({ code: 'archiveLogin', disposition: 'actionRequired' });
    expect(archive.calls).toHaveLength(1);
    expect(JSON.stringify(failure)).not.toContain('secret');
  });

  it('BRG-10 signs in again once when the archive forgot, and not more often', async () => {
    let forgets = 1;
    const { client, archive } = await connect(() =>
      archive.calls.length > 1 && forgets-- > 0 ? { status: 401, body: '' } : { body: {} },
    );
    await client.users.Logout();
    await client.users.Logout();
    expect(archive.calls).toHaveLength(3);
    forgets = 99;
    expect((await failureOf(client.users.Logout())).code).toBe('archiveLogin');
    expect(archive.calls).toHaveLength(5);
  });
});

describe('connections', () => {
  it('are kept, with one client id for all calls', async () => {
    const { client, archive } = await connect(() => ({ body: {} }));
    for (let call = 0; call < 5; call += 1) await client.users.Logout();
    expect(new Set(archive.calls.map(({ socket }) => socket)).size).toBe(1);
    const ids = archive.calls.map(({ credentials }) => credentials.toString('latin1', 0, 33));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}-$/);
    expect(new Set(archive.calls.map(({ id }) => id)).size).toBe(5);
  });

  it('carry at most eight calls at a time', async () => {
    let now = 0;
    let most = 0;
    const { client } = await connect(async () => {
      most = Math.max(most, (now += 1));
      await sleep(30);
      now -= 1;
      return { body: {} };
    });
    await Promise.all(Array.from({ length: 24 }, () => client.users.Logout()));
    expect(most).toBe(8);
  });

  it.each<[string, Answer]>([
    ['silence', () => null],
    [
      'an answer that trickles in',
      (_call, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
        return null;
      },
    ],
  ])('%s ends in time', async (_what, answer) => {
    const { client } = await connect(answer, { timeoutMs: 200 });
    const failure = await failureOf(client.users.Logout());
    expect(failure).toMatchObject({ code: 'archiveTimeout', maybeExecuted: true });
  });

  it('that are reset leave open whether the call was carried out', async () => {
    const { client } = await connect((call) => {
      call.socket.resetAndDestroy();
      return null;
    });
    const failure = await failureOf(client.users.Logout());
    expect(failure).toMatchObject({ code: 'archiveConnectionLost', maybeExecuted: true });
  });

  it('that are refused left nothing behind', async () => {
    const { client, archive } = await connect(() => null);
    await archive.close();
    closing.pop();
    const failure = await failureOf(client.users.Logout());
    expect(failure).toMatchObject({ code: 'archiveUnreachable', maybeExecuted: false });
  });
});

describe('calls', () => {
  it('have JSON, every documented parameter in order, and a type', async () => {
    const { client, archive } = await connect(() => ({ body: { result: '' } }));
    await client.rules.PutGlobal({ Value: '', Name: 'n' });
    expect(archive.calls[0]).toMatchObject({ method: 'RpcRules.PutGlobal', params: ['n', ''] });
    expect(archive.calls[0]?.headers['content-type']).toBe('application/json');
  });

  it.each([0, 1])('carry Delete: %i', async (Delete) => {
    const { client, archive } = await connect(() => ({ body: { result: 1 } }));
    await client.pop3Accounts.New({ Pop3Account: RpcPop3Account.make({ Delete }) });
    expect(archive.calls[0]?.params).toEqual([{ Delete }]);
  });

  it('fall back to the older parameter count, and remember it', async () => {
    const { client, archive } = await connect(({ params }) =>
      params.length > 0
        ? { body: { error: { code: 710, message: 'Wrong number of parameters' } } }
        : { body: { result: [] } },
    );
    await client.users.GetList({ AdvancedFields: false });
    await client.users.GetList({ AdvancedFields: false });
    expect(archive.calls.map(({ params }) => params.length)).toEqual([1, 0, 0]);
  });

  it('are not repeated for other faults', async () => {
    const { client, archive } = await connect(() => ({ body: { error: { message: 'no right' } } }));
    await failureOf(client.users.GetList({ AdvancedFields: false }));
    expect(archive.calls).toHaveLength(1);
  });
});
