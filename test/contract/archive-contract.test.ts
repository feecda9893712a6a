/** The same cases on both archives: the embedded one as it is, and replies as another server might send them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ArchiveFailure,
  GreyhoundClient,
  newClientId,
  RpcGroup,
  withLock,
} from '../../src/greyhound/index.js';
import { openEmbeddedArchive } from '../support/embedded-archive.js';
import { makeTemporaryDirectory } from '../support/temporary-directory.js';
import { openScriptedArchive, type Answer } from './scripted-archive.js';

interface Archive {
  readonly url: string;
  close(): Promise<void>;
}

/** One group and one lock, in GREYHOUND's terse form: defaults left out, numbers above 700, no id echoed. */
function terseArchive(): Answer {
  let group: { Name?: unknown } | null = null;
  let holder = '';
  const fault = (code: number, message: string) => ({
    body: JSON.stringify({ error: { code, message } }),
  });
  const result = (value?: unknown) => ({ body: JSON.stringify({ result: value }) });
  return ({ method, params, credentials }) => {
    const text = credentials.toString('latin1');
    const client = text.slice(0, 32);
    if (!text.endsWith('-bridge:archive secret')) return { status: 403, body: '' };
    const isMine = holder === client;
    if (method === 'RpcInfo.GetServerInfo') return result({ Version: '5.5.230' });
    if (method === 'RpcGroups.New') group = params[0] as object;
    if (method === 'RpcGroups.New') return result(1);
    if (method === 'RpcGroups.GetList')
      return result(group === null ? undefined : [{ ID: 1, ...group }]);
    if (group === null) return fault(711, 'not found');
    if (method === 'RpcGroups.Lock' && holder !== '' && !isMine) return fault(720, 'locked');
    if (method === 'RpcGroups.Lock') holder = client;
    if (method === 'RpcGroups.Unlock' && isMine) holder = '';
    if (method === 'RpcGroups.Get') return result({ ID: 1, ...group });
    if (['RpcGroups.Put', 'RpcGroups.Delete'].includes(method) && !isMine)
      return fault(721, 'not locked');
    if (method === 'RpcGroups.Put') group = params[0] as object;
    if (method === 'RpcGroups.Delete') group = null;
    return { body: '' };
  };
}

async function embeddedArchive(): Promise<Archive> {
  const folder = await makeTemporaryDirectory();
  const archive = await openEmbeddedArchive({
    dataDir: folder.path,
    realm: { username: 'bridge', password: 'archive secret' },
  });
  return {
    url: `http://127.0.0.1:${archive.port}`,
    close: async () => {
      await archive.close();
      await folder.remove();
    },
  };
}

const archives: [name: string, open: () => Promise<Archive>][] = [
  ['the embedded archive', embeddedArchive],
  ['a terse archive', () => openScriptedArchive(terseArchive())],
];

describe.each(archives)('%s', (_name, open) => {
  let archive: Archive;
  let clients: GreyhoundClient[];
  beforeEach(async () => {
    archive = await open();
    clients = [];
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await archive.close();
  });

  const connect = (password = 'archive secret'): GreyhoundClient => {
    const clientId = newClientId();
    const client = new GreyhoundClient({
      url: archive.url,
      username: 'bridge',
      password,
      clientId,
    });
    clients.push(client);
    return client;
  };
  const codeOf = async (call: Promise<unknown>): Promise<string> => {
    const failure = await call.then(
      () => null,
      (error: unknown) => error,
    );
    if (!(failure instanceof ArchiveFailure)) throw new Error('no failure of the archive');
    if (failure.code === 'archiveFault') expect(failure.params['number']).toBeGreaterThan(0);
    return failure.code;
  };

  it('tells its version', async () => {
    const { Version } = await connect().info.GetServerInfo({ AdvancedFields: false });
    expect(parseInt(Version, 10)).toBe(5);
  });

  it('refuses a wrong password', async () => {
    expect(await codeOf(connect('wrong').users.Logout())).toBe('archiveLogin');
  });

  it('creates, lists, changes under a lock and deletes, keeping what is unknown', async () => {
    const { groups } = connect();
    expect(await groups.GetList({ AdvancedFields: false })).toEqual([]);
    const ID = await groups.New({
      Group: { ...RpcGroup.make({ Name: 'Sales' }), ...{ Newer: [1] } },
    });
    await withLock(groups, ID, (Group) =>
      groups.Put({ Group: { ...Group, Email: 'a@example.org' } }),
    );
    const changed = { ID, Name: 'Sales', Email: 'a@example.org', Newer: [1], UserRefs: [] };
    expect(await groups.Get({ ID })).toMatchObject(changed);
    expect(await groups.GetList({ AdvancedFields: false })).toMatchObject([changed]);
    await withLock(groups, ID, () => groups.Delete({ ID }));
    expect(await codeOf(groups.Get({ ID }))).toBe('archiveFault');
  });

  it('keeps one client from changing what another holds, and everybody without a lock', async () => {
    const [first, second] = [connect().groups, connect().groups];
    const ID = await first.New({ Group: RpcGroup.make({ Name: 'Sales' }) });
    expect(await codeOf(first.Delete({ ID }))).toBe('archiveFault');
    await withLock(first, ID, async () => {
      expect(await codeOf(second.Lock({ ID }))).toBe('archiveFault');
      expect(await codeOf(second.Delete({ ID }))).toBe('archiveFault');
    });
    await withLock(second, ID, () => second.Delete({ ID }));
  });
});
