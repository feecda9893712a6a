/**
 * RpcUsers: the users of the caller's realm. Everybody in a realm sees all of it; its first user, whom the
 * configuration made, manages the others. Everybody may change how he is shown, and his password.
 */
import {
  OnlineState,
  RpcUserInfo,
  RpcUserItem,
  UserState,
  type RpcUsers,
  type User,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { RpcError } from '../errors.js';
import { lockHandlers } from '../objects/locked-objects.js';
import type { ObjectStores } from '../objects/stores.js';
import { requireOrdinal, withAdded } from '../objects/validation.js';
import type { Clients } from './clients.js';
import type { EventQueues } from './events.js';
import type { Caller, Handlers } from './handlers.js';
import type { LockTable } from './locks.js';
import type { ItemLabels } from './ports.js';
import type { RealmUsers } from './realm-users.js';
import { UserPresence } from './user-presence.js';

export interface UsersDependencies {
  readonly users: RealmUsers;
  readonly clients: Clients;
  readonly locks: LockTable;
  readonly events: EventQueues;
  readonly clock: Clock;
  readonly stores: ObjectStores;
  readonly items: ItemLabels;
}

export function usersHandlers(dependencies: UsersDependencies): Handlers<typeof RpcUsers.methods> {
  const { users, clients, locks, stores } = dependencies;
  const presence = new UserPresence(dependencies);
  const changes = new UserChanges(dependencies);
  const shown = (realmId: number, user: User): User => ({
    ...user,
    ...presence.of(user.ID),
    FormattedName: user.FormattedName === '' ? user.Username : user.FormattedName,
    LockData: locks.lockData('user', user.ID, realmId),
  });
  const list = async (realmId: number) =>
    (await users.list(realmId)).map((user) => shown(realmId, user));
  return {
    ...lockHandlers('user', locks, (realmId, id) => users.get(realmId, id)),
    Get: async ({ ID }, { realmId }) => shown(realmId, await users.get(realmId, ID)),
    GetList: async (_parameters, { realmId }) => (await list(realmId)).map(asListItem),
    GetListEx: async ({ AdvancedFields }, { realmId }) =>
      (await list(realmId)).map((user) =>
        AdvancedFields ? user : { ...user, Signature: '', Picture: Buffer.alloc(0) },
      ),
    GetUserInfo: async (_parameters, { realmId, userId }) => {
      const user = shown(realmId, await users.get(realmId, userId));
      const { ID, Username, FormattedName, Signature, Picture, Created, Modified } = user;
      const own = { ID, Username, FormattedName, Signature, Picture, Created, Modified };
      return RpcUserInfo.make({ ...own, OnlineState: user.OnlineState });
    },
    New: async ({ User: user }, caller) => {
      await changes.requireManager(caller);
      return stores.changes.run(() => users.create(caller.realmId, { ...user, ID: 0 }));
    },
    Put: ({ User: user }, caller) => changes.change(user.ID, caller, () => user),
    Delete: ({ ID }, caller) => changes.delete(ID, caller),
    AddCategory: ({ ID, CategoryRef }, caller) =>
      changes.change(ID, caller, (user) => ({
        ...user,
        CategoryRefs: withAdded(user.CategoryRefs, CategoryRef),
      })),
    GetSettings: ({ ProductID }, { userId }) => users.settings(userId, ProductID),
    PutSettings: async ({ ProductID, Settings }, { userId }) => {
      await users.putSettings(userId, ProductID, Settings);
    },
    SetOnlineState: ({ OnlineState: state }, { realmId, userId }) => {
      requireOrdinal('OnlineState', state, OnlineState.osDND);
      presence.set(realmId, userId, state);
    },
    Kick: async ({ ID, ClientName }, caller) => {
      await users.get(caller.realmId, ID);
      if (ID !== caller.userId) await changes.requireManager(caller);
      for (const client of clients.ofUser(ID))
        if (ClientName === '' || client.name === ClientName) clients.end(client);
    },
    /** Gives back the client's locks and forgets its events. */
    Logout: (_parameters, caller) => {
      clients.end(clients.of(caller));
      return undefined;
    },
  };
}

class UserChanges {
  constructor(private readonly dependencies: UsersDependencies) {}

  /** @throws RpcError notAllowed */
  async requireManager({ realmId, userId }: Caller): Promise<void> {
    if ((await this.dependencies.users.managerId(realmId)) !== userId)
      throw new RpcError('notAllowed', 'Only the first user of the realm manages its users.');
  }

  /** @throws RpcError notFound, notLocked, lockedByOther, notAllowed, invalidValue */
  change(id: number, caller: Caller, edit: (current: User) => User): Promise<undefined> {
    const { users, locks, stores } = this.dependencies;
    return stores.changes.run(async () => {
      const current = await users.get(caller.realmId, id);
      locks.requireOwn('user', id, caller);
      const changed = { ...edit(current), ID: id };
      await this.#requireAllowed(current, changed, caller);
      await users.replace(caller.realmId, changed);
      if (changed.State !== UserState.usActive) this.#disconnect(id);
      return undefined;
    });
  }

  /** @throws RpcError notFound, notLocked, lockedByOther, notAllowed, inUse */
  delete(id: number, caller: Caller): Promise<undefined> {
    const { users, locks, stores } = this.dependencies;
    return stores.changes.run(async () => {
      await users.get(caller.realmId, id);
      locks.requireOwn('user', id, caller);
      await this.requireManager(caller);
      if (id === caller.userId)
        throw new RpcError('notAllowed', 'The first user of a realm cannot be deleted.');
      await this.#requireUnused(caller.realmId, id);
      await users.delete(caller.realmId, id);
      locks.remove('user', id, caller.realmId);
      this.#disconnect(id);
      return undefined;
    });
  }

  /** The first user is the configuration's: its name, password and state are not changed from here. */
  async #requireAllowed(current: User, changed: User, caller: Caller): Promise<void> {
    const managerId = await this.dependencies.users.managerId(caller.realmId);
    const keepsSignIn = current.Username === changed.Username && current.State === changed.State;
    if (current.ID === managerId && caller.userId === managerId) {
      if (!keepsSignIn || changed.Password !== '')
        throw new RpcError(
          'notAllowed',
          'How the first user signs in is set by the configuration.',
        );
    } else if (caller.userId !== managerId) {
      if (current.ID !== caller.userId || !keepsSignIn) await this.requireManager(caller);
    }
  }

  /** A group or filter whose last user vanished would mean everybody; an item must not name what does not exist. */
  async #requireUnused(realmId: number, id: number): Promise<void> {
    const { stores, items } = this.dependencies;
    const objects = [
      ...(await stores.groups.list(realmId)),
      ...(await stores.filters.list(realmId)),
    ];
    const isNamed = objects.some(({ UserRefs }) => UserRefs.includes(id));
    if (isNamed || (await items.areLabelled(realmId, 'user', id)))
      throw new RpcError('inUse', `The user ${String(id)} is used by groups, filters or items.`);
  }

  #disconnect(userId: number): void {
    const { clients } = this.dependencies;
    for (const client of clients.ofUser(userId)) clients.end(client);
  }
}

/** What a list gives of a user. */
function asListItem(user: User) {
  const item: Record<string, unknown> = {};
  for (const member of Object.keys(RpcUserItem.members)) item[member] = user[member as keyof User];
  return RpcUserItem.make(item);
}
