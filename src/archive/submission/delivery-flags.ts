/** How a mail written here stands, in the flags of its item: unsent, failed, held back; none of them means sent. */
import { asSet, includes, ItemFlag } from '../../greyhound/index.js';

const IN_DOUBT = asSet(ItemFlag.ifUnsent, ItemFlag.ifFailure, ItemFlag.ifWaiting);

/** Ordinals of ItemFlag. */
export const delivery = {
  sent: [],
  queued: [ItemFlag.ifUnsent],
  /** The server did not take it. */
  refused: [ItemFlag.ifUnsent, ItemFlag.ifFailure],
  /** The server took it, and it did not reach everybody. */
  undelivered: [ItemFlag.ifFailure],
  /** Nobody knows whether the server took it: held back, only a person may send it again. */
  inDoubt: [ItemFlag.ifUnsent, ItemFlag.ifFailure, ItemFlag.ifWaiting],
} as const satisfies Readonly<Record<string, readonly number[]>>;

/** An item's flags with the given ones of `delivery`, and no others of them. */
export const withDelivery = (flags: number, given: readonly number[]): number =>
  (flags & ~IN_DOUBT) | asSet(...given);

export const isInDoubt = (flags: number): boolean => (flags & IN_DOUBT) === IN_DOUBT;

export const hasFailed = (flags: number): boolean =>
  includes(flags, ItemFlag.ifFailure) && !isInDoubt(flags);
