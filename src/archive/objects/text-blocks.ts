/** RpcTextBlocks: texts to be put into what one writes. The archive counts their use; `Put` does not change the count. */
import type { RpcTextBlocks, TextBlock, VariableItem } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { RpcError } from '../errors.js';
import type { Caller, Handlers } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { ItemVariables } from '../rpc/ports.js';
import { lockedChange, lockedDelete, lockHandlers, withLockData } from './locked-objects.js';
import type { ObjectStores } from './stores.js';
import { htmlOfText, replaceVariables, variablesIn } from './text-variables.js';
import { requireParent } from './tree.js';
import { requireName, requirePrintable, withAdded } from './validation.js';

interface TextBlockDependencies {
  readonly stores: ObjectStores;
  readonly locks: LockTable;
  readonly clock: Clock;
  readonly items: ItemVariables;
}

export function textBlockHandlers(
  dependencies: TextBlockDependencies,
): Handlers<typeof RpcTextBlocks.methods> {
  const { stores, locks, clock, items } = dependencies;
  const { textBlocks, changes } = stores;
  const shown = (realmId: number, block: TextBlock): TextBlock => ({
    ...withLockData('textblock', locks, realmId)(block),
    TextVariables: variablesIn(`${block.Subject}\n${block.TextData}`),
    HtmlVariables: variablesIn(block.HtmlData),
  });
  const list = async (_parameters: unknown, { realmId }: Caller): Promise<TextBlock[]> =>
    (await textBlocks.list(realmId)).map((block) => shown(realmId, block));
  const get = async (realmId: number, id: number, isUsed: boolean): Promise<TextBlock> =>
    shown(realmId, await (isUsed ? markUsed(realmId, id) : textBlocks.get(realmId, id)));
  /** Use needs no lock: it takes nothing from whoever writes the block. */
  const markUsed = (realmId: number, id: number): Promise<TextBlock> =>
    changes.run(async () => {
      const block = await textBlocks.get(realmId, id);
      const used = { ...block, UsedCount: block.UsedCount + 1, LastUsed: clock.now() };
      await textBlocks.note(realmId, used);
      return used;
    });
  const validate = async (realmId: number, block: TextBlock): Promise<void> => {
    requireName(block.Name);
    requirePrintable('Subject', block.Subject);
    requireParent(await textBlocks.list(realmId), block);
  };
  const requireNoChildren = async (realmId: number, id: number): Promise<void> => {
    if ((await textBlocks.list(realmId)).some(({ ParentRef }) => ParentRef === id))
      throw new RpcError('inUse', `The text block ${String(id)} has text blocks below it.`);
  };
  const change = lockedChange('textblock', textBlocks, changes, locks, validate);
  return {
    ...lockHandlers('textblock', locks, (realmId, id) => textBlocks.get(realmId, id)),
    GetList: list,
    GetCompleteList: list,
    Get: ({ ID, MarkAsUsed }, { realmId }) => get(realmId, ID, MarkAsUsed),
    GetWithVariables: async ({ ID, MarkAsUsed, Variables, ItemRef }, { realmId }) => {
      const ofItem = ItemRef === 0 ? [] : await items.variables(realmId, ItemRef);
      return filledIn(await get(realmId, ID, MarkAsUsed), [...Variables, ...ofItem]);
    },
    New: ({ TextBlock: block }, { realmId }) =>
      changes.run(async () => {
        await validate(realmId, { ...block, ID: 0 });
        return textBlocks.create(realmId, { ...block, UsedCount: 0, LastUsed: null });
      }),
    Put: ({ TextBlock: block }, caller) =>
      change(block.ID, caller, ({ UsedCount, LastUsed }) => ({ ...block, UsedCount, LastUsed })),
    Delete: lockedDelete('textblock', textBlocks, changes, locks, requireNoChildren),
    AddCategory: ({ ID, CategoryRef }, caller) =>
      change(ID, caller, (block) => ({
        ...block,
        CategoryRefs: withAdded(block.CategoryRefs, CategoryRef),
      })),
    SetParent: ({ ID, ParentRef }, caller) =>
      change(ID, caller, (block) => ({ ...block, ParentRef })),
  };
}

/** The caller's own variables go before those of the item. A subject stays one line. */
function filledIn(block: TextBlock, variables: readonly VariableItem[]): TextBlock {
  const inOneLine = (value: string) => value.replace(/\p{Cc}+/gu, ' ');
  return {
    ...block,
    Subject: replaceVariables(block.Subject, variables, inOneLine),
    TextData: replaceVariables(block.TextData, variables),
    HtmlData: replaceVariables(block.HtmlData, variables, htmlOfText),
  };
}
