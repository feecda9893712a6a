import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  newClientId,
  OnlineState,
  RpcFilter,
  RpcGroup,
  RpcUser,
  UserState,
  type GreyhoundClient,
  type User,
} from '../../../src/greyhound/index.js';
import {
  fault,
  faultOf,
  locked,
  openArchiveUnderTest,
  type ArchiveUnderTest,
} from '../archive-under-test.js';

let archive: ArchiveUnderTest;
let manager: GreyhoundClient;
let userId: number;
beforeEach(async () => {
  archive = await openArchiveUnderTest();
  manager = archive.client();
  userId = await create('lager', { FormattedName: 'Frau Müller', Picture: Buffer.from([1, 0]) });
});
afterEach(() => archive.close());

function create(Username: string, given: Partial<User> = {}): Promise<number> {
  const user = { Username, Password: 'geheim', State: UserState.usActive, ...given };
  return manager.users.New({ User: RpcUser.make(user) });
}
const signIn = (password = 'geheim', username = 'lager') => archive.client({ username, password });
const change = async (client: GreyhoundClient, ID: number, given: object) =>
  locked(client.users, ID, async () =>
    client.users.Put({ User: { ...(await client.users.Get({ ID })), ...given } }),
  );
const refusedSignIn = { code: 'archiveLogin' };

describe('users', () => {
  it('are created, sign in, see the realm, and never show a password', async () => {
    const client = signIn();
    expect(await client.users.GetUserInfo()).toMatchObject({
      ID: userId,
      Username: 'lager',
      FormattedName: 'Frau Müller',
    });
    expect(await client.groups.GetList({ AdvancedFields: true })).toEqual([]);
    const [all] = [await client.users.GetListEx({ AdvancedFields: true })];
    expect(all.map(({ Username }) => Username)).toEqual(['bridge', 'lager']);
    expect(all[1]).toMatchObject({ Picture: Buffer.from([1, 0]), Password: '' });
    const plain = await client.users.GetListEx({ AdvancedFields: false });
    expect(plain[1]?.Picture).toEqual(Buffer.alloc(0));
    expect(await manager.users.GetList({ AdvancedFields: false })).toHaveLength(2);
    expect(
      JSON.stringify(await archive.database.selectFrom('realm_users').selectAll().execute()),
    ).not.toContain('geheim');
  });

  it('change how they are shown and their password, and nothing else of themselves', async () => {
    const client = signIn();
    await change(client, userId, { FormattedName: 'M', Signature: 'Gruß', Newer: { Kept: 1 } });
    expect(await client.users.Get({ ID: userId })).toMatchObject({
      FormattedName: 'M',
      Newer: { Kept: 1 },
    });
    await locked(client.users, userId, () =>
      client.users.AddCategory({ ID: userId, CategoryRef: 3 }),
    );
    for (const given of [{ Username: 'chef' }, { State: UserState.usInactive }])
      expect(await faultOf(change(client, userId, given))).toMatchObject({
        code: fault.notAllowed,
      });
    for (const call of [
      change(client, archive.userId, { FormattedName: 'x' }),
      client.users.New({ User: RpcUser.make({ Username: 'x', Password: 'x' }) }),
      locked(client.users, userId, () => client.users.Delete({ ID: userId })),
      client.users.Kick({ ID: archive.userId, ClientName: '' }),
    ])
      expect(await faultOf(call)).toMatchObject({ code: fault.notAllowed });
    // its unlock comes too late: the password it was asked with is no longer good
    await expect(change(client, userId, { Password: 'neu' })).rejects.toMatchObject(refusedSignIn);
    await expect(signIn().info.GetServerStatus()).rejects.toMatchObject(refusedSignIn);
    expect(await signIn('neu').users.GetUserInfo()).toMatchObject({ Signature: 'Gruß' });
    const put = client.users.Put({ User: await manager.users.Get({ ID: userId }) });
    await expect(put).rejects.toMatchObject(refusedSignIn);
  });

  it('are managed by the first user, under lock', async () => {
    const user = await manager.users.Get({ ID: userId });
    expect(await faultOf(manager.users.Put({ User: user }))).toMatchObject({
      code: fault.notLocked,
    });
    await change(manager, userId, { Username: 'versand' });
    const client = signIn('geheim', 'versand');
    await client.groups.GetList({ AdvancedFields: true });
    await change(manager, userId, { State: UserState.usInactive });
    await expect(client.info.GetServerStatus()).rejects.toMatchObject(refusedSignIn);
    for (const given of [{ Password: 'x' }, { Username: 'x' }, { State: 0 }])
      expect(await faultOf(change(manager, archive.userId, given))).toMatchObject({
        code: fault.notAllowed,
      });
    await change(manager, archive.userId, { FormattedName: 'Brücke' });
    await manager.info.GetServerStatus();
    const own = locked(manager.users, archive.userId, () =>
      manager.users.Delete({ ID: archive.userId }),
    );
    expect(await faultOf(own)).toMatchObject({ code: fault.notAllowed });
  });

  it('have names of their own, over all realms, and no second factor', async () => {
    await archive.stranger();
    for (const given of [
      { Username: 'stranger' },
      { Username: 'bridge' },
      { Username: '' },
      { Username: 'a:b' },
      { Username: ' a' },
      { Username: 'a\nb' },
      { Password: '' },
      { Use2fa: 1 },
      { Totp: 'x' },
      { State: 2 },
      { Signature: 'x'.repeat(1024 * 1024) },
    ])
      expect(await faultOf(create('neu', given))).toMatchObject({ code: fault.invalidValue });
  });

  it('are deleted when nothing names them, and are gone for those who are signed in', async () => {
    const client = signIn();
    await client.info.GetServerStatus();
    const remove = () => locked(manager.users, userId, () => manager.users.Delete({ ID: userId }));
    const UserRefs = [userId];
    const group = await manager.groups.New({ Group: RpcGroup.make({ Name: 'G', UserRefs }) });
    expect(await faultOf(remove())).toMatchObject({ code: fault.inUse });
    await locked(manager.groups, group, () => manager.groups.Delete({ ID: group }));
    const filter = await manager.filters.New({ Filter: RpcFilter.make({ Name: 'F', UserRefs }) });
    expect(await faultOf(remove())).toMatchObject({ code: fault.inUse });
    await locked(manager.filters, filter, () => manager.filters.Delete({ ID: filter }));
    archive.labelled.add(`user ${String(userId)}`);
    expect(await faultOf(remove())).toMatchObject({ code: fault.inUse });
    archive.labelled.clear();
    await remove();
    await expect(client.info.GetServerStatus()).rejects.toMatchObject(refusedSignIn);
    expect(await faultOf(manager.users.Get({ ID: userId }))).toMatchObject({
      code: fault.notFound,
    });
  });

  it('of another realm do not exist', async () => {
    const stranger = await archive.stranger();
    for (const call of [
      stranger.users.Get({ ID: userId }),
      stranger.users.Lock({ ID: userId }),
      stranger.users.Kick({ ID: userId, ClientName: '' }),
    ])
      expect(await faultOf(call)).toMatchObject({ code: fault.notFound });
  });

  it('keep settings of each program, of limited size', async () => {
    const client = signIn();
    const { users } = client;
    await users.PutSettings({ ProductID: 'app', Settings: '<x>ü</x>' });
    await users.PutSettings({ ProductID: 'other', Settings: 'b' });
    await manager.users.PutSettings({ ProductID: 'app', Settings: 'mine' });
    expect(await users.GetSettings({ ProductID: 'app' })).toBe('<x>ü</x>');
    expect(await manager.users.GetSettings({ ProductID: 'app' })).toBe('mine');
    await users.PutSettings({ ProductID: 'app', Settings: '' });
    expect(await users.GetSettings({ ProductID: 'app' })).toBe('');
    expect(await users.GetSettings({ ProductID: 'other' })).toBe('b');
    for (const [ProductID, Settings] of [
      ['', 'x'],
      ['x'.repeat(201), 'x'],
      ['app', 'x'.repeat(256 * 1024 + 1)],
    ] as const)
      expect(await faultOf(users.PutSettings({ ProductID, Settings }))).toMatchObject({
        code: fault.invalidValue,
      });
    for (let program = 0; program < 99; program += 1)
      await users.PutSettings({ ProductID: String(program), Settings: 'x' });
    expect(await faultOf(users.PutSettings({ ProductID: 'more', Settings: 'x' }))).toMatchObject({
      code: fault.invalidValue,
    });
  });
});

describe('who is there', () => {
  const stateOf = async (ID: number) => (await manager.users.Get({ ID })).OnlineState;
  const events = async () =>
    (await manager.global.GetEvent({ ClientTimeout: 0 }))
      .filter(({ Name }) => Name === 'OnlineStateChanged')
      .map(({ Parameters }) => JSON.parse(Parameters) as Record<string, unknown>);

  it('is told by connections and by the user', async () => {
    expect(await stateOf(userId)).toBe(OnlineState.osOffline);
    const client = signIn();
    await client.info.GetServerStatus();
    archive.clock.advance(30_000);
    await client.users.SetOnlineState({ OnlineState: OnlineState.osDND });
    expect(await manager.users.Get({ ID: userId })).toMatchObject({
      OnlineState: OnlineState.osDND,
      Login: new Date(archive.clock.now().getTime() - 30_000),
    });
    expect(await events()).toEqual([
      { ID: userId, OnlineState: OnlineState.osDND, Login: '20260105T08:00:00+00:00' },
    ]);
    await client.users.Logout();
    expect(await stateOf(userId)).toBe(OnlineState.osOffline);
    expect(await events()).toEqual([{ ID: userId, OnlineState: OnlineState.osOffline, Login: '' }]);
    await client.info.GetServerStatus();
    expect(await stateOf(userId)).toBe(OnlineState.osOnline);
    const refused = client.users.SetOnlineState({ OnlineState: 9 });
    expect(await faultOf(refused)).toMatchObject({ code: fault.invalidValue });
  });

  it('is ended by a kick: the client of that name loses its locks', async () => {
    const [scanner, desk] = [
      signIn(),
      archive.client({ username: 'lager', password: 'geheim', clientId: newClientId() }),
    ];
    await scanner.info.CountCul();
    await scanner.info.CountNamedCul({ ClientName: 'Scanner' });
    await desk.info.CountNamedCul({ ClientName: 'Desk' });
    const groups = await Promise.all(
      ['a', 'b'].map((Name) => manager.groups.New({ Group: RpcGroup.make({ Name }) })),
    );
    await scanner.groups.Lock({ ID: groups[0]! });
    await desk.groups.Lock({ ID: groups[1]! });
    await manager.users.Kick({ ID: userId, ClientName: 'Scanner' });
    await manager.groups.Lock({ ID: groups[0]! });
    expect(await faultOf(manager.groups.Lock({ ID: groups[1]! }))).toMatchObject({
      code: fault.lockedByOther,
    });
    await manager.users.Kick({ ID: userId, ClientName: '' });
    await manager.groups.Lock({ ID: groups[1]! });
  });
});

describe('the archive about itself', () => {
  it('has no rights, names the variables of items, and counts what is to be read', async () => {
    expect(await manager.info.GetRightList()).toEqual([]);
    expect(await manager.info.GetVariables()).toContain('ItemSubject');
    expect(await manager.info.GetQueueStatus()).toMatchObject({
      ActionIndexAddCount: 0,
      QueueRules: [],
    });
    await manager.info.InvalidateAllCaches();
  });
});
