/** RpcTopics and RpcColors: what items are labelled with. */
import type { Color, RpcColors, RpcTopics, Topic } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Caller, Handlers } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { ItemLabels } from '../rpc/ports.js';
import { lockedChange, lockedDelete, lockHandlers, withLockData } from './locked-objects.js';
import type { ObjectStores } from './stores.js';
import { requireParent, withPaths } from './tree.js';
import { requireName, withAdded } from './validation.js';

interface LabelDependencies {
  readonly stores: ObjectStores;
  readonly locks: LockTable;
  readonly items: ItemLabels;
}

/** A filter whose last label vanished would show every mail; an item must not name what does not exist. */
async function requireUnused(
  { stores, items }: LabelDependencies,
  kind: 'topic' | 'color',
  realmId: number,
  id: number,
): Promise<void> {
  const member = kind === 'topic' ? 'TopicRefs' : 'ColorRefs';
  const filters = await stores.filters.list(realmId);
  if (filters.some((filter) => filter[member].includes(id)))
    throw new RpcError('inUse', `The ${kind} ${String(id)} is used by filters.`);
  if (await items.areLabelled(realmId, kind, id))
    throw new RpcError('inUse', `The ${kind} ${String(id)} is used by items.`);
}

export function topicHandlers(dependencies: LabelDependencies): Handlers<typeof RpcTopics.methods> {
  const { stores, locks } = dependencies;
  const { topics, changes } = stores;
  const list = async (_parameters: unknown, { realmId }: Caller): Promise<Topic[]> =>
    withPaths(await topics.list(realmId)).map(withLockData('topic', locks, realmId));
  const validate = async (realmId: number, topic: Topic): Promise<void> => {
    requireName(topic.Name);
    requireParent(await topics.list(realmId), topic);
  };
  const isUnused = async (realmId: number, id: number): Promise<void> => {
    if ((await topics.list(realmId)).some(({ ParentRef }) => ParentRef === id))
      throw new RpcError('inUse', `The topic ${String(id)} has topics below it.`);
    await requireUnused(dependencies, 'topic', realmId, id);
  };
  const change = lockedChange('topic', topics, changes, locks, validate);
  return {
    ...lockHandlers('topic', locks, (realmId, id) => topics.get(realmId, id)),
    GetList: list,
    GetCompleteList: list,
    Get: async ({ ID }, caller) =>
      (await list(null, caller)).find((topic) => topic.ID === ID) ?? topics.get(caller.realmId, ID),
    New: ({ Topic: topic }, { realmId }) =>
      changes.run(async () => {
        await validate(realmId, { ...topic, ID: 0 });
        return topics.create(realmId, topic);
      }),
    Put: ({ Topic: topic }, caller) => change(topic.ID, caller, () => topic),
    Delete: lockedDelete('topic', topics, changes, locks, isUnused),
    AddCategory: ({ ID, CategoryRef }, caller) =>
      change(ID, caller, (topic) => ({
        ...topic,
        CategoryRefs: withAdded(topic.CategoryRefs, CategoryRef),
      })),
    SetOrder: ({ ID, Order }, caller) => change(ID, caller, (topic) => ({ ...topic, Order })),
    SetParent: ({ ID, ParentRef }, caller) =>
      change(ID, caller, (topic) => ({ ...topic, ParentRef })),
  };
}

export function colorHandlers(dependencies: LabelDependencies): Handlers<typeof RpcColors.methods> {
  const { stores, locks } = dependencies;
  const { colors, changes } = stores;
  const list = async (_parameters: unknown, { realmId }: Caller): Promise<Color[]> =>
    (await colors.list(realmId))
      .sort((one, other) => one.Order - other.Order || one.ID - other.ID)
      .map(withLockData('color', locks, realmId));
  const validate = (_realmId: number, color: Color): Promise<void> => {
    requireName(color.Name);
    return Promise.resolve();
  };
  const change = lockedChange('color', colors, changes, locks, validate);
  return {
    ...lockHandlers('color', locks, (realmId, id) => colors.get(realmId, id)),
    GetList: list,
    GetCompleteList: list,
    Get: async ({ ID }, { realmId }) =>
      withLockData('color', locks, realmId)(await colors.get(realmId, ID)),
    New: async ({ Color: color }, { realmId }) => {
      await validate(realmId, color);
      return colors.create(realmId, color);
    },
    Put: ({ Color: color }, caller) => change(color.ID, caller, () => color),
    Delete: lockedDelete('color', colors, changes, locks, (realmId, id) =>
      requireUnused(dependencies, 'color', realmId, id),
    ),
    AddCategory: ({ ID, CategoryRef }, caller) =>
      change(ID, caller, (color) => ({
        ...color,
        CategoryRefs: withAdded(color.CategoryRefs, CategoryRef),
      })),
    SetOrder: ({ ID, Order }, caller) => change(ID, caller, (color) => ({ ...color, Order })),
  };
}
