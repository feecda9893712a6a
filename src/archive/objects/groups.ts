/** RpcGroups. `Path` and `Signatures` are views: computed when read, ignored when written. */
import {
  RpcGroupSignatures,
  type Group,
  type RpcGroups,
  type Signature,
  includes,
} from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Caller, Handlers } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { Realms } from '../rpc/realms.js';
import { lockedChange, lockedDelete, lockHandlers, withLockData } from './locked-objects.js';
import type { ObjectStores } from './stores.js';
import { requireParent, withPaths } from './tree.js';
import { requireExisting, requireName, requirePrintable, withAdded } from './validation.js';

/** One member per signature kind, in the order of the ordinals. */
const signatureMembers = Object.keys(RpcGroupSignatures.members) as (keyof Group['Signatures'])[];

function defaultSignatures(group: Group, signatures: readonly Signature[]): Group['Signatures'] {
  const defaults = RpcGroupSignatures.empty();
  for (const { ID, Groups } of signatures) {
    const kinds = Groups.find(({ GroupRef }) => GroupRef === group.ID)?.DefaultKinds ?? 0;
    for (const [kind, member] of signatureMembers.entries()) {
      if (includes(kinds, kind)) defaults[member] = ID;
    }
  }
  return defaults;
}

export function groupHandlers(
  stores: ObjectStores,
  realms: Realms,
  locks: LockTable,
): Handlers<typeof RpcGroups.methods> {
  const { groups } = stores;

  const list = async (realmId: number): Promise<Group[]> => {
    const signatures = await stores.signatures.list(realmId);
    return withPaths(await groups.list(realmId))
      .map(withLockData('group', locks, realmId))
      .map((group) => ({ ...group, Signatures: defaultSignatures(group, signatures) }));
  };

  const validate = async (realmId: number, group: Group): Promise<void> => {
    requireName(group.Name);
    requirePrintable('Email', group.Email);
    requireParent(await groups.list(realmId), group);
    const users = await realms.users(realmId);
    requireExisting('UserRefs', group.UserRefs, new Set(users.map(({ userId }) => userId)));
  };

  const change = lockedChange('group', groups, stores.changes, locks, validate);

  /** A filter whose last group vanished would show every group's mail: what is named elsewhere stays. */
  const requireUnused = async (realmId: number, id: number): Promise<void> => {
    const children = (await groups.list(realmId)).some(({ ParentRef }) => ParentRef === id);
    const signatures = (await stores.signatures.list(realmId)).some(({ Groups }) =>
      Groups.some(({ GroupRef }) => GroupRef === id),
    );
    const filters = (await stores.filters.list(realmId)).some((filter) =>
      filter.GroupRefs.includes(id),
    );
    if (children || signatures || filters)
      throw new RpcError('inUse', `The group ${id} is used by groups, signatures or filters.`);
  };

  const all = (_parameters: unknown, { realmId }: Caller) => list(realmId);

  return {
    ...lockHandlers('group', locks, (realmId, id) => groups.get(realmId, id)),
    GetList: all,
    GetCompleteList: all,
    Get: async ({ ID }, { realmId }) =>
      (await list(realmId)).find((group) => group.ID === ID) ?? groups.get(realmId, ID),
    New: ({ Group: group }, { realmId }) =>
      stores.changes.run(async () => {
        await validate(realmId, { ...group, ID: 0 });
        return groups.create(realmId, group);
      }),
    Put: ({ Group: group }, caller) => change(group.ID, caller, () => group),
    Delete: lockedDelete('group', groups, stores.changes, locks, requireUnused),
    AddCategory: ({ ID, CategoryRef }, caller) =>
      change(ID, caller, (group) => ({
        ...group,
        CategoryRefs: withAdded(group.CategoryRefs, CategoryRef),
      })),
    AddUser: ({ ID, UserRef }, caller) =>
      change(ID, caller, (group) => ({ ...group, UserRefs: withAdded(group.UserRefs, UserRef) })),
    SetOrder: ({ ID, Order }, caller) => change(ID, caller, (group) => ({ ...group, Order })),
    SetParent: ({ ID, ParentRef }, caller) =>
      change(ID, caller, (group) => ({ ...group, ParentRef })),
  };
}
