import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LockState, newClientId, RpcGroup, type Group } from '../../../src/greyhound/index.js';
import {
  fault,
  faultOf,
  openArchiveUnderTest,
  type ArchiveUnderTest,
} from '../archive-under-test.js';

describe('locks', () => {
  let archive: ArchiveUnderTest;
  let group: Group;
  beforeEach(async () => {
    archive = await openArchiveUnderTest();
    const { groups } = archive.client();
    const ID = await groups.New({ Group: RpcGroup.make({ Name: 'Sales' }) });
    group = await groups.Get({ ID });
  });
  afterEach(() => archive.close());

  const rename = (Name: string) => ({ Group: { ...group, Name } });

  it('belong to the client id, not to the user alone', async () => {
    const clientId = newClientId();
    const [mine, alsoMine, other] = [
      archive.client({ clientId }),
      archive.client({ clientId }),
      archive.client(),
    ];
    const { ID } = group;
    await mine.groups.Lock({ ID });
    await alsoMine.groups.Lock({ ID });
    await alsoMine.groups.Put(rename('Support'));
    const held = { LockState: LockState.lsLocked, UserRef: archive.userId, UserName: 'bridge' };
    expect(await other.groups.GetLockData({ ID })).toEqual(held);
    expect((await other.groups.Get({ ID })).LockData).toEqual(held);
    for (const call of [
      other.groups.Lock({ ID }),
      other.groups.Unlock({ ID }),
      other.groups.Put(rename('Mine now')),
      other.groups.SetOrder({ ID, Order: 5 }),
      other.groups.Delete({ ID }),
    ]) {
      expect((await faultOf(call)).code).toBe(fault.lockedByOther);
    }
    await mine.groups.Unlock({ ID });
    expect((await other.groups.GetLockData({ ID })).LockState).toBe(LockState.lsUnlocked);
    await other.groups.Lock({ ID });
    expect((await other.groups.Get({ ID })).Name).toBe('Support');
  });

  it('are needed for every change', async () => {
    const { groups } = archive.client();
    const { ID } = group;
    for (const call of [
      groups.Put(rename('x')),
      groups.Delete({ ID }),
      groups.SetOrder({ ID, Order: 1 }),
      groups.SetParent({ ID, ParentRef: 0 }),
      groups.AddUser({ ID, UserRef: archive.userId }),
      groups.AddCategory({ ID, CategoryRef: 1 }),
    ]) {
      expect((await faultOf(call)).code).toBe(fault.notLocked);
    }
    expect(await groups.Get({ ID })).toEqual(group);
  });

  it('fall 60 seconds after the last call of their client, and not before', async () => {
    const { ID } = group;
    const [holder, other] = [archive.client(), archive.client()];
    await holder.groups.Lock({ ID });
    archive.clock.advance(60_000);
    expect((await faultOf(other.groups.Lock({ ID }))).code).toBe(fault.lockedByOther);
    await holder.info.GetServerStatus();
    archive.clock.advance(60_000);
    expect((await faultOf(other.groups.Lock({ ID }))).code).toBe(fault.lockedByOther);
    archive.clock.advance(1);
    await other.groups.Lock({ ID });
    expect((await faultOf(holder.groups.Put(rename('late')))).code).toBe(fault.lockedByOther);
  });

  it('are not owned again by a client that comes back after the silence', async () => {
    const { ID } = group;
    const holder = archive.client();
    await holder.groups.Lock({ ID });
    archive.clock.advance(60_001);
    expect((await faultOf(holder.groups.Put(rename('late')))).code).toBe(fault.notLocked);
  });

  it('go with the object and with the logout', async () => {
    const { ID } = group;
    const [holder, other] = [archive.client(), archive.client()];
    await holder.groups.Lock({ ID });
    await holder.users.Logout();
    await other.groups.Lock({ ID });
    await other.groups.Delete({ ID });
    await other.groups.Unlock({ ID });
    expect((await faultOf(holder.groups.Lock({ ID }))).code).toBe(fault.notFound);
  });
});
