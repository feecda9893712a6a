/** States and flags of an item in the words of the API. */
import { includes, ItemFlag, ItemState } from '../../greyhound/index.js';

export const stateNames = [
  'open',
  'new',
  'question',
  'answer',
  'done',
  'forward',
  'draft',
  'rejected',
] as const;
export type MessageState = (typeof stateNames)[number];

export const stateName = (ordinal: number): MessageState | 'unknown' =>
  stateNames[ordinal] ?? 'unknown';

export const stateOrdinal = (name: MessageState): number => stateNames.indexOf(name);

const outgoing: readonly number[] = [ItemState.isNew, ItemState.isAnswer, ItemState.isForward];

export type DeliveryState = 'draft' | 'queued' | 'sent' | 'failed' | 'inDoubt';

interface Item {
  readonly State: number;
  readonly Flags: number;
  readonly Protocol: readonly { readonly Text: string }[];
}

/**
 * Where a mail stands on its way out; null for one that came in. `ifWaiting` holds a mail back until a person
 * decides: its connection broke after the whole mail was handed over, so it may or may not have been taken.
 */
export function delivery(item: Item): { state: DeliveryState; reason: string | null } | null {
  if (item.State === ItemState.isDraft) return { state: 'draft', reason: null };
  if (!outgoing.includes(item.State)) return null;
  const reason = item.Protocol.at(-1)?.Text ?? null;
  const has = (flag: number) => includes(item.Flags, flag);
  if (has(ItemFlag.ifFailure)) return { state: 'failed', reason };
  if (!has(ItemFlag.ifUnsent)) return { state: 'sent', reason: null };
  return has(ItemFlag.ifWaiting) ? { state: 'inDoubt', reason } : { state: 'queued', reason: null };
}
