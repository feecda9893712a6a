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
 * Where a mail stands on its way out; null for one that came in. A failed mail that is held back besides
 * (`ifWaiting`) is in doubt: its connection broke after the whole mail was handed over, so the server may or may not
 * have taken it, and only a person may decide whether it goes out again.
 */
export function delivery(item: Item): { state: DeliveryState; reason: string | null } | null {
  if (item.State === ItemState.isDraft) return { state: 'draft', reason: null };
  if (!outgoing.includes(item.State)) return null;
  const reason = item.Protocol.at(-1)?.Text ?? null;
  const has = (flag: number) => includes(item.Flags, flag);
  if (has(ItemFlag.ifFailure))
    return { state: has(ItemFlag.ifWaiting) ? 'inDoubt' : 'failed', reason };
  return { state: has(ItemFlag.ifUnsent) ? 'queued' : 'sent', reason: null };
}
