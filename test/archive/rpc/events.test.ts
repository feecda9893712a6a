import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  basicAuthorization,
  GreyhoundClient,
  LockState,
  newClientId,
  RpcGroup,
  type ArchiveEvent,
} from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { openArchiveUnderTest, type ArchiveUnderTest } from '../archive-under-test.js';
import { RunningArchive } from '../retrieval/running-archive.js';
import { ScriptedPop3 } from '../retrieval/scripted-pop3.js';

/** Longer than any of these tests: a call that ends before was ended by what happened. */
const LONG_S = 20;
const eventsOf = (client: GreyhoundClient, ClientTimeout = LONG_S) =>
  client.global.GetEvent({ ClientTimeout });
const connections = async (client: GreyhoundClient) =>
  (await client.info.GetServerInfo({ AdvancedFields: false })).Connections;
const read = (events: readonly ArchiveEvent[]) =>
  events.map(({ Name, Parameters }) => ({ Name, ...(JSON.parse(Parameters) as object) }));

describe('events', () => {
  let archive: ArchiveUnderTest;
  beforeEach(async () => {
    archive = await openArchiveUnderTest();
  });
  afterEach(() => archive.close());

  /** A client that is connected and has no events. */
  const connected = async (given: Parameters<ArchiveUnderTest['client']>[0] = {}) => {
    const client = archive.client(given);
    await eventsOf(client, 0);
    return client;
  };
  const newGroup = (client: GreyhoundClient) =>
    client.groups.New({ Group: RpcGroup.make({ Name: 'Sales' }) });

  it('of locks reach every client of the realm, the one that caused them too, and no other realm', async () => {
    const [one, other] = [await connected(), await connected()];
    const stranger = await archive.stranger();
    await eventsOf(stranger, 0);
    const ID = await newGroup(one);
    const waiting = eventsOf(other);
    await one.groups.Lock({ ID });
    const event = { Name: 'LockStateChanged', Service: 'RpcGroups', ID };
    const LockData = {
      LockState: LockState.lsLocked,
      UserRef: archive.userId,
      UserName: 'bridge',
    };
    expect(read(await waiting)).toEqual([{ ...event, LockData }]);
    expect(read(await eventsOf(one))).toEqual([{ ...event, LockData }]);
    // what changes nothing is no event
    await one.groups.Lock({ ID });
    await one.groups.Unlock({ ID });
    await one.groups.Unlock({ ID });
    expect(read(await eventsOf(other))).toEqual([{ ...event, LockData: {} }]);
    expect(await eventsOf(stranger, 0)).toEqual([]);
  });

  it('wait until somebody asks, together, each once', async () => {
    const client = await connected();
    const other = await connected();
    const [first, second] = [await newGroup(other), await newGroup(other)];
    await other.groups.Lock({ ID: first });
    await other.groups.Lock({ ID: second });
    for (let times = 0; times < 3; times += 1) {
      await other.groups.Unlock({ ID: first });
      await other.groups.Lock({ ID: first });
    }
    const states = read(await eventsOf(client)).map((event) => [
      (event as unknown as { ID: number }).ID,
      (event as unknown as { LockData: { LockState?: number } }).LockData.LockState ?? 0,
    ]);
    expect(states).toEqual([
      [second, LockState.lsLocked],
      [first, LockState.lsUnlocked],
      [first, LockState.lsLocked],
    ]);
    expect(await eventsOf(client, 0)).toEqual([]);
  });

  it('that come together are answered together', async () => {
    await archive.close();
    archive = await openArchiveUnderTest({ gatherMs: 2000 });
    const client = await connected();
    const waiting = eventsOf(client);
    archive.events.publish(archive.realmId, 'First');
    await client.info.GetServerStatus();
    archive.events.publish(archive.realmId, 'Second');
    expect(read(await waiting)).toEqual([{ Name: 'First' }, { Name: 'Second' }]);
  });

  it('end the wait when there are none', async () => {
    const client = await connected();
    const startedMs = performance.now();
    expect(await eventsOf(client, 1)).toEqual([]);
    expect(performance.now() - startedMs).toBeGreaterThan(900);
    expect(await eventsOf(client, -5)).toEqual([]);
  });

  it('are bounded: of too many the oldest are dropped', async () => {
    const client = await connected();
    for (let count = 1; count <= 1500; count += 1)
      archive.events.publish(archive.realmId, 'Many', { count });
    const events = read(await eventsOf(client));
    expect(events).toHaveLength(1000);
    expect(events.at(0)).toEqual({ Name: 'Many', count: 501 });
    expect(events.at(-1)).toEqual({ Name: 'Many', count: 1500 });
  });

  it('are lost with 60 seconds of silence; who waits is not silent', async () => {
    const [silent, waiting] = [await connected(), await connected()];
    archive.events.publish(archive.realmId, 'Before');
    await eventsOf(waiting);
    const answer = eventsOf(waiting);
    await waitFor(async () => (await connections(silent)) === 2);
    archive.clock.advance(60_001);
    expect(await eventsOf(silent, 0)).toEqual([]);
    archive.events.publish(archive.realmId, 'After');
    expect(read(await answer)).toEqual([{ Name: 'After' }]);
  });

  it('tell of locks that fell with their client', async () => {
    const [holder, waiting] = [await connected(), await connected()];
    const ID = await newGroup(holder);
    await holder.groups.Lock({ ID });
    await eventsOf(waiting);
    const answer = eventsOf(waiting);
    // so that the wait has begun
    await waiting.info.GetServerStatus();
    archive.clock.advance(60_001);
    await archive.client().info.GetServerStatus();
    expect(read(await answer)).toEqual([
      { Name: 'LockStateChanged', Service: 'RpcGroups', ID, LockData: {} },
    ]);
  });

  it('are forgotten with the logout, and who waits is answered', async () => {
    const clientId = newClientId();
    const client = await connected({ clientId });
    archive.events.publish(archive.realmId, 'Before');
    await client.users.Logout();
    expect(await eventsOf(client, 0)).toEqual([]);
    let answer: ArchiveEvent[] | null = null;
    void eventsOf(client).then((events) => (answer = events));
    await waitFor(async () => {
      await archive.client({ clientId }).users.Logout();
      return answer;
    });
    expect(answer).toEqual([]);
  });

  it('stay queued when the caller gives up waiting', async () => {
    const clientId = newClientId();
    const post = (signal: AbortSignal) =>
      fetch(`${archive.url}/json`, {
        method: 'POST',
        signal,
        headers: {
          'Content-Type': 'application/json',
          Authorization: basicAuthorization(clientId, archive.username, archive.password, 'utf-8'),
        },
        body: JSON.stringify({ method: 'GetEvent', params: [LONG_S] }),
      });
    const given = new AbortController();
    const call = post(given.signal).catch(() => 'given up');
    const observer = archive.client();
    await waitFor(async () => (await connections(observer)) === 2);
    given.abort();
    expect(await call).toBe('given up');
    await waitFor(() => archive.logged.some((line) => line.includes('"GetEvent"')));
    archive.events.publish(archive.realmId, 'Later');
    expect(read(await eventsOf(archive.client({ clientId })))).toEqual([{ Name: 'Later' }]);
  });

  it('come over XML-RPC as well', async () => {
    const clientId = newClientId();
    await connected({ clientId });
    archive.events.publish(archive.realmId, 'Seen', { Text: '<ü>' });
    const response = await fetch(`${archive.url}/xmlrpc`, {
      method: 'POST',
      headers: {
        'Content-Type': 'text/xml',
        Authorization: basicAuthorization(clientId, archive.username, archive.password, 'utf-8'),
      },
      body: `<methodCall><methodName>GetEvent</methodName><params><param><value><i4>${LONG_S}</i4></value></param></params></methodCall>`,
    });
    expect(await response.text()).toContain(
      '<member><name>Name</name><value>Seen</value></member>' +
        '<member><name>Parameters</name><value>{"Text":"&lt;ü&gt;"}</value></member>',
    );
  });
});

describe('the running archive', () => {
  let archive: RunningArchive;
  beforeEach(async () => {
    archive = await RunningArchive.open();
  });
  afterEach(() => archive.close());

  it('tells that items changed: written, changed, deleted, arrived', async () => {
    const { client } = archive;
    await eventsOf(client, 0);
    const changed = [{ Name: 'ItemCountChanged' }];
    const ID = await client.items.New({
      Item: archive.draft({ from: 'a@example.test', to: 'b@example.test', flags: 0 }),
      CreateLocked: false,
    });
    expect(read(await eventsOf(client))).toEqual(changed);
    await client.items.SetRead({ ID, Value: false });
    expect(read(await eventsOf(client))).toEqual(changed);
    await client.items.Lock({ ID });
    await client.items.Delete({ ID });
    expect(read(await eventsOf(client))).toContainEqual(changed[0]);
    const bytes = Buffer.from('From: a@example.test\r\nSubject: Neu\r\n\r\nGuten Tag\r\n');
    const server = await ScriptedPop3.start([{ uidl: '1', bytes }]);
    const account = await archive.addPop3({ Username: 'a', Password: 'x', Port: server.port });
    await eventsOf(client, 0);
    await archive.fetchNow(account);
    expect(read(await eventsOf(client))).toEqual(changed);
    await server.stop();
  });

  it('does not wait for who waits when it ends', async () => {
    const client = new GreyhoundClient({
      url: `http://127.0.0.1:${archive.port}`,
      username: 'bridge',
      password: 'geheim',
      clientId: newClientId(),
    });
    const answer = eventsOf(client);
    await waitFor(async () => (await connections(archive.client)) === 2);
    const startedMs = performance.now();
    await archive.stop();
    expect(performance.now() - startedMs).toBeLessThan(LONG_S * 500);
    expect(await answer).toEqual([]);
    client.close();
  });
});
