/** RpcSignatures. A group has one default signature per kind: making one the default takes it from the others. */
import type { RpcSignatures, Signature } from '../../greyhound/index.js';
import type { Handlers } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import { lockedDelete, lockHandlers, withLockData } from './locked-objects.js';
import type { ObjectStore } from './object-store.js';
import type { ObjectStores } from './stores.js';
import { invalid, requireExisting, requireName } from './validation.js';

/** The other signature without the defaults that `winner` claims; null when it has none of them. */
function withoutDefaultsOf(winner: Signature, other: Signature): Signature | null {
  const Groups = other.Groups.map((entry) => {
    const claim = winner.Groups.find(({ GroupRef }) => GroupRef === entry.GroupRef);
    return claim ? { ...entry, DefaultKinds: entry.DefaultKinds & ~claim.DefaultKinds } : entry;
  });
  const isChanged = Groups.some(
    ({ DefaultKinds }, index) => DefaultKinds !== other.Groups[index]?.DefaultKinds,
  );
  return isChanged ? { ...other, Groups } : null;
}

async function claimDefaults(
  store: ObjectStore<Signature>,
  realmId: number,
  winner: Signature,
): Promise<void> {
  for (const other of await store.list(realmId)) {
    const changed = other.ID === winner.ID ? null : withoutDefaultsOf(winner, other);
    if (changed !== null) await store.replace(realmId, changed);
  }
}

export function signatureHandlers(
  stores: ObjectStores,
  locks: LockTable,
): Handlers<typeof RpcSignatures.methods> {
  const { signatures, groups, changes } = stores;

  const validate = async (realmId: number, signature: Signature): Promise<void> => {
    requireName(signature.Name);
    const refs = signature.Groups.map(({ GroupRef }) => GroupRef);
    if (new Set(refs).size < refs.length) throw invalid('Groups', 'names a group twice');
    const existing = (await groups.list(realmId)).map(({ ID }) => ID);
    requireExisting('Groups', refs, new Set(existing));
  };

  return {
    ...lockHandlers('signature', locks, (realmId, id) => signatures.get(realmId, id)),
    GetList: async (_parameters, { realmId }) =>
      (await signatures.list(realmId)).map(withLockData('signature', locks, realmId)),
    Get: async ({ ID }, { realmId }) =>
      withLockData('signature', locks, realmId)(await signatures.get(realmId, ID)),
    New: ({ Signature: signature }, { realmId }) =>
      changes.run(async () => {
        await validate(realmId, signature);
        return signatures.transaction(async (store) => {
          const ID = await store.create(realmId, signature);
          await claimDefaults(store, realmId, { ...signature, ID });
          return ID;
        });
      }),
    Put: ({ Signature: signature }, caller) =>
      changes.run(async () => {
        await signatures.get(caller.realmId, signature.ID);
        locks.requireOwn('signature', signature.ID, caller);
        await validate(caller.realmId, signature);
        await signatures.transaction(async (store) => {
          await store.replace(caller.realmId, signature);
          await claimDefaults(store, caller.realmId, signature);
        });
        return undefined;
      }),
    Delete: lockedDelete('signature', signatures, changes, locks, () => Promise.resolve()),
  };
}
